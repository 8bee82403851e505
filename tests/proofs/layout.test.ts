// The generated layout: what TypeScript and C read must be what the compiler laid out.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as layout from "#layout";

const header = fileURLToPath(new URL("../../../core.h", import.meta.url));

test("core.h compiles, and its static assertions on every offset hold", (t) => {
  assert.ok(existsSync(header), "build/core.h is missing: npm run build");
  const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
  if (!compiler) return t.skip("want of a package: gcc");
  const { status, stderr } = spawnSync(
    compiler,
    ["-std=c11", "-Wall", "-Wextra", "-Werror", "-x", "c", "-fsyntax-only", header],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
});

type View = { base: number } & Record<string, number | bigint>;
type ViewClass = new (view: DataView, base: number) => View;

/** Every record of the layout: its name, its offsets and its view. */
const records = Object.entries(layout as unknown as Record<string, unknown>).flatMap(([name, value]) => {
  if (!name.endsWith("Layout")) return [];
  const { byteSize, ...offsets } = value as Record<string, number>;
  const record = name.slice(0, -"Layout".length);
  const viewClass = (layout as unknown as Record<string, ViewClass>)[record];
  assert.ok(viewClass && byteSize !== undefined, `${record} has no view`);
  return [{ record, byteSize, offsets: Object.entries(offsets), viewClass }];
});

test("a field set through a view changes the bytes at its offset, and no other field", () => {
  assert.ok(records.length > 0);
  const base = 24;
  for (const { record, byteSize, offsets, viewClass } of records) {
    for (const [field, offset] of offsets) {
      const bytes = new Uint8Array(base + byteSize + 8);
      const view = new viewClass(new DataView(bytes.buffer), base);
      const wide = typeof view[field] === "bigint";
      view[field] = wide ? 0x55n : 0x55;
      assert.equal(
        bytes[base + offset],
        0x55,
        `${record}.${field} lies elsewhere, or its low byte does not come first`,
      );
      const others = offsets.filter(([other]) => other !== field && Number(view[other]) !== 0);
      assert.deepEqual(others, [], `${record}.${field} overlaps`);
      assert.ok(offset < byteSize);
    }
  }
});

test("a view that is moved reads the next record", () => {
  for (const { byteSize, offsets, viewClass } of records) {
    const [field] = offsets[0] ?? [];
    if (field === undefined) continue;
    const view = new viewClass(new DataView(new ArrayBuffer(2 * byteSize)), byteSize);
    view[field] = typeof view[field] === "bigint" ? 7n : 7;
    view.base = 0;
    assert.equal(Number(view[field]), 0);
    view.base += byteSize;
    assert.equal(Number(view[field]), 7);
  }
});

test("an enumeration names its values, and nothing else", () => {
  assert.equal(layout.nameOfInputKind(layout.InputKind.DATAGRAM), "DATAGRAM");
  assert.equal(layout.nameOfInputKind(0x7fff), undefined);
});

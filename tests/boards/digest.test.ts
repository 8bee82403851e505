// The module in each firmware is the one that Node runs, byte for byte: interpreters carry it whole, and what was compiled ahead of time
// carries the digest of what it was compiled from. The modules carry nothing that only a build needs.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Elf } from "./harness/elf.js";
import { build, type Firmware, firmwareOf, root, titleOf, wantingFor } from "./harness/firmware.js";

const ROLES = ["client", "server"] as const;

function moduleOf(role: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(join(root, `build/${role}.wasm`)));
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The digest of the module in a firmware. */
function digestIn(elf: Elf, { engine }: Firmware): string {
  if (engine === "aot") {
    const recorded = elf.section(".leasehold.module");
    assert.ok(recorded, "it says what it was compiled from");
    return new TextDecoder().decode(recorded);
  }
  const module = elf.object("leasehold_module");
  assert.ok(module, "it carries the module");
  return digest(module);
}

for (const firmware of ROLES.flatMap(firmwareOf)) {
  test(`the module in ${titleOf(firmware)} is ${firmware.role}.wasm`, async (t) => {
    const want = await wantingFor(firmware);
    if (want !== null) return t.skip(want);
    const elf = new Elf(readFileSync(await build(firmware)));
    const expected = digest(moduleOf(firmware.role));
    assert.equal(digestIn(elf, firmware), expected);
    t.diagnostic(`SHA-256 ${expected}`);
  });
}

for (const role of ROLES) {
  test(`${role}.wasm exports its memory and functions, and no constant of the layout`, () => {
    const exports = WebAssembly.Module.exports(new WebAssembly.Module(moduleOf(role)));
    assert.deepEqual(
      exports.filter(({ kind }) => kind !== "function").map(({ name, kind }) => `${kind} ${name}`),
      ["memory memory"],
    );
  });
}

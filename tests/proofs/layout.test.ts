// The generated layout: what TypeScript and C read must be what the compiler laid out.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

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

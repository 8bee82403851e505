// The package as npm would publish it: what it names is in it, and it can be imported by someone who installed it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const scratch = mkdtempSync(join(tmpdir(), "leasehold-package-"));
after(() => rmSync(scratch, { recursive: true }));

/** Runs a program to its end; its output, or a failed test with what it said. */
function run(program: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stderr}`);
  return stdout;
}

/** Every file that the manifest's exports, imports and bin name. */
function namedFiles(value: unknown): string[] {
  if (typeof value === "string") return [value.replace(/^\.\//, "")];
  return Object.values(value as object).flatMap(namedFiles);
}

test("whoever installs the package can import what it exports", () => {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch], root));
  const modules = join(scratch, "node_modules");
  mkdirSync(join(modules, "leasehold"), { recursive: true });
  run(
    "tar",
    ["-xf", join(scratch, packed.filename), "--strip-components=1", "-C", join(modules, "leasehold")],
    scratch,
  );
  for (const name of Object.keys(manifest.dependencies)) {
    const folder = name.startsWith("@") ? (name.split("/")[0] ?? "") : "";
    mkdirSync(join(modules, folder), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const file of namedFiles([manifest.exports, manifest.imports, manifest.bin])) {
    assert.ok(existsSync(join(modules, "leasehold", file)), `package.json names ${file}, which is not in the package`);
  }
  writeFileSync(
    join(scratch, "user.mjs"),
    `import * as core from "leasehold";
import { InputKind } from "leasehold/layout";
import { createRequire } from "node:module";
const module = createRequire(import.meta.url).resolve("leasehold/server.wasm");
console.log(JSON.stringify([Object.keys(core).length > 0, InputKind.DATAGRAM, module.endsWith("build/server.wasm")]));
`,
  );
  assert.deepEqual(JSON.parse(run(process.execPath, ["user.mjs"], scratch)), [true, 1, true]);
});

test("dependencies are pinned, and the lock file names no registry", () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, `${name} must be pinned: npm install --save-exact`);
  }
  assert.doesNotMatch(readFileSync(`${root}package-lock.json`, "utf8"), /"resolved": "https?:/);
});

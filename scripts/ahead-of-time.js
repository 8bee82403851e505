// Compiles a module to C for machines that run no WebAssembly: `node scripts/ahead-of-time.js client|server`.
//
// Debian's wasm2c writes `build/boards/<role>.reference.{c,h}`: 64-bit addresses, an instance as parameter, a runtime with an
// allocator. It stays as generated, and is what the compact form is compared with. The compact form, `<role>.aot.c`, is what
// boards run: there is one instance and one memory, so that the instance is no parameter, globals are variables, and an
// access has its 32-bit address and its constant offset apart. `boards/common/engine-aot.h` includes it.
//
// Nothing is rewritten on trust. Which instructions the module has is read from the module itself, by `wasm-objdump`; one that is not
// known here is refused by name. The number of places that were rewritten must be the number of instructions, kind by kind,
// and nothing of what wasm2c's runtime offers may be left.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BuildError, root, runCommand, writeWhole } from "./common.js";
import { compactForm } from "./ahead-of-time-compact.js";

/** Where the generated C goes. */
export const boardsFolder = join(root, "build/boards");

/**
 * Runs one of the tools of Debian's package wabt.
 * @param {string} tool
 * @param {string[]} args
 * @returns {string} what it wrote
 */
function wabt(tool, args) {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (error) throw new BuildError(`${tool} cannot be run (${error.message}): install the Debian package wabt`);
  if (status !== 0) throw new BuildError(`${tool} ${args.join(" ")}\n${stderr}`);
  return stdout;
}

/**
 * How often each instruction occurs in a module, by its name in the text format.
 * @param {string} wasm path
 * @returns {Map<string, number>}
 */
function countInstructions(wasm) {
  const counts = new Map();
  for (const line of wabt("wasm-objdump", ["-d", wasm]).split("\n")) {
    const name = /^ [0-9a-f]+: [0-9a-f ]+\| +([a-z_0-9.]+)(?: |$)/.exec(line)?.[1];
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/**
 * Compiles a module to C, twice: as wasm2c writes it, and compact.
 * @param {string} wasm path of the module
 * @param {string} output path of the results without their endings
 * @returns {{ reference: string, header: string, compact: string }} paths of `.reference.c`, `.reference.h` and `.aot.c`
 */
export function compileToC(wasm, output) {
  if (!existsSync(wasm)) throw new BuildError(`${wasm} is missing: run npm run build`);
  const name = basename(output);
  const paths = { reference: `${output}.reference.c`, header: `${output}.reference.h`, compact: `${output}.aot.c` };
  mkdirSync(dirname(output), { recursive: true });
  const beside = mkdtempSync(`${output}.`);
  try {
    const generated = join(beside, basename(paths.reference));
    wabt("wasm2c", [wasm, "--module-name", name, "--output", generated]);
    const digest = createHash("sha256").update(readFileSync(wasm)).digest("hex");
    writeWhole(paths.compact, compactForm(name, digest, readFileSync(generated, "utf8"), countInstructions(wasm)));
    renameSync(join(beside, basename(paths.header)), paths.header);
    renameSync(generated, paths.reference);
  } finally {
    rmSync(beside, { recursive: true });
  }
  return paths;
}

/**
 * Compiles the module of a role, `build/<role>.wasm`.
 * @param {string} role
 */
export function aheadOfTime(role) {
  return compileToC(join(root, `build/${role}.wasm`), join(boardsFolder, role));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(async () => {
    const roles = process.argv.slice(2);
    if (roles.length === 0) throw new BuildError("usage: node scripts/ahead-of-time.js client|server …");
    for (const role of roles) console.log(`wrote ${aheadOfTime(role).compact}`);
  });
}

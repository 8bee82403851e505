// Native programs around `boards/common/modules.c`, built with the sanitizers.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./images.js";

/** Why no program can be built here, or undefined. */
export const skip = spawnSync("gcc", ["--version"]).error ? "want of a package: gcc" : undefined;

/** Where this process keeps its programs and images; gone when it ends. */
export const scratch = mkdtempSync(join(tmpdir(), "leasehold-modules-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** What a third party's sources need (`scripts/third-party.js`). */
export interface ThirdParty {
  sources: string[];
  includes: string[];
  defines: Record<string, string>;
  libraries: string[];
}

/** `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
const { thirdParty, thirdPartyFolder } = (await import(
  new URL("../../../../../scripts/third-party.js", import.meta.url).href
)) as { thirdParty(name: string): ThirdParty; thirdPartyFolder(name: string): string | undefined };
export { thirdParty, thirdPartyFolder };

function gcc(args: readonly string[]): void {
  const { status, stderr } = spawnSync("gcc", args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`gcc ${args.join(" ")}\n${stderr}`);
}

/** Compiles a third party's sources: as they are, without warnings, and without the checks of what they know and do. */
function compileLibrary(name: string, { sources, includes, defines }: ThirdParty): string[] {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const settings = [...includes.map((path) => `-I${path}`), ...definitions(defines)];
  return sources.map((source, index) => {
    const object = join(folder, `${index}.o`);
    gcc([
      "-std=gnu11",
      "-O1",
      "-g",
      "-w",
      "-ffunction-sections",
      "-fdata-sections",
      "-fsanitize=address",
      ...settings,
      "-c",
      source,
      "-o",
      object,
    ]);
    return object;
  });
}

function definitions(defines: Record<string, string>): string[] {
  return Object.entries(defines).map(([name, value]) => (value === "" ? `-D${name}` : `-D${name}=${value}`));
}

/**
 * Builds a program.
 * @param sources paths from the repository's folder
 * @param libraries third parties' (see `scripts/third-party.js`)
 * @param options more of the compiler's
 * @returns its path
 */
export function buildProgram(
  name: string,
  sources: readonly string[],
  defines: Record<string, string>,
  libraries: readonly string[] = [],
  options: readonly string[] = [],
): string {
  const program = join(scratch, name);
  const linked = libraries.map((library) => ({ library, ...thirdParty(library) }));
  const objects = linked.flatMap((library) => compileLibrary(library.library, library));
  gcc([
    ...["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"],
    ...["-fno-sanitize-recover=all", "-Wl,--gc-sections", "-Ibuild", "-Iboards/common"],
    ...linked.flatMap(({ includes }) => includes.flatMap((path) => ["-isystem", path])),
    ...linked.flatMap((library) => definitions(library.defines)),
    ...definitions(defines),
    ...options,
    ...[...sources, ...objects, "-o", program],
    ...linked.flatMap((library) => library.libraries.map((library) => `-l${library}`)),
  ]);
  return program;
}

/** Runs a program to its end. @returns the lines it wrote */
export function runProgram(program: string, args: readonly string[], input: Uint8Array = new Uint8Array()): string[] {
  const { status, signal, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

/** Writes a file for a program. @returns its path */
export function scratchFile(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

/** A module as C, as it is linked into a firmware. @returns the source's path */
export function linkedModule(name: string, module: Uint8Array): string {
  const bytes = `#include "modules.h"\nconst uint8_t leasehold_module[] = {${module.join(",")}};\n`;
  const size = "const uint32_t leasehold_module_size = sizeof leasehold_module;\n";
  return scratchFile(`${name}.module.c`, Buffer.from(bytes + size));
}

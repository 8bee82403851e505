// Builds and runs native C programs for tests, in `build/boards`.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** Where generated C and programs go. */
export const boardsFolder = join(root, "build/boards");

/** Where Debian's wabt keeps wasm2c's runtime. */
const runtimeFolder = "/usr/share/wabt/wasm2c";

/** What is compiled ahead of time. `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
export interface AheadOfTime {
  aheadOfTime(role: string): void;
  compileToC(wasm: string, output: string): void;
}

export async function loadAheadOfTime(): Promise<AheadOfTime> {
  return (await import(new URL("../../../../../scripts/ahead-of-time.js", import.meta.url).href)) as AheadOfTime;
}

/** The Debian package without which no program can be built here, or undefined. */
export function wantedPackage(): string | undefined {
  const wanted = { gcc: "gcc", wasm2c: "wabt" };
  return Object.entries(wanted).find(([tool]) => spawnSync(tool, ["--version"]).error)?.[1];
}

/**
 * Compiles and links a program.
 * @param name of the program in `build/boards`
 * @param sources paths from the repository's folder
 * @param defines as for -D
 * @returns the program's path
 */
export function buildProgram(name: string, sources: readonly string[], defines: readonly string[]): string {
  mkdirSync(boardsFolder, { recursive: true });
  const program = join(boardsFolder, name);
  // What was generated is included as the system's headers are: without warnings.
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const includes = ["-Ibuild", "-Iboards/common", "-isystem", "build/boards", "-isystem", runtimeFolder];
  const options = ["-std=c11", "-D_GNU_SOURCE", "-O1", ...warnings, ...includes, ...defines.map((text) => `-D${text}`)];
  const { status, stderr } = spawnSync("gcc", [...options, ...sources, "-lm", "-o", program], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`gcc does not compile ${name}:\n${stderr}`);
  return program;
}

/** Runs a program to its end. @returns the lines it wrote */
export function runProgram(program: string, input: string): string[] {
  const { status, signal, stdout, stderr } = spawnSync(program, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

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

/** A library that is not in the repository (`scripts/third-party.js`). */
interface ThirdParty {
  sources: string[];
  includes: string[];
  defines: Record<string, string>;
}

/** What the scripts do for boards. `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
interface Scripts {
  aheadOfTime(role: string): void;
  compileToC(wasm: string, output: string): void;
  thirdPartyFolder(name: string): string | undefined;
  thirdParty(name: string): ThirdParty;
}

const script = (name: string) => import(new URL(`../../../../../scripts/${name}.js`, import.meta.url).href);
export const scripts = { ...(await script("ahead-of-time")), ...(await script("third-party")) } as Scripts;

/** What a program is made of. */
export interface Program {
  /** In `build/boards`. */
  name: string;
  /** Paths from the repository's folder. */
  sources: string[];
  /** As for -D. */
  defines: string[];
  /** A library to compile along with it. */
  library?: string | undefined;
}

/** The Debian package without which no program can be built here, or undefined. */
export function wantedPackage(): string | undefined {
  const wanted = { gcc: "gcc", wasm2c: "wabt" };
  return Object.entries(wanted).find(([tool]) => spawnSync(tool, ["--version"]).error)?.[1];
}

/** Compiles and links a program. @returns its path */
export function buildProgram({ name, sources, defines, library }: Program): string {
  mkdirSync(boardsFolder, { recursive: true });
  const program = join(boardsFolder, name);
  const other = library ? scripts.thirdParty(library) : { sources: [], includes: [], defines: {} };
  // What was generated is included as the system's headers are, without warnings; sources of others are spared them too.
  const warnings = library ? ["-w"] : ["-Wall", "-Wextra", "-Werror"];
  const systemIncludes = ["build/boards", runtimeFolder, ...other.includes].flatMap((folder) => ["-isystem", folder]);
  const allDefines = [...defines, ...Object.entries(other.defines).map(([define, value]) => `${define}=${value}`)];
  const { status, stderr } = spawnSync(
    "gcc",
    [
      ...[
        "-std=c11",
        "-D_GNU_SOURCE",
        "-O1",
        "-ffunction-sections",
        "-Wl,--gc-sections",
        ...warnings,
        "-Ibuild",
        "-Iboards/common",
        ...systemIncludes,
      ],
      ...[...allDefines.map((define) => `-D${define}`), ...sources, ...other.sources, "-lm", "-o", program],
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`gcc does not compile ${name}:\n${stderr}`);
  return program;
}

/** Runs a program to its end. @returns the lines it wrote */
export function runProgram(program: string, input: string): string[] {
  const { status, signal, stdout, stderr } = spawnSync(program, { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

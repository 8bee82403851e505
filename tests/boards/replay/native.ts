// Builds native programs around C that is generated from modules.

import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as programs from "../modules/programs.js";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** Where the generated C goes. */
export const boardsFolder = join(root, "build/boards");
mkdirSync(boardsFolder, { recursive: true });

/** Where Debian's wabt keeps wasm2c's runtime. */
const runtimeFolder = "/usr/share/wabt/wasm2c";

/** `scripts/` is plain JavaScript and not part of this build: it is loaded when it is run. */
const script = new URL("../../../../../scripts/ahead-of-time.js", import.meta.url).href;
export const { aheadOfTime, compileToC } = (await import(script)) as {
  aheadOfTime(role: string): void;
  compileToC(wasm: string, output: string): void;
};

/** Why no program can be built here, or undefined. */
export const skip = programs.skip ?? (spawnSync("wasm2c", ["--version"]).error ? "want of a package: wabt" : undefined);

/** What a program is made of. */
export interface Program {
  name: string;
  /** Paths from the repository's folder. */
  sources: readonly string[];
  defines: Record<string, string>;
  /** A library to link (`scripts/third-party.js`). */
  library?: string | undefined;
}

/** Builds a program. What was generated is included as the system's headers are, without warnings. @returns its path */
export function buildProgram({ name, sources, defines, library }: Program): string {
  const options = ["-D_GNU_SOURCE", "-isystem", boardsFolder, "-isystem", runtimeFolder];
  return programs.buildProgram(name, sources, defines, library ? [library] : [], options);
}

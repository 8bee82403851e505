/**
 * The programs in C that the bench needs, compiled with the system's compiler into `build/bench`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's folder, as a path. */
export const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** The compiled `leasehold` command. */
export const COMMAND = fileURLToPath(new URL("../../../host/cli/main.js", import.meta.url));

const FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror"];

/** Compiles; returns the program's path. gcc says itself what is wrong. */
function compile(name: string, sources: readonly string[]): string {
  const folder = `${root}build/bench`;
  mkdirSync(folder, { recursive: true });
  const output = `${folder}/${name}`;
  execFileSync("gcc", [...FLAGS, "-o", output, ...sources, "-lm"], { stdio: ["ignore", "inherit", "inherit"] });
  return output;
}

/** Compiles the load, `tests/bench/load`. */
export function buildLoad(): string {
  const folder = `${root}tests/bench/load`;
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  return compile(
    "load",
    sources.map((name) => `${folder}/${name}`),
  );
}

/** Compiles the responder, `tests/bench/responder.c`. */
export function buildResponder(): string {
  return compile("responder", [`${root}tests/bench/responder.c`]);
}

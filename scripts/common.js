// What the scripts share: where the repository is, files, and the AssemblyScript compiler.

import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/** The repository's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * An environment whose commands are the system's. npm puts those of packages in front, and the package `dhcp` (a rival of the bench)
 * brings a `dhcpd`, which would be taken for ISC's.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
export function withSystemCommands(environment) {
  const ofPackages = ["node_modules", ".bin"].join(sep);
  const folders = (environment.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith(ofPackages));
  return { ...environment, PATH: folders.join(delimiter) };
}

/**
 * Every file below a folder (or the file itself), sorted; nothing for a path that does not exist.
 * @param {string} path absolute
 * @returns {string[]} absolute paths
 */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/**
 * Replaces a file whole: written beside its place, then renamed.
 * @param {string} path absolute
 * @param {string | Uint8Array} content
 */
export function writeWhole(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}

/**
 * Compiles AssemblyScript in this process; a compile error ends the build with the compiler's own message.
 * @param {string[]} args the arguments of `asc`
 * @param {{ readFile?: (name: string, baseDir: string) => string | null,
 *           writeFile?: (name: string, content: string | Uint8Array, baseDir: string) => void }} [files] where sources
 *   come from and results go, the disk when left out
 */
export async function compile(args, files = {}) {
  const writeFile = (/** @type {string} */ name, /** @type {string | Uint8Array} */ content) =>
    writeWhole(resolve(root, name), content);
  const { error, stderr } = await asc.main([...args, "--baseDir", root, "--config", "asconfig.json"], {
    writeFile,
    ...files,
  });
  if (error) throw new BuildError(`asc ${args.join(" ")}\n${stderr.toString()}`);
}

/** A failure that is the sources' fault: shown without a stack. */
export class BuildError extends Error {}

/**
 * Runs a command's main function; a BuildError is shown as it is, and ends the process with code 1.
 * @param {() => Promise<void>} main
 */
export async function runCommand(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

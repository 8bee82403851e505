// The suites that `npm test` knows, and how each is run: every one as a process of its own.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, root } from "./common.js";

/**
 * One process to run.
 * @typedef {object} Command
 * @property {string} label
 * @property {string[]} args of node
 * @property {"node:test" | "as-pect" | "exit code"} counts how passed and failed tests are told
 * @property {RegExp} [noise] lines of its output that nobody needs to see
 */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {boolean} alone whether it needs the processor or the network namespaces to itself
 * @property {number} limitSeconds after which it is ended and counts as failed
 * @property {Command[]} commands
 */

/** Suites that measure time, load the processor or make network namespaces: one at a time. */
const alone = new Set(["boards", "interop", "linux", "fuzz", "restart", "simulation", "soak"]);

/** Suites that need longer than five minutes at most. */
const limits = /** @type {Record<string, number>} */ ({ boards: 3600, interop: 1500, fuzz: 900 });

/** What `npm run check` runs: an answer in less than 30 s. */
export const quickSuites = ["style", "core", "proofs", "rules"];

/** Folders below tests/ that are no suites of node's test runner. */
const others = new Set(["core", "bench"]);

const modules = join(root, "node_modules");

/** @returns {Suite} types, lint and the rules of style */
function style() {
  const tsc = join(modules, "typescript/bin/tsc");
  const types = (/** @type {string} */ folder) => ({
    label: `types of ${folder}`,
    args: [tsc, "--noEmit", "--pretty", "false", "-p", join(root, folder)],
    counts: /** @type {const} */ ("exit code"),
  });
  const tidy = join(root, "build/js/tests/tidy.js");
  return {
    name: "style",
    alone: false,
    limitSeconds: 120,
    commands: [
      {
        label: "lint and format",
        args: [join(modules, "@biomejs/biome/bin/biome"), "check", "--error-on-warnings", root],
        counts: "exit code",
      },
      types("tests/core"), // and of assembly/, which its configuration includes
      types("scripts"),
      ...(existsSync(tidy) ? [nodeTest("tidy", [tidy], false)] : []),
    ],
  };
}

/** @returns {Suite} the specs of single functions, compiled with as-pect's own runtime */
function core() {
  const aspect = join(modules, "@as-pect/cli/bin/asp.js");
  const folder = join(root, "tests/core");
  return {
    name: "core",
    alone: false,
    limitSeconds: 300,
    commands: [
      {
        label: "as-pect",
        args: [
          aspect,
          "--summary",
          "--config",
          "tests/core/as-pect.config.js",
          "--as-config",
          join(folder, "as-pect.asconfig.json"),
        ],
        counts: "as-pect",
        noise: /^[\s_/\\|.-]*$|^⚡|^Using config|^ASC Version|Snapshots/,
      },
    ],
  };
}

/**
 * @param {string} label
 * @param {string[]} files
 * @param {boolean} oneByOne whether the files must not run at the same time
 * @returns {Command}
 */
function nodeTest(label, files, oneByOne) {
  const reporter = join(root, "scripts/reporter.js");
  const concurrency = oneByOne ? ["--test-concurrency=1"] : [];
  return {
    label,
    args: ["--test", ...concurrency, `--test-reporter=${reporter}`, "--test-reporter-destination=stdout", ...files],
    counts: "node:test",
  };
}

/** @returns {Suite[]} every suite there is, in the order of a run; tests must have been compiled */
export function allSuites() {
  const folder = join(root, "build/js/tests");
  const folders = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !others.has(entry.name))
    : [];
  const suites = folders.map(({ name }) => {
    const files = filesBelow(join(folder, name)).filter((file) => file.endsWith(".test.js"));
    return {
      name,
      alone: alone.has(name),
      limitSeconds: limits[name] ?? 300,
      commands: files.length > 0 ? [nodeTest(name, files, alone.has(name))] : [],
    };
  });
  const hasSpecs = filesBelow(join(root, "tests/core")).some((file) => file.endsWith(".spec.ts"));
  return [style(), ...(hasSpecs ? [core()] : []), ...suites.filter(({ commands }) => commands.length > 0)];
}

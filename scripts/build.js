// Builds everything under build/: the modules, the layout for TypeScript and C, and the host's JavaScript.
//
// Each step names its inputs; a step runs when the digest of their contents differs from that of the last build or an
// output is missing, so a second `npm run build` costs milliseconds. Outputs are written beside their place and renamed,
// so that a reader never sees half a file. `npm run build -- --speed --debug` also builds the other two variants.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BuildError, compile, filesBelow, root, runCommand, writeWhole } from "./common.js";
import { generateLayout } from "./layout.js";

const buildFolder = join(root, "build");
const stampsFile = join(buildFolder, ".stamps.json");

/** Modules that ship, each from `assembly/<role>.ts`. */
export const roles = ["client", "server"];

/**
 * A build step.
 * @typedef {object} Step
 * @property {string} name shown while it runs, and the key of its stamp
 * @property {string[]} inputs files and folders, relative to the root, whose contents decide whether it must run
 * @property {string[]} outputs files, relative to the root, that must exist afterwards
 * @property {() => Promise<void> | void} run
 */

/** @param {string[]} inputs */
function digest(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of filesBelow(join(root, input))) {
      hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
    }
  }
  return hash.digest("hex");
}

/**
 * Runs the TypeScript compiler and removes what it once wrote for sources that are gone (a deleted test must not run on).
 */
function compileHost() {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", root, "--pretty", "false"],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new BuildError(`TypeScript:\n${stdout}`);
  for (const folder of ["host", "tests"]) {
    for (const file of filesBelow(join(buildFolder, "js", folder))) {
      const source = relative(join(buildFolder, "js"), file).replace(/(\.d\.ts|\.js|\.js\.map)$/, ".ts");
      if (!existsSync(join(root, source))) rmSync(file);
    }
  }
}

/** Writes the JSON Schema of configuration files, which the host's own tables of fields say. */
async function writeSchema() {
  const compiled = join(buildFolder, "js/host/config/schema.js");
  const { configurationSchema } = await import(pathToFileURL(compiled).href);
  writeWhole(join(buildFolder, "leasehold.schema.json"), `${JSON.stringify(configurationSchema(), null, 2)}\n`);
}

/**
 * The steps of a build, in order.
 * @param {string[]} variants of the modules: "" is the one that ships (for size), "speed", "debug"
 * @returns {Step[]}
 */
function steps(variants) {
  const tools = ["asconfig.json", "package-lock.json", "scripts/build.js", "scripts/common.js"];
  const modules = roles.flatMap((role) =>
    variants.map((variant) => ({
      name: `build/${role}${variant && `.${variant}`}.wasm`,
      inputs: ["assembly", ...tools],
      outputs: [`build/${role}${variant && `.${variant}`}.wasm`],
      run: () => compile([`assembly/${role}.ts`, "--target", `${role}${variant && `-${variant}`}`]),
    })),
  );
  const layout = {
    name: "build/layout",
    inputs: ["assembly", ...tools, "scripts/layout.js", "scripts/layout-emit.js"],
    outputs: ["build/layout.js", "build/layout.d.ts", "build/core.h"],
    run: generateLayout,
  };
  const host = {
    name: "build/js",
    inputs: ["host", "tests", "build/layout.d.ts", "tsconfig.json", "package.json", "package-lock.json"],
    outputs: ["build/js/.tsbuildinfo"],
    run: compileHost,
  };
  const schema = {
    name: "build/leasehold.schema.json",
    inputs: ["build/js/host/config", "scripts/build.js"],
    outputs: ["build/leasehold.schema.json"],
    run: writeSchema,
  };
  return [...modules, layout, host, schema];
}

/**
 * Builds what is not up to date.
 * @param {{ variants?: string[], quiet?: boolean }} [options]
 */
export async function build({ variants = [""], quiet = false } = {}) {
  mkdirSync(buildFolder, { recursive: true });
  /** @type {Record<string, string>} */
  let stamps = {};
  if (existsSync(stampsFile)) stamps = JSON.parse(readFileSync(stampsFile, "utf8"));
  for (const step of steps(variants)) {
    const stamp = digest(step.inputs);
    if (stamps[step.name] === stamp && step.outputs.every((output) => existsSync(join(root, output)))) continue;
    const began = performance.now();
    await step.run();
    const missing = step.outputs.filter((output) => !existsSync(join(root, output)));
    if (missing.length > 0) throw new BuildError(`${step.name} did not write ${missing.join(", ")}`);
    if (!quiet) console.log(`built ${step.name} (${Math.round(performance.now() - began)} ms)`);
    stamps[step.name] = stamp;
    writeWhole(stampsFile, `${JSON.stringify(stamps, null, 2)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const extra = ["speed", "debug"].filter((variant) => process.argv.includes(`--${variant}`));
  await runCommand(() => build({ variants: ["", ...extra] }));
}

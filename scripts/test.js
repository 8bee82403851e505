// `npm test`: builds, installs the Debian packages that the suites need (as root), runs every suite and counts.
//
//   npm test                      every suite
//   npm test -- rules host        only these
//   npm run check                 what a developer needs to know in half a minute
//
// The last line is `N passed, N failed` (`, N skipped` when there were any). A suite that crashes, hangs or tests nothing is
// a failure. With CI=true a test that was skipped for want of a package or of root is a failure too.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { build } from "./build.js";
import { BuildError, root, withSystemCommands } from "./common.js";
import { installMissingPackages } from "./packages.js";
import { allSuites, quickSuites } from "./suites.js";

/** @import { Command, Suite } from "./suites.js" */
/** @import { Counts } from "./reporter.js" */

/** How many suites run at the same time, of those that need nothing to themselves. */
const suitesAtOnce = 2;

const inCI = process.env.CI === "true";
const scratch = mkdtempSync(join(tmpdir(), "leasehold-test-"));

/** Processes that must not outlive this one. */
const running = /** @type {Set<number>} */ (new Set());

/**
 * Ends a process and what it started.
 * @param {number} pid of the leader of a process group
 */
function end(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/**
 * Runs one command, each line of its output with the suite's name before it.
 * @param {Suite} suite
 * @param {Command} command
 * @returns {Promise<{ code: number | null, timedOut: boolean, output: string, summaryFile: string }>}
 */
function run(suite, command) {
  const summaryFile = join(scratch, `${suite.name}-${command.label.replaceAll(/\W/g, "-")}.json`);
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, command.args, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...withSystemCommands(inherited), LEASEHOLD_SUMMARY: summaryFile },
  });
  const pid = /** @type {number} */ (child.pid);
  running.add(pid);
  let output = "";
  let timedOut = false;
  const show = (/** @type {string} */ line) => {
    const plain = stripVTControlCharacters(line);
    if (!command.noise?.test(plain)) console.log(`${suite.name} | ${plain}`);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end(pid);
  }, suite.limitSeconds * 1000);
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      const lines = (rest + text).split("\n");
      rest = /** @type {string} */ (lines.pop());
      lines.forEach(show);
    });
    stream.on("end", () => rest && show(rest));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      end(pid);
      running.delete(pid);
      resolve({ code, timedOut, output, summaryFile });
    });
  });
}

/**
 * What a command's run says in numbers; null when it does not (it crashed).
 * @param {Command} command
 * @param {{ code: number | null, output: string, summaryFile: string }} result
 * @returns {Counts | null}
 */
function countsOf(command, { code, output, summaryFile }) {
  if (command.counts === "exit code") {
    return {
      passed: code === 0 ? 1 : 0,
      failed: code === 0 ? 0 : 1,
      failures: code === 0 ? [] : [command.label],
      skipped: [],
    };
  }
  if (command.counts === "as-pect") {
    const [, passed, total] = /\[Tests\]: (\d+) \/ (\d+)/.exec(stripVTControlCharacters(output)) ?? [];
    const failed = Number(total) - Number(passed);
    const failures = failed > 0 ? [`${failed} of ${command.label}`] : [];
    return passed && total ? { passed: Number(passed), failed, failures, skipped: [] } : null;
  }
  return existsSync(summaryFile) ? JSON.parse(readFileSync(summaryFile, "utf8")) : null;
}

/**
 * @param {Suite} suite
 * @returns {Promise<Counts>}
 */
async function runSuite(suite) {
  /** @type {Counts} */
  const total = { passed: 0, failed: 0, failures: [], skipped: [] };
  const fail = (/** @type {string} */ why) => {
    total.failed++;
    total.failures.push(why);
    console.log(`${suite.name} | FAIL ${why}`);
  };
  const began = performance.now();
  for (const command of suite.commands) {
    const result = await run(suite, command);
    const counts = countsOf(command, result);
    if (counts) {
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.failures.push(...counts.failures);
      total.skipped.push(...counts.skipped);
    }
    if (command.counts === "exit code") {
      console.log(`${suite.name} | ${result.code === 0 ? "pass" : "FAIL"} ${command.label}`);
    }
    if (result.timedOut) fail(`${command.label}: ended after ${suite.limitSeconds} s`);
    else if (!counts) fail(`${command.label}: crashed (exit code ${result.code})`);
    else if (counts.passed + counts.failed + counts.skipped.length === 0) fail(`${command.label}: no test ran`);
    else if (result.code !== 0 && counts.failed === 0) fail(`${command.label}: exit code ${result.code}`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${suite.name} | ${sentence(total)} in ${seconds} s`);
  return total;
}

/** @param {Counts} counts */
function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`;
}

/**
 * Runs suites, at most `atOnce` at a time.
 * @param {Suite[]} suites
 * @param {number} atOnce
 * @returns {Promise<[string, Counts][]>}
 */
async function runSuites(suites, atOnce) {
  const queue = [...suites];
  const results = /** @type {[string, Counts][]} */ ([]);
  const worker = async () => {
    for (let suite = queue.shift(); suite; suite = queue.shift()) results.push([suite.name, await runSuite(suite)]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/**
 * Prints every failure again, the whole and its skipped tests; says whether the run succeeded.
 * @param {[string, Counts][]} results
 */
function conclude(results) {
  const total = /** @type {Counts} */ ({ passed: 0, failed: 0, failures: [], skipped: [] });
  for (const [name, { failures }] of results) {
    for (const failure of failures) console.log(`\n${name} | FAIL ${failure.trimEnd()}`);
  }
  console.log();
  for (const [name, counts] of results) {
    console.log(`${name}: ${sentence(counts)}`);
    total.passed += counts.passed;
    total.failed += counts.failed;
    for (const { name: test, reason } of counts.skipped) {
      const wanting = inCI && /^want of (a package|root)/.test(reason);
      if (wanting) total.failed++;
      else total.skipped.push({ name: test, reason });
      console.log(`  ${wanting ? "FAIL, in CI nothing may be wanting" : "skipped"}: ${test} # ${reason}`);
    }
  }
  if (total.passed + total.failed === 0) console.log("no test ran");
  console.log(sentence(total));
  return total.failed === 0 && total.passed > 0;
}

/** @param {string[]} args */
async function main(args) {
  await build();
  const suites = allSuites();
  const named = args.filter((arg) => arg !== "--check");
  const wanted = args.includes("--check") ? quickSuites : named;
  const unknown = named.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new BuildError(`no suite ${unknown.join(", ")}; there are: ${suites.map(({ name }) => name).join(", ")}`);
  }
  const chosen = suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  installMissingPackages(chosen.map(({ name }) => name));
  const results = await runSuites(
    chosen.filter((suite) => !suite.alone),
    suitesAtOnce,
  );
  results.push(
    ...(await runSuites(
      chosen.filter((suite) => suite.alone),
      1,
    )),
  );
  if (!conclude(results)) process.exitCode = 1;
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => {
    for (const pid of running) end(pid);
    process.exit(130);
  });
}
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof BuildError ? error.message : error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}

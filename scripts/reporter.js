// A reporter for node's test runner: one line a test, the reason under each failure and skip, and the counts for
// scripts/test.js in the file that LEASEHOLD_SUMMARY names.

import { writeFileSync } from "node:fs";

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures what is known of the failed ones: a name and the reason, over several lines
 * @property {{ name: string, reason: string }[]} skipped
 */

/**
 * @param {unknown} error as the runner reports it: the cause holds what was thrown
 * @returns {string}
 */
function explain(error) {
  const cause = /** @type {{ cause?: unknown }} */ (error).cause ?? error;
  if (!(cause instanceof Error)) return String(cause);
  return (cause.stack ?? cause.message).replaceAll(/\n +at .*node:internal.*/g, "");
}

/** The runner's own totals, which come as diagnostics like those of a test. */
const totals = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

/**
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
export default async function* report(events) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, failures: [], skipped: [] };
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type === "test:diagnostic" && !totals.test(data.message))
      yield `${"  ".repeat(data.nesting + 1)}${data.message}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details.type === "suite") continue;
    const indent = "  ".repeat(data.nesting);
    const took = data.details.duration_ms > 100 ? ` (${Math.round(data.details.duration_ms)} ms)` : "";
    if (data.skip !== undefined || data.todo !== undefined) {
      const reason = String(data.skip ?? `todo ${data.todo}`);
      counts.skipped.push({ name: data.name, reason });
      yield `${indent}skip ${data.name} # ${reason}\n`;
    } else if (type === "test:pass") {
      counts.passed++;
      yield `${indent}pass ${data.name}${took}\n`;
    } else {
      const becauseOfSubtest = data.details.error?.failureType === "subtestsFailed";
      const reason = becauseOfSubtest ? "" : explain(data.details.error);
      if (!becauseOfSubtest) {
        counts.failed++;
        counts.failures.push(`${data.name}\n${reason}`);
      }
      yield `${indent}FAIL ${data.name}${took} ${data.file ?? ""}\n${reason.replace(/^/gm, `${indent}     `)}\n`;
    }
  }
  if (process.env.LEASEHOLD_SUMMARY) writeFileSync(process.env.LEASEHOLD_SUMMARY, JSON.stringify(counts));
}

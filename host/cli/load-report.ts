/**
 * What `leasehold load` prints at its end: a few lines for people, or one JSON object.
 */
import { type Fault, FAULTS } from "../load/faults.js";
import type { Report } from "../load/tally.js";

/** Prints a report on standard output. */
export function printReport(report: Report, json: boolean): void {
  if (json) console.log(JSON.stringify(report));
  else for (const line of linesOf(report)) console.log(line);
}

function linesOf(report: Report): string[] {
  const { messages, milliseconds, retries, unanswered, unbegun, late, wrong } = report;
  const lines = [
    `${report.exchanges} exchanges in ${report.seconds.toFixed(1)} s: ${report.perSecond} a second`,
    `  ${report.acquired} acquired, ${report.renewed} renewed, ${report.released} released`,
    `messages    ${messages.sent} sent, ${messages.received} received`,
    `latency     p50 ${milliseconds.p50} ms, p99 ${milliseconds.p99} ms, p99.9 ${milliseconds.p999} ms, max ${milliseconds.max} ms`,
    `unanswered  ${unanswered}; ${retries} questions asked again, ${late} answers late`,
  ];
  if (unbegun > 0) lines.push(`unbegun     ${unbegun}: due, but --window was full`);
  for (const [code, count] of Object.entries(report.failed)) lines.push(`failed      ${count} messages: ${code}`);
  lines.push(`wrong       ${wrong}`);
  const reasons = Object.entries(report.reasons) as [Fault, number][];
  for (const [fault, count] of reasons) lines.push(`  ${count} ${fault}: ${FAULTS[fault]}`);
  return lines;
}

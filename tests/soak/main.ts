// The command line of `npm run soak`.

import { parseArgs } from "node:util";
import { type Round, soak } from "./soak.js";

const MOST_MINUTES = 24 * 60;
const MOST_CLIENTS = 100_000;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, clients: { type: "string", default: "50000" } },
});
const minutes = Number(values.minutes);
const clients = Number(values.clients);

/** A row of the table. */
function rowOf({ at, name, report, sample, snapshots }: Round): string {
  const { p50, p99, p999 } = report.milliseconds;
  const cells = [
    `${at.toFixed(0)} s`,
    name,
    (sample.residentKibibytes / 1024).toFixed(1),
    sample.descriptors,
    report.perSecond,
    p50,
    p99,
    p999,
    report.unanswered,
    report.wrong,
    snapshots,
  ];
  return cells.map((cell) => String(cell).padStart(10)).join("");
}

const HEADS = [
  "at",
  "load",
  "MiB",
  "descr.",
  "a second",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "unansw.",
  "wrong",
  "snapshots",
];

if (
  !(minutes > 0 && minutes <= MOST_MINUTES && Number.isInteger(clients) && clients >= 512 && clients <= MOST_CLIENTS)
) {
  console.error(`soak: --minutes is more than 0 and at most ${MOST_MINUTES}, --clients from 512 to ${MOST_CLIENTS}.`);
  process.exitCode = 2;
} else {
  console.log(HEADS.map((head) => head.padStart(10)).join(""));
  const plan = { seconds: minutes * 60, clients, roundSeconds: 8, sampleSeconds: 2 };
  const { trends, findings, snapshots } = await soak({ ...plan, onRound: (round) => console.log(rowOf(round)) });
  console.log(`\n${snapshots} snapshots were written meanwhile.`);
  for (const line of trends) console.log(line);
  for (const finding of findings) console.log(`FAIL ${finding}`);
  if (findings.length > 0) process.exitCode = 1;
}

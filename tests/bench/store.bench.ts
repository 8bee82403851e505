/**
 * The journal beside libraries that could take its place: records a second and how long a commit takes, each synced, for a table of
 * 100,000 leases; and how fast the journal is replayed. If a library is faster, it should take the journal's place.
 *
 * All take turns, so that a disk whose speed drifts slows all of them alike.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Histogram } from "../../host/load/histogram.js";
import { openJournal } from "../../host/store/journal.js";
import { type Cell, conclude, median } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import {
  type Change,
  journalSubject,
  levelSubject,
  lmdbSubject,
  RECORD_BYTES,
  sqliteSubject,
  type Subject,
} from "./store-subjects.js";

const LEASES = 100_000;
const BATCHES = [1, 64, 256];
const LOAD_BATCH = 10_000;

let state = 1;

/** A pseudo-random number below `bound` (xorshift32). */
function random(bound: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % bound;
}

function change(lease: number): Change {
  const record = new Uint8Array(RECORD_BYTES);
  for (let at = 0; at < RECORD_BYTES; at += 4) new DataView(record.buffer).setUint32(at, random(2 ** 32));
  return [lease, record];
}

/** One subject, one size of commit: the rates of its turns, and how long its commits took. */
interface Result {
  readonly rates: number[];
  readonly latencies: Histogram;
}

/** Commits random changes for a while. */
async function turn(subject: Subject, batch: number, seconds: number, { rates, latencies }: Result): Promise<void> {
  const began = performance.now();
  let records = 0;
  let elapsed = 0;
  for (; elapsed < seconds * 1000; elapsed = performance.now() - began) {
    const changes = Array.from({ length: batch }, () => change(random(LEASES)));
    const asked = performance.now();
    await subject.commit(changes);
    latencies.add(performance.now() - asked);
    records += batch;
  }
  rates.push((records / elapsed) * 1000);
}

/** Opens every store that there is, with all leases in it. */
async function openSubjects(folder: string): Promise<{ subjects: Subject[]; absent: string[] }> {
  const sqlite = await sqliteSubject(folder);
  const absent = sqlite ? [] : ["SQLite is left out: this Node has none (22.5 and later have)."];
  const others = [await levelSubject(folder), await lmdbSubject(folder), ...(sqlite ? [sqlite] : [])];
  const subjects = [await journalSubject(folder, LEASES), ...others];
  for (const subject of subjects) {
    for (let lease = 0; lease < LEASES; lease += LOAD_BATCH)
      await subject.commit(Array.from({ length: LOAD_BATCH }, (_, index) => change(lease + index)));
  }
  return { subjects, absent };
}

/** Times the replay of what the comparison left behind; returns a sentence. */
async function timeReplay(folder: string): Promise<string> {
  const began = performance.now();
  const store = await openJournal(join(folder, "journal"));
  for await (const _ of store.replay());
  const seconds = (performance.now() - began) / 1000;
  const records = store.statistics.replayedBytes / RECORD_BYTES;
  await store.close();
  return `The journal replays ${Math.round(records / seconds).toLocaleString("en-US")} records a second.`;
}

/** The rows of the table: for each subject, a rate and two latencies for each size of commit. */
function rowsOf(subjects: readonly Subject[], results: readonly (readonly Result[])[]): Cell[][] {
  return subjects.map(({ name }, row) => [
    name,
    ...results[row]!.flatMap(({ rates, latencies }) => [
      Math.round(median(rates)),
      `${latencies.quantile(0.5).toPrecision(3)} / ${latencies.quantile(0.99).toPrecision(3)}`,
    ]),
  ]);
}

const options = readOptions({ leases: [LEASES], seconds: 1, rounds: 5 });
const folder = mkdtempSync(join(tmpdir(), "leasehold-bench-store-"));
try {
  const { subjects, absent } = await openSubjects(folder);
  const results = subjects.map(() => BATCHES.map((): Result => ({ rates: [], latencies: new Histogram() })));
  for (let round = 0; round < options.rounds; round++) {
    for (const [column, batch] of BATCHES.entries()) {
      for (const [row, subject] of subjects.entries())
        await turn(subject, batch, options.seconds, results[row]![column]!);
    }
  }
  for (const subject of subjects) await subject.close();
  const rates = results.map((row) => median(row.at(-1)!.rates));
  const faster = subjects.filter((_, row) => row > 0 && rates[row]! > rates[0]!);
  const columns = BATCHES.flatMap((batch) => [`${batch} a commit`, "p50 / p99 ms"]);
  const rows = rowsOf(subjects, results);
  conclude(options, lookAtMachine(), {
    tables: [
      {
        title: `records a second, each commit synced; ${LEASES.toLocaleString("en-US")} leases, ${RECORD_BYTES} bytes a record`,
        columns: ["store", ...columns],
        rows,
      },
    ],
    aims: [
      {
        aim: `no library is faster at ${BATCHES.at(-1)} a commit`,
        measured: faster.map(({ name }) => name).join(", ") || "none is",
        met: faster.length === 0,
      },
    ],
    notes: [await timeReplay(folder), ...absent],
    data: rows,
  });
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * The journal beside libraries that could take its place: records a second, each commit synced, for a table of 100,000 leases; and
 * how fast the journal is replayed. Ends with an error when a library is faster: then it should take the journal's place.
 *
 * All take turns, so that a disk whose speed drifts slows all of them alike.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openJournal } from "../../host/store/journal.js";
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
const ROUNDS = 5;
const TURN_MILLISECONDS = 1000;
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

/** Commits random changes for a while; returns records a second. */
async function turn(subject: Subject, batch: number): Promise<number> {
  const began = performance.now();
  let records = 0;
  let elapsed = 0;
  for (; elapsed < TURN_MILLISECONDS; elapsed = performance.now() - began) {
    await subject.commit(Array.from({ length: batch }, () => change(random(LEASES))));
    records += batch;
  }
  return (records / elapsed) * 1000;
}

function median(samples: readonly number[]): number {
  return [...samples].sort((one, other) => one - other)[samples.length >> 1]!;
}

/** Opens every store that there is, with all leases in it. */
async function openSubjects(folder: string): Promise<Subject[]> {
  const sqlite = await sqliteSubject(folder);
  if (!sqlite) console.log("SQLite is left out: this Node has none (22.5 and later have).");
  const others = [await levelSubject(folder), await lmdbSubject(folder), ...(sqlite ? [sqlite] : [])];
  const subjects = [await journalSubject(folder, LEASES), ...others];
  for (const subject of subjects) {
    for (let lease = 0; lease < LEASES; lease += LOAD_BATCH)
      await subject.commit(Array.from({ length: LOAD_BATCH }, (_, index) => change(lease + index)));
  }
  return subjects;
}

/** Times the replay of what the comparison left behind. */
async function timeReplay(folder: string): Promise<void> {
  const began = performance.now();
  const store = await openJournal(join(folder, "journal"));
  for await (const _ of store.replay());
  const seconds = (performance.now() - began) / 1000;
  const records = store.statistics.replayedBytes / RECORD_BYTES;
  await store.close();
  console.log(
    `replay: ${Math.round(records)} records in ${seconds.toFixed(2)} s, ${Math.round(records / seconds)} a second`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "leasehold-bench-store-"));
try {
  const subjects = await openSubjects(folder);
  const samples = subjects.map(() => BATCHES.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [column, batch] of BATCHES.entries()) {
      for (const [row, subject] of subjects.entries()) samples[row]![column]!.push(await turn(subject, batch));
    }
  }
  for (const subject of subjects) await subject.close();
  const rates = samples.map((row) => row.map(median));
  console.log(
    `records a second, each commit synced; ${LEASES} leases, ${RECORD_BYTES} bytes; ${cpus()[0]?.model ?? "?"}`,
  );
  const cells = rates.map((row) =>
    Object.fromEntries(row.map((rate, column) => [`${BATCHES[column]} a commit`, Math.round(rate)])),
  );
  console.table(Object.fromEntries(subjects.map(({ name }, row) => [name, cells[row]])));
  await timeReplay(folder);
  const faster = subjects.filter((_, row) => row > 0 && rates[row]!.at(-1)! > rates[0]!.at(-1)!);
  for (const { name } of faster) console.log(`${name} is faster than the journal at ${BATCHES.at(-1)} a commit.`);
  if (faster.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

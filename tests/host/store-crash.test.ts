// The journal under power cuts, kills and failing calls at every step of what it does to its files.
//
// A script appends, takes snapshots and restarts. Whatever happens to it, a start afterwards must find every blob that was reported
// durable, in order and once, nothing else than what was appended, and may find one blob more: the one that was under way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openJournal } from "../../host/store/journal.js";
import type { Store } from "../../host/store/store.js";
import { type Fault, LyingFiles, PowerCut, type Random, randomFrom, type Survival } from "./lying-files.js";

const folder = "/journal";
const segmentSize = 1024;

/** What a store must hold: the blobs promised so far, and those that were attempted after the last promise. */
class Ledger {
  readonly promised: string[] = [];
  attempted: string[] = [];

  /** Takes what a start found; it must be what was promised, and at most one attempt more. */
  accept(found: readonly string[]): void {
    const promised = found.slice(0, this.promised.length);
    assert.deepEqual(promised, this.promised, "what was promised is there, in order");
    const more = found.slice(this.promised.length);
    assert(more.length <= 1 && more.every((blob) => this.attempted.includes(blob)), `found besides: ${more.join()}`);
    this.promised.push(...more);
    this.attempted = [];
  }
}

/** A blob that says what it is, padded to a length that depends on its number. */
function blobOf(id: string, length: number): Buffer {
  return Buffer.from(id.padEnd(length, "."));
}

function idOf(text: string): string {
  return text.replace(/\.+$/, "");
}

/** Opens a journal and reads it whole: snapshots are lists of ids. */
async function start(files: LyingFiles, ledger: Ledger): Promise<Store> {
  const store = await openJournal(folder, { files, segmentSize });
  const found: string[] = [];
  for await (const blob of store.replay()) {
    const text = Buffer.from(blob).toString();
    if (text.startsWith("state:")) found.push(...text.slice(6).split(" ").filter(Boolean));
    else found.push(idOf(text));
  }
  ledger.accept(found);
  return store;
}

async function append(store: Store, ledger: Ledger, id: string, length: number): Promise<void> {
  ledger.attempted.push(id);
  if ((await store.append(blobOf(id, length))) !== "durable") return;
  ledger.promised.push(id);
  ledger.attempted = [];
}

/** A snapshot in two parts, with an append between them if `id` names one. */
async function snapshot(store: Store, ledger: Ledger, id: string): Promise<void> {
  const writer = await store.beginSnapshot();
  const state = [...ledger.promised];
  const half = state.length >> 1;
  await writer.write(Buffer.from(`state:${state.slice(0, half).join(" ")}`));
  if (id) await append(store, ledger, id, 90);
  await writer.write(Buffer.from(`state:${state.slice(half).join(" ")}`));
  await writer.commit();
}

/** Everything a journal does: segments filled and exceeded, a snapshot, a clean restart, an unclean one, another snapshot. */
async function script(files: LyingFiles, ledger: Ledger): Promise<void> {
  let store = await start(files, ledger);
  for (let count = 0; count < 6; count++) await append(store, ledger, `a${count}`, 40 + 130 * (count % 3));
  await append(store, ledger, "large", 1500);
  await snapshot(store, ledger, "b0");
  for (let count = 1; count < 4; count++) await append(store, ledger, `b${count}`, 250);
  await store.close();
  store = await start(files, ledger);
  await append(store, ledger, "c0", 30);
  await append(store, ledger, "c1", 600);
  files.unlock();
  store = await start(files, ledger);
  for (let count = 0; count < 3; count++) await append(store, ledger, `d${count}`, 300);
  await snapshot(store, ledger, "");
  await append(store, ledger, "e0", 30);
  await store.close();
}

/** Runs the script until the power cut, if there is one; a start may be refused for want of room. */
async function run(files: LyingFiles, ledger: Ledger): Promise<void> {
  try {
    await script(files, ledger);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    const refused = error instanceof Error && error.name === "StoreError" && "kind" in error && error.kind === "fault";
    if (!(error instanceof PowerCut) && !refused && !isMisuse(error)) throw error;
  }
}

/** After a power cut the script's later calls hit a store that never became ready. */
function isMisuse(error: unknown): boolean {
  return error instanceof Error && /after it was replayed/.test(error.message);
}

async function countSteps(): Promise<number> {
  const files = new LyingFiles();
  const ledger = new Ledger();
  await script(files, ledger);
  assert.equal(ledger.promised.length, 6 + 1 + 1 + 3 + 2 + 3 + 1, "without a fault everything is promised");
  return files.steps;
}

/** Starts twice after a power cut: what the first start found, the second must find too, even if power is lost again at once. */
async function survive(files: LyingFiles, ledger: Ledger, survival: Survival, random: Random): Promise<void> {
  let after = files.afterPowerCut(survival, random);
  await start(after, ledger);
  after = after.afterPowerCut("none", random);
  const store = await start(after, ledger);
  await append(store, ledger, "last", 50);
  await store.close();
  await start(after.afterPowerCut("none", random), ledger);
  assert.equal(ledger.promised.at(-1), "last");
}

async function underCut(cutAt: number, survival: Survival, seed: number): Promise<void> {
  const files = new LyingFiles();
  const ledger = new Ledger();
  files.cutAt = cutAt;
  try {
    await run(files, ledger);
    await survive(files, ledger, survival, randomFrom(seed));
  } catch (error) {
    const last = files.history.slice(-8).join("\n  ");
    throw new Error(`power cut at step ${cutAt}, survival ${survival}, seed ${seed}; last steps:\n  ${last}`, {
      cause: error,
    });
  }
}

test("a power cut at every step, with nothing and with everything unsynced on the disk", async () => {
  const steps = await countSteps();
  for (let cutAt = 0; cutAt <= steps; cutAt++) {
    await underCut(cutAt, "none", 1);
    await underCut(cutAt, "all", 1);
  }
});

test("a power cut at every step, with a random part of what was unsynced on the disk", async (context) => {
  const steps = await countSteps();
  const first = Date.now() & 0xffff;
  context.diagnostic(`seeds from ${first} on`);
  for (let cutAt = 0; cutAt <= steps; cutAt++) {
    for (let seed = first; seed < first + 4; seed++) await underCut(cutAt, "some", seed);
  }
});

test("a kill at every step: what the next start finds survives a power cut right after it", async () => {
  const steps = await countSteps();
  for (let cutAt = 0; cutAt <= steps; cutAt++) {
    for (let seed = 1; seed < 5; seed++) {
      const files = new LyingFiles();
      const ledger = new Ledger();
      files.cutAt = cutAt;
      await run(files, ledger);
      await start(files.killed(), ledger);
      await survive(files, ledger, seed === 1 ? "none" : "some", randomFrom(seed));
    }
  }
});

const faults: readonly Fault[] = [
  { code: "EIO", count: 1 },
  { code: "ENOSPC", count: 1 },
  { code: "ENOSPC", count: 3 },
  { code: "EIO", count: 12 },
];

for (const fault of faults) {
  test(`${fault.count} × ${fault.code} from every step on, then a power cut`, async () => {
    const steps = await countSteps();
    for (let step = 0; step <= steps; step++) {
      for (const survival of ["none", "all", "some"] as const) {
        const files = new LyingFiles();
        const ledger = new Ledger();
        files.faults.set(step, fault);
        try {
          await run(files, ledger);
          await survive(files.killed(), ledger, survival, randomFrom(step + 1));
        } catch (error) {
          throw new Error(`fault at step ${step}: ${files.history[step]}, survival ${survival}`, { cause: error });
        }
      }
    }
  });
}

test("random faults, kills and power cuts, one after the other", async (context) => {
  const first = Date.now() & 0xffffff;
  context.diagnostic(`seeds from ${first} on`);
  for (let seed = first; seed < first + 200; seed++) {
    const random = randomFrom(seed);
    const ledger = new Ledger();
    let files = new LyingFiles();
    try {
      for (let life = 0; life < 4; life++) {
        for (let count = random(4); count > 0; count--) files.faults.set(files.steps + random(150), faults[random(4)]!);
        files.cutAt = files.steps + random(250);
        await run(files, ledger);
        if (random(2) === 0) files.killed();
        else files = files.killed().afterPowerCut((["none", "all", "some"] as const)[random(3)]!, random);
      }
      await survive(files, ledger, "some", random);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});

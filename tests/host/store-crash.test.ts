// The journal under power cuts, kills and failing calls at every step of what it does to its files.
//
// A script appends, takes snapshots and restarts. Whatever happens to it, a start afterwards must find every blob that was reported
// durable, in order and once, nothing else than what was appended, and may find one blob more: the one that was under way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fault, LyingFiles, randomFrom, type Survival } from "./lying-files.js";
import { append, Ledger, snapshot, start, survive, untilItEnds } from "./store-ledger.js";

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
const run = (files: LyingFiles, ledger: Ledger) => untilItEnds(() => script(files, ledger));

async function countSteps(): Promise<number> {
  const files = new LyingFiles();
  const ledger = new Ledger();
  await script(files, ledger);
  assert.equal(ledger.promised.length, 6 + 1 + 1 + 3 + 2 + 3 + 1, "without a fault everything is promised");
  return files.steps;
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

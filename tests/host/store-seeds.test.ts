// The journal under everything at once, by seeds: short writes and reads, errors of any call, full disks, syncs that lose what they should have
// written, torn and reordered writes, kills, power cuts, flipped bits. What was acknowledged is there after a start, or the start is
// refused with the place named; never is anything else.
//
// `LEASEHOLD_SEEDS=5000 npm test -- host` goes on for so many seeds; `LEASEHOLD_SEED=n LEASEHOLD_SEEDS=1` repeats one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../host/store/store.js";
import { seed as firstSeed } from "../fuzz/random.js";
import { type Fault, LyingFiles, type Misdeed, Misdeeds, PowerCut, type Random, randomFrom } from "./lying-files.js";
import { append, folder, Ledger, openAndRead, snapshot, start, survive, untilItEnds } from "./store-ledger.js";

/** How many seeds are tried. */
const SEEDS = Number(process.env["LEASEHOLD_SEEDS"] ?? 150);

/** Lives of a store under one seed, most things that it is asked for in a life, and steps that they take about. */
const LIVES = 4;
const MOST_DEEDS = 14;
const STEPS_OF_LIFE = 250;
const SYNCS_OF_LIFE = 20;

/** Copies with flipped bits that are started after each life. */
const FLIPPED_COPIES = 3;

/** Everything that must have been done to the files, or the seeds prove nothing. */
const MISDEEDS: readonly Misdeed[] = [
  "short write",
  "short read",
  "EIO",
  "ENOSPC",
  "sync that lost what it should have written",
  "unsynced write lost",
  "unsynced write torn",
  "unsynced write there, and an earlier one not",
  "unsynced name lost",
  "unsynced name there, and an earlier one not",
  "bit flip",
];

const FAULTS: readonly Fault[] = [
  { code: "EIO", count: 1 },
  { code: "EIO", count: 12 },
  { code: "ENOSPC", count: 1 },
  { code: "ENOSPC", count: 5 },
];

const SURVIVALS = ["none", "all", "some", "some", "some"] as const;

/** What became of starts on copies with flipped bits. */
const outcomes = { unharmed: 0, refused: 0, "cut and reported": 0 };

/** A store's life: appends of any size, snapshots, restarts, until it ends. */
async function live(files: LyingFiles, ledger: Ledger, random: Random, name: string): Promise<void> {
  let store = await start(files, ledger);
  for (let deed = random(MOST_DEEDS); deed >= 0; deed--) {
    const way = random(10);
    if (way === 0) await snapshot(store, ledger, random(2) === 0 ? `${name}.${deed}s` : "");
    else if (way === 1) {
      if (random(2) === 0) await store.close();
      else files.unlock();
      store = await start(files, ledger);
    } else await append(store, ledger, `${name}.${deed}`, 16 + random(way < 5 ? 1600 : 300));
  }
  if (random(2) === 0) await store.close();
}

/** One to three flipped bits, anywhere in the journal's files. */
async function flipBits(files: LyingFiles, random: Random): Promise<string> {
  const names = (await files.list(folder)).filter((name) => files.sizeOf(`${folder}/${name}`) > 0);
  const places: string[] = [];
  for (let count = 1 + random(3); count > 0 && names.length > 0; count--) {
    const name = names[random(names.length)]!;
    const offset = random(files.sizeOf(`${folder}/${name}`));
    files.flip(`${folder}/${name}`, offset, 1 << random(8));
    places.push(`${name} at ${offset}`);
  }
  return places.join(", ");
}

/**
 * Starts a copy of what a crash left, with flipped bits. Only one thing may be lost without a refusal: the last blob, if it can't be told from
 * a torn write, and then it is reported as cut.
 */
async function startFlipped(files: LyingFiles, ledger: Ledger, random: Random): Promise<void> {
  const copy = files.copy();
  const places = await flipBits(copy, random);
  const events: string[] = [];
  try {
    const { found } = await openAndRead(copy, ({ message }) => events.push(message));
    const isCut = events.some((message) => /: cut \d+ bytes of an append/.test(message));
    const least = ledger.promised.length - (isCut ? 1 : 0);
    assert(found.length >= least, `with ${places}: ${found.length} of ${ledger.promised.length} are left`);
    const known = [...ledger.promised, ...ledger.attempted];
    assert.deepEqual(found.slice(0, ledger.promised.length), ledger.promised.slice(0, found.length), places);
    assert(
      found.every((id) => known.includes(id)) && found.length <= ledger.promised.length + 1,
      `with ${places}: never appended`,
    );
    outcomes[found.length < ledger.promised.length ? "cut and reported" : "unharmed"]++;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    assert.equal(error.kind, "damaged", `with ${places}: ${error.message}`);
    assert.match(error.message, /^\/journal(\/\S+)? is damaged/);
    outcomes.refused++;
  }
}

async function underSeed(seed: number, misdeeds: Misdeeds): Promise<void> {
  const random = randomFrom(seed);
  const ledger = new Ledger();
  let files = new LyingFiles(misdeeds);
  for (let life = 0; life < LIVES; life++) {
    files.readsAreSteps = true;
    if (random(2) === 0) files.shorten = random;
    for (let count = random(4); count > 0; count--)
      files.faults.set(files.steps + random(STEPS_OF_LIFE), FAULTS[random(4)]!);
    const cut = random(4);
    if (cut === 0) files.cutAt = files.steps + random(STEPS_OF_LIFE);
    if (cut === 1) files.cutBeforeSync = 1 + random(SYNCS_OF_LIFE);
    await untilItEnds(() => live(files, ledger, random, `${life}`));
    files = files.killed();
    if (cut < 2 || random(2) === 0) files = files.afterPowerCut(SURVIVALS[random(SURVIVALS.length)]!, random);
    for (let copy = 0; copy < FLIPPED_COPIES; copy++) await startFlipped(files, ledger, random);
  }
  files.readsAreSteps = false;
  await survive(files, ledger, "some", random);
}

test(`whatever is done to its files, under ${SEEDS} seeds`, async (context) => {
  context.diagnostic(
    `seeds from ${firstSeed} on: LEASEHOLD_SEED=${firstSeed} LEASEHOLD_SEEDS=${SEEDS} npm test -- host`,
  );
  const misdeeds = new Misdeeds();
  for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
    try {
      await underSeed(seed, misdeeds);
    } catch (error) {
      if (error instanceof PowerCut) throw new Error(`seed ${seed}: a power cut got through`, { cause: error });
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  for (const misdeed of MISDEEDS) context.diagnostic(`${misdeed}: ${misdeeds.counts.get(misdeed) ?? 0}`);
  context.diagnostic(`starts with flipped bits: ${JSON.stringify(outcomes)}`);
  const missing = SEEDS < 100 ? [] : MISDEEDS.filter((misdeed) => !misdeeds.counts.has(misdeed));
  assert.deepEqual(missing, [], "all of it was done");
});

// The protocol replaced in the field: an emulated board whose storage holds a newer module runs that one from the next reset on and gets
// its lease with it; when it is damaged, traps, or refuses the board, that goes back to the other.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build, type Firmware, titleOf, wantingFor } from "./harness/firmware.js";
import { replaceable, start, taken } from "./modules/boards.js";
import { changedClient, damaged, forgedImage, moduleSlot, relabelled, shippedModule } from "./modules/images.js";

/** Machines at a time: they wait most of the time. */
const MACHINES_AT_ONCE = 4;

const client = shippedModule("client");
const older = relabelled(client, "older");
const newer = relabelled(client, "newer");
const timers = "if (isConfigured() && leaseClockRuns()) runTimers();";
const trapping = await changedClient(timers, `unreachable(); ${timers}`);

/** Asks for more memory than any board has. */
const greedy = await changedClient("addEntropy(seedLow, seedHigh);", "addEntropy(seedLow, seedHigh); return 0;");

/** States a control block where a board has no memory. */
const wild = await changedClient(
  "return u32(changetype<usize>(block));",
  "return block ? 0x60000000 : u32(changetype<usize>(block));",
);

async function replace(firmware: Firmware): Promise<void> {
  const elf = await build(firmware);
  const old = await moduleSlot(older, 1);
  const good = await moduleSlot(newer, 2);
  const bad = await moduleSlot(trapping, 3);
  const broken = damaged(good, good.length - 9);
  const empty = new Uint8Array();
  const [asBuilt, replaced, decayed, bothDecayed, fallen, refusing, straying] = await Promise.all([
    start(firmware, elf, [empty, empty]),
    start(firmware, elf, [old, good]),
    start(firmware, elf, [old, broken]),
    start(firmware, elf, [damaged(old, 70), broken]),
    start(firmware, elf, [bad, good]),
    start(firmware, elf, [forgedImage(good, greedy), old]),
    start(firmware, elf, [forgedImage(good, wild), old]),
  ]);
  assert.deepEqual(asBuilt, [taken(2, 0, client)]);
  assert.deepEqual(replaced, [taken(1, 2, newer)]);
  assert.deepEqual(decayed, ["module slot=1 refused=6", taken(0, 1, older)]);
  assert.deepEqual(bothDecayed, ["module slot=1 refused=6", "module slot=0 refused=3", taken(2, 0, client)]);
  assert.deepEqual(fallen, [taken(0, 3, trapping), "trap count=1", taken(1, 2, newer)]);
  assert.deepEqual(refusing, [taken(0, 2, greedy), "trap count=1", taken(1, 1, older)]);
  assert.deepEqual(straying, [taken(0, 2, wild), "trap count=1", taken(1, 1, older)]);
}

test("modules replaced in storage", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  const all = replaceable(["wasm3", "wamr"]);
  assert.ok(all.length > 0);
  await Promise.all(
    all.map((firmware) =>
      t.test(
        `${titleOf(firmware)}: the newer module gets the lease, and gives way when it is damaged, traps or refuses`,
        async (one) => {
          const want = await wantingFor(firmware);
          if (want !== null) return one.skip(want);
          await replace(firmware);
        },
      ),
    ),
  );
});

// Signed modules on an emulated board whose port supplies a key: a newer module that is signed with it is taken and gets the lease; one
// that is not gives way to the other place, and where neither is, to what is linked in.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { build, type Firmware, titleOf, wantingFor } from "./harness/firmware.js";
import { replaceable, start, taken } from "./modules/boards.js";
import { forgedImage, moduleSlot, rawKey, relabelled, shippedModule } from "./modules/images.js";

/** Machines at a time: they wait most of the time. */
const MACHINES_AT_ONCE = 4;

const keys = generateKeyPairSync("ed25519");
const others = generateKeyPairSync("ed25519");

/** What `boards/modules.md` says that a board needs which checks signatures. */
const withKey = {
  suffix: "-signed",
  defines: { MODULE_KEY: [...rawKey(keys.publicKey)].join(",") },
  libraries: ["ed25519"],
  linkFlags: ["-Wl,--defsym=stack_size=6144"],
};

const client = shippedModule("client");
const older = relabelled(client, "older");
const newer = relabelled(client, "newer");

async function check(firmware: Firmware): Promise<void> {
  const elf = await build(firmware, withKey);
  const old = await moduleSlot(older, 1, keys.privateKey);
  const good = await moduleSlot(newer, 2, keys.privateKey);
  const strange = await moduleSlot(newer, 2, others.privateKey);
  const bare = await moduleSlot(newer, 2);
  const [replaced, misSigned, unsigned, altered, neither] = await Promise.all([
    start(firmware, elf, [old, good]),
    start(firmware, elf, [old, strange]),
    start(firmware, elf, [old, bare]),
    start(firmware, elf, [old, forgedImage(good, relabelled(client, "forged"))]),
    start(firmware, elf, [await moduleSlot(older, 1), strange]),
  ]);
  assert.deepEqual(replaced, [taken(1, 2, newer)]);
  for (const said of [misSigned, unsigned, altered]) {
    assert.deepEqual(said, ["module slot=1 refused=7", taken(0, 1, older)]);
  }
  assert.deepEqual(neither, ["module slot=1 refused=7", "module slot=0 refused=7", taken(2, 0, client)]);
}

test("signed modules in storage", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  const all = replaceable(["wasm3"]);
  assert.ok(all.length > 0);
  await Promise.all(
    all.map((firmware) =>
      t.test(`${titleOf(firmware)}: what is signed with the board's key runs, and nothing else`, async (one) => {
        const want = await wantingFor({ ...firmware, libraries: [...firmware.libraries, ...withKey.libraries] });
        if (want !== null) return one.skip(want);
        await check(firmware);
      }),
    ),
  );
});

// Two starts of the same firmware: power on, nothing kept, the same hardware address. The transaction identifier (`xid`) is chosen at random
// (RFC 2131 §2): were it the same at each start, an answer to the first one could be taken for one to the second.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isArp, readDatagramFrame } from "../rules/harness/frames.js";
import { readMessage, Type } from "../rules/harness/messages.js";
import { Cable } from "./harness/cable.js";
import { build, type Firmware, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { Machine } from "./harness/machine.js";

const MAC = "02:00:c1:00:00:05";

/** Machines at a time: they wait most of the time. */
const MACHINES_AT_ONCE = 4;

/** Longer than the initial delay of RFC 2131 §4.4.1, on a machine that shares its processor with others. */
const PATIENCE_MILLISECONDS = 60_000;

/** Resolves to the `xid` of the next DHCPDISCOVER. */
function nextXid(cable: Cable): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no DHCPDISCOVER comes")), PATIENCE_MILLISECONDS);
    cable.onFrame = (frame) => {
      const message = isArp(frame) ? null : readMessage(readDatagramFrame(frame).payload);
      if (message?.type !== Type.DISCOVER) return;
      clearTimeout(timer);
      resolve(message.xid);
    };
  });
}

/** Powers a machine on until it has asked. @returns the `xid` of its first DHCPDISCOVER */
async function firstXid({ qemu }: Firmware, elf: string): Promise<number> {
  const cable = await Cable.lay();
  const machine = Machine.alone({ qemu, elf, backend: cable.backend, mac: MAC });
  try {
    return await nextXid(cable);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${machine.transcript().slice(-4000)}`, { cause: error });
  } finally {
    await machine.cutPower();
    cable.remove();
  }
}

test("the xid of each start", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  await Promise.all(
    firmwareOf("client").map((firmware) =>
      t.test(`${titleOf(firmware)}: its second start does not repeat the xid of the first`, async (one) => {
        const want = await wantingFor(firmware);
        if (want !== null) return one.skip(want);
        const elf = await build(firmware);
        const first = await firstXid(firmware, elf);
        assert.notEqual(await firstXid(firmware, elf), first);
      }),
    ),
  );
});

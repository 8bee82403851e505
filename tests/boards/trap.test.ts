// A module that was compiled ahead of time and reaches beyond its memory, on each emulated board: the processor's own check finds it, the
// instance ends, is counted and opened anew, and the client has its address again. The machine itself does not start anew.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isArp, readDatagramFrame } from "../rules/harness/frames.js";
import { hex, type Message, readMessage, Type } from "../rules/harness/messages.js";
import { Cable } from "./harness/cable.js";
import { build, type Firmware, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { serve, whoHas } from "./harness/friendly.js";
import { Machine } from "./harness/machine.js";
import { changedClient } from "./modules/images.js";

const MAC = "02:00:c1:00:00:04";
const HARDWARE_ADDRESS = MAC.replaceAll(":", "");

/** Machines at a time: they wait most of the time. */
const MACHINES_AT_ONCE = 4;

/** Without the initial delay of RFC 2131 §4.4.1, which would be most of the time. */
const AT_ONCE = { CLIENT_INITIAL_DELAY_MINIMUM: "0", CLIENT_INITIAL_DELAY_MAXIMUM: "0" };

const LEASE = /^lease .*address=192\.0\.2\.1\d\d /;
const NO_LEASE = /^lease .*address=0\.0\.0\.0 /;

/** A frame of this type (IEEE 802, for local experiments) makes the module below touch the address that follows it. */
const TYPE = "88b5";
const touching = await changedClient(
  "assert(count <= control.inputSlotCount);",
  `assert(count <= control.inputSlotCount);
   const frame = usize(control.inputs) + offsetof<InputSlot>();
   if (load<u16>(frame, 12) == 0xb588) {
     const touched = usize(load<u32>(frame, 14));
     store<u32>(touched, load<u32>(touched));
   }`,
);

/** A frame for the client that makes its module load the word at an address, and store it again. */
function touch(address: number): Uint8Array {
  const frame = Buffer.concat([hex(HARDWARE_ADDRESS), hex("0200000000ff"), hex(TYPE)], 60);
  frame.writeUInt32LE(address, 14);
  return frame;
}

/** What the client asks: the messages it sends from now on, while a server answers them. */
function listen(cable: Cable): Message[] {
  const asked: Message[] = [];
  const answer = cable.onFrame;
  cable.onFrame = (frame) => {
    if (!isArp(frame)) asked.push(readMessage(readDatagramFrame(frame).payload));
    answer(frame);
  };
  return asked;
}

/** Has the module trap, and waits until the client has its lease again. @returns its first message after the trap */
async function trapOnce(machine: Machine, cable: Cable, at: number, leased: string, count: number): Promise<Message> {
  const from = machine.mark();
  const asked = listen(cable);
  await cable.send([touch(at)]);
  await machine.line(new RegExp(`^trap count=${count}`), from);
  await machine.line(NO_LEASE, from);
  const line = await machine.line(LEASE, from, 60_000);
  assert.equal(line.values.get("address"), leased);
  assert.ok(asked[0]);
  return asked[0];
}

async function outlive(firmware: Firmware, elf: string, folder: string): Promise<void> {
  const cable = await Cable.lay();
  serve(cable);
  const { qemu, memory } = firmware;
  const keeps = qemu.storage !== undefined;
  const storage = keeps ? { storage: join(folder, `${firmware.board}.img`) } : {};
  const machine = Machine.alone({ qemu, elf, backend: cable.backend, mac: MAC, ...storage });
  try {
    const leased = (await machine.line(LEASE, 0, 60_000)).values.get("address") ?? "";
    // The last word of the memory is there.
    await cable.send([touch(memory - 4)]);
    assert.equal((await machine.report()).figures.get("traps"), 0);
    for (const [index, at] of [memory - 3, memory, 0xffff_fffe].entries()) {
      const { type } = await trapOnce(machine, cable, at, leased, index + 1);
      assert.equal(
        type,
        keeps ? Type.REQUEST : Type.DISCOVER,
        "it asks for the address that it has kept, if it keeps any",
      );
    }
    const { figures } = await machine.report();
    assert.equal(figures.get("traps"), 3);
    assert.equal(figures.get("faults"), 0);
    assert.equal(machine.lines().filter(({ word }) => word === "leasehold").length, 1, "it started once");
    assert.equal(await whoHas(cable, leased), HARDWARE_ADDRESS);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${machine.transcript().slice(-4000)}`, { cause: error });
  } finally {
    await machine.cutPower();
    cable.remove();
  }
}

test("traps of a compiled module", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-trap-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const module = join(folder, "touching.wasm");
  writeFileSync(module, touching);
  const compiled = firmwareOf("client").filter(({ engine, hasOwnLoop }) => engine === "aot" && !hasOwnLoop);
  assert.ok(compiled.length > 0);
  await Promise.all(
    compiled.map((firmware) =>
      t.test(`${titleOf(firmware)}: a trap ends the instance, is counted, and the lease comes back`, async (one) => {
        const want = await wantingFor(firmware);
        if (want !== null) return one.skip(want);
        const elf = await build(firmware, { suffix: "-touching", module, defines: AT_ONCE });
        await outlive(firmware, elf, folder);
      }),
    ),
  );
});

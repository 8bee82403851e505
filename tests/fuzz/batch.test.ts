// A batch is its messages one after the other (DESIGN, "The boundary"): on a table that is large enough for the core to look ahead over a
// batch, the same inputs give the same memory, byte for byte, whether they come together or one by one; and so do records that are
// restored. Many are mutated: what looks ahead sees them first, before any gate.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { InputKind, InterfaceChange, InterfaceChangeLayout, InterfaceFlag, LinkMode, RestoreStatus } from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import { ServerCore } from "../../host/core/server.js";
import { clientOf, discover, extend, reboot, release, select } from "../rules/harness/clients.js";
import { address, buildMessage } from "../rules/harness/messages.js";
import { bend } from "./bend.js";
import { clientMessages } from "./corpus.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";

const BATCHES = scaled(300);
const RESTORES = scaled(15);
const BATCH = 32;
const SERVER = "10.0.0.1";
const RELAY = "10.64.0.1";

const module = new WebAssembly.Module(readFileSync(new URL("../../../server.wasm", import.meta.url)));
const { configuration } = compileConfiguration(
  JSON.stringify({
    subnets: [
      { subnet: "10.0.0.0/10", pools: ["10.0.1.0-10.0.17.255"], probe: false },
      { subnet: "10.64.0.0/10", pools: ["10.64.1.0-10.64.17.255"], probe: false },
    ],
  }),
  "batch.test.json",
);

/** A core of more leases than it takes to look ahead, to be restored. */
function bareCore(): ServerCore {
  assert.ok(configuration);
  assert.ok(configuration.limits.leaseCount > 8192);
  const core = new ServerCore(module, configuration.limits, [5, 6]);
  assert.equal(core.configure(configuration.image), 0);
  return core;
}

function restore(core: ServerCore, records: Uint8Array): number {
  return core.restoreSlice(records, 1_700_000_000, 1);
}

/** Such a core that holds nothing, on one link. */
function newCore(): ServerCore {
  const core = bareCore();
  while (restore(core, new Uint8Array(0)) === RestoreStatus.MORE);
  const slot = core.freshSlot(0);
  slot.kind = InputKind.INTERFACE;
  slot.length = InterfaceChangeLayout.byteSize;
  const change = new InterfaceChange(core.view, core.payloadAddress(0));
  change.flags = InterfaceFlag.UP;
  change.linkMode = LinkMode.MIXED;
  change.prefixLength = 10;
  change.htype = 1;
  change.address = address(SERVER);
  change.network = 0xffffffff;
  change.mtu = 1500;
  core.handleInputs(1, 1);
  return core;
}

/** Puts `bytes` into slot `index`, as a datagram or as what claims to be a frame. */
function fill(core: ServerCore, index: number, bytes: Uint8Array, kind: number): void {
  const slot = core.freshSlot(index);
  slot.kind = kind;
  slot.destinationAddress = 0xffffffff;
  slot.sourcePort = 68;
  slot.destinationPort = 67;
  core.setPayload(index, bytes);
}

/** What the core answers in a slot: its lower half. */
function answerIn(core: ServerCore, index: number): Uint8Array {
  const at = core.slotAddress(index);
  return core.bytes.slice(at, core.payloadAddress(index));
}

/** Everything behind the input slots: rings, indexes, arena and leases. */
function tables(core: ServerCore): Uint8Array {
  const { ready } = core.control;
  return core.bytes.subarray(ready, core.memoryUsed);
}

function someMessage(random: Random): Uint8Array {
  const number = random.below(400);
  const client = clientOf(number, random.oneIn(4) ? { giaddr: RELAY } : {});
  if (random.oneIn(2)) client.identifier = Uint8Array.of(1, 2, 0, 0, 0, number >> 8, number & 255);
  const about = random.oneIn(4) ? "10.64.1.7" : `10.0.1.${random.below(256)}`;
  const fields = random.pick([
    discover(client),
    discover(client),
    select(client, about, SERVER),
    reboot(client, about),
    extend(client, about),
    release(client, about),
  ]);
  const bytes = buildMessage(fields);
  return random.oneIn(3) ? mutate(bytes, random, clientMessages, random.between(1, 3)) : bytes;
}

/** Calls everything durable, and sends all answers. */
function settle(core: ServerCore, now: number): void {
  core.ready.advance(core.ready.pending);
  const durable = core.freshSlot(0);
  durable.kind = InputKind.DURABLE;
  durable.value = core.control.journalHead;
  core.handleInputs(1, now);
  core.waiting.advance(core.waiting.pending);
}

test("a batch gives what its messages give one by one", (t) => {
  announce(t);
  const random = new Random("batch");
  const together = newCore();
  const alone = newCore();
  let now = 1000;
  forEachInput(BATCHES, (_, note) => {
    now += random.below(3000);
    const answers: Uint8Array[] = [];
    for (let index = 0; index < BATCH; index++) {
      const bytes = someMessage(random);
      note(bytes);
      const kind = random.oneIn(16) ? InputKind.FRAME : InputKind.DATAGRAM;
      fill(together, index, bytes, kind);
      fill(alone, 0, bytes, kind);
      alone.handleInputs(1, now);
      answers.push(answerIn(alone, 0));
    }
    together.handleInputs(BATCH, now);
    for (const [index, answer] of answers.entries())
      assert.deepEqual(answerIn(together, index), answer, `slot ${index}`);
    assert.deepEqual(together.takeJournal(), alone.takeJournal(), "the records");
    for (const core of [together, alone]) settle(core, now);
    assert.ok(Buffer.from(tables(together)).equals(tables(alone)), "the tables");
  });
  assert.ok(together.control.journalHead > 0, "some were granted");
});

/** The records of a life with many clients. */
function someRecords(random: Random): Uint8Array {
  const core = newCore();
  const blobs: Uint8Array[] = [];
  for (let now = 1000; now < 400_000; now += random.between(1, 5000)) {
    for (let index = 0; index < BATCH; index++) fill(core, index, someMessage(random), InputKind.DATAGRAM);
    core.handleInputs(BATCH, now);
    const blob = core.takeJournal();
    if (blob !== null) blobs.push(Uint8Array.from(blob));
    settle(core, now);
  }
  return Buffer.concat(blobs);
}

/** Restores records one by one; returns the last status, and where it was said. */
function restoreAlone(core: ServerCore, records: Uint8Array): [status: number, at: number] {
  const view = new DataView(records.buffer, records.byteOffset);
  for (let at = 0; at < records.length; ) {
    // What claims to be longer than everything, or nothing at all, is handed over as it stands: it is refused.
    const size = at + 2 <= records.length ? view.getUint16(at, true) : 0;
    const end = size === 0 ? records.length : Math.min(records.length, at + size);
    const status = restore(core, records.subarray(at, end));
    if (status !== RestoreStatus.OK) return [status, at + core.control.refusedAt];
    at = end;
  }
  return [RestoreStatus.OK, 0];
}

test("records restored together give what they give one by one", (t) => {
  announce(t);
  const random = new Random("restored batch");
  const outcomes = new Map<number, number>();
  forEachInput(RESTORES, (index, note) => {
    const sound = someRecords(random);
    const records = index % 3 === 0 ? sound : bend(sound, random);
    note(records);
    const [together, alone] = [bareCore(), bareCore()];
    assert.ok(records.length <= together.control.transferSize, "one slice");
    const status = restore(together, records);
    const at = status === RestoreStatus.OK ? 0 : together.control.refusedAt;
    assert.deepEqual([status, at], restoreAlone(alone, records));
    outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
    if (status !== RestoreStatus.OK) return;
    for (const core of [together, alone]) while (restore(core, new Uint8Array(0)) === RestoreStatus.MORE);
    assert.ok(Buffer.from(tables(together)).equals(tables(alone)), "the tables");
  });
  assert.ok((outcomes.get(RestoreStatus.OK) ?? 0) > 0 && outcomes.size > 1, `${[...outcomes]}`);
});

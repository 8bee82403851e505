// A batch is its messages one after the other (DESIGN, "The boundary"): on a table that is large enough for the core to look ahead over a
// batch, the same inputs give the same memory, byte for byte, whether they come together or one by one. Many are mutated: what
// looks ahead sees them first, before any gate.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { InputKind, InterfaceChange, InterfaceChangeLayout, InterfaceFlag, LinkMode } from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import { ServerCore } from "../../host/core/server.js";
import { clientOf, discover, extend, reboot, release, select } from "../rules/harness/clients.js";
import { address, buildMessage } from "../rules/harness/messages.js";
import { clientMessages } from "./corpus.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";

const BATCHES = scaled(300);
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

/** A core of more leases than it takes to look ahead, on one link. */
function newCore(): ServerCore {
  assert.ok(configuration);
  assert.ok(configuration.limits.leaseCount > 8192);
  const core = new ServerCore(module, configuration.limits, [5, 6]);
  assert.equal(core.configure(configuration.image), 0);
  while (core.restoreSlice(new Uint8Array(0), 1_700_000_000, 1) === 1);
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
    for (const core of [together, alone]) {
      core.ready.advance(core.ready.pending);
      const durable = core.freshSlot(0);
      durable.kind = InputKind.DURABLE;
      durable.value = core.control.journalHead;
      core.handleInputs(1, now);
      core.waiting.advance(core.waiting.pending);
    }
    assert.ok(Buffer.from(tables(together)).equals(tables(alone)), "the tables");
  });
  assert.ok(together.control.journalHead > 0, "some were granted");
});

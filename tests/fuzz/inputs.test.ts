// Hostile inputs from the host's side of the boundary: slots of any kind, length, flags and numbers, in batches, before and after
// configuration, on a clock that jumps. The core may refuse any of it, with a verdict; it may not stop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputKind, Verdict } from "#layout";
import {
  ClientCore,
  compileModule,
  type Core,
  readModule,
  SERVER_DEFAULTS,
  ServerCore,
} from "../../host/core/index.js";
import { Client, ClientCommand } from "../rules/harness/client-harness.js";
import { address } from "../rules/harness/messages.js";
import { clientMessages, serverMessages } from "./corpus.js";
import { FuzzedServer, links, PROBE_MILLISECONDS, QUARANTINE_SECONDS } from "./fuzzed-server.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { configuration, someAddress } from "./world.js";

const BATCHES = scaled(10_000);
/** Batches between two ladders. */
const STRETCH = 500;
const kinds = Object.values(InputKind);
const edges = [0, 1, 3, 63, 0x7fffffff, 0x80000000, 0xffffffff];

function someNumber(random: Random): number {
  switch (random.below(3)) {
    case 0:
      return random.pick(edges);
    case 1:
      return random.below(600);
    default:
      return random.oneIn(2) ? random.u32() : address(someAddress(random));
  }
}

/** Fills slot `index` with anything. */
function fill(core: Core, index: number, random: Random, messages: readonly Uint8Array[]): void {
  const slot = core.freshSlot(index);
  core.setPayload(index, random.oneIn(3) ? random.bytes(40) : mutate(random.pick(messages), random, messages, 2));
  slot.kind = random.oneIn(6) ? random.below(256) : random.pick(kinds);
  slot.flags = random.oneIn(4) ? random.below(256) : 0;
  if (random.oneIn(4)) slot.length = someNumber(random);
  slot.interfaceIndex = random.oneIn(4) ? someNumber(random) : random.below(4);
  slot.sourceAddress = someNumber(random);
  slot.destinationAddress = someNumber(random);
  slot.sourcePort = random.below(65536);
  slot.destinationPort = random.below(65536);
  // Whoever is told that more is durable than was made must not believe it; whoever says what is true is believed.
  slot.value = slot.kind === InputKind.DURABLE && random.oneIn(2) ? core.journalHead : someNumber(random);
  slot.moreValue = someNumber(random);
  slot.address = someNumber(random);
  // An interface that is gone, or has no address, is served no more: that is right, but tests nothing else.
  if (slot.kind === InputKind.INTERFACE && !random.oneIn(8)) slot.length = random.below(20);
}

/** One batch at `now`, and its verdicts. */
function turn(core: Core, count: number, now: number): void {
  core.handleInputs(count, now);
  for (let index = 0; index < count; index++) {
    const { verdict, kind, length } = core.slot(index);
    assert.notEqual(verdict, Verdict.NONE, `kind ${kind}`);
    if (length > core.inputPayloadSize) assert.ok([Verdict.BAD_INPUT, Verdict.NOT_CONFIGURED].includes(verdict as 3));
  }
  core.handleTimeout(now);
}

/** Takes everything out of the rings, as a host that sends. */
function send(core: Core): void {
  for (const ring of [core.ready, core.waiting]) ring.advance(ring.pending);
}

test("any slots to a server: a verdict for each, and it goes on serving", (t) => {
  announce(t);
  const random = new Random("slots of servers");
  const config = { ...configuration, probe: true, probeTime: `${PROBE_MILLISECONDS}ms` };
  let fuzzed = new FuzzedServer({ config });
  forEachInput(BATCHES, (index, note) => {
    const { server } = fuzzed;
    const count = random.between(1, server.core.inputSlotCount);
    for (let slot = 0; slot < count; slot++) fill(server.core, slot, random, clientMessages);
    note(server.core.bytes.subarray(server.core.slotAddress(0), server.core.slotAddress(1)));
    server.now += random.oneIn(50) ? random.u32() : random.below(2000);
    turn(server.core, count, server.now);
    if (random.oneIn(3)) send(server.core);
    if (random.oneIn(3)) server.core.takeJournal();
    if (index % STRETCH !== STRETCH - 1) return;
    // The host comes to its senses: it sends, makes durable, and says what the interfaces are.
    send(server.core);
    server.sync();
    send(server.core);
    links.forEach((link, at) => void server.setInterface(at, link));
    server.advance(QUARANTINE_SECONDS * 1000);
    fuzzed.serveLadder(index);
    fuzzed = new FuzzedServer({ config });
  });
});

test("any slots to a client: a verdict for each, and it goes on", () => {
  const random = new Random("slots of clients");
  let client = new Client();
  forEachInput(BATCHES, (index, note) => {
    const { core } = client;
    const count = random.between(1, core.inputSlotCount);
    for (let slot = 0; slot < count; slot++) fill(core, slot, random, serverMessages);
    note(core.bytes.subarray(core.slotAddress(0), core.slotAddress(1)));
    client.now += random.oneIn(50) ? random.u32() : random.below(2000);
    turn(core, count, client.now);
    if (random.oneIn(3)) send(core);
    if (index % STRETCH !== STRETCH - 1) return;
    send(core);
    client.link(true);
    client.command(ClientCommand.STOP);
    client.command(ClientCommand.RELEASE);
    client.takeAll();
    client.bind();
    client = new Client();
  });
});

test("inputs before configuration are refused, not handled", async () => {
  const random = new Random("early slots");
  const client = new ClientCore(await compileModule(await readModule("client")));
  const limits = { ...SERVER_DEFAULTS, imageSize: 64, leaseCount: 1, poolCount: 1, interfaceCount: 1 };
  const server = new ServerCore(await compileModule(await readModule("server")), { ...limits, attributeBlockCount: 0 });
  forEachInput(scaled(1000), () => {
    for (const core of [client, server]) {
      fill(core, 0, random, clientMessages);
      turn(core, 1, 5_000_000);
      assert.equal(core.ready.pending + core.waiting.pending + core.journalPending, 0, "nothing comes of it");
    }
  });
});

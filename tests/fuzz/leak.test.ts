// What leaves is a function of what was said, never of what lies in memory from before (CVE-2017-14494, CVE-2021-26676,
// CVE-2024-42040): two cores live the same life, but everything that is free in their memories is filled with different bytes
// before each input. All that they send must be the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputKind, Ring } from "#layout";
import type { Core } from "../../host/core/core.js";
import { Client, type ClientCommand, type Sent as ClientSent, Type } from "../rules/harness/client-harness.js";
import { clientOf, discover, extend, inform, select } from "../rules/harness/clients.js";
import { buildMessage, hex, type OptionValue } from "../rules/harness/messages.js";
import { type InterfaceOptions, LinkMode, Server } from "../rules/harness/server-harness.js";
import { clientMessages, serverMessages } from "./corpus.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { configuration, SERVER, someAddress } from "./world.js";

const MESSAGES = scaled(6000);

/** Fills the slots' payloads and, since nothing waits in them, the buffers of both rings. */
function spoil(core: Core, byte: number): void {
  for (let index = 0; index < core.inputSlotCount; index++) {
    const at = core.payloadAddress(index);
    core.bytes.fill(byte, at, at + core.inputPayloadSize);
  }
  for (const address of [core.control.ready, core.control.waiting]) {
    const ring = new Ring(core.view, address);
    assert.equal(ring.head, ring.tail, "an empty ring");
    core.bytes.fill(byte, ring.buffers, ring.buffers + ring.count * ring.bufferStride);
  }
}

/** A message that is dropped once its options are indexed: it leaves its bytes in the tables of the walk. */
function dirt(op: number, byte: number): Uint8Array {
  const value = new Uint8Array(255).fill(byte);
  const options = [12, 60, 61, 82, 61, 82].map((code): OptionValue => [code, value]);
  return buildMessage({ op, type: Type.OFFER, chaddr: new Uint8Array(16).fill(byte), options });
}

test("no byte of an earlier message is in what a server sends", (t) => {
  announce(t);
  const random = new Random("leaks of servers");
  const interfaces: InterfaceOptions[] = [{ address: SERVER }, { address: SERVER, linkMode: LinkMode.FRAMES }];
  const servers = [0x5a, 0xa5].map((byte) => ({ byte, server: new Server({ config: configuration, interfaces }) }));
  forEachInput(MESSAGES, (_, note) => {
    const client = clientOf(random.below(30), random.oneIn(2) ? { identifier: hex("ff 01 02 03") } : {});
    const about = someAddress(random);
    const sound = [discover(client), extend(client, about), inform(client, about), select(client, about)];
    const base = random.oneIn(2) ? random.pick(clientMessages) : buildMessage(random.pick(sound));
    const bytes = mutate(base, random, clientMessages, random.below(4)).subarray(0, 1500);
    note(bytes);
    const interfaceIndex = random.below(2);
    const [a, b] = servers.map(({ byte, server }) => {
      assert.equal(server.receive(dirt(2, byte)).verdict, "WRONG_OPERATION");
      spoil(server.core, byte);
      const { sent, verdict } = server.receive(bytes, { interfaceIndex });
      server.advance(1000);
      return { verdict, sent: sent.map((one) => Buffer.from(one.bytes).toString("hex")) };
    });
    assert.deepEqual(a, b);
  });
});

test("no byte of an earlier message is in what a client sends", () => {
  const random = new Random("leaks of clients");
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.FRAMES]) {
    const clients = [0x5a, 0xa5].map((byte) => ({ byte, client: new Client({ linkMode, settings: { flags: 6 } }) }));
    forEachInput(Math.ceil(MESSAGES / 4), (_, note) => {
      const step = random.below(8);
      const type = random.pick([Type.OFFER, Type.ACK, Type.ACK, Type.NAK]);
      const mutations = random.below(3);
      const stranger = random.pick(serverMessages);
      const state = random.u32();
      const [a, b] = clients.map(({ byte, client }) => {
        client.raw(InputKind.DATAGRAM, dirt(1, byte));
        spoil(client.core, byte);
        const same = new Random("same", state);
        const base = step === 7 ? stranger : client.answer(type);
        const bytes = mutate(base, same, serverMessages, mutations).subarray(0, 1400);
        note(bytes);
        if (step === 0) client.command(same.below(7) as ClientCommand, Uint8Array.of(9, 2, 0, 192));
        else if (step < 3 && Number.isFinite(client.core.deadline)) client.step();
        else client.receive(bytes);
        client.start();
        client.arps = [];
        return client.takeAll().map((one: ClientSent) => Buffer.from(one.bytes).toString("hex"));
      });
      assert.deepEqual(a, b);
    });
  }
});

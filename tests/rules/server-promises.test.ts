// What a server promises (RFC 2131 §2.2, §3.1): nothing that it acknowledged is forgotten, and nothing is acknowledged before it is
// recorded. A limit that is reached changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputKind, Ring, Verdict } from "#layout";
import {
  bind,
  clientOf,
  discover,
  extend,
  fillJournal,
  inform,
  reboot,
  release,
  select,
  toServer,
} from "./harness/clients.js";
import { Code, hex, ip, Type } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const config = {
  probe: false,
  leaseTime: 600,
  subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.99"] }],
};

test("a DHCPACK leaves only after its record is durable", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  server.storeWorks = false;
  const offered = server.receive(discover(client)).answer;
  assert.equal(offered.waited, false, "an offer waits for nothing");
  const { yiaddr } = offered.message;
  assert.deepEqual(server.receive(select(client, yiaddr)).sent, []);
  assert.deepEqual(server.takeSent(), []);
  const [ack] = server.sync();
  assert.equal(ack?.message.type, Type.ACK);
  assert.equal(ack?.waited, true);
});

test("a repeated DHCPACK waits too: what it confirms may not be durable yet", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.storeWorks = false;
  for (const message of [select(clientOf(1), held), reboot(clientOf(1), held), extend(clientOf(1), held)]) {
    assert.deepEqual(server.receive(message).sent, []);
  }
  assert.equal(server.sync().length, 3);
});

test("offers, refusals and informs do not wait behind acknowledgements", () => {
  const server = new Server({ config });
  server.storeWorks = false;
  server.receive(select(clientOf(1), "192.0.2.10"));
  assert.equal(server.receive(discover(clientOf(2))).answer.message.type, Type.OFFER);
  assert.equal(server.receive(select(clientOf(3), "203.0.113.1")).answer.message.type, Type.NAK);
  assert.equal(
    server.receive(inform(clientOf(4), "192.0.2.200"), toServer("192.0.2.200")).answer.message.type,
    Type.ACK,
  );
});

test("acknowledgements leave in their order, each with the position that its record needs", () => {
  const server = new Server({ config });
  server.storeWorks = false;
  for (let number = 0; number < 3; number++) server.receive(select(clientOf(number), `192.0.2.${20 + number}`));
  const head = server.core.journalHead;
  const third = head / 3;
  assert.ok(Number.isInteger(third));
  assert.deepEqual(server.tell(InputKind.DURABLE, { value: third - 4 }).sent, []);
  assert.equal(server.tell(InputKind.DURABLE, { value: third }).answer.message.yiaddr, "192.0.2.20");
  const rest = server.tell(InputKind.DURABLE, { value: head }).sent;
  assert.deepEqual(
    rest.map(({ message }) => message.yiaddr),
    ["192.0.2.21", "192.0.2.22"],
  );
});

test("a durable position that the journal never reached is the host's mistake", () => {
  const server = new Server({ config });
  bind(server, clientOf(1));
  const head = server.core.journalHead;
  assert.equal(server.tell(InputKind.DURABLE, { value: head + 4 }).verdict, "BAD_INPUT");
  assert.equal(server.tell(InputKind.DURABLE, { value: head - 4 }).verdict, "BAD_INPUT");
  assert.equal(server.tell(InputKind.DURABLE, { value: head }).verdict, "TAKEN");
});

test("an answer that waited more than 4 s is dropped and counted: the client has asked again", () => {
  const server = new Server({ config });
  server.storeWorks = false;
  server.receive(select(clientOf(1), "192.0.2.20"));
  server.advance(4_100);
  server.receive(select(clientOf(1), "192.0.2.20"));
  assert.equal(server.sync().length, 1);
  assert.equal(server.count(Verdict.ANSWER_STALE), 1);
});

test("a full journal drops what it cannot record, whole, and goes on when it can (STORE_BEHIND)", () => {
  const server = new Server({ config, limits: { journalSize: 1024, attributeBlockCount: 0 } });
  const held = bind(server, clientOf(1));
  fillJournal(server, clientOf(1), held);
  const head = server.core.journalHead;
  const { free, bound } = server.status;
  assert.equal(server.receive(select(clientOf(2), "192.0.2.20")).verdict, "STORE_BEHIND");
  assert.equal(server.receive(reboot(clientOf(1), held)).verdict, "STORE_BEHIND");
  assert.equal(server.receive(discover(clientOf(3))).verdict, "OFFERED", "offers need no record");
  assert.equal(server.core.journalHead, head);
  assert.deepEqual([server.status.free, server.status.bound], [free - 1, bound]);
  server.sync();
  assert.equal(server.receive(select(clientOf(2), "192.0.2.20")).verdict, "BOUND_SELECTING");
});

test("a full transmit ring drops what it cannot answer, whole (TRANSMIT_FULL)", () => {
  const server = new Server({ config, limits: { waitingSlotCount: 2, readySlotCount: 2 } });
  server.storeWorks = false;
  for (const number of [1, 2]) server.receive(select(clientOf(number), `192.0.2.${20 + number}`));
  const head = server.core.journalHead;
  assert.equal(server.receive(select(clientOf(3), "192.0.2.23")).verdict, "TRANSMIT_FULL");
  assert.equal(server.core.journalHead, head);
  assert.equal(server.status.bound, 2);
  server.sync();
  assert.equal(server.receive(select(clientOf(3), "192.0.2.23")).verdict, "BOUND_SELECTING");
});

test("a network that takes nothing fills the ring of answers that need no record; each kind is dropped whole", () => {
  const server = new Server({ config, limits: { readySlotCount: 2 } });
  server.networkWorks = false;
  server.receive(discover(clientOf(1)));
  server.receive(discover(clientOf(2)));
  assert.equal(server.status.offered, 2);
  for (const message of [
    discover(clientOf(3)),
    select(clientOf(3), "203.0.113.1"),
    inform(clientOf(3), "192.0.2.200"),
  ]) {
    assert.equal(server.receive(message).verdict, "TRANSMIT_FULL");
  }
  assert.equal(server.status.offered, 2);
  server.networkWorks = true;
  assert.equal(server.takeSent().length, 2);
  assert.equal(server.receive(discover(clientOf(3))).verdict, "OFFERED");
});

test("a restart forgets no lease and gives none to another (lessons 3 and 33)", () => {
  let server = new Server({ config, limits: { attributeBlockCount: 1024 } });
  const held = new Map<number, string>();
  for (let number = 1; number <= 40; number++)
    held.set(number, bind(server, clientOf(number, { identifier: identifierOf(number) })));
  server = server.restart();
  assert.equal(server.status.bound, 40);
  for (let number = 41; number <= 60; number++) {
    const address = bind(server, clientOf(number));
    assert.ok(![...held.values()].includes(address));
  }
  for (const [number, address] of held) {
    const client = clientOf(number, { identifier: identifierOf(number) });
    assert.equal(server.receive(reboot(client, address)).verdict, "BOUND_REBOOTING");
  }
});

/** Identifiers of all lengths, with every byte value. */
function identifierOf(number: number): Uint8Array {
  return Uint8Array.from({ length: Math.min(255, 1 + number * 6) }, (_, index) => (index * 7 + number) & 255);
}

test("every lease that is written can be read again, whatever the identifier (CVE-2021-25217, CVE-2019-6474)", () => {
  const limits = { attributeBlockCount: 4096 };
  for (let base = 0; base < 256; base += 64) {
    const server = new Server({ config, limits });
    const clients = Array.from({ length: 64 }, (_, index) => {
      const length = base + index;
      const identifier = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 255);
      return clientOf(length + 1, length === 0 ? {} : { identifier, options: [[12, identifier]] });
    });
    const held = clients.map((client) => bind(server, client));
    const restarted = server.restart();
    assert.equal(restarted.status.bound, 64);
    clients.forEach((client, index) => {
      assert.equal(restarted.receive(reboot(client, held[index]!)).verdict, "BOUND_REBOOTING", `${base + index} bytes`);
    });
  }
});

test("a restart keeps the ends of leases, also after a step of the wall clock", () => {
  const server = new Server({ config });
  bind(server, clientOf(1));
  server.advance(100_000);
  assert.equal(server.tell(InputKind.WALL_CLOCK, { value: server.wallClock + 50_000 }).verdict, "TAKEN");
  assert.equal(server.core.control.wallOffset, 50_000);
  const restarted = server.restart({ wallClock: server.wallClock + 50_000 });
  assert.equal(restarted.core.control.wallOffset, 50_000);
  restarted.advance(498_000);
  assert.equal(restarted.status.bound, 1);
  restarted.advance(5_000);
  assert.equal(restarted.status.bound, 0);
});

test("a small difference of the clocks is no step", () => {
  const server = new Server({ config });
  server.tell(InputKind.WALL_CLOCK, { value: server.wallClock + 2 });
  assert.equal(server.core.control.wallOffset, 0);
  assert.equal(server.core.journalPending, 0);
});

test("whoever was offered an address and asks again with a longer hardware address finds no room in a full arena", () => {
  const server = new Server({ config, limits: { attributeBlockCount: 0 } });
  const identifier = hex("ff 01 02 03");
  assert.equal(server.receive(discover(clientOf(1, { identifier }))).verdict, "OFFERED");
  const longer = clientOf(1, { identifier, chaddr: new Uint8Array(16).fill(7) });
  assert.equal(server.receive(discover(longer)).verdict, "IDENTIFIERS_FULL");
  assert.equal(server.receive(discover(clientOf(1, { identifier }))).verdict, "OFFERED");
});

test("what has no room in the arena is dropped whole (identifier) or left out and counted (attributes)", () => {
  const server = new Server({ config, limits: { attributeBlockCount: 2 } });
  const long = clientOf(1, { identifier: new Uint8Array(200).fill(1) });
  assert.equal(server.receive(discover(long)).verdict, "IDENTIFIERS_FULL");
  assert.equal(server.receive(select(long, "192.0.2.20")).verdict, "IDENTIFIERS_FULL");
  assert.equal(server.status.bound + server.status.offered, 0);
  bind(server, clientOf(2, { options: [[12, new Uint8Array(100).fill(65)]] }));
  assert.equal(server.count(Verdict.ATTRIBUTE_DROPPED), 1);
});

test("many leases that end at once are handled in bounded portions, one call after the other", () => {
  const subnets = [{ subnet: "10.0.0.0/16", pools: ["10.0.4.0-10.0.11.255"] }];
  const server = new Server({ config: { ...config, subnets }, interfaces: [{ address: "10.0.0.1" }] });
  for (let number = 0; number < 2048; number++) {
    const address = `10.0.${4 + (number >> 8)}.${number & 255}`;
    assert.equal(server.receive(select(clientOf(number), address, "10.0.0.1")).verdict, "BOUND_SELECTING");
  }
  server.advance(599_000);
  assert.equal(server.status.bound, 2048);
  server.now += 3_000;
  for (let calls = 1; server.status.bound > 0; calls++) {
    assert.ok(server.core.deadline <= server.now, "there is more to do now");
    const before = server.status.bound;
    server.core.handleTimeout(server.now);
    assert.ok(before - server.status.bound <= 512 && calls < 100);
  }
  assert.equal(server.status.expired, 2048);
});

test("the memory of an instance never changes (CVE-2012-3954 and the like)", () => {
  const server = new Server({ config });
  const { memoryUsed } = server.core;
  const bytes = server.core.bytes.buffer.byteLength;
  for (let round = 0; round < 2_000; round++) {
    const client = clientOf(round & 63, { identifier: hex(`ff00${(round & 63).toString(16).padStart(2, "0")}`) });
    const held = bind(server, client);
    server.receive(release(client, held), toServer(held));
  }
  assert.equal(server.core.memoryUsed, memoryUsed);
  assert.equal(server.core.bytes.buffer.byteLength, bytes);
  assert.equal(server.status.attributeBlocksFree, new Server({ config }).status.attributeBlocksFree);
});

test("what an offer took from a lease that had ended is free in the next life too: a start never lacks blocks that sufficed", () => {
  const identified = (number: number) => clientOf(number, { identifier: new Uint8Array(40).fill(number) });
  const server = new Server({ config, limits: { attributeBlockCount: 2 } });
  const ended = bind(server, identified(1));
  server.advance(601_000);
  assert.equal(server.receive(discover(clientOf(2), [[Code.REQUESTED_ADDRESS, ip(ended)]])).address, ended);
  const held = bind(server, identified(3));
  assert.notEqual(held, ended);
  const restarted = server.restart();
  assert.equal(restarted.receive(extend(identified(3), held), toServer(held)).verdict, "BOUND_RENEWING");
  assert.deepEqual([restarted.status.bound, restarted.status.expired], [1, 1]);
});

test("with less room than before, a start keeps identities and leaves attributes out", () => {
  const server = new Server({ config });
  const named = (number: number) => clientOf(number, { options: [[Code.HOST_NAME, new Uint8Array(50).fill(97)]] });
  bind(server, named(1));
  bind(server, named(2));
  const identified = clientOf(3, { identifier: new Uint8Array(40).fill(3) });
  const held = bind(server, identified);
  const restarted = server.restart({ limits: { attributeBlockCount: 4 } });
  assert.equal(restarted.receive(extend(identified, held), toServer(held)).verdict, "BOUND_RENEWING");
  assert.deepEqual([restarted.status.bound, restarted.status.attributeBlocksFree], [3, 0]);
  assert.equal(restarted.count(Verdict.ATTRIBUTE_DROPPED), 1);
  assert.throws(() => server.restart({ limits: { attributeBlockCount: 1 } }), "an identity is a promise");
});

test("positions of the journal and counters of the rings go round at 2^32", () => {
  const server = new Server({ config });
  const { control } = server.core;
  const nearTheEnd = 2 ** 32 - 64;
  control.journalHead = control.journalDurable = nearTheEnd;
  for (const at of [control.ready, control.waiting]) {
    const ring = new Ring(server.core.view, at);
    ring.head = ring.released = ring.tail = 2 ** 32 - 2;
  }
  server.storeWorks = false;
  for (let number = 0; number < 5; number++) {
    const address = `192.0.2.${20 + number}`;
    assert.equal(server.receive(discover(clientOf(number), [[Code.REQUESTED_ADDRESS, ip(address)]])).sent.length, 1);
    assert.deepEqual(server.receive(select(clientOf(number), address)).sent, []);
  }
  const head = server.core.journalHead;
  assert.ok(head < 1000, "the journal has gone round");
  const third = (nearTheEnd + 3 * ((head + 64) / 5)) % 2 ** 32;
  const early = server.tell(InputKind.DURABLE, { value: third }).sent;
  assert.deepEqual(
    early.map(({ message }) => message.yiaddr),
    ["192.0.2.20", "192.0.2.21", "192.0.2.22"],
  );
  assert.equal(server.tell(InputKind.DURABLE, { value: nearTheEnd }).verdict, "BAD_INPUT");
  assert.equal(server.tell(InputKind.DURABLE, { value: head }).sent.length, 2);
});

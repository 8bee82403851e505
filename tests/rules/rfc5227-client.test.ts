// RFC 5227 (IPv4 address conflict detection), RFC 2131 §3.1 step 5 and §4.4.1: probing, announcing, defending, declining.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, LeaseChange, LinkMode } from "#layout";
import {
  Client,
  CLIENT_MAC,
  Code,
  LEASED,
  type Options,
  OTHER_MAC,
  SERVER,
  Type,
  u32,
} from "./harness/client-harness.js";
import { BROADCAST_MAC } from "./harness/frames.js";
import { addressOption } from "./harness/messages.js";

const REQUEST = 1;
const REPLY = 2;

const probing: Options = { linkMode: LinkMode.FRAMES, settings: { flags: ClientFlag.PROBE } };

/** A client that has its DHCPACK and is about to probe. */
function checking(options: Options = probing): Client {
  const client = new Client(options);
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  assert.equal(client.state, "CHECKING");
  client.takeAll();
  return client;
}

test("RFC 5227 §2.1.1: three probes, after 0–1 s and then 1–2 s apart, and 2 s of silence, before the address is used", () => {
  for (let seed = 0; seed < 50; seed++) {
    const client = checking({ ...probing, seed: [seed, 1] });
    const began = client.now;
    client.until("BOUND");
    const probes = client.arps.filter(({ sender }) => sender === "0.0.0.0");
    assert.equal(probes.length, 3);
    const [first, second, third] = probes.map(({ at }) => at);
    assert.ok(first! - began <= 1000);
    for (const gap of [second! - first!, third! - second!]) assert.ok(gap >= 1000 && gap <= 2000);
    assert.equal(client.now - third!, 2000);
  }
});

test("RFC 5227 §2.1.1, RFC 2131 §4.4.1: a probe is a broadcast request from our hardware address and sender address 0", () => {
  const client = checking();
  client.advance(1000);
  const { at: _, ...probe } = client.arps[0]!;
  assert.deepEqual(probe, {
    destinationMac: BROADCAST_MAC,
    sourceMac: CLIENT_MAC,
    operation: REQUEST,
    senderMac: CLIENT_MAC,
    sender: "0.0.0.0",
    targetMac: new Uint8Array(6),
    target: LEASED,
  });
});

test("RFC 5227 §2.3: two announcements, 2 s apart, once the address is used", () => {
  const client = checking().until("BOUND");
  const began = client.now;
  client.advance(60_000);
  assert.deepEqual(
    client.arps
      .filter(({ sender }) => sender !== "0.0.0.0")
      .map(({ at, operation, sender, target }) => [at - began, operation, sender, target]),
    [
      [0, REQUEST, LEASED, LEASED],
      [2000, REQUEST, LEASED, LEASED],
    ],
  );
});

test("RFC 5227 §2.1: the address is not used while it is probed", () => {
  const client = checking();
  client.advance(2000);
  assert.equal(client.address, "0.0.0.0");
});

const conflicts: [string, (client: Client) => { verdict: string }][] = [
  ["a reply from its holder", (client) => client.arp(REPLY, LEASED, "0.0.0.0")],
  ["a request of its holder for another address", (client) => client.arp(REQUEST, LEASED, "192.0.2.1")],
  ["somebody else's probe for it", (client) => client.arp(REQUEST, "0.0.0.0", LEASED)],
  ["what the host found out", (client) => client.probeAnswered(LEASED)],
];

for (const [what, happens] of conflicts) {
  test(`RFC 5227 §2.1.1: ${what} is a conflict: DHCPDECLINE, ten seconds of silence, then anew (RFC 2131 §3.1 step 5)`, () => {
    const client = checking();
    client.advance(1500);
    assert.equal(happens(client).verdict, "CONFLICT_DECLINED");
    const decline = client.takeSent(Type.DECLINE);
    assert.equal(addressOption(decline.message, Code.REQUESTED_ADDRESS), LEASED);
    assert.equal(addressOption(decline.message, Code.SERVER_IDENTIFIER), SERVER);
    assert.equal(client.state, "INIT");
    client.advance(9999);
    assert.equal(client.sent.length, 0);
    client.advance(1);
    assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), undefined);
    assert.equal(client.core.status.conflictAddress, 0xc000024d);
  });
}

test("RFC 5227 §2.1.1: who else has the address is told to the host", () => {
  const client = checking();
  client.arp(REPLY, LEASED, "0.0.0.0", OTHER_MAC);
  const { conflictMac, conflictMacTail } = client.core.status;
  const mac = new DataView(new ArrayBuffer(6));
  mac.setUint32(0, conflictMac, true);
  mac.setUint16(4, conflictMacTail, true);
  assert.deepEqual(new Uint8Array(mac.buffer), OTHER_MAC);
});

test("RFC 5227 §2.1.1: of a conflict that the host found out no hardware address is known", () => {
  const client = checking().until("BOUND");
  client.arp(REPLY, LEASED, "0.0.0.0", OTHER_MAC);
  client.probeAnswered(LEASED);
  const { conflictMac, conflictMacTail } = client.core.status;
  assert.deepEqual([conflictMac, conflictMacTail], [0, 0]);
});

test("RFC 5227 §2.1.1: our own frames, and ARP about other addresses, are no conflict", () => {
  const client = checking();
  assert.equal(client.arp(REQUEST, "0.0.0.0", LEASED, CLIENT_MAC).verdict, "ARP_NOT_OURS");
  assert.equal(client.arp(REPLY, LEASED, LEASED, CLIENT_MAC).verdict, "ARP_NOT_OURS");
  assert.equal(client.arp(REPLY, "192.0.2.78", "0.0.0.0").verdict, "ARP_NOT_OURS");
  assert.equal(client.arp(REQUEST, "192.0.2.78", LEASED).verdict, "ARP_NOT_OURS");
  assert.equal(client.probeAnswered("192.0.2.78").verdict, "NOT_EXPECTED");
  client.until("BOUND");
});

test("RFC 5227 §2.1.1: in use, somebody's probe for the address is no conflict", () => {
  const client = checking().until("BOUND");
  assert.equal(client.arp(REQUEST, "0.0.0.0", LEASED).verdict, "ARP_NOT_OURS");
});

test("RFC 5227 §2.1.1: after ten conflicts the client waits a minute between attempts", () => {
  const client = checking();
  const waits = Array.from({ length: 12 }, () => {
    client.arp(REPLY, LEASED, "0.0.0.0");
    const began = client.now;
    client.until("SELECTING");
    client.takeAll();
    client.receive(client.answer(Type.OFFER, { xid: client.xid }));
    client.receive(client.answer(Type.ACK, { xid: client.xid }));
    return client.now - began;
  });
  assert.deepEqual(waits, [...Array<number>(9).fill(10_000), 60_000, 60_000, 60_000]);
});

for (const state of ["BOUND", "RENEWING", "REBINDING"]) {
  test(`RFC 5227 §2.4: in ${state}, the first conflict is answered by an announcement, a second within 10 s gives the address up`, () => {
    const client = checking().until("BOUND").until(state);
    client.advance(5000);
    client.takeAll();
    client.arps = [];
    assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "ADDRESS_DEFENDED");
    assert.deepEqual(
      client.arps.map(({ sender, target }) => [sender, target]),
      [[LEASED, LEASED]],
    );
    client.advance(10_000);
    assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "ADDRESS_DEFENDED", "more than 10 s later");
    client.advance(9999);
    assert.equal(client.state, state);
    client.takeAll();
    assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "CONFLICT_DECLINED");
    client.takeSent(Type.DECLINE);
    assert.equal(client.address, "0.0.0.0");
    assert.equal(client.core.status.change, LeaseChange.CONFLICT);
  });
}

test("RFC 2131 §4.4.1: probing is a setting, and there is none where the host has no link", () => {
  for (const options of [{ linkMode: LinkMode.FRAMES }, { settings: { flags: ClientFlag.PROBE } }]) {
    const client = new Client(options).bind();
    client.advance(60_000);
    assert.equal(client.arps.length, 0);
    assert.equal(client.state, "BOUND");
    if (options.linkMode) assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "ARP_NOT_OURS");
  }
});

test("RFC 5227 §2.1: the address of a resumed lease is probed too", () => {
  const client = new Client({ ...probing, records: checking().until("BOUND").records() });
  client.start();
  client.until("CHECKING");
  client.arp(REPLY, LEASED, "0.0.0.0");
  assert.equal(addressOption(client.takeAll().at(-1)!.message, Code.SERVER_IDENTIFIER), SERVER);
});

test("a lease that ends while its address is probed is not used", () => {
  const client = new Client(probing);
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK, {}, [[Code.LEASE_TIME, u32(3)]]));
  client.advance(3000);
  assert.equal(client.state, "SELECTING");
  assert.equal(client.core.status.generation, 0);
});

test("RFC 826: where there is no IP stack, requests for the address are answered, and only those", () => {
  const flags = ClientFlag.PROBE | ClientFlag.ANSWER_ARP;
  const client = new Client({ linkMode: LinkMode.FRAMES, settings: { flags } });
  assert.equal(client.arp(REQUEST, "192.0.2.1", LEASED).verdict, "ARP_NOT_OURS", "no address yet");
  client.bind();
  client.advance(10_000);
  client.arps = [];
  assert.equal(client.arp(REQUEST, "192.0.2.1", LEASED).verdict, "ARP_ANSWERED");
  assert.deepEqual(client.arps[0], {
    at: client.now,
    destinationMac: OTHER_MAC,
    sourceMac: CLIENT_MAC,
    operation: REPLY,
    senderMac: CLIENT_MAC,
    sender: LEASED,
    targetMac: OTHER_MAC,
    target: "192.0.2.1",
  });
  assert.equal(client.arp(REQUEST, "192.0.2.1", "192.0.2.78").verdict, "ARP_NOT_OURS");
  assert.equal(client.arp(REPLY, "192.0.2.1", LEASED).verdict, "ARP_NOT_OURS");
  assert.equal(client.arps.length, 1);
});

test("where there is an IP stack, it answers ARP, not the client", () => {
  const client = new Client(probing).bind();
  client.arps = [];
  assert.equal(client.arp(REQUEST, "192.0.2.1", LEASED).verdict, "ARP_NOT_OURS");
  assert.equal(client.arps.length, 0);
});

test("a DHCPDECLINE that finds no place in the ring is sent later, and the address is withdrawn meanwhile", () => {
  const client = checking({ ...probing, limits: { transmitSlotCount: 1 } });
  client.draining = false;
  client.advance(1000);
  assert.equal(client.arp(REPLY, LEASED, "0.0.0.0").verdict, "CONFLICT_DECLINED");
  assert.equal(client.state, "DECLINING");
  client.draining = true;
  client.drain();
  client.advance(1000);
  client.takeSent(Type.DECLINE);
  assert.equal(client.state, "INIT");
});

test("RFC 5227 §2.1.1: each address is probed three times, also after a conflict, and when a probe found no place in the ring", () => {
  const client = checking({ ...probing, limits: { transmitSlotCount: 1 } });
  client.advance(1500);
  client.arp(REPLY, LEASED, "0.0.0.0");
  client.until("SELECTING").takeAll();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  client.arps = [];
  client.draining = false;
  while (client.core.ready.pending === 0) client.step();
  client.step();
  client.draining = true;
  client.drain();
  client.until("BOUND");
  assert.equal(client.arps.filter(({ sender }) => sender === "0.0.0.0").length, 3);
});

test("RFC 5227 §2.1.1, §2.4: an address in use makes the next conflict a first one again", () => {
  const client = checking().until("BOUND");
  client.advance(5000);
  assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "ADDRESS_DEFENDED");
  client.link(false);
  client.link(true);
  client.receive(client.answer(Type.ACK));
  client.until("BOUND");
  assert.equal(client.arp(REPLY, LEASED, "192.0.2.1").verdict, "ADDRESS_DEFENDED");
  for (let i = 0; i < 12; i++) {
    client.takeAll();
    client.arp(REPLY, LEASED, "192.0.2.1");
    const began = client.now;
    client.until("SELECTING");
    assert.equal(client.now - began, 10_000);
    client.receive(client.answer(Type.OFFER));
    client.receive(client.answer(Type.ACK));
    client.until("BOUND");
    client.arp(REPLY, LEASED, "192.0.2.1");
  }
});

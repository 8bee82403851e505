// RFC 2131 §3.2 and §4.4.2: reusing an address that is known from before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, ClientLeaseRecord, ClientLeaseRecordLayout, ClientVerdict, LeaseChange } from "#layout";
import {
  Client,
  CLIENT_MAC,
  Code,
  hex,
  LEASED,
  type Options,
  SERVER,
  Type,
  u32,
  WALL_CLOCK,
} from "./harness/client-harness.js";
import { addressOption } from "./harness/messages.js";

/** The record of a lease of 3600 s, made at WALL_CLOCK. */
function record(options: Options = {}): Uint8Array {
  return new Client(options).bind().records();
}

/** A client that is told of the record, so many seconds later. */
function restarted(seconds: number, options: Options = {}): Client {
  const client = new Client({ records: record(), wallClock: WALL_CLOCK + seconds, seed: [9, 9], ...options });
  client.start();
  return client;
}

test("§3.2: a remembered lease is verified by a broadcast DHCPREQUEST", () => {
  const client = restarted(100);
  assert.equal(client.state, "REBOOTING");
  const { message, destination } = client.takeSent(Type.REQUEST);
  assert.equal(destination, "255.255.255.255");
  assert.equal(message.ciaddr, "0.0.0.0", "it MUST NOT fill in ciaddr");
  assert.equal(client.address, "0.0.0.0", "the address is not used before it is verified");
  client.receive(client.answer(Type.ACK));
  assert.equal(client.state, "BOUND");
  assert.equal(client.address, LEASED);
  assert.equal(client.core.status.change, LeaseChange.ACQUIRED);
});

test("§3.2: subsequent DHCPACKs are ignored", () => {
  const client = restarted(100);
  client.receive(client.answer(Type.ACK));
  assert.equal(client.receive(client.answer(Type.ACK, {}, [[Code.LEASE_TIME, u32(9)]])).verdict, "NOT_EXPECTED");
  assert.equal(client.core.status.leaseSeconds, 3600);
});

test("§3.2 step 3: after a DHCPNAK the client requests a new address by the whole procedure", () => {
  const client = restarted(100);
  client.takeAll();
  client.receive(client.answer(Type.NAK));
  assert.equal(client.state, "INIT");
  client.advance(1000);
  assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), undefined);
  const next = new Client({ records: client.records() });
  next.start();
  next.takeSent(Type.DISCOVER);
});

test("§3.2 step 3: without an answer to four DHCPREQUESTs in 60 s, the lease is used until it ends", () => {
  const client = restarted(1000);
  const began = client.now;
  while (client.state === "REBOOTING") client.step();
  assert.ok(Math.abs(client.now - began - 60_000) <= 4000);
  assert.equal(client.takeAll().length, 4);
  assert.equal(client.state, "BOUND");
  assert.equal(client.address, LEASED);
  assert.equal(client.core.status.change, LeaseChange.RESUMED);
  assert.equal(client.counted(ClientVerdict.REBOOT_UNANSWERED), 1);
  assert.equal(client.core.status.serverIdentifier, 0xc0000201, "the leasing server is remembered");

  client.until("RENEWING");
  assert.equal(client.takeSent(Type.REQUEST).destination, SERVER);
  client.until("REBINDING");
  client.until("SELECTING");
  assert.equal(client.now, began + 2600_000, "not longer than the lease");
  assert.equal(client.address, "0.0.0.0");
});

test("§3.2 step 3: where the configuration wants an answer, the client starts anew, asking for the address", () => {
  const client = restarted(1000, { settings: { flags: ClientFlag.REBOOT_STRICTLY } });
  client.until("SELECTING");
  assert.equal(addressOption(client.takeAll().at(-1)!.message, Code.REQUESTED_ADDRESS), LEASED);
  assert.equal(client.address, "0.0.0.0");
});

test("§3.2: a remembered lease that has ended is not used, but asked for", () => {
  const client = restarted(3600);
  assert.equal(client.counted(ClientVerdict.RECORD_EXPIRED), 1);
  assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), LEASED);
});

test("§3.2: a lease that ends in REBOOTING is given up", () => {
  const client = restarted(3590);
  client.advance(10_000);
  assert.equal(client.state, "SELECTING");
  assert.equal(client.counted(ClientVerdict.LEASE_EXPIRED), 1);
});

test("§3.7: when the link comes back, a client with a lease verifies it, and keeps its address meanwhile", () => {
  const client = new Client().bind();
  client.link(false);
  assert.equal(client.state, "INIT_REBOOT");
  client.advance(600_000);
  assert.equal(client.sent.length, 0, "nothing is sent into a dead link");
  assert.equal(client.address, LEASED);
  client.link(true);
  assert.equal(client.state, "REBOOTING");
  client.receive(client.answer(Type.ACK));
  assert.equal(client.core.status.change, LeaseChange.EXTENDED);
});

test("§3.7: a lease that ends while the link is down is given up", () => {
  const client = new Client().bind();
  client.link(false);
  client.advance(3600_000);
  assert.equal(client.address, "0.0.0.0");
  client.link(true);
  client.takeSent(Type.DISCOVER);
});

test("§3.2: an infinite lease is remembered as such", () => {
  const records = new Client().bind([[Code.LEASE_TIME, u32(0xffffffff)]]).records();
  const client = new Client({ records, wallClock: WALL_CLOCK + 100_000_000 });
  client.start();
  client.until("BOUND");
  assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
  assert.equal(client.core.status.endsAt, 0xffffffff);
});

test("§4.2: a record of another client identifier is not used", () => {
  const client = new Client({ records: record(), settings: { identifier: hex("01 02 00 00 00 00 02") } });
  assert.equal(client.counted(ClientVerdict.RECORD_OF_ANOTHER), 1);
  client.start();
  assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), undefined);
});

test("§4.2: without a client identifier the hardware address is the identity, known or not when restoring", () => {
  const settings = { identifier: new Uint8Array(0) };
  const records = record({ settings });
  const same = new Client({ records, settings });
  same.start();
  same.takeSent(Type.REQUEST);
  const other = new Client({ records, settings, up: false });
  other.link(true, hex("02 00 00 00 00 02"));
  other.start();
  other.takeSent(Type.DISCOVER);
  const configured = new Client({
    records,
    settings: { ...settings, hardware: { htype: 1, address: hex("02 00 00 00 00 02") } },
  });
  assert.equal(configured.counted(ClientVerdict.RECORD_OF_ANOTHER), 1);
  const given = new Client({ records, settings: { ...settings, hardware: { htype: 1, address: CLIENT_MAC } } });
  given.start();
  given.takeSent(Type.REQUEST);
});

test("§4.2: a lease ends when the interface gets another hardware address and there is no client identifier", () => {
  const client = new Client({ settings: { identifier: new Uint8Array(0) } }).bind();
  client.link(true, hex("02 00 00 00 00 02"));
  assert.equal(client.address, "0.0.0.0");
  client.takeSent(Type.DISCOVER);
});

test("restore: the last record wins, a record that is not whole or of a later version is refused", () => {
  const first = new Client();
  first.bind().until("RENEWING");
  first.receive(first.answer(Type.ACK));
  const records = first.records();
  assert.equal(records.length, 2 * 44, "28 bytes, 6 of hardware address, 7 of identifier, to a multiple of 4");
  const view = new ClientLeaseRecord(new DataView(records.buffer), 44);
  assert.equal(view.address, 0xc000024d);
  assert.equal(view.endsAt, WALL_CLOCK + Math.floor(Number(first.core.status.expiresAt - 1_000_000n) / 1000));

  const fresh = () => new Client({ up: false, records: new Uint8Array(0) });
  for (let length = 1; length < records.length; length++) {
    if (length === 44) continue;
    const client = unfinished();
    assert.equal(client.restoreSlice(records.subarray(0, length), WALL_CLOCK, 0), 3, `${length} bytes`);
  }
  for (const [offset, value, status] of [
    [ClientLeaseRecordLayout.version, 2, 4],
    [ClientLeaseRecordLayout.kind, 1, 4],
    [ClientLeaseRecordLayout.hlen, 17, 3],
    [ClientLeaseRecordLayout.identifierLength, 255, 3],
    [ClientLeaseRecordLayout.size, 43, 3],
    [ClientLeaseRecordLayout.size, 0, 3],
  ] as const) {
    const bytes = records.slice(0, 44);
    bytes[offset] = value;
    assert.equal(unfinished().restoreSlice(bytes, WALL_CLOCK, 0), status, `byte ${offset} is ${value}`);
  }
  assert.equal(fresh().core.restoreSlice(new Uint8Array(0), WALL_CLOCK, 0), 2, "restoring ends once");
});

test("restore: a record of an address that no machine can have is refused: the client would use it when nobody answers", () => {
  for (const octet of [0, 127, 224, 255]) {
    const bytes = new Client().bind().records();
    bytes[ClientLeaseRecordLayout.address + 3] = octet;
    assert.equal(unfinished().restoreSlice(bytes, WALL_CLOCK, 0), 3, `${octet}.0.2.77`);
  }
});

/** A client core that is configured but not restored yet. */
function unfinished() {
  return Client.unrestored();
}

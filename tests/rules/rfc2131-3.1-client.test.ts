// RFC 2131 §3.1: allocating an address, as the client does it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, ClientVerdict, LeaseChange, LinkMode } from "#layout";
import { Client, ClientCommand, Code, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { addressOption } from "./harness/messages.js";

test("§3.1: the client climbs the ladder from DISCOVER to BOUND, renews, rebinds and releases", () => {
  const client = new Client();
  assert.equal(client.state, "STOPPED");
  assert.equal(client.start().verdict, "COMMAND_DONE");
  client.takeSent(Type.DISCOVER);
  assert.equal(client.state, "SELECTING");

  assert.equal(client.receive(client.answer(Type.OFFER)).answerType, Type.REQUEST);
  const request = client.takeSent(Type.REQUEST);
  assert.equal(client.state, "REQUESTING");
  assert.equal(addressOption(request.message, Code.SERVER_IDENTIFIER), SERVER);
  assert.equal(addressOption(request.message, Code.REQUESTED_ADDRESS), LEASED);

  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_ACQUIRED");
  assert.equal(client.state, "BOUND");
  assert.equal(client.address, LEASED);

  client.until("RENEWING");
  const renewal = client.takeSent(Type.REQUEST);
  assert.equal(renewal.destination, SERVER);
  assert.equal(renewal.message.ciaddr, LEASED);
  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_EXTENDED");
  assert.equal(client.state, "BOUND");

  client.until("REBINDING");
  assert.equal(client.takeAll().at(-1)?.destination, "255.255.255.255");
  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_EXTENDED");
  assert.equal(client.state, "BOUND");

  assert.equal(client.command(ClientCommand.RELEASE).verdict, "COMMAND_DONE");
  const release = client.takeSent(Type.RELEASE);
  assert.equal(release.destination, SERVER);
  assert.equal(release.message.ciaddr, LEASED);
  assert.equal(client.state, "STOPPED");
  assert.equal(client.address, "0.0.0.0");
});

/** A client in REQUESTING, with the DHCPREQUEST taken. */
function requesting(): Client {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.takeAll();
  return client;
}

test("§3.1 step 5: an unanswered DHCPREQUEST is sent four times over 60 seconds, then the client starts anew", () => {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  const began = client.now;
  const first = client.takeAll().at(-1)!;
  client.until("SELECTING");
  const later = client.takeAll();
  assert.deepEqual(
    later.map(({ message }) => message.type),
    [Type.REQUEST, Type.REQUEST, Type.REQUEST, Type.DISCOVER],
  );
  for (const { message } of later.slice(0, 3)) assert.equal(message.xid, first.message.xid, "one xid for the exchange");
  assert.notEqual(later[3]!.message.xid, first.message.xid, "a new exchange has another xid");
  assert.ok(Math.abs(client.now - began - 60_000) <= 4000, `after ${client.now - began} ms`);
  assert.equal(client.counted(ClientVerdict.REQUEST_UNANSWERED), 1);
});

test("§3.1 step 5: after a DHCPNAK the client restarts the configuration process", () => {
  const client = requesting();
  assert.equal(client.receive(client.answer(Type.NAK)).verdict, "LEASE_REFUSED");
  assert.equal(client.state, "INIT");
  client.advance(1000);
  client.takeSent(Type.DISCOVER);
});

test("§3.1 step 5: an address that was refused is not asked for again", () => {
  const client = new Client({ settings: { requestedAddress: "192.0.2.50" } }).bind([[Code.LEASE_TIME, u32(100)]]);
  client.until("SELECTING");
  assert.equal(addressOption(client.takeAll().at(-1)!.message, Code.REQUESTED_ADDRESS), LEASED);
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.NAK));
  client.takeAll();
  client.until("SELECTING");
  assert.equal(addressOption(client.takeSent().message, Code.REQUESTED_ADDRESS), "192.0.2.50");
});

test("§3.1 step 5: a row of DHCPNAKs cannot make a storm: the client waits longer each time, and never gives up", () => {
  const client = requesting();
  const waits = Array.from({ length: 12 }, () => {
    client.receive(client.answer(Type.NAK));
    const began = client.now;
    client.until("SELECTING");
    const wait = client.now - began;
    client.receive(client.answer(Type.OFFER));
    return wait;
  });
  const longest = [1000, 5000, 9000, 17_000, 33_000, ...Array<number>(7).fill(65_000)];
  for (const [index, wait] of waits.entries()) {
    assert.ok(wait <= longest[index]!, `wait ${index}: ${wait} ms`);
    assert.ok(index === 0 || wait >= longest[index]! - 2000, `wait ${index}: ${wait} ms`);
  }
  client.receive(client.answer(Type.ACK));
  client.until("RENEWING");
  client.receive(client.answer(Type.NAK));
  assert.ok(client.core.deadline <= client.now + 1000, "a lease in between makes the next refusal the first again");
});

test("§3.1 step 5: the client asks the same server again after each retransmitted DHCPDISCOVER was answered late", () => {
  const client = new Client();
  client.start();
  client.advance(30_000);
  const [first, ...rest] = client.takeAll();
  assert.ok(rest.length >= 2);
  for (const { message } of rest) assert.equal(message.xid, first!.message.xid);
  assert.equal(client.receive(client.answer(Type.OFFER)).verdict, "OFFER_KEPT");
});

test("§3.1 step 6: RELEASE gives the lease back: the host takes the address away, and no lease is remembered", () => {
  const client = new Client().bind();
  client.command(ClientCommand.RELEASE);
  assert.equal(client.core.status.change, LeaseChange.RELEASED);
  const next = new Client({ records: client.records() });
  next.start();
  next.takeSent(Type.DISCOVER);
});

test("§3.1: a stopped client that kept its lease takes it up again", () => {
  const client = new Client().bind();
  client.command(ClientCommand.STOP);
  assert.equal(client.address, "0.0.0.0");
  assert.equal(client.core.status.change, LeaseChange.STOPPED);
  client.advance(60_000);
  client.start();
  assert.equal(client.state, "REBOOTING");
  client.receive(client.answer(Type.ACK));
  assert.equal(client.address, LEASED);
});

test("§3.1: a stopped client can give back the lease that it kept", () => {
  const client = new Client().bind();
  client.command(ClientCommand.STOP);
  client.command(ClientCommand.RELEASE);
  assert.equal(client.takeSent(Type.RELEASE).message.ciaddr, LEASED);
  assert.equal(client.state, "STOPPED");
});

test("§3.1 step 6: a lease that is acknowledged and still being checked can be given back; the frame needs no address on the host", () => {
  const client = new Client({ linkMode: LinkMode.MIXED, settings: { flags: ClientFlag.PROBE } });
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  assert.equal(client.state, "CHECKING");
  client.takeAll();
  assert.equal(client.command(ClientCommand.RELEASE).verdict, "COMMAND_DONE");
  const sent = client.takeSent(Type.RELEASE);
  assert.deepEqual([sent.kind, sent.source, sent.destination], ["frame", LEASED, SERVER]);
  assert.equal(sent.message.ciaddr, LEASED);
  assert.equal(client.state, "STOPPED");
  assert.equal(client.command(ClientCommand.RELEASE).verdict, "COMMAND_REFUSED", "given back once");
});

test("§3.1 step 6: with an IP stack beside the core, it sends the DHCPRELEASE from an address in use, but not from one taken away", () => {
  for (const stopped of [false, true]) {
    const client = new Client({ linkMode: LinkMode.MIXED }).bind();
    if (stopped) client.command(ClientCommand.STOP);
    client.takeAll();
    client.command(ClientCommand.RELEASE);
    assert.equal(client.takeSent(Type.RELEASE).kind, stopped ? "frame" : "datagram");
  }
});

test("§3.1: while it is stopped, a lease that ends is not taken up again", () => {
  const client = new Client().bind([[Code.LEASE_TIME, u32(50)]]);
  client.command(ClientCommand.STOP);
  client.advance(50_000);
  assert.equal(client.command(ClientCommand.RELEASE).verdict, "COMMAND_REFUSED");
  client.start();
  const { message } = client.takeSent(Type.DISCOVER);
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED, "but asked for");
  const next = new Client({ records: client.records() });
  next.start();
  next.takeSent(Type.DISCOVER);
});

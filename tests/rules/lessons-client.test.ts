// What users of other DHCP clients ran into: each rule of ours that comes from such a report is named after it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, ClientVerdict, LinkMode } from "#layout";
import { Client, ClientCommand, Code, hex, ip, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { addressOption, type OptionValue } from "./harness/messages.js";

test("the same client identifier in every message: a strict server refuses a renewal without it", () => {
  const identifier = Uint8Array.from({ length: 255 }, (_, index) => index);
  const client = new Client({ linkMode: LinkMode.FRAMES, settings: { flags: ClientFlag.PROBE, identifier } });
  const seen = new Map<number, number>();
  const note = () => {
    for (const { message } of client.takeAll()) {
      assert.deepEqual(message.options.get(Code.CLIENT_IDENTIFIER), identifier);
      seen.set(message.type, (seen.get(message.type) ?? 0) + 1);
    }
  };
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  note();
  client.arp(2, LEASED, LEASED);
  client.until("SELECTING");
  note();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  client.until("RENEWING").until("REBINDING");
  note();
  client.receive(client.answer(Type.ACK));
  client.link(false);
  client.link(true);
  note();
  client.receive(client.answer(Type.ACK));
  client.until("BOUND");
  client.command(ClientCommand.RELEASE);
  client.command(ClientCommand.INFORM, Uint8Array.of(9, 2, 0, 192));
  note();
  assert.deepEqual([...seen.keys()].sort(), [Type.DISCOVER, Type.REQUEST, Type.DECLINE, Type.RELEASE, Type.INFORM]);
});

test("renew destination = server identifier, never 0.0.0.0", () => {
  const client = new Client().bind([[Code.SERVER_IDENTIFIER, ip("198.51.100.7")]]);
  client.until("RENEWING");
  assert.equal(client.takeSent(Type.REQUEST).destination, "198.51.100.7");
});

test("a refusal by the wrong server does not restart the client, the right one in INIT-REBOOT does", () => {
  const other: OptionValue[] = [[Code.SERVER_IDENTIFIER, ip("192.0.2.2")]];
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  assert.equal(client.receive(client.answer(Type.NAK, {}, other)).verdict, "OTHER_SERVER");
  client.receive(client.answer(Type.ACK));
  client.link(false);
  client.link(true);
  assert.equal(client.receive(client.answer(Type.NAK, {}, other)).verdict, "LEASE_REFUSED");
});

for (const state of ["RENEWING", "REBINDING", "REBOOTING"]) {
  test(`a DHCPACK with a changed yiaddr in ${state}: the old address is given up, the new one asked for the long way`, () => {
    const client = new Client().bind();
    if (state === "REBOOTING") {
      client.link(false);
      client.link(true);
    }
    client.until(state).takeAll();
    assert.equal(client.receive(client.answer(Type.ACK, { yiaddr: "192.0.2.99" })).verdict, "ADDRESS_MOVED");
    assert.equal(client.address, "0.0.0.0");
    assert.equal(client.state, "INIT");
    client.until("SELECTING");
    assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), "192.0.2.99");
    client.receive(client.answer(Type.OFFER, { yiaddr: "192.0.2.99" }));
    client.receive(client.answer(Type.ACK, { yiaddr: "192.0.2.99" }));
    assert.equal(client.address, "192.0.2.99");
  });
}

test("a slow server wins: an answer to the first DHCPDISCOVER counts after many retransmissions", () => {
  const client = new Client();
  client.start();
  const { xid } = client.takeSent().message;
  client.advance(200_000);
  assert.equal(client.receive(client.answer(Type.OFFER, { xid })).verdict, "OFFER_KEPT");
});

test("a plain DHCPOFFER with option 80 is an offer like any other", () => {
  const client = new Client();
  client.start();
  assert.equal(client.receive(client.answer(Type.OFFER, {}, [[80, new Uint8Array(0)]])).verdict, "OFFER_KEPT");
});

test("a list of name servers padded with 0.0.0.0 does not spoil the lease", () => {
  new Client().bind([[Code.DNS_SERVERS, ip("192.0.2.53", "0.0.0.0", "0.0.0.0")]]);
});

test("a malformed option is dropped, the message is kept", () => {
  const client = new Client().bind([
    [Code.SUBNET_MASK, hex("ffffff")],
    [Code.RENEWAL_TIME, hex("01")],
    [Code.HOST_NAME, new Uint8Array(1)],
  ]);
  assert.equal(client.core.status.subnetMask, 0);
});

test("pads between options are no options", () => {
  const client = new Client();
  client.start();
  const options = [0, 0, 53, 1, 2, 0, 54, 4, ...ip(SERVER), 0, 0, 0, 51, 4, ...u32(600), 255];
  const { verdict } = client.receive(client.answer(Type.OFFER, { rawOptions: Uint8Array.from(options) }));
  assert.equal(verdict, "OFFER_KEPT");
});

test("the client never gives up: after a day without a server it still asks once a minute", () => {
  const client = new Client();
  client.start();
  client.advance(86_400_000);
  client.takeAll();
  client.advance(65_000);
  assert.ok(client.takeAll().length >= 1);
});

test("start and stop a thousand times: nothing is left behind", () => {
  const client = new Client();
  for (let i = 0; i < 1000; i++) {
    client.bind();
    client.command(i % 2 ? ClientCommand.RELEASE : ClientCommand.STOP);
    client.takeAll();
    if (i % 2 === 0) {
      client.start();
      client.receive(client.answer(Type.ACK));
      client.command(ClientCommand.RELEASE);
      client.takeAll();
    }
    client.records();
    assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
  }
  client.bind();
});

test("every refusal of a command, message or frame is counted once", () => {
  const client = new Client();
  client.start();
  const before = client.counted(ClientVerdict.OTHER_TRANSACTION);
  client.receive(client.answer(Type.OFFER, { xid: 5 }));
  assert.equal(client.counted(ClientVerdict.OTHER_TRANSACTION), before + 1);
});

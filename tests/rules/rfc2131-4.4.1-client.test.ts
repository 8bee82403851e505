// RFC 2131 §4.4.1: initialization and allocation: what is sent (Table 5), when, how an offer is chosen, and what is checked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, CLIENT_MAC, ClientCommand, Code, hex, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { addressOption, type Message, numberOption, type OptionValue, text } from "./harness/messages.js";
import { ClientFlag, LinkMode } from "#layout";

const identifier = hex("01 02 00 00 00 00 01");

/** Settings with all that a client may say. */
const talkative = {
  requestedAddress: "192.0.2.50",
  requestedLeaseSeconds: 7200,
  options: [
    [Code.PARAMETER_REQUEST_LIST, hex("01 03 06 0f")],
    [Code.HOST_NAME, text("pegasus")],
    [Code.VENDOR_CLASS, text("lease-test")],
  ] as OptionValue[],
};

/** Checks the fields that are the same in every message of a client (Table 5). */
function assertHeader(message: Message): void {
  assert.deepEqual(
    [message.op, message.htype, message.hlen, message.hops, message.yiaddr, message.siaddr, message.giaddr],
    [1, 1, 6, 0, "0.0.0.0", "0.0.0.0", "0.0.0.0"],
  );
  assert.deepEqual(message.chaddr, Uint8Array.from([...CLIENT_MAC, ...new Uint8Array(10)]));
  assert.ok(message.sname.every((byte) => byte === 0) && message.file.every((byte) => byte === 0), "unused fields");
  assert.ok(message.size >= 300, "padded to BOOTP's minimum");
  assert.deepEqual(message.options.get(Code.CLIENT_IDENTIFIER), identifier, "the same client identifier in all");
}

/** The option codes of a message, sorted. */
const codes = (message: Message) => [...message.options.keys()].sort((a, b) => a - b);

test("§4.4.1 Table 5: DHCPDISCOVER", () => {
  const client = new Client({ settings: talkative });
  client.start();
  const { message, source, destination, sourcePort, destinationPort } = client.takeSent(Type.DISCOVER);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), "192.0.2.50");
  assert.equal(numberOption(message, Code.LEASE_TIME), 7200);
  assert.deepEqual([source, destination, sourcePort, destinationPort], ["0.0.0.0", "255.255.255.255", 68, 67]);
});

test("§4.4.1 Table 5: DHCPREQUEST in SELECTING names the server, asks for yiaddr, and repeats the DHCPDISCOVER's wishes", () => {
  const client = new Client({ settings: talkative });
  client.start();
  const discover = client.takeSent(Type.DISCOVER).message;
  client.receive(client.answer(Type.OFFER));
  const { message, source, destination } = client.takeSent(Type.REQUEST);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 54, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), SERVER);
  assert.deepEqual(
    message.options.get(55),
    discover.options.get(55),
    "MUST include that list in all subsequent messages",
  );
  assert.equal(message.xid, discover.xid, "the xid of the DHCPOFFER");
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPREQUEST in RENEWING and REBINDING has ciaddr, and neither requested address nor server identifier", () => {
  const client = new Client({ settings: talkative }).bind();
  for (const [state, to] of [
    ["RENEWING", SERVER],
    ["REBINDING", "255.255.255.255"],
  ] as const) {
    client.until(state);
    const { message, source, destination } = client.takeAll().at(-1)!;
    assertHeader(message);
    assert.deepEqual(codes(message), [12, 51, 53, 55, 57, 60, 61]);
    assert.deepEqual([message.ciaddr, source, destination], [LEASED, LEASED, to]);
  }
});

test("§4.4.1 Table 5: DHCPREQUEST in INIT-REBOOT has the requested address, and neither ciaddr nor server identifier", () => {
  const first = new Client({ settings: talkative }).bind();
  const client = new Client({ settings: talkative, records: first.records() });
  client.start();
  const { message, source, destination } = client.takeSent(Type.REQUEST);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPDECLINE is broadcast with requested address and server identifier, and nothing it must not have", () => {
  const client = new Client({
    linkMode: LinkMode.FRAMES,
    settings: { ...talkative, flags: ClientFlag.PROBE | ClientFlag.BROADCAST },
  });
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  const request = client.takeAll().at(-1)!.message;
  client.advance(3000);
  client.arp(2, LEASED, LEASED);
  const { message, source, destination } = client.takeSent(Type.DECLINE);
  assertHeader(message);
  assert.deepEqual(codes(message), [50, 53, 54, 56, 61]);
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), SERVER);
  assert.deepEqual([message.ciaddr, message.secs, message.flags], ["0.0.0.0", 0, 0]);
  assert.notEqual(message.xid, request.xid, "selected by the client");
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPRELEASE is unicast with ciaddr and server identifier, and nothing it must not have", () => {
  const client = new Client({ settings: { ...talkative, flags: ClientFlag.BROADCAST } }).bind();
  client.advance(10_000);
  client.command(ClientCommand.RELEASE);
  const { message, source, destination } = client.takeSent(Type.RELEASE);
  assertHeader(message);
  assert.deepEqual(codes(message), [53, 54, 56, 61]);
  assert.deepEqual([message.ciaddr, message.secs, message.flags], [LEASED, 0, 0]);
  assert.deepEqual([source, destination], [LEASED, SERVER]);
});

test("§4.4.1: the first DHCPDISCOVER waits a random time between one and ten seconds", () => {
  const delays = Array.from({ length: 200 }, (_, index) => {
    const client = new Client({ settings: { initialDelay: [1000, 10_000] }, seed: [index, 77] });
    client.start();
    assert.equal(client.sent.length, 0);
    return client.core.deadline - client.now;
  });
  assert.ok(delays.every((delay) => delay >= 1000 && delay <= 10_000));
  assert.ok(Math.min(...delays) < 2000 && Math.max(...delays) > 9000, "the whole range is used");
});

test("§4.4.1: the delay is a setting, and may be none", () => {
  const client = new Client();
  client.start();
  client.takeSent(Type.DISCOVER);
});

test("§4.4.1: xids are random", () => {
  const xids = Array.from({ length: 100 }, (_, index) => {
    const client = new Client({ seed: [index, 0] });
    client.start();
    return client.takeSent().message.xid;
  });
  assert.equal(new Set(xids).size, 100);
});

test("§4.4.1: secs counts from the first DHCPDISCOVER, and the DHCPREQUEST repeats its DHCPDISCOVER's", () => {
  const client = new Client({ settings: { offerWindow: 3500 } });
  client.start();
  client.advance(20_000);
  const discovers = client.takeAll();
  assert.equal(discovers[0]!.message.secs, 0);
  for (const { at, message } of discovers) assert.equal(message.secs, Math.floor((at - discovers[0]!.at) / 1000));
  client.receive(client.answer(Type.OFFER));
  client.advance(3500);
  const request = client.takeSent(Type.REQUEST);
  assert.equal(request.message.secs, discovers.at(-1)!.message.secs);
  client.advance(10_000);
  assert.equal(client.takeAll()[0]!.message.secs, discovers.at(-1)!.message.secs, "a repeated DHCPREQUEST too");
});

test("§4.4.1: secs saturates", () => {
  const client = new Client();
  client.start();
  client.advance(70_000_000);
  assert.equal(client.takeAll().at(-1)!.message.secs, 65535);
});

test("§4.4.1: the BROADCAST flag is set when wanted, in what asks without an address", () => {
  const client = new Client({ settings: { flags: ClientFlag.BROADCAST } });
  client.start();
  assert.equal(client.takeSent().message.flags, 0x8000);
  client.receive(client.answer(Type.OFFER));
  assert.equal(client.takeSent().message.flags, 0x8000);
  client.receive(client.answer(Type.ACK));
  client.until("RENEWING");
  assert.equal(client.takeSent().message.flags, 0, "with an address, unicast reaches the client");
});

test("§4.4.1: the lease's end counts from the sending of the DHCPREQUEST", () => {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  const sentAt = client.now;
  client.advance(2500);
  client.receive(client.answer(Type.ACK, {}, [[Code.LEASE_TIME, u32(100)]]));
  assert.equal(client.core.status.expiresAt, BigInt(sentAt + 100_000));
});

test("§4.4.1: what the host is told of a lease", () => {
  const client = new Client();
  assert.equal(client.core.status.generation, 0);
  client.bind();
  const { status } = client.core;
  assert.deepEqual(
    [status.generation, status.change, status.leaseSeconds, status.serverIdentifier, status.subnetMask],
    [1, 1, 3600, 0xc0000201, 0xffffff00],
  );
  assert.deepEqual(client.core.acknowledgement, client.answer(Type.ACK), "the DHCPACK whole");
});

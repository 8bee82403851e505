// A link of frames without an IP stack beside the core: RFC 826, RFC 791 and RFC 768 as far as a server needs them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputFlag, TransmitKind } from "#layout";
import { clientOf, discover } from "./harness/clients.js";
import {
  BROADCAST_MAC,
  buildArpFrame,
  buildDatagramFrame,
  type DatagramFrame,
  readArpFrame,
} from "./harness/frames.js";
import { buildMessage, hex } from "./harness/messages.js";
import { LinkMode, Server, SERVER_MAC } from "./harness/server-harness.js";

const config = { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] }] };
const client = clientOf(1);

function serverOn(linkMode: LinkMode): Server {
  return new Server({ config, interfaces: [{ address: "192.0.2.1", linkMode }] });
}

function arpFor(target: string): Uint8Array {
  return buildArpFrame({
    destinationMac: BROADCAST_MAC,
    sourceMac: client.chaddr,
    operation: 1,
    senderMac: client.chaddr,
    sender: "192.0.2.10",
    targetMac: new Uint8Array(6),
    target,
  });
}

const datagram: DatagramFrame = {
  destinationMac: BROADCAST_MAC,
  sourceMac: client.chaddr,
  source: "0.0.0.0",
  destination: "255.255.255.255",
  sourcePort: 68,
  destinationPort: 67,
  payload: buildMessage(discover(client)),
};

test("RFC 826: who asks for the server's address is answered, where nothing else answers", () => {
  const server = serverOn(LinkMode.FRAMES);
  const outcome = server.receiveFrame(arpFor("192.0.2.1"));
  assert.equal(outcome.verdict, "ARP_ANSWERED");
  assert.equal(outcome.answer.kind, TransmitKind.FRAME);
  const reply = readArpFrame(outcome.answer.bytes);
  assert.equal(reply.operation, 2);
  assert.deepEqual(reply.destinationMac, client.chaddr);
  assert.deepEqual(reply.senderMac, SERVER_MAC);
  assert.equal(reply.sender, "192.0.2.1");
  assert.deepEqual(reply.targetMac, client.chaddr);
  assert.equal(reply.target, "192.0.2.10");
});

test("RFC 826: other questions, and links with an IP stack, are left alone", () => {
  assert.equal(serverOn(LinkMode.FRAMES).receiveFrame(arpFor("192.0.2.2")).verdict, "ARP_NOT_OURS");
  assert.equal(serverOn(LinkMode.MIXED).receiveFrame(arpFor("192.0.2.1")).verdict, "ARP_NOT_OURS");
});

test("RFC 791, RFC 768: a datagram to the server's port is taken, others are not", () => {
  const verdict = (change: Partial<DatagramFrame>) =>
    serverOn(LinkMode.FRAMES).receiveFrame(buildDatagramFrame({ ...datagram, ...change })).verdict;
  assert.equal(verdict({}), "OFFERED");
  assert.equal(verdict({ destinationMac: SERVER_MAC, destination: "192.0.2.1" }), "OFFERED");
  assert.equal(verdict({ destinationPort: 68 }), "OTHER_FRAME");
  assert.equal(verdict({ destination: "192.0.2.2" }), "OTHER_FRAME");
  assert.equal(verdict({ destinationMac: hex("02 00 00 00 12 34") }), "OTHER_FRAME");
});

test("RFC 791, RFC 768: what contradicts itself is dropped with its reason", () => {
  const frame = buildDatagramFrame(datagram);
  const verdict = (change: (bytes: Uint8Array) => Uint8Array, flags = 0) =>
    serverOn(LinkMode.FRAMES).receiveFrame(change(frame.slice()), 0, flags).verdict;
  const poke = (at: number, value: number) => (bytes: Uint8Array) => {
    bytes[at] = value;
    return bytes;
  };
  assert.equal(
    verdict((bytes) => bytes.slice(0, 13)),
    "BAD_FRAME",
  );
  assert.equal(
    verdict((bytes) => bytes.slice(0, -1)),
    "BAD_FRAME",
    "the end is missing",
  );
  assert.equal(verdict(poke(12, 0x86)), "OTHER_FRAME", "another Ethernet type");
  assert.equal(verdict(poke(50, 0xff)), "BAD_CHECKSUM", "a damaged payload");
  assert.equal(
    verdict(poke(50, 0xff), InputFlag.CHECKSUM_TRUSTED),
    "OFFERED",
    "the same where the checksum is not asked",
  );
  assert.equal(verdict(poke(24, 0)), "BAD_CHECKSUM", "a damaged IPv4 header");
  assert.equal(
    verdict((bytes) => bytes, InputFlag.TRUNCATED),
    "TRUNCATED",
  );
  const padded = (bytes: Uint8Array) => Uint8Array.from([...bytes, 0, 0, 0]);
  assert.equal(verdict(padded), "OFFERED", "Ethernet padding is no part of the datagram");
});

test("UDP lengths that lie are refused (CVE-2015-8605)", () => {
  for (const [offset, length] of [
    [38, 65535],
    [38, 7],
    [38, 0],
    [16, 300],
    [16, 65535],
    [16, 19],
  ] as const) {
    const frame = buildDatagramFrame(datagram);
    new DataView(frame.buffer).setUint16(offset, length);
    const { verdict, sent } = serverOn(LinkMode.FRAMES).receiveFrame(frame, 0, InputFlag.CHECKSUM_TRUSTED);
    assert.match(verdict, /^BAD_(FRAME|CHECKSUM)$/, `${offset}: ${length}`);
    assert.deepEqual(sent, []);
  }
});

test("every frame one byte shorter, down to nothing, is dropped or answered as it stands, never more", () => {
  const server = serverOn(LinkMode.FRAMES);
  for (const frame of [buildDatagramFrame(datagram), arpFor("192.0.2.1")]) {
    for (let length = 0; length < frame.length; length++) {
      assert.deepEqual(server.receiveFrame(frame.slice(0, length)).sent, [], `${length} bytes`);
    }
  }
});

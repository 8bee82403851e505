// RFC 2131 §4.1: retransmission, ports and addresses of what a client sends; §4.4.4: broadcast and unicast; RFC 2132 §9.10.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkMode, Verdict } from "#layout";
import { Client, CLIENT_MAC, ClientCommand, Code, LEASED, SERVER, SERVER_MAC, Type } from "./harness/client-harness.js";
import { BROADCAST_MAC } from "./harness/frames.js";
import { numberOption } from "./harness/messages.js";

/** The delays between the first `count` DHCPDISCOVERs of a client that nobody answers. */
function delays(count: number, seed: number, retransmission: readonly [number, number] = [4000, 64_000]): number[] {
  const client = new Client({ seed: [seed, 3], settings: { retransmission } });
  client.start();
  while (client.sent.length <= count) client.step();
  const at = client.takeAll().map((sent) => sent.at);
  return at.slice(1).map((time, index) => time - at[index]!);
}

test("§4.1: delays of 4, 8, 16, 32 and 64 s, each randomised by ±1 s, and never a last try", () => {
  const expected = [4000, 8000, 16_000, 32_000, ...Array<number>(16).fill(64_000)];
  const off: number[] = [];
  for (let seed = 0; seed < 100; seed++) {
    for (const [index, delay] of delays(20, seed).entries()) off.push(delay - expected[index]!);
  }
  assert.ok(off.every((difference) => Math.abs(difference) <= 1000));
  assert.ok(Math.min(...off) < -900 && Math.max(...off) > 900, "the whole range is used");
  assert.ok(Math.abs(off.reduce((sum, difference) => sum + difference, 0) / off.length) < 50, "uniformly");
});

test("§4.1: first and longest delay are settings; a short one is randomised by a quarter of itself", () => {
  for (const [index, delay] of delays(6, 1, [100, 300]).entries()) {
    const nominal = [100, 200, 300, 300, 300, 300][index]!;
    assert.ok(delay >= nominal * 0.75 && delay <= nominal * 1.25, `delay ${index}: ${delay}`);
  }
  const huge = delays(3, 1, [4000, 86_400_000]);
  assert.ok(Math.abs(huge[2]! - 16_000) <= 1000);
});

test("§4.1: messages go from port 68 to port 67, from address 0 while the client has none; other ports are a setting", () => {
  const client = new Client({ linkMode: LinkMode.FRAMES });
  client.start();
  const sent = client.takeSent();
  assert.deepEqual([sent.kind, sent.source, sent.destination], ["frame", "0.0.0.0", "255.255.255.255"]);
  assert.deepEqual([sent.sourcePort, sent.destinationPort], [68, 67]);
  assert.deepEqual(sent.destinationMac, BROADCAST_MAC);
  const other = new Client({ linkMode: LinkMode.FRAMES, settings: { clientPort: 10_068, serverPort: 10_067 } });
  other.start();
  const { sourcePort, destinationPort } = other.takeSent();
  assert.deepEqual([sourcePort, destinationPort], [10_068, 10_067]);
  assert.equal(other.receive(other.answer(Type.OFFER)).verdict, "OFFER_KEPT");
});

test("§4.4.4: in RENEWING and for RELEASE, a frame goes to the hardware address that the DHCPACK came from", () => {
  const client = new Client({ linkMode: LinkMode.FRAMES }).bind();
  client.until("RENEWING");
  const renewal = client.takeSent(Type.REQUEST);
  assert.deepEqual([renewal.source, renewal.destination], [LEASED, SERVER]);
  assert.deepEqual(renewal.destinationMac, SERVER_MAC);
  client.until("REBINDING");
  assert.deepEqual(client.takeAll().at(-1)!.destinationMac, BROADCAST_MAC);
  const elsewhere = Uint8Array.of(2, 0, 0, 0, 0, 0xfd);
  client.receive(client.answer(Type.ACK), elsewhere);
  client.command(ClientCommand.RELEASE);
  assert.deepEqual(client.takeSent(Type.RELEASE).destinationMac, elsewhere);
});

test("§4.4.4: with an IP stack beside the core, broadcasts are frames and what goes to the server is a datagram", () => {
  const client = new Client({ linkMode: LinkMode.MIXED });
  client.start();
  assert.equal(client.takeSent().kind, "frame");
  client.receive(client.answer(Type.OFFER));
  client.takeAll();
  client.receive(client.answer(Type.ACK));
  client.until("RENEWING");
  const renewal = client.takeSent();
  assert.deepEqual([renewal.kind, renewal.source, renewal.destination], ["datagram", LEASED, SERVER]);
  client.until("REBINDING");
  assert.equal(client.takeAll().at(-1)!.kind, "frame");
});

test("§4.4.4: a lease resumed without an answer has no known hardware address of the server: all hear the frame", () => {
  const options = { linkMode: LinkMode.FRAMES };
  const client = new Client({ ...options, records: new Client(options).bind().records() });
  client.start();
  client.until("RENEWING");
  const renewal = client.takeAll().at(-1)!;
  assert.deepEqual([renewal.destination, renewal.destinationMac], [SERVER, BROADCAST_MAC]);
});

test("§4.1: frames to other ports, other hosts and other protocols are not for the client", () => {
  const client = new Client({ linkMode: LinkMode.FRAMES });
  client.start();
  const frame = client.frameOf(client.answer(Type.OFFER));
  const changed = (change: (bytes: Uint8Array) => void) => {
    const bytes = frame.slice();
    change(bytes);
    return client.frame(bytes).verdict;
  };
  assert.equal(
    changed((bytes) => bytes.set(SERVER_MAC)),
    "OTHER_FRAME",
  );
  assert.equal(
    changed((bytes) => bytes.set([0x86, 0xdd], 12)),
    "OTHER_FRAME",
  );
  assert.equal(
    changed((bytes) => bytes.set([0, 69], 36)),
    "BAD_CHECKSUM",
  );
  assert.equal(
    changed((bytes) => bytes.set([0, 0], 24)),
    "BAD_CHECKSUM",
  );
  assert.equal(client.frame(frame.subarray(0, 60)).verdict, "BAD_FRAME");
  assert.equal(
    changed((bytes) => bytes.set(CLIENT_MAC)),
    "OFFER_KEPT",
  );
});

test("RFC 2132 §9.10: option 57 says what the client can really take, whether or not a server counts headers", () => {
  const sizes = [
    [LinkMode.DATAGRAM, 1536, 1500],
    [LinkMode.DATAGRAM, 1024, 1024],
    [LinkMode.FRAMES, 1536, 1494],
    [LinkMode.MIXED, 1024, 982],
    [LinkMode.FRAMES, 592, 576],
  ] as const;
  for (const [linkMode, inputPayloadSize, expected] of sizes) {
    const client = new Client({ linkMode, limits: { inputPayloadSize, acknowledgementSize: 0 } });
    client.start();
    assert.equal(numberOption(client.takeSent().message, Code.MAXIMUM_MESSAGE_SIZE), expected);
  }
});

test("§4.1: a message that finds no place in the ring, or no link, is sent a little later, and not counted before", () => {
  const client = new Client({ limits: { transmitSlotCount: 1 } });
  client.draining = false;
  client.start();
  client.receive(client.answer(Type.OFFER, { xid: client.peekXid() }));
  assert.equal(client.state, "REQUESTING");
  assert.equal(client.core.status.tries, 0);
  assert.equal(client.counted(Verdict.TRANSMIT_FULL), 1);
  client.draining = true;
  client.drain();
  client.takeSent(Type.DISCOVER);
  client.advance(1000);
  client.takeSent(Type.REQUEST);
  assert.equal(client.core.status.tries, 1);
});

test("§4.1: nothing is sent while the link is down, and the client begins when it comes up", () => {
  const client = new Client({ up: false });
  client.start();
  assert.equal(client.state, "INIT");
  client.advance(1e9);
  assert.equal(client.sent.length, 0);
  client.link(true);
  client.takeSent(Type.DISCOVER);
  client.link(false);
  assert.equal(client.state, "INIT");
  assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
  assert.equal(client.receive(client.answer(Type.OFFER)).verdict, "UNKNOWN_INTERFACE");
});

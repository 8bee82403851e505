// Inputs that broke other clients (published flaws), each also cut short at every length: no trap, no answer that is not due,
// and the client goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputFlag, InputKind, LinkMode } from "#layout";
import { Client, ClientCommand, Code, hex, ip, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { encodeOptions } from "./harness/messages.js";

/** What every useful answer needs, encoded. */
function lease(type: number): number[] {
  return [
    ...encodeOptions([
      [Code.MESSAGE_TYPE, Uint8Array.of(type)],
      [Code.SERVER_IDENTIFIER, ip(SERVER)],
      [Code.LEASE_TIME, u32(3600)],
    ]),
  ];
}

const overlong = (code: number) => [code, 255, ...Array<number>(255).fill(0x41)];

/** Option bytes that follow those of a useful DHCPACK. The lease must be accepted: the bad option alone is dropped. */
const spoiled: [string, number[]][] = [
  ["an over-long subnet mask (rows 2, 3)", overlong(1)],
  ["a mask of five bytes (row 3)", [1, 5, 255, 255, 255, 0, 0x41]],
  ...[0, 1, 2, 3].map((length): [string, number[]] => [
    `a mask of ${length} bytes (row 3)`,
    [1, length, ...Array<number>(length).fill(255)],
  ]),
  ["eight options 43 that join to 2040 bytes (row 11)", Array.from({ length: 8 }, () => overlong(43)).flat()],
  ["a compressed name that points past its end (row 18)", [119, 4, 0x3f, 0x41, 0xc0, 0]],
  ["a compressed name that points at itself (rows 19, 20)", [119, 8, 2, 0xc0, 1, 0, 1, 0x41, 0xc0, 1]],
  ["an empty list of domains (row 20)", [119, 1, 0]],
  ["option 212 with 255 bytes (row 21)", overlong(212)],
  ["option overload that names both fields, empty (row 23)", [52, 1, 3]],
  ["option overload with value 255", [52, 1, 255]],
  ["routes 0/1 and 128/1 by option 121 (row 29)", [121, 12, 1, 0, 192, 168, 1, 2, 1, 128, 192, 168, 1, 2]],
  ["thirty options of 255 bytes (row 39)", Array.from({ length: 4 }, () => overlong(43)).flat()],
  ["a vendor sub-option beyond its parent (row 41)", [43, 4, 1, 255, 0x41, 0x41]],
  ["a host name of 255 bytes without end (row 41)", overlong(12)],
  ["T1 > T2 > lease (row 53)", [58, 4, ...u32(9000), 59, 4, ...u32(8000)]],
  ["no end option (row 49)", Array<number>(300).fill(0)],
];

/** A client in REQUESTING. */
function requesting(): Client {
  const client = new Client({ limits: { inputPayloadSize: 4096, acknowledgementSize: 4096 } });
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.takeAll();
  return client;
}

for (const [what, options] of spoiled) {
  test(`a DHCPACK with ${what}: the option is dropped, the lease is kept`, () => {
    const end = what.startsWith("no end") ? [] : [255];
    const rawOptions = Uint8Array.from([...lease(Type.ACK), ...options, ...end]);
    const client = requesting();
    assert.equal(client.receive(client.answer(Type.ACK, { rawOptions, padTo: 0 })).verdict, "LEASE_ACQUIRED");

    const cut = client.answer(Type.ACK, { rawOptions, padTo: 0 });
    for (let length = 0; length < cut.length; length++) {
      const other = requesting();
      const bytes = other.answer(Type.ACK, { rawOptions, padTo: 0 }).subarray(0, length);
      const { verdict } = other.receive(bytes);
      assert.ok(verdict !== "NONE" && other.sent.length === 0, `${length} bytes: ${verdict}`);
      if (length < 240 + lease(Type.ACK).length) assert.equal(other.state, "REQUESTING", `${length} bytes`);
    }
  });
}

test("an option that is the message's last bytes and has none of its own is absent (rows 22, 42)", () => {
  for (const tail of ["36", "3601", "3601c0", "3604c0a8", "33", "3303000e10", "35", "3501"]) {
    const client = requesting();
    const rawOptions = Uint8Array.from([53, 1, Type.ACK, ...hex(tail)]);
    const { verdict } = client.receive(client.answer(Type.ACK, { rawOptions, padTo: 0 }));
    assert.notEqual(verdict, "LEASE_ACQUIRED");
    assert.equal(client.state, "REQUESTING");
  }
});

test("sizes around the fixed fields (rows 6, 44, 45), and the largest slot (row 26)", () => {
  const client = requesting();
  const whole = client.answer(Type.ACK);
  for (const size of [0, 1, 28, 235, 236]) {
    const { verdict } = client.receive(whole.subarray(0, size));
    assert.equal(verdict, size < 236 ? "TOO_SHORT" : "NO_COOKIE");
  }
  assert.equal(client.receive(whole.subarray(0, 239)).verdict, "NO_COOKIE");
  assert.equal(client.receive(whole.subarray(0, 240)).verdict, "NO_MESSAGE_TYPE");
  assert.equal(client.receive(Uint8Array.from([...whole.subarray(0, 240), 255])).verdict, "NO_MESSAGE_TYPE");
  const padded = new Uint8Array(4096);
  padded.set(whole);
  assert.equal(client.raw(InputKind.DATAGRAM, padded, 0, InputFlag.TRUNCATED).verdict, "TRUNCATED");
  assert.equal(client.receive(padded).verdict, "LEASE_ACQUIRED");
});

test("an unauthenticated DHCPFORCERENEW is ignored (row 28)", () => {
  const client = new Client().bind();
  assert.equal(client.receive(client.answer(9)).verdict, "FORCERENEW_NOT_AUTHENTICATED");
  assert.equal(client.state, "BOUND");
  assert.equal(client.sent.length, 0);
});

test("no byte of a received message is in what is sent afterwards (rows 31, 46, 47)", () => {
  const clean = new Client();
  const dirty = new Client();
  for (const client of [clean, dirty]) client.start();
  const noise = dirty.answer(Type.OFFER, {
    xid: 1,
    sname: new Uint8Array(64).fill(0xee),
    file: new Uint8Array(128).fill(0xee),
    options: Array.from({ length: 4 }, () => [43, new Uint8Array(255).fill(0xee)] as const),
  });
  dirty.receive(noise);
  for (const client of [clean, dirty]) {
    client.advance(5000);
    client.receive(client.answer(Type.OFFER));
    client.receive(client.answer(Type.ACK));
    client.until("RENEWING").until("REBINDING");
    client.command(ClientCommand.RELEASE);
  }
  const bytes = (client: Client) => client.takeAll().map((sent) => sent.bytes);
  assert.deepEqual(bytes(dirty), bytes(clean));
});

test("frames whose lengths contradict each other are dropped (row 7)", () => {
  const client = new Client({ linkMode: LinkMode.FRAMES });
  client.start();
  const good = client.frameOf(client.answer(Type.OFFER));
  const field = (at: number, value: number) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint16(at, value);
    return client.frame(bytes).verdict;
  };
  for (const udpLength of [0, 7, 65535]) assert.equal(field(38, udpLength), "BAD_FRAME");
  for (const totalLength of [0, 19, 65535]) assert.match(field(16, totalLength), /^BAD_(FRAME|CHECKSUM)$/);
  for (let length = 0; length < good.length; length++) {
    assert.equal(client.frame(good.subarray(0, length)).verdict, "BAD_FRAME", `${length} bytes`);
  }
  assert.equal(client.frame(good).verdict, "OFFER_KEPT");
});

test("any bytes, in any state, of any kind of input: no trap, and the client goes on", () => {
  let seed = 20_260_411;
  const random = (bound: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };
  const client = new Client({ linkMode: LinkMode.FRAMES, settings: { flags: 7 } });
  const kinds = Object.values(InputKind);
  for (let i = 0; i < 20_000; i++) {
    if (i % 50 === 0) client.start();
    const message = client.answer([2, 5, 6][random(3)]!, { yiaddr: random(4) ? LEASED : "192.0.2.99" });
    for (let changes = random(4); changes > 0; changes--) message[random(message.length)] = random(256);
    const bytes = message.subarray(0, random(8) ? message.length : random(message.length));
    const choice = random(10);
    if (choice < 6) client.frame(client.frameOf(bytes));
    else if (choice < 7) client.raw(kinds[random(kinds.length)]!, bytes, random(7));
    else if (choice < 8) client.arp(1 + random(2), random(2) ? LEASED : "0.0.0.0", LEASED);
    else client.advance(random(100_000));
    client.takeAll();
    client.arps = [];
  }
  client.command(ClientCommand.STOP);
  client.link(true);
  client.bind();
});

// Published flaws of other servers as inputs to ours, one test a row of the list: the input as it was, and cut one byte shorter at each
// length. No trap, no answer but one that is well formed and due, and the next client is served. (What breaks clients is in
// `vulnerabilities-client.test.ts`; mutations by the thousand are in `tests/fuzz`.)

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, decline, discover, extend, release, select, toServer } from "./harness/clients.js";
import { buildDatagramFrame, BROADCAST_MAC } from "./harness/frames.js";
import { buildMessage, Code, hex, ip, type MessageFields, u32 } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const config = {
  probe: false,
  subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.99"], options: { 224: "61".repeat(200) } }],
};

/** A DHCPDISCOVER with these bytes as its options, behind option 53. */
const withOptions = (options: string, fields: MessageFields = {}) =>
  buildMessage({ ...discover(clientOf(1)), rawOptions: hex(`350101 ${options}`), padTo: 0, ...fields });

/** Gives the server the bytes; at most one answer comes, and it can be read strictly. */
function receive(server: Server, bytes: Uint8Array): string {
  const { sent, verdict } = server.receive(bytes);
  assert.ok(sent.length <= 1, "one answer at most");
  for (const { message } of sent) assert.ok(message.size >= 300);
  return verdict;
}

/** Gives a fresh server the bytes whole, then another one all shorter ones; both go on serving. Returns the verdict on the whole. */
function survive(bytes: Uint8Array): string {
  const whole = new Server({ config });
  const verdict = receive(whole, bytes);
  const cut = new Server({ config });
  for (let length = 0; length < bytes.length; length++) receive(cut, bytes.subarray(0, length));
  for (const server of [whole, cut]) assert.notEqual(bind(server, clientOf(9)), "", "the next client is served");
  return verdict;
}

/** Rows whose input is a DHCPDISCOVER: the number, the flaw, the options, and fields where they matter. It must be offered an address. */
const offered: readonly (readonly [row: string, id: string, options: string, fields?: MessageFields])[] = [
  ["1", "CVE-2007-5365, option 57 of 1", "39 02 00 01 ff"],
  ["1", "CVE-2007-5365, option 57 of 0", "39 02 00 00 ff"],
  ["1", "CVE-2007-5365, option 57 of 240", "39 02 00 f0 ff"],
  ["1", "CVE-2007-5365, option 57 of 575", "39 02 02 3f ff"],
  ["4", "CVE-2010-2156, an empty client identifier", "3d 00 ff"],
  ["5", "CVE-2012-3571, a client identifier of one zero", "3d 01 00 ff"],
  ["10", "CVE-2022-2929, a label of 64 bytes in option 81", `51 45 04 00 00 40 ${"61".repeat(64)} 00 ff`],
  ["22", "CVE-2018-20679, a server identifier of one byte at the end", "36 01 c0"],
  ["22", "CVE-2018-20679, an empty requested address at the end", "32 00"],
  ["22", "CVE-2018-20679, a lease time of three bytes at the end", "33 03 00 0e 10"],
  [
    "23",
    "CVE-2014-6060, overload in overloaded fields",
    "34 01 03 ff",
    { file: hex("340103ff"), sname: hex("340101") },
  ],
  ["24", "CVE-2019-11579, an option at the last byte of file", "34 01 01 ff", { file: hex(`${"00".repeat(127)}0c`) }],
  ["33", "CVE-2019-6473, the host name .", "0c 01 2e ff"],
  ["33", "CVE-2019-6473, the host name ..", "0c 02 2e 2e ff"],
  ["33", "CVE-2019-6473, a host name of 255 dots", `0c ff ${"2e".repeat(255)} ff`],
  ["33", "CVE-2019-6473, option 81 with an empty name", "51 03 04 00 00 ff"],
  ["36", "CVE-2025-11232, the host name !!!", "0c 03 21 21 21 ff"],
  ["42", "CVE-2018-16602, an option cut off at the end", "36 04 c0 a8"],
  ["43", "CVE-2026-7424, option 82 whose sub-option ends one too late", "52 04 01 03 aa aa ff"],
  ["43", "CVE-2026-7424, option 82 whose sub-option ends one too early", "52 04 01 01 aa aa ff"],
  ["43", "CVE-2026-7424, option 43 whose sub-option ends one too late", "2b 04 01 03 aa aa ff"],
  ["43", "CVE-2026-7424, option 125 whose sub-option ends one too late", "7d 08 00 00 00 09 04 01 03 aa ff"],
  ["49", "RT-Thread #11323, 308 bytes without end", "00".repeat(305)],
];

for (const [row, id, options, fields] of offered) {
  test(`row ${row}, ${id}: bad options are left aside, the message is kept`, () => {
    assert.equal(survive(withOptions(options, fields)), "OFFERED");
  });
}

test("row 4, CVE-2010-2156: with an empty client identifier the hardware address names the client", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  assert.equal(server.receive(withOptions("3d 00 ff")).answer.message.yiaddr, held);
});

test("row 5, CVE-2012-3571, and row 30, CVE-2017-14493: lengths of the hardware address", () => {
  assert.equal(survive(withOptions("ff", { hlen: 0 })), "NO_IDENTITY");
  assert.equal(survive(withOptions("3d 02 00 01 ff", { hlen: 0 })), "OFFERED");
  assert.equal(survive(withOptions("ff", { hlen: 16 })), "OFFERED");
  for (const hlen of [17, 255]) assert.equal(survive(withOptions("ff", { hlen })), "BAD_HARDWARE_LENGTH");
});

test("rows 6, 44, 45, CVE-2011-2748, CVE-2020-11903, CVE-2021-3592: less than a message", () => {
  const message = withOptions("ff");
  const expected = {
    0: "TOO_SHORT",
    1: "TOO_SHORT",
    28: "TOO_SHORT",
    235: "TOO_SHORT",
    236: "NO_COOKIE",
    239: "NO_COOKIE",
  };
  for (const [length, verdict] of Object.entries(expected)) {
    assert.equal(survive(message.subarray(0, Number(length))), verdict);
  }
  assert.equal(survive(message.subarray(0, 240)), "NO_MESSAGE_TYPE");
  assert.equal(survive(buildMessage({ rawOptions: hex("ff"), padTo: 0 })), "NO_MESSAGE_TYPE");
});

test("row 7, CVE-2015-8605: frames whose UDP length lies", () => {
  const server = new Server({ config });
  const frame = () =>
    buildDatagramFrame({
      destinationMac: BROADCAST_MAC,
      sourceMac: hex("020000000001"),
      source: "0.0.0.0",
      destination: "255.255.255.255",
      sourcePort: 68,
      destinationPort: 67,
      payload: withOptions("ff", { padTo: 272 }),
    });
  for (const length of [65535, 7, 0, 301]) {
    const bent = frame();
    new DataView(bent.buffer).setUint16(38, length);
    assert.equal(server.receiveFrame(bent).verdict, "BAD_FRAME", `a UDP length of ${length}`);
  }
  for (let length = 0; length < frame().length; length++) {
    assert.equal(server.receiveFrame(frame().subarray(0, length)).verdict, "BAD_FRAME", `${length} bytes`);
  }
  assert.equal(server.receiveFrame(frame()).verdict, "OFFERED");
});

test("rows 8, 17, 51, CVE-2018-5739, CVE-2004-1111: a flood costs no memory, holds no slot, and no more offers than allowed", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const before = [server.core.bytes.length, server.core.memoryUsed, server.status.attributeBlocksFree];
  const giaddrs = ["0.0.0.0", "255.255.255.255", "127.0.0.1", "0.0.0.1"];
  for (let number = 2; number < 20_002; number++) {
    const { sent } = server.receive(discover(clientOf(number % 0xffff, { giaddr: giaddrs[number % 4]! })));
    assert.ok(sent.length <= 1);
  }
  assert.ok(server.status.offered <= 45, `${server.status.offered} offers: at most half of the addresses`);
  assert.deepEqual([server.core.bytes.length, server.core.memoryUsed, server.status.attributeBlocksFree], before);
  assert.equal(server.core.ready.pending + server.core.waiting.pending, 0);
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).verdict, "BOUND_RENEWING");
});

test("row 9, CVE-2018-5733: every counter wraps", () => {
  const server = new Server({ config });
  const { counters, counterCount } = server.core.control;
  for (let entry = 0; entry < counterCount; entry++) server.core.view.setUint32(counters + 4 * entry, 0xfffffffe, true);
  for (let round = 0; round < 4; round++) {
    assert.equal(receive(server, withOptions("ff")), "OFFERED");
    assert.equal(receive(server, withOptions("0c ff")), "OFFERED");
    receive(server, Uint8Array.of(1));
  }
  assert.equal(server.count(40), 6);
});

test("row 12, CVE-2021-25217: client identifiers of every length and every byte survive the store", () => {
  const server = new Server({ config: { ...config, leaseTime: "infinite" }, limits: { attributeBlockCount: 4096 } });
  const identifiers = Array.from({ length: 80 }, (_, index) => {
    const length = index < 40 ? index + 1 : 255 - (index - 40);
    return Uint8Array.from({ length }, (_byte, at) => (index * 37 + at) & 255);
  });
  const held = identifiers.map((identifier) => bind(server, clientOf(1, { identifier })));
  assert.equal(new Set(identifiers.flatMap((identifier) => [...identifier])).size, 256, "every byte value");
  const second = server.restart();
  identifiers.forEach((identifier, index) => {
    const renewed = second.receive(extend(clientOf(1, { identifier }), held[index]!), toServer(held[index]!));
    assert.equal(renewed.verdict, "BOUND_RENEWING", `${identifier.length} bytes`);
  });
});

test("rows 25, 30, CVE-2014-7912, CVE-2018-15688: answers that end 0, 1, 2, 3 … bytes before the room does", () => {
  const server = new Server({ config });
  for (let size = 576; size <= 900; size++) {
    const identifier = `3d ${(size % 200).toString(16).padStart(2, "0")} ${"41".repeat(size % 200)}`;
    const maximum = `39 02 ${size.toString(16).padStart(4, "0")}`;
    const { message } = server.receive(withOptions(`${maximum} ${identifier} 52 04 01 02 aa aa ff`)).answer;
    assert.ok(message.size <= size - 28, `${message.size} bytes of ${size - 28}`);
    server.advance(61_000);
  }
});

test("row 31, CVE-2017-14494: a short message after a long one is answered as if it were the first", () => {
  const first = new Server({ config });
  const later = new Server({ config });
  later.receive(
    withOptions(`34 01 03 3d ff ${"ee".repeat(255)} 3d ff ${"ee".repeat(255)} ff`, {
      op: 2,
      file: hex("ee".repeat(128)),
    }),
  );
  assert.deepEqual(later.receive(withOptions("ff")).answer.bytes, first.receive(withOptions("ff")).answer.bytes);
});

test("row 35, CVE-2025-40779: a unicast DHCPREQUEST from nowhere, with every option there is", () => {
  const options = Array.from({ length: 254 }, (_, index) => index + 1)
    .filter((code) => ![50, 52, 53, 54].includes(code))
    .map((code) => [code, Uint8Array.of(1, 2, 3, 4)] as const);
  const bytes = buildMessage({ ...extend(clientOf(1), "203.0.113.7"), options });
  const server = new Server({ config });
  for (let length = 0; length <= bytes.length; length++) {
    const { verdict, sent } = server.receive(bytes.subarray(0, length), toServer("203.0.113.7"));
    assert.equal(sent.length, 0, verdict);
  }
  assert.notEqual(bind(server, clientOf(2)), "");
});

test("row 52: nobody gives back, or declines, what another one holds", () => {
  const server = new Server({ config, limits: { attributeBlockCount: 64 } });
  const owner = clientOf(1, { identifier: hex("01 02 03") });
  const held = bind(server, owner);
  const spoofs = [
    release(owner, "192.0.2.50"),
    release(clientOf(1, { identifier: hex("01 02 04") }), held),
    release(clientOf(1), held),
    release(owner, held, "192.0.2.99"),
    decline(clientOf(2), held),
    decline(owner, "192.0.2.50"),
    decline(owner, held, "192.0.2.99"),
  ];
  for (const spoof of spoofs) {
    const { verdict, sent } = server.receive(spoof, toServer(held));
    assert.ok(["NOT_THE_HOLDER", "OTHER_SERVER"].includes(verdict), verdict);
    assert.equal(sent.length, 0);
  }
  assert.equal(server.receive(extend(owner, held), toServer(held)).verdict, "BOUND_RENEWING");
});

test("row 52: one client cannot decline a whole pool", () => {
  const server = new Server({ config });
  const verdicts = new Set<string>();
  for (let round = 0; round < 90; round++) {
    const offer = server.receive(discover(clientOf(1))).sent[0]?.message;
    if (!offer) break;
    server.receive(select(clientOf(1), offer.yiaddr));
    verdicts.add(server.receive(decline(clientOf(1), offer.yiaddr)).verdict);
  }
  assert.ok(verdicts.has("DECLINES_CAPPED"));
  assert.ok(server.status.quarantined <= 45, `${server.status.quarantined} addresses`);
  assert.notEqual(bind(server, clientOf(2)), "", "others are served");
});

test("row 53: lease times that overflow where seconds become ticks", () => {
  const open = { ...config, leaseTime: { default: 600, minimum: 1, maximum: "infinite" } };
  for (const seconds of [0, 1, 4_294_968, 8_589_936, 0xfffffffe, 0xffffffff]) {
    const server = new Server({ config: open });
    const held = bind(server, clientOf(1), {}, [[Code.LEASE_TIME, u32(seconds)]]);
    server.advance(500);
    assert.equal(server.status.bound, 1, `${seconds} s`);
    const other = server.receive(discover(clientOf(2), [[Code.REQUESTED_ADDRESS, ip(held)]]));
    assert.notEqual(other.answer.message.yiaddr, held);
  }
});

// RFC 2131 §4.3.1, table 3, and RFC 2132: what is in an answer, in which order, and within which size.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, extend, inform, select, toServer } from "./harness/clients.js";
import {
  addressOption,
  Code,
  codesOf,
  encodeOptions,
  hex,
  ip,
  type MessageFields,
  numberOption,
  type OptionValue,
  text,
  Type,
  u16,
  u32,
} from "./harness/messages.js";
import { LinkMode, Server } from "./harness/server-harness.js";

const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] };
const options = {
  routers: ["192.0.2.1", "192.0.2.2"],
  "domain-name-servers": ["192.0.2.53"],
  "domain-name": "example.org",
  "interface-mtu": 1400,
};
const config = { probe: false, leaseTime: 1000, options, subnets: [subnet] };

const prl = (...codes: number[]): OptionValue => [Code.PARAMETER_REQUEST_LIST, Uint8Array.from(codes)];

function offerTo(message: MessageFields, settings: object = config, limits = {}) {
  return new Server({ config: settings, limits }).receive(message).answer.message;
}

test("RFC 2131 table 3: the fixed fields of DHCPOFFER and DHCPACK", () => {
  const server = new Server({
    config: { ...config, nextServer: "192.0.2.5", serverName: "boot.example.org", bootFile: "pxe.0" },
  });
  const client = clientOf(1, { flags: 0x8000 });
  const asked = {
    ...discover(client),
    secs: 77,
    hops: 3,
    yiaddr: "1.2.3.4",
    siaddr: "1.2.3.5",
    sname: text("x"),
    file: text("y"),
  };
  const offer = server.receive(asked).answer.message;
  const ack = server.receive({ ...select(client, offer.yiaddr), secs: 78, hops: 3 }).answer.message;
  const renewed = server.receive(extend(client, offer.yiaddr), toServer(offer.yiaddr)).answer.message;
  for (const message of [offer, ack, renewed]) {
    const { op, htype, hlen, hops, xid, secs, flags, siaddr, giaddr, yiaddr } = message;
    assert.deepEqual({ op, htype, hlen, hops, secs }, { op: 2, htype: 1, hlen: 6, hops: 0, secs: 0 });
    assert.equal(xid, client.xid);
    assert.equal(flags, 0x8000);
    assert.equal(giaddr, "0.0.0.0");
    assert.equal(siaddr, "192.0.2.5");
    assert.equal(yiaddr, "192.0.2.10");
    assert.deepEqual(message.chaddr, Uint8Array.from([...client.chaddr, ...new Uint8Array(10)]));
    assert.deepEqual(message.sname, Uint8Array.from([...text("boot.example.org"), ...new Uint8Array(48)]));
    assert.deepEqual(message.file, Uint8Array.from([...text("pxe.0"), ...new Uint8Array(123)]));
  }
  assert.deepEqual([offer.ciaddr, ack.ciaddr, renewed.ciaddr], ["0.0.0.0", "0.0.0.0", "192.0.2.10"]);
  const configured = server.receive({ ...discover(client), ciaddr: "192.0.2.10" }).answer.message;
  assert.equal(configured.ciaddr, "0.0.0.0", "a DHCPOFFER has none, whatever the DHCPDISCOVER says");
});

test("RFC 2131 table 3: what must be in DHCPOFFER and DHCPACK comes first, what must not is never there", () => {
  const server = new Server({ config });
  const client = clientOf(1, { identifier: hex("01 02") });
  const everything = Array.from({ length: 254 }, (_, index) => index + 1);
  const offer = server.receive(discover(client, [prl(...everything)])).answer.message;
  const ack = server.receive(select(client, offer.yiaddr, "192.0.2.1", [prl(...everything)])).answer.message;
  for (const message of [offer, ack]) {
    assert.deepEqual(codesOf(message).slice(0, 3), [Code.MESSAGE_TYPE, Code.SERVER_IDENTIFIER, Code.LEASE_TIME]);
    for (const code of [
      Code.REQUESTED_ADDRESS,
      Code.PARAMETER_REQUEST_LIST,
      Code.MAXIMUM_MESSAGE_SIZE,
      Code.OVERLOAD,
    ]) {
      assert.ok(!message.options.has(code), `option ${code}`);
    }
  }
});

test("RFC 2131 §4.3.1: offer and acknowledgement say the same", () => {
  const server = new Server({ config });
  const client = clientOf(1, { options: [prl(1, 3, 6, 15, 26, 51, 58, 59)] });
  const offer = server.receive(discover(client)).answer.message;
  const ack = server.receive(select(client, offer.yiaddr)).answer.message;
  const but53 = (message: typeof offer) => [...message.options].filter(([code]) => code !== Code.MESSAGE_TYPE);
  assert.deepEqual(but53(ack), but53(offer));
});

test("RFC 2132 §9.8: requested parameters come in the order requested, each once, unknown ones not at all", () => {
  const message = offerTo(discover(clientOf(1), [prl(15, 200, 6, 15, 26, 6, 252)]));
  const codes = codesOf(message).filter((code) => code < 50 || code > 61);
  assert.deepEqual(codes, [15, 6, 26]);
  assert.deepEqual(message.options.get(15), text("example.org"));
});

test("RFC 2132 §3.3: the subnet mask comes before the routers, whatever the list says", () => {
  const order = (...codes: number[]) =>
    codesOf(offerTo(discover(clientOf(1), [prl(...codes)]))).filter((code) => code < 50);
  assert.deepEqual(order(3, 6, 1), [1, 3, 6]);
  assert.deepEqual(order(6, 3, 1), [6, 1, 3]);
  assert.deepEqual(order(1, 3), [1, 3]);
  const mask = offerTo(discover(clientOf(1), [prl(1)])).options.get(1);
  assert.deepEqual(mask, ip("255.255.255.0"));
});

test("RFC 2131 §4.3.1: a client without a list gets everything that is configured", () => {
  const codes = codesOf(offerTo(discover(clientOf(1)))).filter((code) => code < 50);
  for (const code of [1, 3, 6, 15, 26]) assert.ok(codes.includes(code), `option ${code}`);
});

test("RFC 2131 §3.5: what is always sent comes to clients that did not ask for it", () => {
  const codes = codesOf(offerTo(discover(clientOf(1), [prl(6)]), { ...config, alwaysSend: ["interface-mtu"] }));
  assert.ok(codes.includes(26));
  assert.ok(!codes.includes(15));
  assert.ok(codes.indexOf(6) < codes.indexOf(26));
});

test("RFC 2131 §4.4.5: T1 and T2 are fractions of the lease, also of one that was asked for", () => {
  const settings = {
    ...config,
    leaseTime: { default: 1000, minimum: 1, maximum: 2 ** 31 - 1 },
    renewalTime: 0.5,
    rebindingTime: 0.875,
  };
  for (const seconds of [1000, 7, 1, 2 ** 31 - 1]) {
    const message = offerTo(discover(clientOf(1), [[Code.LEASE_TIME, u32(seconds)]]), settings);
    assert.equal(numberOption(message, Code.LEASE_TIME), seconds);
    const [t1, t2] = [Math.floor(seconds / 2), Math.floor((seconds * 7) / 8)];
    assert.equal(numberOption(message, Code.RENEWAL_TIME) ?? 0, t1);
    assert.equal(numberOption(message, Code.REBINDING_TIME) ?? 0, t2);
  }
});

test("RFC 2131 §3.3: an infinite lease has neither T1 nor T2, and never ends", () => {
  const server = new Server({ config: { ...config, leaseTime: "infinite" } });
  const held = bind(server, clientOf(1));
  const { message } = server.receive(extend(clientOf(1), held), toServer(held)).answer;
  assert.equal(numberOption(message, Code.LEASE_TIME), 0xffffffff);
  assert.ok(!message.options.has(Code.RENEWAL_TIME) && !message.options.has(Code.REBINDING_TIME));
  server.advance(10 * 365 * 86_400_000);
  assert.equal(server.status.bound, 1);
  assert.equal(server.restart().status.bound, 1);
});

/** A configuration with `count` options of `size` bytes, from 224 on: eleven of 30 are too many for 576 bytes. */
function large(count: number, size = 30): object {
  const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`${224 + index}`, "ab".repeat(size)]));
  return { ...config, options: { ...options, ...many } };
}

test("RFC 2132 §9.10: an answer is at most as large as the client says, and never larger than 576 without that", () => {
  const codes = Array.from({ length: 20 }, (_, index) => 224 + index);
  const sizes = [undefined, 0, 1, 240, 575, 576, 577, 800, 1000, 1500, 65535].map((maximum) => {
    const more: OptionValue[] = maximum === undefined ? [] : [[Code.MAXIMUM_MESSAGE_SIZE, u16(maximum)]];
    return offerTo(discover(clientOf(1), [prl(1, 3, ...codes), ...more]), large(20, 70)).size;
  });
  for (const size of sizes.slice(0, 6)) assert.ok(size <= 576 - 28 && size > 548 - 72, `${size} bytes (CVE-2007-5365)`);
  assert.ok(sizes[7]! <= 772 && sizes[7]! > 772 - 72);
  assert.ok(sizes[8]! <= 972 && sizes[8]! > 972 - 72);
  assert.ok(sizes[10]! <= 1472);
});

test("RFC 2132 §9.10: an answer is no larger than the link takes", () => {
  const server = new Server({ config: large(20, 70), interfaces: [{ address: "192.0.2.1", mtu: 800 }] });
  const { message } = server.receive(discover(clientOf(1), [[Code.MAXIMUM_MESSAGE_SIZE, u16(1500)]])).answer;
  assert.ok(message.size <= 772);
});

test("RFC 2131 §4.1: options spill into file and sname only when they do not fit, and only where these are free", () => {
  const small = offerTo(discover(clientOf(1)), large(2));
  assert.equal(small.overload, 0);
  const full = offerTo(discover(clientOf(1)), large(14));
  assert.equal(full.overload, 3);
  const named = offerTo(discover(clientOf(1)), { ...large(14), bootFile: "pxe.0" });
  assert.equal(named.overload, 2);
  assert.deepEqual(named.file.subarray(0, 5), text("pxe.0"));
  const both = offerTo(discover(clientOf(1)), { ...large(14), bootFile: "pxe.0", serverName: "s" });
  assert.equal(both.overload, 0);
  assert.ok(full.options.size > named.options.size && named.options.size > both.options.size);
});

test("RFC 2131 §4.3.1: as many of the requested parameters as possible: one that does not fit keeps no other out", () => {
  const settings = {
    ...config,
    options: { "224": "cd".repeat(250), "225": "cd".repeat(250), "226": "01" },
  };
  const message = offerTo(discover(clientOf(1), [prl(224, 225, 226)]), settings);
  assert.ok(message.options.has(224));
  assert.ok(!message.options.has(225));
  assert.ok(message.options.has(226));
  assert.ok(message.options.has(Code.LEASE_TIME));
});

test("RFC 3396: an option longer than 255 bytes comes whole, in parts", () => {
  const routes = "00".repeat(300);
  const message = offerTo(discover(clientOf(1), [prl(224), [Code.MAXIMUM_MESSAGE_SIZE, u16(1500)]]), {
    ...config,
    options: { "224": routes },
  });
  assert.equal(message.options.get(224)?.length, 300);
});

test("RFC 6842: the client identifier is echoed in OFFER, ACK and NAK", () => {
  const server = new Server({ config: { ...config, authoritative: true } });
  for (const identifier of [hex("01 02"), new Uint8Array(20).fill(7), new Uint8Array(255).fill(9)]) {
    const client = clientOf(1, { identifier });
    const offer = server.receive(discover(client)).answer.message;
    const ack = server.receive(select(client, offer.yiaddr)).answer.message;
    const nak = server.receive(select(client, "203.0.113.1")).answer.message;
    for (const message of [offer, ack, nak]) assert.deepEqual(message.options.get(Code.CLIENT_IDENTIFIER), identifier);
    assert.equal(nak.type, Type.NAK);
  }
  assert.ok(!server.receive(discover(clientOf(2))).answer.message.options.has(Code.CLIENT_IDENTIFIER));
});

test("RFC 3046 §2.2: option 82 is echoed whole, as the last option of every answer", () => {
  const server = new Server({ config: { ...config, authoritative: true } });
  const circuit = hex("01 04 00 11 22 33 02 02 ab cd");
  const client = clientOf(1, { giaddr: "192.0.2.9", options: [[Code.RELAY_INFORMATION, circuit]] });
  const offer = server.receive(discover(client)).answer.message;
  const ack = server.receive(select(client, offer.yiaddr)).answer.message;
  const nak = server.receive(select(client, "203.0.113.1")).answer.message;
  for (const message of [offer, ack, nak]) {
    assert.deepEqual(message.options.get(Code.RELAY_INFORMATION), circuit);
    assert.equal(codesOf(message).at(-1), Code.RELAY_INFORMATION);
  }
});

test("RFC 3046 §2.2: option 82 has its place even where other options do not fit, and never in sname or file", () => {
  const circuit = new Uint8Array(200).fill(5);
  const client = clientOf(1, { giaddr: "192.0.2.9", options: [[Code.RELAY_INFORMATION, circuit]] });
  const { bytes, message } = new Server({ config: large(14) }).receive(discover(client)).answer;
  assert.deepEqual(message.options.get(Code.RELAY_INFORMATION), circuit);
  assert.ok(Buffer.from(bytes.subarray(240)).includes(Buffer.from(encodeOptions([[Code.RELAY_INFORMATION, circuit]]))));
});

test("RFC 3046 §2.2: an option 82 that cannot fit is left out and counted; the client is still served", () => {
  const client = clientOf(1, { giaddr: "192.0.2.9", options: [[Code.RELAY_INFORMATION, new Uint8Array(400).fill(5)]] });
  const server = new Server({ config });
  const { message } = server.receive(discover(client)).answer;
  assert.ok(!message.options.has(Code.RELAY_INFORMATION));
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), "192.0.2.1");
});

test("RFC 6842: a message whose mandatory options do not fit is not sent, and changes nothing", () => {
  const client = clientOf(1, {
    giaddr: "192.0.2.9",
    identifier: new Uint8Array(255).fill(7),
    options: [[Code.RELAY_INFORMATION, new Uint8Array(200).fill(5)]],
  });
  const server = new Server({ config: { ...config, serverName: "s", bootFile: "f" } });
  const outcome = server.receive(discover(client));
  assert.equal(outcome.verdict, "ANSWER_TOO_LARGE");
  assert.deepEqual(outcome.sent, []);
  assert.equal(server.status.offered, 0);
});

test("no byte of one message appears in the answer to another (CVE-2017-14494, CVE-2024-42040, CVE-2021-26676)", () => {
  const named = { ...config, serverName: "boot.example.org", bootFile: "pxe.0", nextServer: "192.0.2.5" };
  const limits = { readySlotCount: 1, waitingSlotCount: 1 };
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.FRAMES]) {
    const interfaces = [{ address: "192.0.2.1", linkMode }];
    const used = new Server({ config: named, interfaces, limits });
    const secret = new Uint8Array(255).fill(0x5e);
    const long = clientOf(2, { identifier: secret, giaddr: "192.0.2.9", options: [[Code.HOST_NAME, secret]] });
    const fill = () => {
      const { yiaddr } = used.receive({ ...discover(long), sname: secret, file: secret }).answer.message;
      used.receive(select(long, yiaddr));
      used.receive(extend(long, yiaddr));
      used.receive(inform(long, "192.0.2.222"));
    };
    const fresh = new Server({ config: named, interfaces, limits });
    const asked: OptionValue[] = [[Code.REQUESTED_ADDRESS, ip("192.0.2.15")]];
    const held = "192.0.2.15";
    for (const message of [
      discover(clientOf(1), asked),
      select(clientOf(1), held),
      select(clientOf(1), "203.0.113.1"),
    ]) {
      fill();
      assert.deepEqual(used.receive(message).answer.bytes, fresh.receive(message).answer.bytes);
    }
  }
});

// Inputs that broke other servers, and every message cut short at every length: no trap, no answer that should not be, and the server goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerVerdict } from "#layout";
import {
  bind,
  clientOf,
  decline,
  discover,
  extend,
  inform,
  reboot,
  release,
  select,
  toServer,
} from "./harness/clients.js";
import { buildMessage, Code, hex, HEADER_SIZE, ip, type MessageFields, text, u32 } from "./harness/messages.js";
import { type Envelope, Server } from "./harness/server-harness.js";

const config = { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.99"] }] };

/** A DHCPDISCOVER with these bytes behind option 53, as they stand. */
const withOptions = (bytes: string, more: MessageFields = {}) =>
  buildMessage({ ...discover(clientOf(1)), rawOptions: hex(`35 01 01 ${bytes}`), padTo: 0, ...more });

/** What is sent in answer to a message must be well formed: `answer.message` reads it strictly. */
function receive(server: Server, message: Uint8Array | MessageFields, envelope: Envelope = {}): string {
  const outcome = server.receive(message, envelope);
  assert.ok(outcome.sent.length <= 1, "never more than one answer");
  for (const sent of outcome.sent) assert.ok(sent.message.type !== 0);
  return outcome.verdict;
}

test("every message of every type, cut short at every length, and every length at once", () => {
  const server = new Server({ config: { ...config, authoritative: true }, limits: { attributeBlockCount: 1024 } });
  const client = clientOf(1, {
    identifier: hex("ff 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17"),
    giaddr: "192.0.2.9",
    options: [
      [Code.HOST_NAME, text("host")],
      [Code.PARAMETER_REQUEST_LIST, hex("01 03 06 0f 1a")],
      [Code.MAXIMUM_MESSAGE_SIZE, hex("05 dc")],
      [Code.LEASE_TIME, u32(600)],
      [Code.RELAY_INFORMATION, hex("01 04 00 11 22 33")],
    ],
  });
  const held = bind(server, client);
  const messages = [
    discover(client),
    select(client, held),
    reboot(client, held),
    extend(client, held),
    decline(client, held),
    release(client, held),
    inform(client, held),
  ];
  for (const fields of messages) {
    const whole = buildMessage({ ...fields, padTo: 0 });
    for (let length = 0; length <= whole.length; length++) receive(server, whole.subarray(0, length));
  }
  assert.equal(receive(server, discover(clientOf(2))), "OFFERED");
});

test("datagrams shorter than a message (CVE-2020-11903, CVE-2021-3592, CVE-2011-2748)", () => {
  const server = new Server({ config });
  const whole = buildMessage(discover(clientOf(1)));
  for (const length of [0, 1, 28, 235]) assert.equal(receive(server, whole.subarray(0, length)), "TOO_SHORT");
  for (const length of [236, 239]) assert.equal(receive(server, whole.subarray(0, length)), "NO_COOKIE");
  for (const length of [240, 241]) assert.equal(receive(server, whole.subarray(0, length)), "NO_MESSAGE_TYPE");
  assert.equal(receive(server, Uint8Array.from([...whole.subarray(0, HEADER_SIZE + 4), 255])), "NO_MESSAGE_TYPE");
});

test("an option of four bytes with other lengths is as good as absent (CVE-2018-20679, CVE-2019-5747)", () => {
  for (const bytes of ["36 01 c0", "32 00", "32 01 c0", "32 03 c0 00 02", "33 03 00 0e 10", "33 00", "39 01 02"]) {
    assert.equal(receive(new Server({ config }), withOptions(bytes)), "OFFERED", bytes);
  }
  const server = new Server({ config });
  const broken = {
    ...select(clientOf(1), "192.0.2.10"),
    options: [
      [Code.SERVER_IDENTIFIER, hex("c0")],
      [Code.REQUESTED_ADDRESS, ip("192.0.2.10")],
    ] as const,
  };
  assert.equal(receive(server, broken), "OTHER_SERVER");
});

test("options whose end is missing (CVE-2018-16602, RT-Thread #11323)", () => {
  for (const bytes of ["35", "35 01", "36 04 c0 a8", "0c ff"]) receive(new Server({ config }), withOptions(bytes));
  assert.equal(receive(new Server({ config }), withOptions("00".repeat(304))), "OFFERED");
});

test("option overload counts once, and only in the options field (CVE-2014-6060, CVE-2019-11579)", () => {
  const loop = (sname: string, file: string, overload: string) =>
    receive(new Server({ config }), withOptions(`34 01 ${overload} ff`, { sname: hex(sname), file: hex(file) }));
  assert.equal(loop("34 01 01 ff", "34 01 03 ff", "03"), "OFFERED");
  assert.equal(loop("34 01 01", `${"00".repeat(127)}0c`, "01"), "OFFERED");
  assert.equal(loop("", "ff", "ff"), "OFFERED");
  const server = new Server({ config });
  const inFile = withOptions("34 01 01 ff", { file: hex("32 04 c0 00 02 42 ff") });
  assert.equal(server.receive(inFile).answer.message.yiaddr, "192.0.2.66", "an option in file is heard");
  const unannounced = withOptions("ff", { file: hex("32 04 c0 00 02 43 ff"), chaddr: hex("020000000009") });
  assert.notEqual(server.receive(unannounced).answer.message.yiaddr, "192.0.2.67", "but only under option 52");
});

test("a maximum size below the minimum is the minimum (CVE-2007-5365)", () => {
  for (const size of ["00 01", "00 00", "00 f0", "02 3f"]) {
    const { message } = new Server({ config }).receive(withOptions(`39 02 ${size} ff`)).answer;
    assert.ok(message.size >= 300 && message.size <= 548);
  }
});

test("impossible relay agents hold no slot and get no answer (CVE-2004-1111)", () => {
  const server = new Server({ config });
  for (let round = 0; round < 1000; round++) {
    for (const giaddr of ["255.255.255.255", "127.0.0.1", "224.0.0.1", "0.0.0.1"]) {
      assert.equal(receive(server, discover(clientOf(round, { giaddr }))), "NO_SUBNET");
    }
  }
  assert.equal(server.core.ready.pending, 0);
  assert.equal(server.status.offered, 0);
});

test("the longest datagram there is goes through like any other (CVE-2012-2152, CVE-2016-1503)", () => {
  const server = new Server({ config, limits: { inputPayloadSize: 65508 } });
  const many = Array.from(
    { length: 240 },
    (_, index) => `${((index % 40) + 150).toString(16)} ff ${"41".repeat(255)}`,
  ).join("");
  assert.equal(receive(server, withOptions(`${many} ff`)), "OFFERED");
  assert.equal(receive(server, withOptions("ff", { padTo: 65507 })), "OFFERED");
});

test("thirty options of 255 bytes, each twice (CVE-2019-12257)", () => {
  const all = Array.from({ length: 30 }, (_, index) => `${(index + 100).toString(16)} ff ${"41".repeat(255)}`).join("");
  const server = new Server({ config, limits: { inputPayloadSize: 32768 } });
  assert.equal(receive(server, withOptions(`${all}${all} ff`)), "OFFERED");
});

test("lease times at the edges of 32 bits (lessons of FreeRTOS and picoTCP)", () => {
  const server = new Server({ config: { ...config, leaseTime: { default: 600, minimum: 1, maximum: "infinite" } } });
  for (const seconds of [0, 1, 4_294_968, 8_589_936, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]) {
    const held = bind(server, clientOf(1), {}, [[Code.LEASE_TIME, u32(seconds)]]);
    const renewed = server.receive(extend(clientOf(1), held, [[Code.LEASE_TIME, u32(seconds)]]), toServer(held));
    assert.equal(renewed.leaseSeconds, Math.max(1, seconds));
    server.advance(900);
    assert.equal(server.status.bound, 1, `${seconds} s`);
  }
});

test("names and sub-options that lie about their lengths are bytes like any other (CVE-2022-2929, CVE-2026-7424)", () => {
  const server = new Server({ config });
  assert.equal(receive(server, withOptions(`51 45 04 00 00 40 ${"61".repeat(64)} 00 ff`)), "OFFERED");
  for (const code of ["2b", "52", "7d"]) {
    for (const inner of ["03 aa bb", "01 aa bb", "ff aa bb"]) {
      const outcome = server.receive(withOptions(`${code} 04 01 ${inner} ff`));
      assert.equal(outcome.verdict, "OFFERED");
      if (code === "52") assert.deepEqual(outcome.answer.message.options.get(82), hex(`01 ${inner}`));
    }
  }
});

test("counters go round at 2³² without harm (CVE-2018-5733, CVE-2022-2928)", () => {
  const server = new Server({ config });
  const { counters, counterCount } = server.core.control;
  for (let entry = 0; entry < counterCount; entry++) server.core.view.setUint32(counters + entry * 4, 0xfffffffe, true);
  for (let number = 1; number <= 4; number++) bind(server, clientOf(number));
  assert.equal(server.count(ServerVerdict.OFFERED), 2);
  assert.equal(server.status.bound, 4);
});

test("random bytes and random damage: no trap, no malformed answer (a seed replays it)", () => {
  const seed = 20261123;
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const server = new Server({ config: { ...config, authoritative: true, leaseTime: 60 } });
  const client = (number: number) =>
    clientOf(number, number % 2 ? {} : { identifier: hex(`ff 00 00 ${(number + 16).toString(16)}`) });
  for (let round = 0; round < 20_000; round++) {
    const who = client(random(20));
    const address = `192.0.2.${random(120)}`;
    const kinds = [
      discover(who),
      select(who, address),
      reboot(who, address),
      extend(who, address),
      decline(who, address),
      release(who, address),
      inform(who, address),
    ];
    const bytes = buildMessage({ ...kinds[random(kinds.length)]!, padTo: 0 });
    for (let damage = random(4); damage > 0; damage--) bytes[random(bytes.length)] = random(256);
    const envelope = random(2) ? toServer(address) : {};
    const verdict = receive(
      server,
      bytes.subarray(0, bytes.length - (random(8) === 0 ? random(bytes.length) : 0)),
      envelope,
    );
    assert.notEqual(verdict, "", `seed ${seed}, round ${round}`);
    if (round % 100 === 0) server.advance(random(30_000));
    const { free, offered, probing, bound, released, expired, quarantined } = server.status;
    assert.equal(
      free + offered + probing + bound + released + expired + quarantined,
      90,
      `seed ${seed}, round ${round}`,
    );
  }
  assert.match(receive(server, discover(clientOf(999))), /^OFFERED|NO_FREE_ADDRESS$/);
});

test("a server without leases looks for none behind its memory, and answers DHCPINFORM", () => {
  const limits = { leaseCount: 0, poolCount: 0, attributeBlockCount: 0 };
  const server = new Server({ config: { subnets: [{ subnet: "192.0.2.0/24" }] }, limits });
  server.core.bytes.fill(0xff, server.core.memoryUsed);
  assert.equal(receive(server, discover(clientOf(1))), "NO_FREE_ADDRESS");
  assert.equal(receive(server, reboot(clientOf(1), "192.0.2.10")), "UNKNOWN_CLIENT");
  assert.equal(receive(server, release(clientOf(1), "192.0.2.10"), toServer("192.0.2.10")), "NOT_THE_HOLDER");
  assert.equal(receive(server, inform(clientOf(1), "192.0.2.10")), "INFORMED");
});

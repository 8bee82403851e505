// RFC 2131 §2, §3, §4.1, §4.2: what a message must be before anything of it is believed, and every input's one verdict.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputFlag, InputKind, nameOfServerVerdict, nameOfVerdict, Verdict } from "#layout";
import { explainServerVerdict } from "../../host/core/verdicts/server.js";
import { bind, clientOf, discover, extend, reboot, toServer } from "./harness/clients.js";
import { buildMessage, Code, hex, HEADER_SIZE, type MessageFields, Type } from "./harness/messages.js";
import { bareServer, Server } from "./harness/server-harness.js";

const config = { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] }] };
const good = discover(clientOf(1));

function verdictOf(message: MessageFields | Uint8Array, envelope = {}): string {
  const { verdict, sent } = new Server({ config }).receive(message, envelope);
  if (!verdict.startsWith("OFFERED")) assert.deepEqual(sent, [], verdict);
  return verdict;
}

test("RFC 2131 §2: op must be BOOTREQUEST", () => {
  assert.equal(verdictOf({ ...good, op: 1 }), "OFFERED");
  for (const op of [0, 2, 3, 255]) assert.equal(verdictOf({ ...good, op }), "WRONG_OPERATION");
});

test("RFC 2131 §2: hlen is at most the 16 bytes of chaddr (CVE-2018-15688, CVE-2017-14493)", () => {
  for (const hlen of [17, 128, 255]) assert.equal(verdictOf({ ...good, hlen }), "BAD_HARDWARE_LENGTH");
  for (const hlen of [1, 6, 8, 16]) assert.equal(verdictOf({ ...good, hlen }), "OFFERED");
});

test("RFC 2131 §3: the cookie must be there, and complete", () => {
  const bytes = buildMessage(good);
  assert.equal(verdictOf(bytes.subarray(0, HEADER_SIZE)), "NO_COOKIE");
  for (let at = HEADER_SIZE; at < HEADER_SIZE + 4; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    assert.equal(verdictOf(damaged), "NO_COOKIE");
  }
});

test("RFC 2132 §9.6: the message type must be there, in one byte, and one that servers receive", () => {
  assert.equal(verdictOf({ ...good, rawOptions: hex("ff") }), "NO_MESSAGE_TYPE");
  assert.equal(verdictOf({ ...good, rawOptions: hex("") }), "NO_MESSAGE_TYPE");
  assert.equal(verdictOf({ ...good, rawOptions: hex("35 00 ff") }), "NO_MESSAGE_TYPE");
  assert.equal(verdictOf({ ...good, rawOptions: hex("35 02 01 01 ff") }), "NO_MESSAGE_TYPE");
  for (const type of [Type.OFFER, Type.ACK, Type.NAK, 9, 10, 18, 255]) {
    assert.equal(verdictOf({ ...good, type }), "UNEXPECTED_MESSAGE_TYPE");
  }
});

test("RFC 2131 §4.2: a client is told by its identifier, else by its hardware address", () => {
  const server = new Server({ config });
  const first = bind(server, clientOf(1, { identifier: hex("01 aa") }));
  assert.notEqual(bind(server, clientOf(1, { identifier: hex("01 ab") })), first);
  assert.notEqual(bind(server, clientOf(1)), first);
  assert.equal(server.status.bound, 3);
  assert.equal(bind(server, clientOf(9, { identifier: hex("01 aa") })), first);
});

test("RFC 2131 §4.2: hlen 0 is enough with an identifier, and nobody without one", () => {
  assert.equal(verdictOf({ ...good, hlen: 0 }), "NO_IDENTITY");
  assert.equal(verdictOf({ ...discover(clientOf(1, { identifier: hex("ff 01") })), hlen: 0 }), "OFFERED");
});

test("RFC 2132 §9.14: an empty client identifier is ignored (CVE-2010-2156, CVE-2012-3571)", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const empty = clientOf(1, { identifier: new Uint8Array(0) });
  assert.equal(server.receive(extend(empty, held), toServer(held)).verdict, "BOUND_RENEWING");
  assert.equal(server.receive(reboot(empty, held)).verdict, "BOUND_REBOOTING");
  assert.equal(server.receive({ ...discover(empty), hlen: 0 }).verdict, "NO_IDENTITY");
  assert.notEqual(bind(server, clientOf(1, { identifier: hex("00") })), held, "one byte is an identifier");
});

test("RFC 3396: an identifier that joins to more than 255 bytes is ignored, the message kept", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const overlong = clientOf(1, { identifier: new Uint8Array(300).fill(1) });
  const outcome = server.receive(discover(overlong));
  assert.equal(outcome.verdict, "OFFERED");
  assert.equal(outcome.answer.message.yiaddr, held);
});

test("a message that did not fit its slot is not guessed at", () => {
  assert.equal(verdictOf(good, { flags: InputFlag.TRUNCATED }), "TRUNCATED");
});

test("an interface that was never told of, or is out of range, is not served", () => {
  for (const interfaceIndex of [1, 3, 4, 1000, 0xffffffff]) {
    assert.equal(verdictOf(good, { interfaceIndex }), "UNKNOWN_INTERFACE");
  }
});

test("a link whose address is in no subnet is not served, unless a network is named for it", () => {
  const stray = { address: "203.0.113.1" };
  assert.equal(new Server({ config, interfaces: [stray] }).receive(good).verdict, "NO_SUBNET");
  assert.equal(new Server({ config, interfaces: [{ ...stray, network: 0 }] }).receive(good).verdict, "OFFERED");
  assert.equal(new Server({ config, interfaces: [{ ...stray, network: 7 }] }).receive(good).verdict, "NO_SUBNET");
});

test("every input says what it was: type, xid, address, and the part of the configuration that decided (lesson 35)", () => {
  const server = new Server({ config });
  const outcome = server.receive(good);
  assert.equal(outcome.messageType, Type.DISCOVER);
  assert.equal(outcome.answerType, Type.OFFER);
  assert.equal(outcome.xid, good.xid);
  assert.equal(outcome.address, "192.0.2.10");
  assert.equal(outcome.scope, "POOL");
  assert.equal(outcome.scopeIndex, 0);
  const silent = server.receive(reboot(clientOf(2), "192.0.2.15"));
  assert.equal(silent.answerType, 0);
  assert.equal(silent.address, "192.0.2.15");
  assert.equal(silent.scope, "SUBNET");
  assert.equal(silent.leaseSeconds, 0);
});

test("every verdict is counted, once", () => {
  const server = new Server({ config });
  const before = server.count(Verdict.WRONG_OPERATION);
  for (let round = 0; round < 3; round++) server.receive({ ...good, op: 2 });
  assert.equal(server.count(Verdict.WRONG_OPERATION), before + 3);
});

test("every number that the core gives has its words", () => {
  for (let verdict = 0; verdict < 200; verdict++) {
    const name = nameOfServerVerdict(verdict) ?? nameOfVerdict(verdict);
    const explained = explainServerVerdict(verdict);
    assert.equal(explained.name, name ?? `${verdict}`);
    assert.ok(explained.sentence.length > 0);
  }
});

test("before it is configured and its records are restored, a server takes nothing but interfaces and entropy", () => {
  const server = bareServer();
  for (const [kind, verdict] of [
    [InputKind.DATAGRAM, "NOT_CONFIGURED"],
    [InputKind.FRAME, "NOT_CONFIGURED"],
    [InputKind.DURABLE, "NOT_CONFIGURED"],
    [InputKind.WALL_CLOCK, "NOT_CONFIGURED"],
    [InputKind.PROBE_RESULT, "NOT_CONFIGURED"],
    [InputKind.ENTROPY, "TAKEN"],
  ] as const) {
    const slot = server.freshSlot(0);
    slot.kind = kind;
    server.handleInputs(1, 1);
    assert.equal(nameOfVerdict(server.slot(0).verdict), verdict);
  }
});

test("an input of no known kind, or one that says it is longer than its slot, is the host's mistake", () => {
  const { core } = new Server({ config });
  for (const [kind, length, verdict] of [
    [200, 0, "UNKNOWN_INPUT"],
    [InputKind.NONE, 0, "UNKNOWN_INPUT"],
    [InputKind.DATAGRAM, core.inputPayloadSize + 1, "BAD_INPUT"],
    [InputKind.FRAME, 0xffffffff, "BAD_INPUT"],
    [InputKind.INTERFACE, 3, "BAD_INPUT"],
  ] as const) {
    const slot = core.freshSlot(0);
    slot.kind = kind;
    slot.length = length;
    core.handleInputs(1, 2_000_000);
    assert.equal(nameOfVerdict(core.slot(0).verdict), verdict);
  }
});

test("an option that runs past its field is dropped, the message kept and counted (lesson 15)", () => {
  for (const broken of ["0c 09 61", "0c ff", "0c", "36 01", "33 04 00"]) {
    const server = new Server({ config });
    const options = hex(`35 01 01 ${broken}`);
    const message = buildMessage({ ...good, rawOptions: options, padTo: 0 });
    assert.equal(server.receive(message).verdict, "OFFERED", broken);
    assert.equal(server.count(Verdict.OPTION_TRUNCATED), 1);
  }
});

test("names and other text of a client are kept as bytes, whatever they say (CVE-2025-11232, CVE-2019-6473)", () => {
  const names = ["!!!", ".", "..", ".".repeat(255), "\u0000", `a"; rm -rf /`, "\xff".repeat(63)];
  for (const name of names) {
    const server = new Server({ config, limits: { attributeBlockCount: 64 } });
    const client = clientOf(1, { options: [[Code.HOST_NAME, Uint8Array.from(Buffer.from(name, "latin1"))]] });
    const held = bind(server, client);
    assert.ok(Buffer.concat(server.records).includes(Buffer.from(name, "latin1")));
    assert.equal(server.restart().receive(reboot(client, held)).verdict, "BOUND_REBOOTING");
  }
});

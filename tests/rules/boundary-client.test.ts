// The client's boundary: limits, configuration, inputs of every kind, and determinism (DESIGN, "The boundary").

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputKind, InputSlotLayout, LinkMode, Role, Verdict } from "#layout";
import { explainClientVerdict } from "../../host/core/verdicts/client.js";
import {
  bareExports,
  Client,
  ClientCommand,
  Code,
  encodeSettings,
  hex,
  LEASED,
  SETTINGS,
  Type,
  WALL_CLOCK,
} from "./harness/client-harness.js";
import { ClientVerdict } from "#layout";

/** The arguments of `initialise` after the memory's size, without the seed: what a small board has. */
const small = { configuration: 128, slots: 1, input: 592, transmits: 1, transmit: 300, journal: 0, acknowledgement: 0 };

/** Calls `initialise` of a fresh module with all the memory it could want; returns what it and `memoryNeeded` say. */
function initialised(limits: Partial<typeof small>, memory = 0xffffffff): [accepted: boolean, needed: number] {
  const exports = bareExports();
  const order = Object.values({ ...small, ...limits });
  exports.initialise(0, ...order, 1, 2);
  const needed = exports.memoryNeeded() >>> 0;
  if (needed > exports.memory.buffer.byteLength && needed !== 0xffffffff) {
    exports.memory.grow(Math.ceil(needed / 65536));
  }
  return [exports.initialise(memory, ...order, 1, 2) !== 0, needed];
}

test("a board's client fits 4.5 KiB, the module's static tables included", (t) => {
  const [accepted, needed] = initialised(small);
  t.diagnostic(`${needed} bytes of memory`);
  assert.ok(accepted);
  assert.ok(needed <= 4608, `${needed} bytes`);
});

test("memory is what the formula in assembly/client/README.md says", () => {
  const [, least] = initialised(small);
  const more = { configuration: 1024, slots: 16, input: 1536, transmits: 8, transmit: 576, journal: 1024 };
  const size = (limits: typeof small) =>
    limits.configuration +
    limits.slots * (64 + limits.input) +
    limits.transmits * (40 + 44 + limits.transmit) +
    limits.journal +
    limits.acknowledgement;
  for (const limits of [more, { ...more, acknowledgement: 1536 }, { slots: 3 }, { transmits: 64 }]) {
    const [, needed] = initialised(limits);
    const expected = least + size({ ...small, ...limits }) - size(small);
    assert.ok(Math.abs(needed - expected) <= 16, `${needed} bytes, not ${expected}`);
  }
});

const refusedLimits: [string, Partial<typeof small>][] = [
  ["no input slot", { slots: 0 }],
  ["an input slot that takes no 576-byte datagram in a frame", { input: 588 }],
  ["an input slot that is no multiple of 4", { input: 601 }],
  ["no transmit slot", { transmits: 0 }],
  ["three transmit slots", { transmits: 3 }],
  ["messages below BOOTP's minimum", { transmit: 296 }],
  ["messages of no multiple of 4", { transmit: 301 }],
  ["a journal that holds no record", { journal: 32 }],
  ["a journal of no power of two", { journal: 1000 }],
  ["a kept DHCPACK smaller than what may arrive", { acknowledgement: 500 }],
];

for (const [what, limits] of refusedLimits) {
  test(`initialise refuses ${what}`, () => assert.deepEqual(initialised(limits), [false, 0]));
}

test("initialise refuses absurd limits and too little memory, and succeeds once", () => {
  assert.deepEqual(initialised({ configuration: 0xfffffff0, slots: 0xffffffff }), [false, 0xffffffff]);
  const [, needed] = initialised(small);
  assert.equal(initialised(small, needed - 1)[0], false);
  assert.equal(initialised(small, needed)[0], true);
  const exports = bareExports();
  const order = [65536, ...Object.values(small), 1, 2] as const;
  assert.notEqual(exports.initialise(...order), 0);
  assert.equal(exports.initialise(...order), 0);
});

test("the smallest client climbs the ladder", () => {
  const limits = {
    configurationSize: 128,
    inputSlotCount: 1,
    inputPayloadSize: 592,
    transmitSlotCount: 1,
    transmitPayloadSize: 300,
    journalSize: 0,
    acknowledgementSize: 0,
  };
  const client = new Client({ limits, linkMode: LinkMode.FRAMES }).bind();
  assert.equal(client.core.control.role, Role.CLIENT);
  assert.equal(client.core.acknowledgement, null);
  assert.equal(client.records().length, 0);
});

test("before it is configured and restored, a client takes no input", () => {
  const core = Client.unconfigured();
  const verdictOf = () => {
    core.freshSlot(0).kind = InputKind.COMMAND;
    core.handleInputs(1, 5);
    return core.slot(0).verdict;
  };
  assert.equal(verdictOf(), Verdict.NOT_CONFIGURED);
  core.handleTimeout(6);
  core.configure(encodeSettings(SETTINGS));
  assert.equal(verdictOf(), Verdict.NOT_CONFIGURED);
  core.restoreSlice(new Uint8Array(0), WALL_CLOCK, 7);
  assert.equal(verdictOf(), Verdict.COMMAND_REFUSED);
});

test("every kind of input has a verdict, and a malformed one changes nothing", () => {
  const client = new Client();
  const none = new Uint8Array(0);
  for (const [kind, payload, value, verdict] of [
    [InputKind.NONE, none, 0, "UNKNOWN_INPUT"],
    [9, none, 0, "UNKNOWN_INPUT"],
    [InputKind.INTERFACE, new Uint8Array(19), 0, "BAD_INPUT"],
    [InputKind.COMMAND, none, 0, "COMMAND_REFUSED"],
    [InputKind.DURABLE, none, 4, "BAD_INPUT"],
    [InputKind.DURABLE, none, 0, "TAKEN"],
    [InputKind.WALL_CLOCK, none, WALL_CLOCK, "TAKEN"],
    [InputKind.ENTROPY, none, 7, "TAKEN"],
    [InputKind.PROBE_RESULT, none, 1, "NOT_EXPECTED"],
  ] as const) {
    assert.equal(client.raw(kind as InputKind, payload, value).verdict, verdict, `kind ${kind}`);
  }
  const slot = client.core.freshSlot(0);
  slot.kind = InputKind.DATAGRAM;
  slot.length = client.core.inputPayloadSize + 1;
  client.core.handleInputs(1, client.now);
  assert.equal(client.core.slot(0).verdict, Verdict.BAD_INPUT, "a length beyond the slot");
});

test("the slot of a message says what it was", () => {
  const client = new Client();
  client.start();
  const { xid } = client;
  assert.deepEqual(client.receive(client.answer(Type.OFFER)), {
    verdict: "OFFER_KEPT",
    answerType: Type.REQUEST,
    messageType: Type.OFFER,
    address: LEASED,
    leaseSeconds: 3600,
    xid,
  });
});

test("a client serves interface 0 alone", () => {
  const client = new Client();
  client.start();
  const slot = client.core.freshSlot(0);
  slot.kind = InputKind.DATAGRAM;
  slot.interfaceIndex = 1;
  client.core.setPayload(0, client.answer(Type.OFFER));
  client.core.handleInputs(1, client.now);
  assert.equal(client.core.slot(0).verdict, Verdict.UNKNOWN_INTERFACE);
});

test("a batch of inputs is handled in order, each with its verdict", () => {
  const client = new Client();
  client.start();
  client.takeAll();
  for (const [index, type] of [Type.OFFER, Type.OFFER, Type.ACK].entries()) {
    client.core.freshSlot(index).kind = InputKind.DATAGRAM;
    client.core.setPayload(index, client.answer(type));
  }
  client.core.handleInputs(3, client.now);
  const verdicts = [0, 1, 2].map((index) => client.core.slot(index).verdict);
  assert.deepEqual(verdicts, [ClientVerdict.OFFER_KEPT, ClientVerdict.NOT_EXPECTED, ClientVerdict.LEASE_ACQUIRED]);
});

test("records stay readable when the host never says what is durable, and with a wall clock that was stepped", () => {
  const client = new Client().bind();
  let last = client.records();
  client.raw(InputKind.WALL_CLOCK, new Uint8Array(0), WALL_CLOCK + 5000);
  for (let i = 0; i < 100; i++) {
    client.command(ClientCommand.RENEW);
    client.receive(client.answer(Type.ACK));
    last = client.records();
    assert.equal(last.length, 44);
  }
  const next = new Client({ records: last, wallClock: WALL_CLOCK + 5000 });
  next.start();
  next.takeSent(Type.REQUEST);
  assert.equal(next.core.status.expiresAt - BigInt(next.now), 3600_000n);
});

test("without a wall clock, time goes on from the newest record", () => {
  const records = new Client().bind().records();
  const client = new Client({ records, wallClock: 0 });
  client.start();
  client.takeSent(Type.REQUEST);
});

test("the same inputs give the same outputs, byte for byte; another seed gives other ones", () => {
  const life = (seed: readonly [number, number]) => {
    const client = new Client({
      seed,
      linkMode: LinkMode.FRAMES,
      settings: { flags: 3, initialDelay: [1000, 10_000] },
    });
    client.bind();
    client.until("REBINDING");
    return JSON.stringify([client.now, client.takeAll().map(({ at, bytes }) => [at, ...bytes]), client.arps]);
  };
  assert.equal(life([7, 8]), life([7, 8]));
  assert.notEqual(life([7, 8]), life([7, 9]));
});

test("entropy that comes later changes what follows", () => {
  const xids = [1, 2].map((value) => {
    const client = new Client();
    client.raw(InputKind.ENTROPY, new Uint8Array(0), value);
    client.start();
    return client.takeSent().message.xid;
  });
  assert.notEqual(xids[0], xids[1]);
});

test("memory use never changes", () => {
  const client = new Client();
  const before = client.core.bytes.length;
  for (let i = 0; i < 20; i++) {
    client.bind();
    client.command(ClientCommand.RELEASE);
    client.takeAll();
  }
  assert.equal(client.core.bytes.byteLength, before);
  assert.equal(InputSlotLayout.byteSize, 64);
});

test("every verdict of a client is explained", () => {
  for (const number of [...Object.values(Verdict), ...Object.values(ClientVerdict)]) {
    const { name, sentence } = explainClientVerdict(number);
    assert.ok(name.length > 2 && sentence.length > 10, `${number}`);
  }
  assert.equal(explainClientVerdict(999).name, "999");
});

test("option 55 is in every DHCPDISCOVER, DHCPREQUEST and DHCPINFORM as configured", () => {
  const client = new Client();
  client.start();
  assert.deepEqual(client.takeSent().message.options.get(Code.PARAMETER_REQUEST_LIST), hex("010306"));
});

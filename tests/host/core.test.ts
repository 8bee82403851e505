// The objects around the modules: loading refuses in sentences, views stay in bounds, journals and counters go round.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AttributeTag, Control, LeaseRecord, LeaseRecordLayout, LeaseState, RecordKind, Ring, Verdict } from "#layout";
import { formatAddress, maskOf, parseAddress, prefixOf } from "../../host/core/address.js";
import { ServerImage } from "../../host/core/image.js";
import { putWallClock } from "../../host/core/inputs.js";
import { compileModule, LoadError, readModule } from "../../host/core/module.js";
import { RecordError, readLease, recordsIn } from "../../host/core/record.js";
import { ServerCore } from "../../host/core/server.js";
import { CoreTrap } from "../../host/core/trap.js";
import { VerdictCounts } from "../../host/server/verdict-counts.js";
import { BareCore } from "./bare-core.js";
import { planFor, serverModule, subnet } from "./server-harness.js";

const { limits, image } = await planFor(subnet());

test("what is no module of the core is refused with a sentence", async () => {
  await assert.rejects(compileModule(Uint8Array.of(1, 2, 3)), LoadError);
  const importing = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0);
  await assert.rejects(compileModule(importing), /it imports a/);
  const empty = await compileModule(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  assert.throws(() => new ServerCore(empty, limits), /does not export `initialise`/);
});

test("limits that the core refuses, and a module of another role, are refused", async () => {
  assert.throws(() => new ServerCore(wasm, { ...limits, readySlotCount: 3 }), /refuses these limits/);
  const client = await compileModule(await readModule("client"));
  assert.throws(() => new ServerCore(client, limits), LoadError);
});

const wasm = await serverModule;

test("an instance uses the memory it says, and the same seed gives the same instance", () => {
  const [first, second] = [1, 2].map(() => new ServerCore(wasm, limits, [7, 8]));
  assert.deepEqual(first?.bytes, second?.bytes);
  assert.ok(first!.memoryUsed <= first!.bytes.length);
});

test("what does not fit is the caller's mistake, and reaches nothing", () => {
  const core = new ServerCore(wasm, limits);
  assert.throws(() => core.configure(new Uint8Array(limits.imageSize + 1)), RangeError);
  assert.throws(() => core.restoreSlice(new Uint8Array(core.control.transferSize + 1), 0, 0), RangeError);
  assert.throws(() => core.slot(core.inputSlotCount), RangeError);
  assert.throws(() => core.slot(-1), RangeError);
  assert.throws(() => core.ready.advance(1), RangeError);
});

test("a trap keeps the batch, and no later call reaches the instance", () => {
  const core = new ServerCore(wasm, limits);
  assert.equal(core.configure(image), 0);
  putWallClock(core, 0, 1_800_000_000);
  new Control(core.view, core.control.base).inputs = 0xffff0000;
  const trap = catchTrap(() => core.handleInputs(1, 5));
  assert.equal(trap.batch.call, "handleInputs");
  assert.deepEqual([trap.batch.now, trap.batch.count], [5, 1]);
  assert.deepEqual(trap.batch.slots.subarray(0, 4), Uint8Array.of(7, 0, 0, 0));
  assert.equal(
    catchTrap(() => core.handleTimeout(6)),
    trap,
  );
});

function catchTrap(body: () => void): CoreTrap {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof CoreTrap, String(error));
    return error;
  }
  return assert.fail("did not trap");
}

test("a ring is read in order past its end and past 2³² entries", () => {
  const core = new BareCore();
  const ring = new Ring(core.view, core.control.ready);
  for (const start of [0, 3, 0xfffffffe]) {
    ring.head = ring.released = ring.tail = start;
    for (let n = 0; n < 3; n++) core.emit({ payload: Uint8Array.of(n) });
    assert.equal(core.ready.pending, 3);
    assert.deepEqual(
      [0, 1, 2].map((n) => core.bytes[core.ready.at(n).payload]),
      [0, 1, 2],
    );
    core.ready.advance(3);
    assert.equal(core.ready.pending, 0);
  }
});

test("the journal is taken whole where it goes round its ring, and past 2³² bytes", () => {
  const core = new BareCore();
  const { control } = core;
  control.journal = 32768;
  control.journalSize = 16;
  control.journalHead = 0xfffffff8;
  core.takeJournal();
  for (let n = 0; n < 12; n++) core.bytes[control.journal + ((0xfffffff8 + n) & 15)] = n;
  control.journalHead = 4;
  assert.equal(core.journalPending, 12);
  assert.deepEqual(core.takeJournal(), Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  assert.equal(core.takeJournal(), null);
});

test("deadlines: all ones are none, others are read whole", () => {
  const core = new BareCore();
  core.control.deadline = 0xffffffffffffffffn;
  assert.equal(core.deadline, Number.POSITIVE_INFINITY);
  core.control.deadline = 0x1_0000_0005n;
  assert.equal(core.deadline, 0x1_0000_0005);
});

test("totals of verdicts go on over 2³² and over the exchange of instances", () => {
  const counts = new VerdictCounts();
  const core = new BareCore();
  core.control.counters = 32768;
  core.control.counterCount = 41;
  core.control.verdictBase = 40;
  const set = (verdict: number, value: number) => core.view.setUint32(32768 + verdict * 4, value, true);
  set(Verdict.TAKEN, 0xffffffff);
  counts.absorb(core);
  set(Verdict.TAKEN, 4);
  set(40, 2);
  counts.absorb(core);
  const next = new VerdictCounts();
  next.continueFrom(counts);
  set(Verdict.TAKEN, 1);
  set(40, 0);
  next.absorb(core);
  assert.deepEqual(
    [...next.totals],
    [
      [Verdict.TAKEN, 0x1_0000_0005],
      [40, 2],
    ],
  );
});

test("records: a lease is read with its attributes; impossible sizes are refused", () => {
  const bytes = new Uint8Array(40);
  Object.assign(new LeaseRecord(new DataView(bytes.buffer), 0), {
    size: bytes.length,
    version: 1,
    kind: RecordKind.LEASE,
    address: 0xc000020a,
    endsAt: 99,
    state: LeaseState.BOUND,
    htype: 1,
    hlen: 6,
    identifierLength: 3,
  });
  bytes.set([2, 0, 0, 0, 0, 1, 0xff, 1, 2, AttributeTag.HOST_NAME, 3, 97, 98, 99], LeaseRecordLayout.byteSize);
  const [record] = recordsIn(bytes);
  const lease = readLease(record!)!;
  assert.equal(formatAddress(lease.address), "192.0.2.10");
  assert.deepEqual([...lease.chaddr, ...lease.identifier], [2, 0, 0, 0, 0, 1, 0xff, 1, 2]);
  assert.equal(Buffer.from(lease.hostName).toString(), "abc");
  assert.equal(lease.vendorClass.length, 0);
  for (const size of [0, 4, 38, 44]) {
    new DataView(bytes.buffer).setUint16(0, size, true);
    assert.throws(() => [...recordsIn(bytes)], RecordError, `a size of ${size}`);
  }
});

test("an image tells which addresses it serves, at every edge of its ranges", async () => {
  const { image } = await planFor(
    `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": [{ "range": "192.0.2.10-192.0.2.20", "exclude": ["192.0.2.12-192.0.2.13"] }] }] }`,
  );
  const served = new ServerImage(image);
  const expected = new Set([10, 11, 14, 15, 16, 17, 18, 19, 20]);
  for (let last = 0; last < 256; last++) assert.equal(served.serves(0xc0000200 + last), expected.has(last), `${last}`);
});

test("addresses as text and back; masks as prefixes", () => {
  assert.equal(parseAddress("192.0.2.255"), 0xc00002ff);
  for (const text of ["192.0.2", "192.0.2.256", "192.0.02.1", "1.2.3.4.5", "a.b.c.d", ""]) {
    assert.equal(parseAddress(text), undefined, text);
  }
  for (let length = 0; length <= 32; length++) assert.equal(prefixOf(maskOf(length)), length);
  assert.equal(prefixOf(0xff00ff00), undefined);
});

// Records that a store gives back: every lease that was recorded can be restored, into the same leases (CVE-2019-6474,
// systemd #33704); and records with anything in them are refused, or restored to a server that works.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LeaseState, RestoreStatus } from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import {
  compileModule,
  type Lease,
  readLease,
  readModule,
  recordsIn,
  SERVER_DEFAULTS,
  ServerCore,
} from "../../host/core/index.js";
import { Client, WALL_CLOCK } from "../rules/harness/client-harness.js";
import { clientOf, decline, discover, release, select, toServer } from "../rules/harness/clients.js";
import { buildMessage, Code, type OptionValue, text } from "../rules/harness/messages.js";
import type { Server } from "../rules/harness/server-harness.js";
import { bend } from "./bend.js";
import { isUnicast } from "./client-rules.js";
import { clientMessages } from "./corpus.js";
import { FuzzedServer } from "./fuzzed-server.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { configuration, someAddress, someValue } from "./world.js";

const LIVES = scaled(40);
const BENT = scaled(4000);

const module = await compileModule(await readModule("server"));

/** What a server would export, by address. `recordedAt` is when it is asked, which is no part of a lease. */
function exported(core: ServerCore): Map<number, Omit<Lease, "recordedAt">> {
  const leases = new Map<number, Omit<Lease, "recordedAt">>();
  for (let from: number | null = 0; from !== null; ) {
    const slice = core.exportSlice(from);
    for (const record of recordsIn(Uint8Array.from(slice.records))) {
      const lease = readLease(record);
      if (!lease) continue;
      const { recordedAt: _, ...rest } = lease;
      leases.set(lease.address, rest);
    }
    from = slice.next;
  }
  return leases;
}

/** The records of an export, as they stand. */
function snapshot(core: ServerCore): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const slice = core.exportSlice(from);
    parts.push(Uint8Array.from(slice.records));
    from = slice.next;
  }
  return Buffer.concat(parts);
}

/** A life of hostile and sound messages: many leases, of clients with identifiers and attributes of all lengths. */
function live(random: Random, fuzzed: FuzzedServer): void {
  for (let turn = 0; turn < 400; turn++) {
    const options = [Code.HOST_NAME, Code.VENDOR_CLASS, Code.RELAY_INFORMATION].map(
      (code): OptionValue => [code, random.oneIn(2) ? someValue(random, code) : text("x")],
    );
    const identifier = random.bytes(random.pick([1, 2, 19, 20, 21, 48, 49, 254, 255]));
    const client = clientOf(random.below(60), { ...(random.oneIn(2) && { identifier }), options });
    const about = someAddress(random);
    const sound = [discover(client), select(client, about), select(client, about), decline(client, about)];
    const base = random.oneIn(4) ? random.pick(clientMessages) : buildMessage(random.pick(sound));
    const answer = fuzzed.receive(mutate(base, random, clientMessages, random.oneIn(2) ? 0 : 2));
    if (answer && random.oneIn(8))
      fuzzed.receive(buildMessage(release(client, answer.yiaddr)), toServer(answer.yiaddr));
    if (random.oneIn(10)) fuzzed.server.advance(random.below(300_000));
  }
}

const isPromise = ({ state }: { state: number }) => state === LeaseState.BOUND || state === LeaseState.QUARANTINED;

/** A second life of `server` from `records`, at the same instant of both clocks. */
function again(server: Server, records: Uint8Array[]): ServerCore {
  return server.restart({ records }).core;
}

test("every lease that was recorded can be restored, and is the same lease", (t) => {
  announce(t);
  const random = new Random("restoring");
  let count = 0;
  forEachInput(LIVES, () => {
    const fuzzed = new FuzzedServer({ limits: { attributeBlockCount: 4096 } });
    live(random, fuzzed);
    const { server } = fuzzed;
    const before = exported(server.core);
    const fromJournal = exported(again(server, server.records));
    for (const [address, lease] of before) {
      count++;
      if (isPromise(lease)) assert.deepEqual(fromJournal.get(address), lease, "from the journal");
    }
    for (const [address, lease] of fromJournal) {
      if (isPromise(lease)) assert.ok(before.has(address), "no lease that there was not");
    }
    assert.deepEqual(exported(again(server, [snapshot(server.core)])), before, "from a snapshot");
  });
  t.diagnostic(`${count} leases of ${LIVES} lives`);
});

test("records with anything in them are refused, or restored to a server that works", (t) => {
  const random = new Random("bent records");
  const fuzzed = new FuzzedServer({ limits: { attributeBlockCount: 4096 } });
  live(random, fuzzed);
  const all = [...recordsIn(snapshot(fuzzed.server.core))].map((record) => Uint8Array.from(record));
  const { configuration: compiled } = compileConfiguration(JSON.stringify(configuration), "records.json");
  const { image, limits } = compiled!;
  const statuses = new Map<number, number>();
  forEachInput(BENT, (_, note) => {
    const some = all.filter(() => random.oneIn(8)).slice(0, 6);
    const records = bend(Buffer.concat(some.length > 0 ? some : [all[0]!]), random);
    note(records);
    const few = { inputSlotCount: 2, readySlotCount: 8, waitingSlotCount: 8, journalSize: 8192, probeCount: 4 };
    const core = new ServerCore(module, { ...SERVER_DEFAULTS, ...limits, ...few, attributeBlockCount: 64 }, [1, 2]);
    assert.equal(core.configure(image), 0);
    if (records.length === 0) return;
    const status = core.restoreSlice(records, 1_700_000_000, 1_000_000);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status !== RestoreStatus.OK) {
      assert.ok(core.control.refusedAt < records.length, "where the fault is");
      return;
    }
    assert.equal(
      [...recordsIn(records)].reduce((sum, { length }) => sum + length, 0),
      records.length,
      "whole records",
    );
    const wallClock = random.pick([0, 1, 1_700_000_000, 0xffffffff]);
    while (core.restoreSlice(new Uint8Array(0), wallClock, 1_000_000) === RestoreStatus.MORE);
    let now = 1_000_000;
    for (let calls = 0; calls < 50 && Number.isFinite(core.deadline); calls++) {
      now = Math.max(now, core.deadline);
      core.handleTimeout(now);
    }
    exported(core);
  });
  t.diagnostic(`${BENT} sets of records, by status: ${JSON.stringify([...statuses].sort())}`);
});

test("a client's records with anything in them are refused, or the client works", (t) => {
  const random = new Random("bent records of clients");
  const sound = new Client().bind().records();
  let restored = 0;
  forEachInput(BENT, (_, note) => {
    const records = bend(sound, random);
    note(records);
    if (Client.unrestored().restoreSlice(records, WALL_CLOCK, 1_000_000) !== 0) return;
    restored++;
    const client = new Client({ records });
    client.start();
    for (let steps = 0; steps < 30 && Number.isFinite(client.core.deadline); steps++) {
      client.step();
      const { address } = client.core.status;
      assert.ok(address === 0 || isUnicast(address), `${client.address} is no address of a machine`);
    }
  });
  t.diagnostic(`${restored} of ${BENT} were restored`);
});

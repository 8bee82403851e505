// The loop around the server core: what is promised is durable first, and whatever the store, the clock or the
// core does, no promise is forgotten.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Ring, ServerVerdict, Verdict } from "#layout";
import { parseAddress } from "../../host/core/address.js";
import type { CoreTrap } from "../../host/core/trap.js";
import { readLease, recordsIn } from "../../host/core/record.js";
import { MemoryStore } from "../../host/store/memory.js";
import { UserError } from "../../host/user-error.js";
import { Type } from "../rules/harness/messages.js";
import { BendableStore, planFor, subnet, until, World } from "./server-harness.js";

test("a lease is durable before it is acknowledged; offers and other clients do not wait for it", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  world.discover(1);
  const [offer] = await world.answers(Type.OFFER, 1);
  store.hold();
  world.request(1, offer!.yiaddr);
  await until("the record is handed to the store", () => store.asked.length === 1);
  world.discover(2);
  await world.answers(Type.OFFER, 2);
  await sleep(50);
  await world.answers(Type.ACK, 1, 0);
  store.release();
  assert.equal((await world.answers(Type.ACK, 1))[0]?.yiaddr, offer!.yiaddr);
  const [record] = [...recordsIn(store.asked[0]!)].map(readLease);
  assert.equal(record?.address, parseAddress(offer!.yiaddr));
});

test("what arrives while a commit is under way becomes one blob", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  const offers = [];
  for (let client = 1; client <= 10; client++) {
    world.discover(client);
    offers.push((await world.answers(Type.OFFER, client))[0]!);
  }
  store.hold();
  for (const [at, offer] of offers.entries()) {
    world.request(at + 1, offer.yiaddr);
    await world.turns();
  }
  assert.equal(store.asked.length, 1);
  store.release();
  for (const [at] of offers.entries()) await world.answers(Type.ACK, at + 1);
  assert.equal(store.asked.length, 2);
  assert.equal([...recordsIn(store.asked[1]!)].length, 9);
});

test("a store that falls behind fills the journal's ring: requests are dropped whole and counted, offers go on", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store, limits: { journalSize: 2048 } });
  store.hold();
  let client = 0;
  while (world.count(Verdict.STORE_BEHIND) === 0) {
    assert.ok(++client < 60, "the ring never filled");
    world.discover(client);
    const [offer] = await world.answers(Type.OFFER, client);
    world.request(client, offer!.yiaddr);
    await world.turns();
  }
  store.release();
  for (let earlier = 1; earlier < client; earlier++) await world.answers(Type.ACK, earlier);
  await world.answers(Type.ACK, client, 0);
  const [offer] = await world.answers(Type.OFFER, client);
  world.request(client, offer!.yiaddr);
  await world.answers(Type.ACK, client);
});

test("retry: answers wait until the store takes the records; both are told", async (t) => {
  const store = new BendableStore();
  const told: string[] = [];
  const events = { storeBehind: () => told.push("behind"), storeCaughtUp: () => told.push("caught up") };
  const world = await World.start(t, { store, events });
  world.discover(1);
  const [offer] = await world.answers(Type.OFFER, 1);
  store.outcome = "retry";
  world.request(1, offer!.yiaddr);
  await until("the store was asked twice", () => store.asked.length >= 2);
  assert.deepEqual(store.asked[0], store.asked[1], "the same records");
  await world.answers(Type.ACK, 1, 0);
  store.outcome = "durable";
  await world.answers(Type.ACK, 1);
  assert.deepEqual(told, ["behind", "caught up"]);
});

test("fenced: nothing leaves any more and the server ends with a message", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  world.discover(1);
  const [offer] = await world.answers(Type.OFFER, 1);
  store.outcome = "fenced";
  world.request(1, offer!.yiaddr);
  const end = await world.server.ended;
  assert.equal(end.reason, "fenced");
  assert.match(end.message, /took over the store/);
  world.discover(2);
  await sleep(50);
  await world.answers(Type.OFFER, 2, 0);
  await world.answers(Type.ACK, 1, 0);
});

test("a restart restores every lease from the store", async (t) => {
  const store = new MemoryStore();
  const world = await World.start(t, { store });
  const addresses = [await world.lease(1), await world.lease(2)];
  assert.equal((await world.server.stop()).reason, "stopped");
  const second = await World.start(t, { store });
  for (const [at, leased] of addresses.entries()) {
    second.renew(at + 1, leased);
    assert.equal((await second.answers(Type.ACK, at + 1))[0]?.yiaddr, leased);
  }
  assert.equal(second.count(ServerVerdict.BOUND_RENEWING), 2);
  assert.notEqual(await second.lease(3), addresses[0]);
});

test("stopping makes durable what was recorded, and lets its answer leave", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  world.discover(1);
  const [offer] = await world.answers(Type.OFFER, 1);
  store.hold();
  world.request(1, offer!.yiaddr);
  await until("the record is handed to the store", () => store.asked.length === 1);
  const stopped = world.server.stop();
  await sleep(20);
  store.release();
  assert.equal((await stopped).reason, "stopped");
  await world.answers(Type.ACK, 1);
  assert.equal(store.statistics.appends, 1);
});

test("a snapshot taken while serving holds every lease, and replaces the blobs before it", async (t) => {
  const store = new BendableStore();
  let taken = 0;
  const world = await World.start(t, { store, events: { snapshotTaken: () => taken++ } });
  const leased = await world.lease(1);
  store.snapshotWanted = true;
  const second = await world.lease(2);
  await until("a snapshot was taken", () => taken === 1);
  store.snapshotWanted = false;
  const addresses = new Set<string>();
  for await (const blob of store.replay()) {
    for (const record of recordsIn(blob)) addresses.add(String(readLease(record)?.address));
  }
  assert.equal(addresses.size, 2);
  await world.server.stop();
  const restarted = await World.start(t, { store });
  restarted.renew(1, leased);
  restarted.renew(2, second);
  await restarted.answers(Type.ACK, 1);
  await restarted.answers(Type.ACK, 2);
});

test("a reload while serving keeps leases, and keeps those that no pool holds any more until one does", async (t) => {
  const store = new MemoryStore();
  const unserved: number[] = [];
  const world = await World.start(t, { store, events: { unserved: (count) => unserved.push(count) } });
  const inside = await world.lease(1);
  const outside = await world.lease(2);
  assert.deepEqual([inside, outside], ["192.0.2.10", "192.0.2.11"]);
  await world.server.reload(await planFor(subnet("192.0.2.10-192.0.2.10")));
  assert.deepEqual(unserved, [1]);
  world.renew(1, inside);
  assert.equal((await world.answers(Type.ACK, 1, 2))[1]?.yiaddr, inside);
  await world.server.reload(await planFor(subnet()));
  assert.equal(world.server.unservedCount, 0);
  world.renew(2, outside);
  assert.equal((await world.answers(Type.ACK, 2, 2))[1]?.yiaddr, outside);
  assert.equal(world.count(ServerVerdict.BOUND_RENEWING), 2, "counts go on over reloads");
});

test("leases that no pool holds survive a snapshot under the smaller configuration", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  await world.lease(1);
  const outside = await world.lease(2);
  await world.server.reload(await planFor(subnet("192.0.2.10-192.0.2.10")));
  store.snapshotWanted = true;
  await until("a snapshot was taken", () => {
    world.discover(1);
    return store.statistics.snapshots === 1;
  });
  store.snapshotWanted = false;
  await world.server.stop();
  const restarted = await World.start(t, { store });
  restarted.renew(2, outside);
  assert.equal((await restarted.answers(Type.ACK, 2))[0]?.yiaddr, outside);
});

/** So many addresses that exporting them takes several slices. */
const wide = JSON.stringify({ probe: false, subnets: [{ subnet: "10.0.0.0/14", pools: ["10.0.0.10-10.2.255.254"] }] });

test("what is leased while a reload copies leases is not lost, nor what lies in the last slice", async (t) => {
  const world = await World.start(t, { configuration: wide, serverAddress: "10.0.0.1" });
  const far = await world.lease(99, "10.2.200.200");
  assert.equal(far, "10.2.200.200");
  const offers = [];
  for (let client = 1; client <= 8; client++) {
    world.discover(client);
    offers.push((await world.answers(Type.OFFER, client))[0]!.yiaddr);
  }
  const first = world.server.shards[0]!.instance;
  const reloaded = world.server.reload(await planFor(wide));
  const before = first.core.journalHead;
  for (const [at, offered] of offers.entries()) {
    world.request(at + 1, offered);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await reloaded;
  assert.notEqual(first.core.journalHead, before, "some were recorded behind the first slice");
  assert.notEqual(world.server.shards[0]?.instance, first);
  for (const [at, offered] of [...offers.entries(), [98, far] as const]) {
    await world.answers(Type.ACK, at + 1);
    world.renew(at + 1, offered);
    await world.answers(Type.ACK, at + 1, 2);
  }
});

test("a reload that cannot be done changes nothing", async (t) => {
  const store = new BendableStore();
  const world = await World.start(t, { store });
  const plan = await planFor(subnet());
  const damaged = plan.image.slice();
  damaged[damaged.length - 1]! ^= 1;
  await assert.rejects(world.server.reload({ ...plan, image: damaged }), UserError);
  const leased = await world.lease(1);
  store.outcome = "retry";
  world.renew(1, leased);
  await until("the store is behind", () => store.asked.length >= 2);
  await assert.rejects(world.server.reload(plan), /does not take records/);
  store.outcome = "durable";
  await world.answers(Type.ACK, 1, 2);
});

test("a stop during a reload interrupts it, and closes the store once it is at rest", async (t) => {
  const store = new BendableStore();
  let closed = 0;
  store.close = async () => {
    closed++;
  };
  const world = await World.start(t, { store, configuration: wide, serverAddress: "10.0.0.1" });
  const leased = await world.lease(1);
  const reloaded = assert.rejects(world.server.reload(await planFor(wide)), /interrupted/);
  world.renew(1, leased);
  assert.equal((await world.server.stop()).reason, "stopped");
  await reloaded;
  assert.equal(closed, 1);
});

test("the core is told of an interface when it has changed, not when it was only looked at", async (t) => {
  const told: string[] = [];
  const world = await World.start(t, { events: { interfaceChanged: ({ up }) => told.push(up ? "up" : "down") } });
  world.station.change({});
  world.station.change({ up: false });
  world.station.change({ up: false });
  world.station.change({ up: true });
  assert.deepEqual(told, ["up", "down", "up"]);
  await world.lease(1);
});

test("a step of the wall clock is told to the core, recorded, and moves no lease's end", async (t) => {
  const store = new BendableStore();
  const steps: number[] = [];
  const world = await World.start(t, { store, events: { clockStepped: (seconds) => steps.push(seconds) } });
  await world.lease(1);
  world.clock.wallOffsetMilliseconds += 86_400_000;
  world.discover(2);
  await world.answers(Type.OFFER, 2);
  assert.equal(steps.length, 1);
  assert.ok(Math.abs(steps[0]! - world.clock.wall() / 1000) < 2);
  const { wallOffset } = world.server.shards[0]!.instance.core.control;
  assert.ok(Math.abs(wallOffset - 86_400) <= 2, `${wallOffset}`);
  await until("the step is recorded", () => store.asked.length === 2);
});

test("a deadline is met without anything arriving", async (t) => {
  const configuration = JSON.stringify({ ...JSON.parse(subnet()), offerTime: "1s" });
  const world = await World.start(t, { configuration });
  world.discover(1);
  await world.answers(Type.OFFER, 1);
  const { core } = world.server.shards[0]!.instance;
  const due = core.deadline;
  assert.ok(due < world.clock.now() + 5000, "the offer lapses soon");
  await until("the offer has lapsed", () => core.deadline > due);
});

test("a trap ends the instance, keeps the batch, and another one goes on from the store", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-trap-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const traps: [CoreTrap, string | null][] = [];
  let recovered = 0;
  const world = await World.start(t, {
    diagnosisFolder: folder,
    events: { trapped: (trap, file) => traps.push([trap, file]), recovered: () => recovered++ },
  });
  const leased = await world.lease(1);
  damage(world);
  world.discover(2);
  await until("another instance serves", () => recovered === 1);
  await world.answers(Type.OFFER, 2, 0);
  const [trap, file] = traps[0]!;
  assert.equal(trap.batch.call, "handleInputs");
  assert.equal(trap.batch.count, 1);
  assert.deepEqual(
    readdirSync(folder).map((name) => join(folder, name)),
    [file],
  );
  assert.equal(statSync(file!).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(file!, "utf8")).slots.length > 300, true);
  world.renew(1, leased);
  assert.equal((await world.answers(Type.ACK, 1, 2))[1]?.yiaddr, leased);
  assert.notEqual(await world.lease(2), leased);
});

test("a server that traps again and again gives up", async (t) => {
  const world = await World.start(t, { events: { recovered: () => setImmediate(() => ruin()) } });
  const ruin = () => {
    damage(world);
    world.discover(1);
  };
  ruin();
  const end = await world.server.ended;
  assert.equal(end.reason, "failed");
  assert.match(end.message, /trapped .* several times within a minute/);
});

/** Makes the core's next answer trap: its descriptors lie outside the memory. */
function damage(world: World): void {
  const { core } = world.server.shards[0]!.instance;
  new Ring(core.view, core.control.ready).descriptors = 0xf0000000;
}

/**
 * What becomes of leases: the rules one by one, then everything at random against the promises that must hold throughout.
 */
import { control } from "../../../assembly/machine/control";
import { INFINITE_SECONDS, leaseClock, NEVER } from "../../../assembly/machine/time";
import { blocksIn, freeBlockCount } from "../../../assembly/server/attributes";
import { nextLeaseDeadline } from "../../../assembly/server/expiry";
import { poolStateAt, takeFree } from "../../../assembly/server/freequeue";
import { findBinding, isClients } from "../../../assembly/server/identity";
import { isAvailable, leaseAt, LeaseState, reserveLease } from "../../../assembly/server/lease";
import { offersHeld } from "../../../assembly/server/offers";
import { journalHasRoom } from "../../../assembly/server/record";
import { NO_INDEX, NO_LEASE, poolOfLease } from "../../../assembly/server/scopes";
import { bind, lapse, offer, probe, quarantine, release } from "../../../assembly/server/transition";
import { randomBelow, seedRandom } from "../wire-vectors";
import { SAMPLE_LEASES, SAMPLE_POOLS } from "./image-sample";
import { changeRandomly, speakRandomly } from "./tables-random";
import {
  after,
  BLOCKS,
  finishRestoring,
  freshTables,
  makeDurable,
  openTables,
  pass,
  speak,
  START,
} from "./tables-fixture";

const SOURCE: u32 = 5;

function stateOf(index: u32): LeaseState {
  return leaseAt(index).state;
}

/** Empties a pool by binding each address to a client of its own for `seconds`; returns the order. */
function drain(pool: u32, seconds: u32): Array<u32> {
  const order: Array<u32> = [];
  for (let lease = takeFree(pool); lease != NO_LEASE; lease = takeFree(pool)) {
    speak(100 + lease);
    bind(lease, after(seconds));
    makeDurable();
    order.push(lease);
  }
  return order;
}

describe("free addresses", () => {
  beforeEach(() => {
    freshTables();
  });

  it("are given in address order at first, all of them once", () => {
    const order = drain(0, 60);
    expect(order.length).toBe(20);
    for (let i = 0; i < 20; i++) expect(order[i]).toBe(i);
    expect(poolStateAt(0).available).toBe(0);
  });

  it("come back by themselves, the longest free first", () => {
    drain(0, 60);
    speak(105);
    release(5);
    pass(1);
    speak(103);
    release(3);
    pass(100);
    expect(poolStateAt(0).available).toBe(20);
    expect(takeFree(0)).toBe(5);
    speak(1);
    offer(5, after(10), SOURCE);
    expect(takeFree(0)).toBe(3);
    speak(2);
    offer(3, after(10), SOURCE);
    expect(takeFree(0)).toBe(0);
  });

  it("never hold what a reservation keeps", () => {
    openTables();
    reserveLease(0);
    reserveLease(7);
    finishRestoring(START);
    speak(1);
    bind(7, after(10));
    pass(20);
    expect(stateOf(7)).toBe(LeaseState.EXPIRED);
    const order = drain(0, 60);
    expect(order.length).toBe(18);
    expect(order.includes(0) || order.includes(7)).toBeFalsy();
  });
});

describe("offers", () => {
  beforeEach(() => {
    freshTables();
  });

  it("are held for their time, then free at once, and counted for their source", () => {
    speak(1);
    offer(0, after(10), SOURCE);
    expect(offersHeld(SOURCE)).toBe(1);
    expect(takeFree(0)).toBe(1);
    pass(9);
    expect(stateOf(0)).toBe(LeaseState.OFFERED);
    pass(1);
    expect(stateOf(0)).toBe(LeaseState.FREE);
    expect(offersHeld(SOURCE)).toBe(0);
    expect(findBinding()).toBe(NO_LEASE);
    expect(takeFree(0)).toBe(0);
  });

  it("do not take a previous binding away from the client that it is offered to again", () => {
    speak(1);
    bind(2, after(10));
    pass(10);
    expect(findBinding()).toBe(2);
    probe(2, SOURCE);
    offer(2, after(5), SOURCE);
    expect(offersHeld(SOURCE)).toBe(1);
    lapse(2);
    expect(stateOf(2)).toBe(LeaseState.EXPIRED);
    expect(findBinding()).toBe(2);
    speak(2);
    offer(2, after(5), SOURCE);
    pass(5);
    expect(stateOf(2)).toBe(LeaseState.FREE);
  });

  it("are one at a time for a client, and change nothing for one that holds the lease", () => {
    speak(1);
    offer(0, after(10), SOURCE);
    offer(1, after(10), SOURCE);
    expect(stateOf(0)).toBe(LeaseState.FREE);
    expect(offersHeld(SOURCE)).toBe(1);
    bind(1, after(100));
    offer(1, after(10), SOURCE);
    expect(stateOf(1)).toBe(LeaseState.BOUND);
    expect(leaseAt(1).endsAt).toBe(after(100));
    expect(offersHeld(SOURCE)).toBe(0);
  });
});

describe("a client", () => {
  beforeEach(() => {
    freshTables();
  });

  it("has one lease: binding another frees the first, both recorded together", () => {
    speak(1, 0, 6, 30);
    bind(0, after(100));
    const before = control.journalHead;
    bind(1, after(100));
    expect(control.journalHead - before).toBe(20 + 56);
    expect(stateOf(0)).toBe(LeaseState.RELEASED);
    expect(isClients(0)).toBeFalsy();
    expect(findBinding()).toBe(1);
  });

  it("finds what it holds before what it is offered, and that before what it held", () => {
    speak(1);
    bind(0, after(10));
    offer(3, after(50), SOURCE);
    expect(findBinding()).toBe(0);
    pass(10);
    expect(findBinding()).toBe(3);
    pass(40);
    expect(findBinding()).toBe(0);
  });

  it("loses a lease that is quarantined, which ends as nobody's previous binding", () => {
    speak(1);
    bind(0, after(100));
    quarantine(0, after(10));
    expect(findBinding()).toBe(NO_LEASE);
    expect(isAvailable(0)).toBeFalsy();
    pass(10);
    expect(stateOf(0)).toBe(LeaseState.EXPIRED);
    expect(isClients(0)).toBeFalsy();
  });

  it("keeps an infinite lease for ever, and there is no deadline for it", () => {
    speak(1);
    bind(0, INFINITE_SECONDS);
    expect(nextLeaseDeadline()).toBe(NEVER);
    pass(100000000);
    expect(stateOf(0)).toBe(LeaseState.BOUND);
  });
});

function fail(seed: u32, what: string): void {
  assert(false, "seed " + seed.toString() + ": " + what);
}

/** What must be true at any time. */
function checkTables(seed: u32): void {
  let blocks: u32 = 0;
  let offers: u32 = 0;
  const inState = new StaticArray<u32>(7);
  const queued = new StaticArray<u32>(SAMPLE_POOLS);
  for (let index: u32 = 0; index < SAMPLE_LEASES; index++) {
    const lease = leaseAt(index);
    blocks += blocksIn(lease.attributes);
    inState[lease.state]++;
    const pool = poolOfLease(index);
    if (lease.state == LeaseState.OFFERED || lease.state == LeaseState.PROBING) offers++;
    if (isAvailable(index) && pool != NO_INDEX) queued[pool]++;
    const timed = !isAvailable(index) && lease.state != LeaseState.PROBING && lease.endsAt != INFINITE_SECONDS;
    const listed = timed || (isAvailable(index) && pool != NO_INDEX);
    if (listed != (lease.next != 0)) fail(seed, "in a list, and should not be, or the reverse");
    if (timed && lease.endsAt <= leaseClock()) fail(seed, "a state outlived its end");
  }
  if (blocks + freeBlockCount != BLOCKS) fail(seed, "a block is lost");
  if (offersHeld(0) + offersHeld(1) + offersHeld(2) + offersHeld(3) != offers) fail(seed, "offers are miscounted");
  for (let state: u32 = 0; state < 7; state++) {
    if (load<u32>(control.status + (state << 2)) != inState[state]) fail(seed, "states are miscounted");
  }
  for (let pool: u32 = 0; pool < SAMPLE_POOLS; pool++) {
    if (poolStateAt(pool).available != queued[pool]) fail(seed, "free addresses are miscounted");
  }
}

/** What must be true of the current client: at most one lease that it has or had, one that it is offered. */
function checkClient(seed: u32): void {
  let held: u32 = 0;
  let offered: u32 = 0;
  for (let index: u32 = 0; index < SAMPLE_LEASES; index++) {
    if (!isClients(index)) continue;
    if (stateOf(index) == LeaseState.OFFERED || stateOf(index) == LeaseState.PROBING) offered++;
    else held++;
  }
  if (held > 1 || offered > 1) fail(seed, "a client has two leases");
  if ((findBinding() == NO_LEASE) != (held + offered == 0)) fail(seed, "a lease cannot be found");
}

describe("any sequence of changes", () => {
  it("leaves lists, counts, blocks and clients in order", () => {
    for (let seed: u32 = 1; seed <= 60; seed++) {
      seedRandom(seed);
      freshTables();
      for (let turn = 0; turn < 200; turn++) {
        speakRandomly();
        changeRandomly(randomBelow(SAMPLE_LEASES - 1));
        if (!journalHasRoom()) makeDurable();
        if (randomBelow(6) == 0) pass(randomBelow(12));
        checkTables(seed);
        checkClient(seed);
      }
      pass(100);
      checkTables(seed);
    }
  });
});

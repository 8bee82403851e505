/**
 * Restoring: the last record wins, queues and clock are as if the server had run on, and no promise is lost.
 */
import { control } from "../../../assembly/machine/control";
import { leaseClock, wallOffset } from "../../../assembly/machine/time";
import { EXPORT_END, exportSlice } from "../../../assembly/server/export";
import { poolStateAt, takeFree } from "../../../assembly/server/freequeue";
import { findBinding, isClients } from "../../../assembly/server/identity";
import { isAvailable, leaseAt, LeaseState } from "../../../assembly/server/lease";
import { journalHasRoom, LeaseRecord, noteWallClock } from "../../../assembly/server/record";
import { restoreSlice, RestoreStatus } from "../../../assembly/server/restore";
import { addressOfLease } from "../../../assembly/server/scopes";
import { bind, release } from "../../../assembly/server/transition";
import { randomBelow, seedRandom } from "../wire-vectors";
import { SAMPLE_LEASES } from "./image-sample";
import {
  exported,
  exportTo,
  keepByte,
  keepJournal,
  keepNothing,
  kept,
  keptLength,
  restoreFrom,
  sampleRecord,
} from "./record-keeping";
import {
  after,
  finishRestoring,
  freshTables,
  JOURNAL_SIZE,
  makeDurable,
  openTables,
  pass,
  speak,
  START,
} from "./tables-fixture";
import { changeRandomly, speakRandomly } from "./tables-random";

describe("restoring", () => {
  it("lets the last record win, of an address and of a client", () => {
    freshTables();
    speak(1);
    keepNothing();
    bind(0, after(100));
    bind(0, after(200));
    keepJournal();
    const recordOfZero = keptLength / 2;
    // The client's second lease, without the record that releases the first: a journal that ends between two blobs.
    bind(1, after(300));
    const second = control.journalHead - recordOfZero;
    for (let i: u32 = 0; i < recordOfZero; i++) {
      keepByte(load<u8>(control.journal + ((second + i) & (JOURNAL_SIZE - 1))));
    }
    openTables();
    expect(restoreFrom(kept, keptLength)).toBe(RestoreStatus.OK);
    finishRestoring(START);
    expect(findBinding()).toBe(1);
    expect(isClients(0)).toBeFalsy();
    expect(isAvailable(0)).toBeTruthy();
    expect(leaseAt(1).endsAt).toBe(START + 300);
  });

  it("queues never used addresses first, then those free for longest", () => {
    freshTables();
    keepNothing();
    for (let i: u32 = 0; i < 8; i++) {
      speak(i);
      bind(i, after(1000 - 100 * i));
    }
    speak(6);
    release(6);
    keepJournal();
    openTables();
    restoreFrom(kept, keptLength);
    expect(finishRestoring(START + 650)).toBeGreaterThan(1);
    expect(poolStateAt(0).available).toBe(16);
    const order: Array<u32> = [];
    for (let i = 0; i < 16; i++) {
      const lease = takeFree(0);
      order.push(lease);
      speak(50 + i);
      bind(lease, after(5000));
      makeDurable();
    }
    expect(order.slice(0, 12)).toStrictEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(order.slice(12)).toStrictEqual([6, 7, 5, 4]);
  });

  it("starts the clock at the later of the wall clock and the newest record", () => {
    const record = sampleRecord();
    restoreSlice(record.size, 0);
    finishRestoring(0);
    expect(leaseClock()).toBe(START);
    sampleRecord();
    restoreSlice(record.size, 0);
    finishRestoring(START + 500);
    expect(leaseClock()).toBe(START + 500);
    expect(leaseAt(0).state).toBe(u8(LeaseState.BOUND));
    expect(restoreSlice(0, 0)).toBe(RestoreStatus.OK);
    expect(restoreSlice(4, 0)).toBe(RestoreStatus.NOT_NOW);
  });

  it("goes on from a corrected wall clock", () => {
    freshTables();
    keepNothing();
    expect(noteWallClock(START + 2)).toBeTruthy();
    expect(control.journalHead).toBe(0);
    expect(noteWallClock(START - 86400)).toBeTruthy();
    keepJournal();
    expect(keptLength).toBe(12);
    openTables();
    expect(restoreFrom(kept, keptLength)).toBe(RestoreStatus.OK);
    finishRestoring(START - 86400 + 60);
    expect(wallOffset).toBe(-86400);
    expect(leaseClock()).toBe(START + 60);
    expect(exportSlice(0)).toBe(EXPORT_END);
    expect(control.transferLength).toBe(12);
  });

  it("from the journal alone gives back every promise, and from an export everything", () => {
    for (let seed: u32 = 1; seed <= 40; seed++) {
      seedRandom(seed);
      freshTables();
      keepNothing();
      for (let turn = 0; turn < 150; turn++) {
        speakRandomly();
        changeRandomly(randomBelow(SAMPLE_LEASES - 1));
        if (!journalHasRoom()) keepJournal();
        if (randomBelow(6) == 0) pass(randomBelow(12));
      }
      keepJournal();
      const clock = leaseClock();
      const length = exportTo(exported);
      openTables();
      assert(restoreFrom(exported, length) == RestoreStatus.OK, "the export is refused");
      finishRestoring(clock);
      const again = exportTo(kept + keptLength);
      const same = again == length && memory.compare(kept + keptLength, exported, length) == 0;
      assert(same, "seed " + seed.toString() + ": the export of what was restored differs");
      openTables();
      assert(restoreFrom(kept, keptLength) == RestoreStatus.OK, "the journal is refused");
      finishRestoring(clock);
      checkPromises(seed, length);
    }
  });
});

/** Compares with the exported records of the live instance: each promise must be there, and nothing else be promised. */
function checkPromises(seed: u32, length: u32): void {
  const promised = new StaticArray<bool>(SAMPLE_LEASES);
  for (let at: u32 = 0; at < length; at += load<u16>(exported + at)) {
    const record = changetype<LeaseRecord>(exported + at);
    let index: u32 = 0;
    while (addressOfLease(index) != record.address) index++;
    const lasting = record.state == LeaseState.BOUND || record.state == LeaseState.QUARANTINED;
    if (!lasting) continue;
    promised[index] = true;
    const lease = leaseAt(index);
    const kept = lease.state == record.state && lease.endsAt == record.endsAt;
    const whose = lease.hlen == record.hlen && lease.identifierLength == record.identifierLength;
    assert(kept && whose, "seed " + seed.toString() + ": a promise is forgotten");
  }
  for (let index: u32 = 0; index < SAMPLE_LEASES; index++) {
    assert(promised[index] || isAvailable(index), "seed " + seed.toString() + ": a promise that nobody made");
  }
}

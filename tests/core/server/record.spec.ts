// Records: what is written is read again, and what is damaged is refused.

import { control } from "../../../assembly/machine/control";
import { findBinding } from "../../../assembly/server/identity";
import { leaseAt, LeaseState } from "../../../assembly/server/lease";
import { LeaseRecord } from "../../../assembly/server/record";
import { isRestored, restoreSlice, RestoreStatus, unservedRecords } from "../../../assembly/server/restore";
import { bind } from "../../../assembly/server/transition";
import {
  exported,
  exportTo,
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
  nameHost,
  openTables,
  speak,
  START,
  TRANSFER_SIZE,
} from "./tables-fixture";

describe("a record", () => {
  it("gives back every lease, at every length of identifier and with every byte value", () => {
    for (let length: u32 = 0; length < 256; length++) {
      freshTables();
      speak(length, 0, u8((length % 17) | u32(length == 0)), u8(length));
      nameHost(u8(255 - length), u8(length));
      bind(length % 21, after(1000));
      const first = exportTo(exported);
      openTables();
      assert(restoreFrom(exported, first) == RestoreStatus.OK, "refused");
      finishRestoring(START);
      assert(findBinding() == length % 21, "not found again");
      const second = exportTo(kept);
      assert(second == first && memory.compare(kept, exported, first) == 0, "not the same");
    }
    expect(leaseAt(255 % 21).identifierLength).toBe(255);
  });

  it("wraps in the journal's ring", () => {
    freshTables();
    speak(1, 0, 6, 255);
    keepNothing();
    for (let i: u32 = 0; i < 40; i++) {
      bind(i % 2, after(1000 + i));
      keepJournal();
    }
    expect(control.journalHead).toBeGreaterThan(2 * JOURNAL_SIZE);
    openTables();
    expect(restoreFrom(kept, keptLength)).toBe(RestoreStatus.OK);
    finishRestoring(START);
    expect(findBinding()).toBe(1);
    expect(leaseAt(1).endsAt).toBe(START + 1039);
  });

  it("is refused for each field that is wrong, and for every length that is", () => {
    const size = sampleRecord().size;
    for (let length: u32 = 1; length < size; length++) {
      assert(restoreSlice(length, 0) == RestoreStatus.BAD_SIZE, "taken though short");
    }
    sampleRecord().version = 2;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.UNKNOWN_VERSION);
    sampleRecord().kind = 3;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.UNKNOWN_KIND);
    sampleRecord().state = u8(LeaseState.OFFERED);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord().state = 7;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord().hlen = 17;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord().identifierLength = 255;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord().at = 0xffffffff;
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord();
    expect(restoreSlice(TRANSFER_SIZE + 4, 0)).toBe(RestoreStatus.NOT_NOW);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.OK);
  });

  it("with an attribute that is unknown is taken, unless the attribute must be understood or runs out of the record", () => {
    const attribute: u32 = offsetof<LeaseRecord>() + 6 + 7;
    const size = sampleRecord().size;
    store<u8>(control.transfer + attribute, 77);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.OK);
    sampleRecord();
    store<u8>(control.transfer + attribute, 0x80 | 77);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.UNKNOWN_ATTRIBUTE);
    expect(control.refusedAt).toBe(0);
    sampleRecord();
    store<u8>(control.transfer + attribute + 1, 5);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.OK, "the padding holds it");
    sampleRecord();
    store<u8>(control.transfer + attribute + 1, 200);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
    sampleRecord();
    store<u8>(control.transfer + attribute, 0);
    expect(restoreSlice(size, 0)).toBe(RestoreStatus.BAD_RECORD);
  });

  it("of an address that no range holds is counted and left alone", () => {
    const record = sampleRecord();
    record.address = 0x0a000001;
    expect(restoreSlice(record.size, 0)).toBe(RestoreStatus.OK);
    expect(unservedRecords).toBe(1);
  });

  it("that finds no room for its identifier stops restoring", () => {
    freshTables();
    speak(1, 0, 6, 100);
    bind(0, after(10));
    keepNothing();
    keepJournal();
    openTables(3);
    expect(restoreFrom(kept, keptLength)).toBe(RestoreStatus.NO_ATTRIBUTE_BLOCKS);
    openTables(4);
    expect(restoreFrom(kept, keptLength)).toBe(RestoreStatus.OK);
  });

  it("with any bit flipped is refused or restored, and never traps", () => {
    const size = sampleRecord().size;
    let restored = 0;
    for (let bit: u32 = 0; bit < u32(size) * 8; bit++) {
      openTables();
      memory.copy(control.transfer, kept, size);
      const at = control.transfer + (bit >> 3);
      store<u8>(at, load<u8>(at) ^ u8(u32(1) << (bit & 7)));
      if (restoreSlice(size, 0) != RestoreStatus.OK) continue;
      finishRestoring(START);
      assert(isRestored(), "restoring does not end");
      restored++;
    }
    expect(restored).toBeGreaterThan(0);
    expect(restored).toBeLessThan(i32(size) * 8);
  });
});

/**
 * Records kept outside the instance, as a store keeps them: journal bytes in their order, and exports.
 */
import { control } from "../../../assembly/machine/control";
import { EXPORT_END, exportSlice } from "../../../assembly/server/export";
import { LeaseRecord } from "../../../assembly/server/record";
import { restoreSlice, RestoreStatus } from "../../../assembly/server/restore";
import { bind } from "../../../assembly/server/transition";
import { after, freshTables, JOURNAL_SIZE, makeDurable, nameHost, openTables, speak } from "./tables-fixture";

/** All that was ever recorded, and an export to compare with another. */
export const kept = memory.data(262144, 8);
export let keptLength: u32 = 0;
export const exported = memory.data(32768, 8);

/** Copies what the journal holds behind what is kept, and makes it durable. */
export function keepJournal(): void {
  for (let at = control.journalDurable; at != control.journalHead; at++) {
    keepByte(load<u8>(control.journal + (at & (JOURNAL_SIZE - 1))));
  }
  makeDurable();
}

/** Restores `length` bytes of records at `from`, a few records a call; returns the first status that is not OK. */
export function restoreFrom(from: usize, length: u32): RestoreStatus {
  let offset: u32 = 0;
  while (offset < length) {
    let portion: u32 = 0;
    while (offset + portion < length && portion < 3000) portion += load<u16>(from + offset + portion);
    memory.copy(control.transfer, from + offset, portion);
    const status = restoreSlice(portion, 0);
    if (status != RestoreStatus.OK) return status;
    offset += portion;
  }
  return RestoreStatus.OK;
}

/** Exports all leases to `to`; returns the length. */
export function exportTo(to: usize): u32 {
  let length: u32 = 0;
  for (let next: u32 = 0; next != EXPORT_END; ) {
    next = exportSlice(next);
    memory.copy(to + length, control.transfer, control.transferLength);
    length += control.transferLength;
  }
  return length;
}

/** Forgets what is kept. */
export function keepNothing(): void {
  keptLength = 0;
}

/** Puts one more byte behind what is kept. */
export function keepByte(value: u8): void {
  store<u8>(kept + keptLength++, value);
}

/** Puts the record of a bound lease of client 1 into the transfer area; returns it. */
export function sampleRecord(): LeaseRecord {
  freshTables();
  speak(1, 0, 6, 7);
  nameHost(4, 97);
  bind(0, after(1000));
  keepNothing();
  keepJournal();
  openTables();
  memory.copy(control.transfer, kept, keptLength);
  return changetype<LeaseRecord>(usize(control.transfer));
}

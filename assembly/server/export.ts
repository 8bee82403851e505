/**
 * Exporting: the state of all leases as records, for a snapshot or for the instance that takes over, in slices while the
 * server serves. A lease that changes behind the slice is recorded in the journal, which is replayed after the slices.
 *
 * What a restart would forget anyway is not exported: addresses never used, and offers (an address offered to its
 * previous holder is exported as the ended lease that it was).
 */
import { control } from "../machine/control";
import { leaseClock, wallOffset } from "../machine/time";
import { attributeBlockCount } from "./attributes";
import { leaseAt, LeaseFlag, LeaseState } from "./lease";
import { longestRecord, writeClock, writeLease } from "./record";
import { imageHeader } from "./scopes";

/** What `exportRecords` returns when all leases have been exported. @layout */
export const EXPORT_END: u32 = 0xffffffff;

/** Leases looked at by one call. */
const SLICE: u32 = 16384;

/**
 * Writes records of leases from number `first` on into the transfer area (`control.transferLength` bytes, perhaps none), as
 * many as fit and a slice allows. Returns the number to go on from, or `EXPORT_END`. Lease 0 is preceded by the clock's record.
 */
export function exportSlice(first: u32): u32 {
  const leaseCount = imageHeader().leaseCount;
  const room = control.transferSize - longestRecord(attributeBlockCount);
  let length: u32 = first == 0 && wallOffset != 0 ? writeClock(control.transfer) : 0;
  let index = first;
  for (const end = min(leaseCount, first + SLICE); index < end && length <= room; index++) {
    length += exportLease(control.transfer + length, index);
  }
  control.transferLength = length;
  return index >= leaseCount ? EXPORT_END : index;
}

/** Writes the record of a lease that a restart would need at address `to`; returns its bytes, 0 when there is none to write. */
function exportLease(to: usize, index: u32): u32 {
  const lease = leaseAt(index);
  if (lease.state == LeaseState.OFFERED || lease.state == LeaseState.PROBING) {
    if ((lease.flags & u8(LeaseFlag.HELD_BEFORE)) == 0) return 0;
    return writeLease(to, index, u8(LeaseState.EXPIRED), leaseClock());
  }
  return lease.state == LeaseState.FREE ? 0 : writeLease(to, index, lease.state, lease.endsAt);
}

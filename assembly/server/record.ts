/**
 * Records: the whole state of one address, as the journal keeps it (and the clock, when it is corrected).
 *
 *     LeaseRecord (20 bytes) │ chaddr (hlen) │ client identifier │ tag, length, value │ … │ zeros to a multiple of 4
 *
 * The last record of an address wins, so a record needs no other one to be understood. Nothing is text and everything has
 * its length in front, so no byte that a client chose can change what a record means.
 */
import { control } from "../machine/control";
import {
  beginJournalRecord,
  beginRecordAt,
  commitJournalRecord,
  endRecord,
  journalTakes,
  putRecordByte,
  putRecordBytes,
  putRecordWord,
  RecordKind,
} from "../machine/journal";
import { leaseClock, setWallOffset, wallOffset } from "../machine/time";
import { attributeBlockCount, BLOCK_CAPACITY, nextChainByte } from "./attributes";
import { ATTRIBUTE_HEAD, holder, readHolder } from "./holder";
import { INLINE_CHADDR, INLINE_IDENTIFIER, leaseAt } from "./lease";
import { addressOfLease } from "./scopes";

/** The state of one address. */
@unmanaged
export class LeaseRecord {
  /** Bytes of the whole record, a multiple of 4. The first four fields are a `RecordHead`. */
  size: u16;
  version: u8;
  /** `RecordKind.LEASE`. */
  kind: u8;
  /** Lease clock when the record was made, in seconds. */
  at: u32;
  /** The address, as a number. */
  address: u32;
  /** `Lease.endsAt`. */
  endsAt: u32;
  /** `LeaseState`: FREE, BOUND, RELEASED, EXPIRED or QUARANTINED. */
  state: u8;
  htype: u8;
  /** Bytes of hardware address behind the record, 0–16. */
  hlen: u8;
  /** Bytes of client identifier behind that. */
  identifierLength: u8;
}

/** A correction of the wall clock. */
@unmanaged
export class ClockRecord {
  /** As in `RecordHead`. */
  size: u16;
  version: u8;
  /** `RecordKind.CLOCK`. */
  kind: u8;
  at: u32;
  /** Seconds by which the wall clock exceeds the lease clock from `at` on. */
  offset: i32;
}

/** Bit of an attribute's tag: a reader that does not know it must refuse the record. */
export const MUST_UNDERSTAND: u32 = 0x80;

/** Most bytes of hardware address in a record: the `chaddr` field (RFC 2131 §2). */
export const MAXIMUM_HLEN: u32 = 16;

/** Seconds that the two clocks may differ from what is known before that is a step: neither is read at the same instant. */
const LEAST_STEP: i64 = 2;

/** Bytes of the longest record: three attributes, the longest identifier and hardware address, padding. */
const LONGEST_RECORD: u32 = (offsetof<LeaseRecord>() + MAXIMUM_HLEN + 255 + 3 * (ATTRIBUTE_HEAD + 255) + 3) & ~3;

/** Bytes of the longest record that an arena of `blockCount` blocks allows. */
export function longestRecord(blockCount: u32): u32 {
  const inline: u32 = offsetof<LeaseRecord>() + INLINE_CHADDR + INLINE_IDENTIFIER + 3;
  if (blockCount > LONGEST_RECORD / BLOCK_CAPACITY) return LONGEST_RECORD;
  return min((inline + blockCount * BLOCK_CAPACITY) & ~3, LONGEST_RECORD);
}

/**
 * Bytes that the records of one change need at most: that of the lease, and before it that of a lease its client held
 * till then, which has no identity any more.
 */
export function longestChange(blockCount: u32): u32 {
  return offsetof<LeaseRecord>() + longestRecord(blockCount);
}

/** Whether the journal can take the records of any one change. Asked before the change. */
export function journalHasRoom(): bool {
  return journalTakes(longestChange(attributeBlockCount));
}

/** Appends the state of a lease to the journal. */
export function recordLease(index: u32): void {
  beginJournalRecord(RecordKind.LEASE, leaseClock());
  const lease = leaseAt(index);
  putLease(index, lease.state, lease.endsAt);
  commitJournalRecord();
}

/**
 * Notes what the wall clock shows at this instant, in seconds since 1970. A step is kept beside the lease clock and
 * recorded, so that the ends of leases keep their distance from the present. false: the journal has no room; nothing changed.
 */
export function noteWallClock(seconds: u32): bool {
  const offset = i32(seconds - leaseClock());
  if (abs(i64(offset) - i64(wallOffset)) <= LEAST_STEP) return true;
  if (!journalTakes(offsetof<ClockRecord>())) return false;
  setWallOffset(offset);
  control.wallOffset = offset;
  beginJournalRecord(RecordKind.CLOCK, leaseClock());
  putRecordWord(offset);
  commitJournalRecord();
  return true;
}

/** Writes the record of a lease, as if in `state` until `endsAt`, at address `to`. Returns its bytes. */
export function writeLease(to: usize, index: u32, state: u8, endsAt: u32): u32 {
  beginRecordAt(to, RecordKind.LEASE, leaseClock());
  putLease(index, state, endsAt);
  return endRecord();
}

/** Writes the record of the clock at address `to`. Returns its bytes. */
export function writeClock(to: usize): u32 {
  beginRecordAt(to, RecordKind.CLOCK, leaseClock());
  putRecordWord(wallOffset);
  return endRecord();
}

function putLease(index: u32, state: u8, endsAt: u32): void {
  readHolder(index);
  putRecordWord(addressOfLease(index));
  putRecordWord(endsAt);
  putRecordWord(
    u32(state) | (u32(holder.htype) << 8) | (u32(holder.hlen) << 16) | (u32(holder.identifierLength) << 24),
  );
  putRecordBytes(holder.chaddr, holder.hlen);
  putRecordBytes(holder.identifier, holder.identifierLength);
  for (let tag = nextChainByte(); tag != 0; tag = nextChainByte()) {
    putRecordByte(tag);
    const length = nextChainByte();
    putRecordByte(length);
    for (let i: u32 = 0; i < length; i++) putRecordByte(nextChainByte());
  }
}

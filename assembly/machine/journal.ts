/**
 * The journal's ring and the writer of records.
 *
 * What must be durable before an answer leaves is written into a ring of bytes as whole records; the host makes them durable
 * and says so by `InputKind.DURABLE`. Positions count bytes ever produced, modulo 2³², and byte p lies at p modulo the ring's
 * size, a power of two. Records are multiples of 4 bytes, so a word never wraps. A handler asks `journalTakes` before it
 * changes anything; with that, writing cannot fail.
 *
 * The same writer fills the transfer area when records are exported: an area is a ring that is not gone round.
 */
import { control } from "./control";
import { copyBytes } from "../wire/bytes";
import { reserve } from "./memory";

/** Version of the records' layout; another one is refused. */
export const RECORD_VERSION: u32 = 1;

/** What a record is. Numbers are stable. */
export enum RecordKind {
  /** The whole state of one address of a server: `LeaseRecord`. */
  LEASE = 1,
  /** From now on the wall clock exceeds the lease clock by this much: `ClockRecord`. */
  CLOCK = 2,
  /** The lease that a client has. */
  CLIENT_LEASE = 3,
}

/** The first bytes of every record. Little-endian, like all of it. */
@unmanaged
export class RecordHead {
  /** Bytes of the whole record, a multiple of 4. */
  size: u16;
  /** `RECORD_VERSION`. */
  version: u8;
  /** `RecordKind`. */
  kind: u8;
  /** Lease clock when it was made. */
  at: u32;
}

let base: usize = 0;
let mask: u32 = 0;
let recordStart: u32 = 0;
let position: u32 = 0;

/** Reserves a ring of `size` bytes, a power of two. Returns its address. */
export function layOutJournal(size: u32): usize {
  return reserve(size, 1);
}

/** Whether the ring can take `size` more bytes before anything else becomes durable. */
export function journalTakes(size: u32): bool {
  return control.journalSize - (control.journalHead - control.journalDurable) >= size;
}

/** Takes an `InputKind.DURABLE`; false: the position is not one between what was durable and the head. */
export function journalIsDurable(durable: u32): bool {
  if (durable - control.journalDurable > control.journalHead - control.journalDurable) return false;
  control.journalDurable = durable;
  return true;
}

/** Begins a record of `kind`, made at `at`, at the journal's head. */
export function beginJournalRecord(kind: RecordKind, at: u32): void {
  base = control.journal;
  mask = control.journalSize - 1;
  beginRecord(control.journalHead, kind, at);
}

/** Begins a record of `kind`, made at `at`, at address `to`, which is aligned to 4 bytes. */
export function beginRecordAt(to: usize, kind: RecordKind, at: u32): void {
  base = to;
  mask = u32.MAX_VALUE;
  beginRecord(0, kind, at);
}

function beginRecord(start: u32, kind: RecordKind, at: u32): void {
  recordStart = start;
  position = start;
  putRecordWord((RECORD_VERSION << 16) | (u32(kind) << 24));
  putRecordWord(at);
}

/** Writes one byte of the record that was begun. */
export function putRecordByte(value: u32): void {
  store<u8>(base + (position & mask), value);
  position++;
}

/** Writes a little-endian u32 of the record; what was written before it is a multiple of 4 bytes. */
export function putRecordWord(value: u32): void {
  store<u32>(base + (position & mask), value);
  position += sizeof<u32>();
}

/** Writes `count` bytes of the record from address `from`. */
export function putRecordBytes(from: usize, count: u32): void {
  const at = position & mask;
  position += count;
  // Bytes up to the end of the area; the rest goes round.
  const first = min(count, mask - at + 1);
  copyBytes(base + at, from, first);
  copyBytes(base, from + first, count - first);
}

/** Fills the record up to a multiple of 4 bytes with zeros, puts its size into its first two bytes, and returns it. */
export function endRecord(): u32 {
  while ((position & 3) != 0) putRecordByte(0);
  const size = position - recordStart;
  store<u16>(base + (recordStart & mask), size);
  return size;
}

/** Ends a record that `beginJournalRecord` began: it is part of the journal from now on. */
export function commitJournalRecord(): void {
  const size = endRecord();
  assert(journalTakes(size));
  control.journalHead += size;
}

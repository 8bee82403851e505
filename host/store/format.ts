/**
 * The journal's bytes. All numbers are little-endian.
 *
 * Every file begins with a header of 128 bytes, the same 64 bytes twice: a repair can still read a file whose first copy was hit.
 *
 *      0            8         12            16        24          32     36         60    64
 *     ┌────────────┬─────────┬─────────────┬─────────┬───────────┬──────┬──────────┬─────┐
 *     │ magic      │ version │ CRC of 0–11 │ number  │ position  │ salt │ zero     │ CRC │  × 2
 *     └────────────┴─────────┴─────────────┴─────────┴───────────┴──────┴──────────┴─────┘
 *
 * The first 16 bytes never change, so any version can tell a later one from damage. `position` is the first blob's sequence
 * number (segment), the last one included (snapshot) or the last one written (stop mark).
 *
 * Then come entries, each a multiple of 8 bytes:
 *
 *      0            8         12       16            20     24          24 + length
 *     ┌────────────┬─────────┬────────┬─────────────┬──────┬───────────┬──────────┬──────────┐
 *     │ sequence   │ length  │ CRC of │ CRC of 0–15 │ mark │ blob      │ zero pad │ end mark │
 *     │            │         │ blob   │             │      │           │          │          │
 *     └────────────┴─────────┴────────┴─────────────┴──────┴───────────┴──────────┴──────────┘
 *
 * Both CRCs of an entry begin with the file's salt, so that no bytes of a client can pass for an entry. The marks are never
 * zero: in a file that was filled with zeros, a write that did not reach the disk whole shows as zeros where a mark or a sector should be (see scan.ts).
 * In a snapshot an entry without a blob says that the snapshot is complete.
 */
import { crc32, tableCrc32 } from "./checksum.js";

/** The version that this program writes, and the latest that it reads. */
export const FORMAT_VERSION = 1;

/** Bytes before the first entry of a file. */
export const FILE_HEADER_SIZE = 128;
const HEADER_COPY_SIZE = 64;

/** Bytes of an entry before its blob. */
export const ENTRY_HEADER_SIZE = 24;

/** Bytes of the end mark. */
const END_MARK_SIZE = 4;
const BEGIN_MARK = 0x6e696762; // "bgin"
const END_MARK = 0x21646e65; // "end!"

/** Largest blob: a limit against absurd lengths, far above what a core's journal ring holds. */
export const MAX_BLOB_SIZE = 64 << 20;

/** What a file is. The text is its magic. */
export type FileKind = "LHSEGMNT" | "LHSNAPSH" | "LHSTOPPD";

/** What a file's header says. */
export interface FileHeader {
  readonly kind: FileKind;
  /** A segment's number; 0 in other files. */
  readonly number: number;
  /** See the head of this file. */
  readonly position: number;
  /** Not zero; the checksums of entries begin with it. */
  readonly salt: number;
}

function putU64(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}

/** A u64 as a number; all ones of 53 bits when it is larger than a number can hold exactly. */
function getU64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  return high > 0x1fffff ? Number.MAX_SAFE_INTEGER : high * 2 ** 32 + view.getUint32(at, true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes of a header, both copies. */
export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_SIZE);
  const view = viewOf(bytes);
  bytes.set(Buffer.from(header.kind, "latin1"));
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
  putU64(view, 16, header.number);
  putU64(view, 24, header.position);
  view.setUint32(32, header.salt, true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  bytes.copyWithin(HEADER_COPY_SIZE, 0, HEADER_COPY_SIZE);
  return bytes;
}

/** One copy of a header, a later version's number, or null when it is damaged. */
function decodeHeaderCopy(bytes: Uint8Array, kind: FileKind): FileHeader | { laterVersion: number } | null {
  const view = viewOf(bytes);
  if (bytes.length < HEADER_COPY_SIZE || view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return null;
  if (Buffer.from(bytes.subarray(0, 8)).toString("latin1") !== kind) return null;
  const version = view.getUint32(8, true);
  if (version > FORMAT_VERSION) return { laterVersion: version };
  if (view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) return null;
  return { kind, number: getU64(view, 16), position: getU64(view, 24), salt: view.getUint32(32, true) };
}

/** What the first bytes of a file turned out to be. */
export interface DecodedHeader {
  /** From the first copy that is intact; null: neither is. */
  readonly header: FileHeader | null;
  /** Whether both copies are intact and say the same. */
  readonly intact: boolean;
  /** The file's version when it is later than this program's, else 0. */
  readonly laterVersion: number;
}

/** Reads the header of a file that should be of `kind`. */
export function decodeFileHeader(bytes: Uint8Array, kind: FileKind): DecodedHeader {
  const copies = [0, HEADER_COPY_SIZE].map((at) => bytes.subarray(at, at + HEADER_COPY_SIZE));
  let header: FileHeader | null = null;
  for (const copy of copies) {
    const decoded = decodeHeaderCopy(copy, kind);
    if (decoded && "laterVersion" in decoded)
      return { header: null, intact: false, laterVersion: decoded.laterVersion };
    header ??= decoded;
  }
  const intact = header !== null && Buffer.compare(copies[0]!, copies[1]!) === 0;
  return { header, intact, laterVersion: 0 };
}

/** Bytes that an entry takes up, for a blob of `length` bytes. */
export function entrySize(length: number): number {
  return (ENTRY_HEADER_SIZE + length + END_MARK_SIZE + 7) & ~7;
}

/** Writes an entry at `at`, where `entrySize(blob.length)` bytes are free. `blob` may already lie where it belongs. */
export function encodeEntry(into: Uint8Array, at: number, sequence: number, blob: Uint8Array, salt: number): void {
  const view = viewOf(into);
  putU64(view, at, sequence);
  view.setUint32(at + 8, blob.length, true);
  view.setUint32(at + 12, crc32(blob, salt), true);
  view.setUint32(at + 16, tableCrc32(into, salt, at, at + 16), true);
  view.setUint32(at + 20, BEGIN_MARK, true);
  into.set(blob, at + ENTRY_HEADER_SIZE);
  const markAt = at + entrySize(blob.length) - END_MARK_SIZE;
  into.fill(0, at + ENTRY_HEADER_SIZE + blob.length, markAt);
  view.setUint32(markAt, END_MARK, true);
}

/** What an entry's header says. */
export interface EntryHeader {
  readonly sequence: number;
  /** Bytes of the blob. */
  readonly length: number;
}

/** The entry header at `at`, or null when the bytes there are none. `view` is the view of `bytes`. */
export function decodeEntryHeader(bytes: Uint8Array, view: DataView, at: number, salt: number): EntryHeader | null {
  if (at + ENTRY_HEADER_SIZE > bytes.length || view.getUint32(at + 20, true) !== BEGIN_MARK) return null;
  if (view.getUint32(at + 16, true) !== tableCrc32(bytes, salt, at, at + 16)) return null;
  const length = view.getUint32(at + 8, true);
  return length > MAX_BLOB_SIZE ? null : { sequence: getU64(view, at), length };
}

/** Whether the entry at `at`, whose header says `length` and of which all bytes are there, is whole. */
export function entryIsWhole(bytes: Uint8Array, view: DataView, at: number, length: number, salt: number): boolean {
  const from = at + ENTRY_HEADER_SIZE;
  if (view.getUint32(at + entrySize(length) - END_MARK_SIZE, true) !== END_MARK) return false;
  return view.getUint32(at + 12, true) === crc32(bytes.subarray(from, from + length), salt);
}

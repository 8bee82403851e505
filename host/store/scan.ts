/**
 * Reads the entries of a file in order, checks each, and says how the file ends.
 *
 * Why a torn write can be told from damage. An entry is written only when the one before is durable, into space that was
 * filled with zeros and synced. So after the last whole entry there can be at most the remains of one append, and whatever
 * of it did not reach the disk is still zero: the end mark, the rest of the header, or a whole disk sector. Bytes that are wrong in any other
 * way, and anything that follows the place where that append would end, were not left by a crash: that is damage.
 */
import type { StoreFile } from "./files.js";
import { decodeEntryHeader, ENTRY_HEADER_SIZE, entryIsWhole, entrySize, FILE_HEADER_SIZE } from "./format.js";

/** The smallest unit that disks write whole. */
const SECTOR_SIZE = 512;

/** Bytes read at a time. */
const WINDOW_SIZE = 1 << 20;

/** A whole entry. `blob` is valid until the next batch is asked for. */
export interface ScannedEntry {
  readonly sequence: number;
  /** Where it begins in the file. */
  readonly offset: number;
  readonly blob: Uint8Array;
}

/** How a file's entries end. */
export interface ScanEnd {
  /** `clean`: only zeros follow. `torn`: the remains of an append. `damaged`: bytes that no crash explains. */
  readonly kind: "clean" | "torn" | "damaged";
  /** Offset in the file of the first byte that belongs to no whole entry. */
  readonly offset: number;
  /** Sequence number that the next entry would have. */
  readonly sequence: number;
  /** Bytes from there to the last one that isn't zero. */
  readonly strayBytes: number;
  /** What is wrong, as a clause; empty when nothing is. */
  readonly reason: string;
}

/** What is needed to read a file's entries. */
export interface ScanSource {
  readonly file: StoreFile;
  /** Bytes of the file. */
  readonly size: number;
  readonly salt: number;
}

/**
 * Yields whole entries from `offset` on, in batches, while their sequence numbers run on from `sequence`; returns how they end.
 */
export async function* scanEntries(
  { file, size, salt }: ScanSource,
  sequence: number,
  offset = FILE_HEADER_SIZE,
): AsyncGenerator<ScannedEntry[], ScanEnd> {
  let window = new Uint8Array(Math.min(WINDOW_SIZE, Math.max(0, size - offset)));
  let view = new DataView(window.buffer);
  let filled = await file.read(window, offset);
  let at = 0;
  let batch: ScannedEntry[] = [];
  for (;;) {
    const header = at + ENTRY_HEADER_SIZE <= filled ? decodeEntryHeader(window, view, at, salt) : null;
    const wanted = header ? entrySize(header.length) : ENTRY_HEADER_SIZE;
    if (at + wanted <= filled) {
      if (!header || header.sequence !== sequence || !entryIsWhole(window, view, at, header.length, salt)) break;
      const from = at + ENTRY_HEADER_SIZE;
      batch.push({ sequence, offset: offset + at, blob: window.subarray(from, from + header.length) });
      sequence++;
      at += wanted;
      continue;
    }
    if (offset + at + wanted > size) break;
    if (batch.length > 0) yield batch;
    batch = [];
    const room = Math.min(Math.max(WINDOW_SIZE, wanted), size - offset - at);
    const kept = window.subarray(at, filled);
    if (room > window.length) {
      window = new Uint8Array(room);
      view = new DataView(window.buffer);
    }
    window.set(kept);
    offset += at;
    at = 0;
    filled = kept.length + (await file.read(window.subarray(kept.length, room), offset + kept.length));
    if (filled < wanted) break;
  }
  if (batch.length > 0) yield batch;
  const rest = new Uint8Array(Math.max(0, size - offset - at));
  const restLength = await file.read(rest, offset + at);
  return classifyEnd(rest.subarray(0, restLength), offset + at, sequence, salt);
}

/** Bytes up to the last one that isn't zero. */
function usedLength(bytes: Uint8Array): number {
  let used = bytes.length;
  while (used > 0 && bytes[used - 1] === 0) used--;
  return used;
}

/** Whether the part of some disk sector that lies in `[0, extent)` is all zeros; `offset` is where `bytes` begin in the file. */
function hasEmptySector(bytes: Uint8Array, offset: number, extent: number): boolean {
  for (let from = 0; from < extent; ) {
    const to = Math.min(extent, from + SECTOR_SIZE - ((offset + from) % SECTOR_SIZE));
    if (usedLength(bytes.subarray(from, to)) === 0) return true;
    from = to;
  }
  return false;
}

/** Where the next entry with a sound header begins in `bytes`, from `from` on, or −1. Entries are aligned to 8 bytes. */
export function findEntry(bytes: Uint8Array, from: number, salt: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = (from + 7) & ~7; at + ENTRY_HEADER_SIZE <= bytes.length; at += 8) {
    if (decodeEntryHeader(bytes, view, at, salt)) return at;
  }
  return -1;
}

/** Says what the bytes after the last whole entry are. They begin at `offset` in the file and reach to its end. */
function classifyEnd(rest: Uint8Array, offset: number, sequence: number, salt: number): ScanEnd {
  const strayBytes = usedLength(rest);
  const end = (kind: ScanEnd["kind"], reason: string): ScanEnd => ({ kind, offset, sequence, strayBytes, reason });
  if (strayBytes === 0) return end("clean", "");
  const header = decodeEntryHeader(rest, new DataView(rest.buffer, rest.byteOffset, rest.byteLength), 0, salt);
  if (header && header.sequence !== sequence)
    return end("damaged", `blob ${header.sequence} stands where blob ${sequence} belongs`);
  if (!header && findEntry(rest, 8, salt) >= 0) return end("damaged", "it is unreadable, and later blobs follow");
  const extent = header ? entrySize(header.length) : Math.max(ENTRY_HEADER_SIZE, strayBytes);
  if (strayBytes > extent) return end("damaged", "its checksum does not match, and more follows it");
  if (extent > rest.length) return end("damaged", "the file ends in the middle of it");
  if (strayBytes < extent || hasEmptySector(rest, offset, extent))
    return end("torn", "an append that a crash cut short");
  return end("damaged", header ? "its checksum does not match" : "it is unreadable");
}

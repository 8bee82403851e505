/**
 * Reads a whole journal in order: the newest snapshot, then the segments from its position on.
 *
 * Segment n counts up to the blob before the first one of segment n + 1; whatever stands behind that in it (an append that failed
 * and was written again, a torn end) was never promised. So the end of a segment is judged by its successor, and only
 * the last one may end torn.
 *
 * The reader reports damage and goes on behind it as far as it can; whoever must not go on throws from the handler. So a
 * start, a check and a repair read by the same rules.
 */
import type { DamageHandler } from "./damage.js";
import type { Files, StoreFile } from "./files.js";
import { FILE_HEADER_SIZE } from "./format.js";
import type { Inventory, JournalFile, SegmentFile } from "./inventory.js";
import type { ScanEnd, ScannedEntry } from "./scan.js";
import { findEntry, scanEntries } from "./scan.js";

type Readable = Pick<JournalFile, "path" | "size" | "header">;

/** Blobs by their sequence numbers, both ends included. */
export interface BlobRange {
  readonly first: number;
  readonly last: number;
}

/** How a journal ends. */
export interface JournalEnd {
  /** The sequence number that the next blob gets. */
  readonly next: number;
  /** The last segment, if there is one. */
  readonly lastSegment: SegmentFile | null;
  /** Offset in the last segment behind its last whole entry. */
  readonly endOffset: number;
  /** Offset of that last entry, if it isn't in the snapshot; null: there is none. */
  readonly lastOffset: number | null;
  /** Bytes of a torn append behind it. */
  readonly tornBytes: number;
  /** Blobs behind the snapshot's position that are not there, in order; empty without damage. */
  readonly missing: readonly BlobRange[];
}

/** The position of the newest snapshot: 0 without one. */
export function positionOf(inventory: Inventory): number {
  return inventory.snapshots.at(-1)?.header.position ?? 0;
}

/**
 * The segments that hold something behind `position`. One whose successor begins at or before the next blob that is needed holds
 * nothing any more, nor does one whose successor begins with the same blob.
 */
export function neededSegments<T extends { readonly first: number }>(segments: readonly T[], position: number): T[] {
  return segments.filter(({ first }, index) => {
    const successor = segments[index + 1];
    return successor === undefined || (successor.first > position + 1 && successor.first !== first);
  });
}

/** Where the next readable entry lies behind a damaged one, and its sequence number; null: nowhere. */
async function resume(
  file: StoreFile,
  { size, header }: Readable,
  { offset, sequence }: ScanEnd,
): Promise<{ offset: number; sequence: number } | null> {
  const rest = new Uint8Array(Math.max(0, size - offset));
  await file.read(rest, offset);
  for (let at = 8; ; at += 8) {
    at = findEntry(rest, at, header.salt);
    if (at < 0) return null;
    const found = Number(new DataView(rest.buffer).getBigUint64(at, true));
    if (found >= sequence) return { offset: offset + at, sequence: found };
  }
}

/** Yields the whole entries of a file in batches; reports damage and goes on behind it. `end` is the last part's. */
async function* readEntries(
  file: StoreFile,
  { path, size, header }: Readable,
  first: number,
  onDamage: DamageHandler,
): AsyncGenerator<ScannedEntry[], ScanEnd> {
  let from = { offset: FILE_HEADER_SIZE, sequence: first };
  for (;;) {
    const end = yield* scanEntries({ file, size, salt: header.salt }, from.sequence, from.offset);
    if (end.kind !== "damaged") return end;
    onDamage({ path, offset: end.offset, sequence: end.sequence, problem: end.reason });
    const next = await resume(file, { path, size, header }, end);
    if (!next) return end;
    from = next;
  }
}

/** Yields a snapshot's entries. It must end with an entry without a blob, and nothing behind it. */
async function* readSnapshot(
  files: Files,
  snapshot: JournalFile,
  onDamage: DamageHandler,
): AsyncGenerator<ScannedEntry[]> {
  const file = await files.open(snapshot.path, "read");
  try {
    let complete = false;
    const entries = readEntries(file, snapshot, 1, (damage) => onDamage({ ...damage, sequence: null }));
    let step = await entries.next();
    for (; !step.done; step = await entries.next()) {
      if (complete) break;
      complete = step.value.at(-1)!.blob.length === 0;
      yield step.value.filter((entry) => entry.blob.length > 0);
    }
    const whole = complete && step.done === true && step.value.offset === snapshot.size;
    const offset = step.done === true ? step.value.offset : null;
    if (!whole)
      onDamage({ path: snapshot.path, offset, sequence: null, problem: "the snapshot does not end where it should" });
  } finally {
    await file.close();
  }
}

/** What reading a segment came to. */
interface SegmentRead {
  readonly end: ScanEnd;
  /** Offset of the last entry that was yielded. */
  readonly lastOffset: number | null;
  /** Entries between them that were not there. */
  readonly missing: readonly BlobRange[];
}

/** Yields the entries of a segment from blob `from` up to, and without, blob `until`; null: to its end. */
async function* readSegment(
  files: Files,
  segment: SegmentFile,
  from: number,
  until: number | null,
  onDamage: DamageHandler,
): AsyncGenerator<ScannedEntry[], SegmentRead> {
  const file = await files.open(segment.path, "read");
  let lastOffset: number | null = null;
  const missing: BlobRange[] = [];
  let next = segment.first;
  let expected = Math.max(from, next);
  const needed = (sequence: number | null) => until === null || (sequence ?? next) < until;
  try {
    const entries = readEntries(file, segment, next, (damage) => {
      if (needed(damage.sequence)) onDamage(damage);
    });
    let step = await entries.next();
    for (; !step.done; step = await entries.next()) {
      const batch = step.value.filter((entry) => entry.sequence >= from && needed(entry.sequence));
      next = step.value.at(-1)!.sequence + 1;
      if (batch.length === 0) continue;
      const [first, last] = [batch[0]!, batch.at(-1)!];
      if (first.sequence > expected) missing.push({ first: expected, last: first.sequence - 1 });
      expected = last.sequence + 1;
      lastOffset = last.offset;
      yield batch;
    }
    return { end: step.value, lastOffset, missing };
  } finally {
    await file.close();
  }
}

/** What must not be at the end of a journal that was stopped cleanly, as a clause; empty: nothing is. */
function judgeStop({ stoppedAfter, hasStopMark }: Inventory, next: number, end: ScanEnd | null): string {
  if (stoppedAfter !== null && stoppedAfter !== next - 1) {
    return `it was stopped cleanly after blob ${stoppedAfter}, and ends with blob ${next - 1}`;
  }
  return hasStopMark && end?.kind === "torn" ? "it was stopped cleanly, and its end is torn" : "";
}

/** Yields a journal's blobs in order; returns how it ends. */
export async function* readJournal(
  files: Files,
  inventory: Inventory,
  onDamage: DamageHandler,
): AsyncGenerator<ScannedEntry[], JournalEnd> {
  const position = positionOf(inventory);
  const snapshot = inventory.snapshots.at(-1);
  if (snapshot) yield* readSnapshot(files, snapshot, onDamage);
  const needed = neededSegments(inventory.segments, position);
  let next = position + 1;
  const missing: BlobRange[] = [];
  let lastOffset: number | null = null;
  let end: ScanEnd | null = null;
  for (const [index, segment] of needed.entries()) {
    const until = needed[index + 1]?.first ?? null;
    if (segment.first > next) {
      missing.push({ first: next, last: segment.first - 1 });
      const problem = `blobs ${next} to ${segment.first - 1}, which belong before it, are missing`;
      onDamage({ path: segment.path, offset: null, sequence: next, problem });
    }
    if (until !== null && until < segment.first) {
      const problem = `its successor begins with blob ${until}, before it`;
      onDamage({ path: segment.path, offset: null, sequence: until, problem });
    }
    const read = yield* readSegment(files, segment, position + 1, until, onDamage);
    ({ end, lastOffset } = read);
    missing.push(...read.missing);
    const goal = until ?? position + 1;
    if (end.sequence < goal) {
      if (goal > position + 1) missing.push({ first: Math.max(end.sequence, position + 1), last: goal - 1 });
      const problem = `it ends before blob ${goal}, where it should go on`;
      if (end.kind !== "damaged") onDamage({ path: segment.path, offset: end.offset, sequence: end.sequence, problem });
    }
    next = Math.max(next, until ?? end.sequence);
  }
  const lastSegment = inventory.segments.at(-1) ?? null;
  const problem = judgeStop(inventory, next, end);
  const last = Math.max(inventory.stoppedAfter ?? 0, end?.kind === "damaged" ? next : 0);
  if (last >= next) missing.push({ first: next, last });
  if (problem && end?.kind !== "damaged") {
    onDamage({ path: lastSegment?.path ?? inventory.folder, offset: end?.offset ?? null, sequence: next, problem });
  }
  next = Math.max(next, last + 1);
  return {
    next,
    lastSegment,
    endOffset: end?.offset ?? 0,
    lastOffset,
    tornBytes: end?.kind === "torn" ? end.strayBytes : 0,
    missing,
  };
}

/**
 * What lies in a journal's folder: which files, and what their headers say. Nothing is changed by looking.
 */
import { join } from "node:path";
import type { DamageHandler } from "./damage.js";
import type { Files } from "./files.js";
import type { FileHeader, FileKind } from "./format.js";
import { decodeFileHeader, FILE_HEADER_SIZE, FORMAT_VERSION } from "./format.js";
import { isPartial, segmentNumber, snapshotPosition, STOPPED_NAME } from "./names.js";
import { StoreError } from "./store.js";

/** A segment or a snapshot. */
export interface JournalFile {
  readonly name: string;
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly header: FileHeader;
}

/** A segment. */
export interface SegmentFile extends JournalFile {
  readonly number: number;
  /** The sequence number of its first blob. */
  readonly first: number;
}

/** The files of a journal. */
export interface Inventory {
  readonly folder: string;
  /** By number. */
  readonly segments: readonly SegmentFile[];
  /** By position: the last one counts. */
  readonly snapshots: readonly JournalFile[];
  /** The blob after which the journal was stopped cleanly; null: it was not. */
  readonly stoppedAfter: number | null;
  /** Whether there is a mark of a clean stop, legible or not. */
  readonly hasStopMark: boolean;
  /** Names of files that were being written when a process ended. */
  readonly partials: readonly string[];
  /** The highest segment number in use, legible or not; 0: none. */
  readonly highestSegment: number;
}

async function readHeader(
  files: Files,
  path: string,
  kind: FileKind,
  onDamage: DamageHandler,
): Promise<{ header: FileHeader | null; size: number }> {
  const file = await files.open(path, "read");
  try {
    const bytes = new Uint8Array(FILE_HEADER_SIZE);
    const decoded = decodeFileHeader(bytes.subarray(0, await file.read(bytes, 0)), kind);
    if (decoded.laterVersion > 0) {
      throw new StoreError(
        "later-version",
        `${path} has format ${decoded.laterVersion}, and this version of Leasehold reads up to ${FORMAT_VERSION}.`,
        "Start the later version of Leasehold that wrote it.",
      );
    }
    if (!decoded.intact)
      onDamage({ path, offset: 0, sequence: null, problem: "its header does not match its checksum" });
    return { header: decoded.header, size: await file.size() };
  } finally {
    await file.close();
  }
}

/** Whether a header says what the file's name says. */
function agrees(header: FileHeader, name: string): boolean {
  return header.kind === "LHSEGMNT"
    ? header.number === segmentNumber(name)
    : header.position === snapshotPosition(name);
}

/**
 * Looks at a folder. A file whose header is beyond reading is reported and left out.
 * @throws {StoreError} "later-version"
 */
export async function takeInventory(files: Files, folder: string, onDamage: DamageHandler): Promise<Inventory> {
  const names = (await files.list(folder)).sort();
  const segments: SegmentFile[] = [];
  const snapshots: JournalFile[] = [];
  for (const name of names) {
    const isSegment = segmentNumber(name) !== undefined;
    if (!isSegment && snapshotPosition(name) === undefined) continue;
    const path = join(folder, name);
    const { header, size } = await readHeader(files, path, isSegment ? "LHSEGMNT" : "LHSNAPSH", onDamage);
    if (!header) continue;
    if (!agrees(header, name))
      onDamage({ path, offset: 0, sequence: null, problem: "its header belongs to another name" });
    if (isSegment) segments.push({ name, path, size, header, number: header.number, first: header.position });
    else snapshots.push({ name, path, size, header });
  }
  const hasStopMark = names.includes(STOPPED_NAME);
  const mark = hasStopMark ? await readHeader(files, join(folder, STOPPED_NAME), "LHSTOPPD", onDamage) : null;
  return {
    folder,
    segments,
    snapshots,
    stoppedAfter: mark?.header?.position ?? null,
    hasStopMark,
    partials: names.filter(isPartial),
    highestSegment: Math.max(0, ...names.map((name) => segmentNumber(name) ?? 0)),
  };
}

/**
 * The names in a journal's folder. Numbers are padded, so that a listing shows files in their order.
 *
 *     lock                          who holds it
 *     segment-0000000003.journal    blobs in order; a higher number continues a lower one
 *     snapshot-0000000000001234.journal   everything up to blob 1234
 *     stopped.journal               it was stopped cleanly, and after which blob
 *     *.partial                     being written when the process ended: removed at the next start
 *     damaged-2026-01-31T…          a folder with what a repair replaced
 */
/** The lock file. */
export const LOCK_NAME = "lock";

/** The mark of a clean stop. */
export const STOPPED_NAME = "stopped.journal";

const SEGMENT = /^segment-(\d{10})\.journal$/;
const SNAPSHOT = /^snapshot-(\d{16})\.journal$/;
const PARTIAL = /\.partial$/;

/** Largest number a segment may have: ten digits. */
export const MAX_SEGMENT_NUMBER = 9_999_999_999;

/** The name of segment `number`. */
export function segmentName(number: number): string {
  return `segment-${String(number).padStart(10, "0")}.journal`;
}

/** The name of the snapshot of everything up to blob `position`. */
export function snapshotName(position: number): string {
  return `snapshot-${String(position).padStart(16, "0")}.journal`;
}

/** The segment number in a name, or undefined. */
export function segmentNumber(name: string): number | undefined {
  const digits = SEGMENT.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The position in a snapshot's name, or undefined. */
export function snapshotPosition(name: string): number | undefined {
  const digits = SNAPSHOT.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a file was being written when its process ended. */
export function isPartial(name: string): boolean {
  return PARTIAL.test(name);
}

/** Whether a file of that name shows that its folder is a journal's. */
export function isJournalFile(name: string): boolean {
  return name === STOPPED_NAME || SEGMENT.test(name) || SNAPSHOT.test(name);
}

/**
 * Makes a damaged journal one that a server can start with again: everything that can still be read becomes a snapshot, and all
 * files that were there before go, as they are, into a folder of their own.
 *
 * Blobs behind a damaged one are kept: a blob is the whole state of its addresses, so leaving one out is no worse for
 * the others. The new snapshot's position is one blob behind everything that was ever written. It is durable before
 * anything is moved, so a repair that is interrupted can be done again.
 */
import { join } from "node:path";
import type { JournalReport } from "./check.js";
import { lockExisting, survey } from "./check.js";
import { type Files, systemFiles } from "./files.js";
import { isJournalFile, isPartial, snapshotName, snapshotPosition } from "./names.js";
import { SnapshotFile } from "./snapshot.js";

/** What a repair did. */
export interface RepairReport {
  /** What was found before it. */
  readonly before: JournalReport;
  /** Where the former files are; null: nothing had to be done. */
  readonly movedTo: string | null;
}

/**
 * Repairs the journal in `folder`, unless it is intact.
 * @param now names the folder that takes the former files
 * @throws {StoreError} it isn't there, a server holds it, a later version wrote it, or the folder isn't this user's
 */
export async function repairJournal(
  folder: string,
  now: Date = new Date(),
  files: Files = systemFiles,
): Promise<RepairReport> {
  const lock = await lockExisting(files, folder, "exclusive");
  try {
    await files.prepareFolder(folder);
    const before = await survey(files, folder, () => {});
    if (before.damages.length === 0) return { before, movedTo: null };
    const names = await files.list(folder);
    for (const name of names.filter(isPartial)) await files.unlink(join(folder, name));
    const position = Math.max(before.next, ...names.map((name) => (snapshotPosition(name) ?? 0) + 1));
    const snapshot = await SnapshotFile.create(files, folder, position);
    try {
      await survey(files, folder, (blob) => snapshot.write(blob));
      await snapshot.commit();
    } catch (error) {
      await snapshot.abandon();
      throw error;
    }
    return { before, movedTo: await moveAside(files, folder, names, snapshotName(position), now) };
  } finally {
    await lock.release();
  }
}

/** Moves the former files into a folder of their own, and returns its path. The new snapshot needs none of them. */
async function moveAside(
  files: Files,
  folder: string,
  names: readonly string[],
  kept: string,
  now: Date,
): Promise<string> {
  const aside = join(folder, `damaged-${now.toISOString().replaceAll(":", "")}`);
  await files.makeFolder(aside);
  const former = names.filter((name) => isJournalFile(name) && name !== kept);
  for (const name of former) await files.rename(join(folder, name), join(aside, name));
  await files.syncFolder(aside);
  await files.syncFolder(folder);
  return aside;
}

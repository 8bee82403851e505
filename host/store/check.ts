/**
 * Reads a whole journal and says what of it is intact, without changing anything: everything that is damaged, not only the first
 * thing, and what a repair would keep and lose.
 */
import { join } from "node:path";
import type { Damage } from "./damage.js";
import { type Files, systemFiles } from "./files.js";
import { takeInventory } from "./inventory.js";
import type { FileLock, LockMode } from "./lock.js";
import { isJournalFile, LOCK_NAME } from "./names.js";
import { type BlobRange, positionOf, readJournal } from "./reading.js";
import { readingRefused, StoreError } from "./store.js";

/** What a check found. */
export interface JournalReport {
  readonly folder: string;
  /** Everything up to this blob is in the newest snapshot; 0: there is none. */
  readonly position: number;
  /** Blobs of the snapshot and behind it that can be read, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
  /** Segments with blobs that are needed or were superseded. */
  readonly segments: number;
  /** Blobs behind the snapshot that are lost. */
  readonly missing: readonly BlobRange[];
  /** Bytes of an append that a crash cut short: no promise, and cut by the next start. */
  readonly tornBytes: number;
  /** Whether the journal was stopped cleanly. */
  readonly stoppedCleanly: boolean;
  /** Everything that is wrong; empty: a server will start. */
  readonly damages: readonly Damage[];
}

/** Takes the lock of a journal that must be there already. */
export async function lockExisting(files: Files, folder: string, mode: LockMode): Promise<FileLock> {
  try {
    const names = await files.list(folder);
    // A new state folder is an empty journal; somebody else's folder is none, and gets no lock file either.
    if (names.length > 0 && !names.some((name) => name === LOCK_NAME || isJournalFile(name))) {
      throw new StoreError(
        "folder",
        `${folder} holds no journal, but other things.`,
        "Name the server's state folder.",
      );
    }
    return await files.lock(join(folder, LOCK_NAME), mode);
  } catch (cause) {
    throw readingRefused(folder, cause);
  }
}

/** Reads everything that can be read; `onBlob` is given each blob, valid until it returns. The caller holds the lock. */
export async function survey(
  files: Files,
  folder: string,
  onBlob: (blob: Uint8Array) => Promise<void> | void,
): Promise<JournalReport & { readonly next: number }> {
  const damages: Damage[] = [];
  const onDamage = (damage: Damage) => {
    damages.push(damage);
  };
  const inventory = await takeInventory(files, folder, onDamage);
  const entries = readJournal(files, inventory, onDamage);
  let blobs = 0;
  let bytes = 0;
  let step = await entries.next();
  for (; !step.done; step = await entries.next()) {
    for (const { blob } of step.value) {
      blobs++;
      bytes += blob.length;
      await onBlob(blob);
    }
  }
  return {
    folder,
    position: positionOf(inventory),
    blobs,
    bytes,
    segments: inventory.segments.length,
    missing: step.value.missing,
    tornBytes: step.value.tornBytes,
    stoppedCleanly: inventory.hasStopMark,
    damages,
    next: step.value.next,
  };
}

/**
 * Checks the journal in `folder`.
 * @throws {StoreError} it isn't there, a server holds it, or a later version wrote it
 */
export async function checkJournal(folder: string, files: Files = systemFiles): Promise<JournalReport> {
  const lock = await lockExisting(files, folder, "shared");
  try {
    return await survey(files, folder, () => {});
  } catch (cause) {
    throw readingRefused(folder, cause);
  } finally {
    await lock.release();
  }
}

/**
 * What keeps the server's promises: an ordered journal of blobs, with snapshots.
 *
 * A blob is what one batch of inputs made the core record: whole records, one commit. A store knows nothing of what is in
 * it. The table of leases lives in the core, so a store needs no index: it is written in order, and read once, at the start.
 *
 *     append ──▶ blob 1 │ blob 2 │ … │ blob n        replay gives: the newest snapshot's blobs, then every
 *                       └ snapshot begun here        blob appended after the snapshot was begun
 *
 * Implementations: `memory.ts` (nothing outlives the process) and `journal.ts` (a folder on disk). Several servers sharing
 * leases will be a third one, which is why an append may be answered "fenced".
 */
import { reasonOf } from "../reasons.js";
import { UserError } from "../user-error.js";

/**
 * What became of a blob.
 *
 * - `durable`: it survives a crash at any later instant.
 * - `retry`: a passing fault (a full disk, say). Nothing is promised; a restart may find the blob or not. Ask again later, with the
 *   same records or with more behind them.
 * - `fenced`: this process no longer holds the store and never will again. Stop answering.
 */
export type AppendOutcome = "durable" | "retry" | "fenced";

/** Where a store's promises are kept. One owner, one append at a time. */
export interface Store {
  /**
   * All blobs in order, the newest snapshot's first. Read once and to its end, before the first append: only then is the end of
   * the journal known. A blob's bytes are valid until the next one is asked for.
   * @throws {StoreError} the store is damaged, or can't be made ready for appending
   */
  replay(): AsyncIterable<Uint8Array>;
  /**
   * Makes a blob durable. The bytes are copied before the call returns its promise, so `blob` may lie in memory that changes.
   * One at a time: the promise of the one before must have settled. Never rejects for a fault of the storage.
   * @param blob whole records, at least one byte
   */
  append(blob: Uint8Array): Promise<AppendOutcome>;
  /** Whether so much has been appended since the last snapshot that a new one pays. False while one is being written. */
  readonly wantsSnapshot: boolean;
  /**
   * Begins a snapshot whose position is everything that is durable now; what is appended later is replayed after it. Appends
   * may go on between its writes. One at a time.
   */
  beginSnapshot(): Promise<SnapshotWriter>;
  /** What the store has done since it was opened; read at any time. */
  readonly statistics: Readonly<StoreStatistics>;
  /** Finishes the append under way, abandons a snapshot under way, marks a clean stop, and lets go of the store. */
  close(): Promise<void>;
}

/**
 * A snapshot being written: records that together say everything that had been appended when it was begun. They may say
 * newer things too. Commit it only after everything that the core had recorded when its last record was exported is durable:
 * otherwise a crash could leave one half of a change that belongs together.
 */
export interface SnapshotWriter {
  /**
   * Writes the next records; the bytes are copied before the call returns its promise.
   * @returns false: a fault (see `StoreStatistics.lastFault`) ended this snapshot. The journal is as good as before.
   */
  write(records: Uint8Array): Promise<boolean>;
  /** Makes the snapshot the one that replay begins with, and drops what it replaces. False: a fault ended it. */
  commit(): Promise<boolean>;
  /** Gives it up. */
  abandon(): Promise<void>;
}

/** Counts since the store was opened. */
export interface StoreStatistics {
  /** Blobs that became durable. */
  appends: number;
  /** Bytes of those blobs. */
  appendedBytes: number;
  /** Appends that were answered "retry". */
  retries: number;
  /** Blobs that replay gave. */
  replayedBlobs: number;
  /** Bytes of those blobs. */
  replayedBytes: number;
  /** Snapshots committed. */
  snapshots: number;
  /** Snapshots that a fault ended. */
  failedSnapshots: number;
  /** The last fault of the storage, as a sentence; empty: none yet. */
  lastFault: string;
}

/** What to throw when reading failed: the system's faults as a refusal, everything else as it is. */
export function readingRefused(folder: string, cause: unknown): unknown {
  if (cause instanceof StoreError || typeof (cause as NodeJS.ErrnoException).code !== "string") return cause;
  const { path = `A file in ${folder}` } = cause as NodeJS.ErrnoException;
  return new StoreError(
    "fault",
    `${path} can't be read: ${reasonOf(cause)}.`,
    "Name a folder with a journal in it, and run this as the user who owns it.",
    { cause },
  );
}

/** All counts at zero. */
export function newStoreStatistics(): StoreStatistics {
  return {
    appends: 0,
    appendedBytes: 0,
    retries: 0,
    replayedBlobs: 0,
    replayedBytes: 0,
    snapshots: 0,
    failedSnapshots: 0,
    lastFault: "",
  };
}

/** Why a store refuses. */
export type StoreErrorKind =
  /** Bytes are not what was written, or files are missing. */
  | "damaged"
  /** Written by a later version of Leasehold. */
  | "later-version"
  /** Another process holds it. */
  | "held"
  /** The folder can't be used: it isn't there, isn't ours, or is open to others. */
  | "folder"
  /** The storage failed: a full disk, an input/output error. */
  | "fault"
  /** This platform lacks what the store needs. */
  | "platform";

/** A store's refusal. */
export class StoreError extends UserError {
  override readonly name = "StoreError";

  constructor(
    /** Why, for programs. */
    readonly kind: StoreErrorKind,
    message: string,
    advice: string,
    options?: ErrorOptions,
  ) {
    super(message, advice, options);
  }
}

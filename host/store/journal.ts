/**
 * The store on disk: a folder with a segmented log and its newest snapshot (DESIGN.md, "The store").
 *
 * What a start does, in this order, so that a crash anywhere in it loses nothing: take the lock; read and check everything; sync the
 * folder (names that were found are durable now); remove the mark of a clean stop; cut what a crash left behind the last blob;
 * write the last blob once more into a new segment, unless the stop was clean. The last step is there because a process that
 * was killed leaves bytes that can be read but may never have reached the disk, and no promise may rest on those; every blob
 * before the last one was synced before its successor was written.
 */
import { join } from "node:path";
import { damageError } from "./damage.js";
import type { Files } from "./files.js";
import { systemFiles, writeWhole } from "./files.js";
import { encodeFileHeader, MAX_BLOB_SIZE } from "./format.js";
import type { Inventory } from "./inventory.js";
import { takeInventory } from "./inventory.js";
import type { FileLock } from "./lock.js";
import { Log, newSalt } from "./log.js";
import { LOCK_NAME, snapshotPosition, STOPPED_NAME } from "./names.js";
import type { JournalEnd } from "./reading.js";
import { neededSegments, positionOf, readJournal } from "./reading.js";
import { SnapshotFile } from "./snapshot.js";
import type { AppendOutcome, SnapshotWriter, Store, StoreStatistics } from "./store.js";
import { newStoreStatistics, StoreError } from "./store.js";

/** What a journal has to tell while it works. */
export interface StoreEvent {
  readonly level: "info" | "warning";
  /** A sentence without its full stop. */
  readonly message: string;
}

/** How a journal is opened. */
export interface JournalOptions {
  /** The file system; the operating system's by default. */
  readonly files?: Files;
  /** Bytes of a segment. A larger one is started less often, and takes more room on the disk: two are always there. */
  readonly segmentSize?: number;
  /** Is told what happened. */
  readonly onEvent?: (event: StoreEvent) => void;
}

const DEFAULT_SEGMENT_SIZE = 4 << 20;

/** A snapshot pays when the log is longer than so many segments, and longer than the last snapshot … */
const SNAPSHOT_AFTER_SEGMENTS = 4;

/** … or when many restarts have left many short segments. */
const MAX_SEGMENT_FILES = 64;

/**
 * Opens the journal in `folder`, which is created if it isn't there, and takes its lock.
 * @throws {StoreError} it can't be used: see `StoreErrorKind`
 */
export async function openJournal(folder: string, options: JournalOptions = {}): Promise<Store> {
  const files = options.files ?? systemFiles;
  await files.prepareFolder(folder);
  const lock = await files.lock(join(folder, LOCK_NAME), "exclusive");
  try {
    const inventory = await takeInventory(files, folder, (damage) => {
      throw damageError(damage, folder);
    });
    return new Journal(files, lock, inventory, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class Journal implements Store {
  readonly statistics: StoreStatistics = newStoreStatistics();
  readonly #folder: string;
  readonly #segmentSize: number;
  readonly #log: Log;
  readonly #onEvent: (event: StoreEvent) => void;
  #state: "opened" | "replaying" | "ready" | "fenced" | "closed" = "opened";
  #next = 1;
  /** Whether a stop may be called clean: nothing is behind the last blob. */
  #endIsClean = true;
  #appending: Promise<AppendOutcome> | null = null;
  #snapshot: SnapshotFile | null = null;
  #snapshotBytes: number;
  /** Bytes of blobs behind the snapshot's position. */
  #logBytes = 0;
  /** A failed snapshot is tried again when the log is so long. */
  #snapshotNotBefore = 0;

  constructor(
    private readonly files: Files,
    private readonly lock: FileLock,
    private readonly inventory: Inventory,
    { segmentSize, onEvent }: JournalOptions,
  ) {
    this.#folder = inventory.folder;
    this.#segmentSize = segmentSize ?? DEFAULT_SEGMENT_SIZE;
    this.#onEvent = onEvent ?? (() => {});
    this.#snapshotBytes = inventory.snapshots.at(-1)?.size ?? 0;
    const { segments, highestSegment } = inventory;
    const onFault = (action: string, error: unknown) => this.#fault(action, error);
    this.#log = new Log(files, this.#folder, this.#segmentSize, highestSegment, [...segments], onFault);
  }

  #fault(action: string, error: unknown): void {
    this.statistics.lastFault = `${action} in ${this.#folder} failed: ${(error as Error).message}`;
    this.#onEvent({ level: "warning", message: this.statistics.lastFault });
  }

  async *replay(): AsyncGenerator<Uint8Array> {
    if (this.#state !== "opened") throw new Error("A journal is replayed once, before the first append.");
    this.#state = "replaying";
    const entries = readJournal(this.files, this.inventory, (damage) => {
      throw damageError(damage, this.#folder);
    });
    let lastBlob: Uint8Array | null = null;
    let step = await entries.next();
    for (; !step.done; step = await entries.next()) {
      for (const { blob } of step.value) {
        this.statistics.replayedBlobs++;
        this.statistics.replayedBytes += blob.length;
        lastBlob = blob;
        yield blob;
      }
    }
    try {
      await this.#begin(step.value, lastBlob);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw this.#unready("making the journal ready", error);
    }
  }

  #unready(action: string, cause: unknown): StoreError {
    return new StoreError(
      "fault",
      `${action} in ${this.#folder} failed: ${(cause as Error).message}`,
      "Nothing is lost. Free some room on that disk, or see the system's log for what is wrong with it, then start again.",
      { cause },
    );
  }

  /** Makes ready for appending: see the head of this file. `lastBlob` is the last one replayed. */
  async #begin(end: JournalEnd, lastBlob: Uint8Array | null): Promise<void> {
    await this.files.syncFolder(this.#folder);
    for (const name of this.inventory.partials) await this.files.unlink(join(this.#folder, name));
    if (this.inventory.hasStopMark) {
      await this.files.unlink(join(this.#folder, STOPPED_NAME));
      await this.files.syncFolder(this.#folder);
    } else if (end.lastSegment) {
      this.#onEvent({
        level: "info",
        message: `${this.#folder} was not stopped cleanly; every lease up to blob ${end.next - 1} is here`,
      });
    }
    await this.#cutTail(end);
    this.#next = end.next;
    this.#logBytes = Math.max(0, this.statistics.replayedBytes - this.#snapshotBytes);
    if (!this.inventory.hasStopMark && end.lastOffset !== null && lastBlob !== null) {
      const rewritten = await this.#log.append(end.next - 1, lastBlob);
      if (!rewritten) throw this.#unready("making the last blob durable", new Error(this.statistics.lastFault));
    }
    await this.#dropReplaced(positionOf(this.inventory));
    this.#state = "ready";
  }

  /** Cuts zeros and torn bytes behind the last blob: they only take up room. */
  async #cutTail({ lastSegment, endOffset, tornBytes }: JournalEnd): Promise<void> {
    if (!lastSegment || lastSegment.size === endOffset) return;
    if (tornBytes > 0) {
      const message = `${lastSegment.path}: cut ${tornBytes} bytes of an append that a crash interrupted at byte ${endOffset}; it was never promised`;
      this.#onEvent({ level: "warning", message });
    }
    try {
      const file = await this.files.open(lastSegment.path, "change");
      try {
        await file.truncate(endOffset);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#endIsClean = tornBytes === 0;
      this.#fault("cutting the end of the last segment", error);
    }
  }

  append(blob: Uint8Array): Promise<AppendOutcome> {
    if (this.#state === "fenced") return Promise.resolve("fenced");
    if (this.#state !== "ready" || this.#appending)
      throw new Error("A journal takes one append at a time, after it was replayed.");
    if (blob.length === 0 || blob.length > MAX_BLOB_SIZE)
      throw new Error(`A blob has 1 to ${MAX_BLOB_SIZE} bytes, not ${blob.length}.`);
    this.#appending = this.#settle(this.#log.append(this.#next, blob), blob.length);
    return this.#appending;
  }

  async #settle(written: Promise<boolean>, length: number): Promise<AppendOutcome> {
    const [durable, holds] = await Promise.all([written, this.lock.holds()]);
    this.#appending = null;
    this.#endIsClean = this.#log.isClean;
    if (!holds) return this.#fence();
    if (!durable) {
      this.statistics.retries++;
      return "retry";
    }
    this.#next++;
    this.#logBytes += length;
    this.statistics.appends++;
    this.statistics.appendedBytes += length;
    return "durable";
  }

  #fence(): AppendOutcome {
    this.#state = "fenced";
    this.#fault(
      "keeping hold of the journal",
      new Error("its lock file was replaced or removed; another process may own it now"),
    );
    return "fenced";
  }

  get wantsSnapshot(): boolean {
    if (this.#state !== "ready" || this.#snapshot || this.#logBytes < this.#snapshotNotBefore) return false;
    const pays = this.#logBytes > Math.max(SNAPSHOT_AFTER_SEGMENTS * this.#segmentSize, this.#snapshotBytes);
    return pays || this.#log.segments.length > MAX_SEGMENT_FILES;
  }

  async beginSnapshot(): Promise<SnapshotWriter> {
    if (this.#state !== "ready" || this.#snapshot)
      throw new Error("One snapshot at a time, after the journal was replayed.");
    const position = this.#next - 1;
    const bytesBefore = this.#logBytes;
    try {
      this.#snapshot = await SnapshotFile.create(this.files, this.#folder, position);
    } catch (error) {
      await this.#failSnapshot(error);
      return { write: async () => false, commit: async () => false, abandon: async () => {} };
    }
    const file = this.#snapshot;
    const guard = async (step: () => Promise<void>): Promise<boolean> => {
      if (this.#snapshot !== file) return false;
      try {
        await step();
        return true;
      } catch (error) {
        await this.#failSnapshot(error);
        return false;
      }
    };
    return {
      write: (records) => guard(() => file.write(records)),
      commit: () => guard(() => this.#commitSnapshot(file, bytesBefore)),
      abandon: () => this.#abandonSnapshot(file),
    };
  }

  async #commitSnapshot(file: SnapshotFile, bytesBefore: number): Promise<void> {
    if (!(await this.lock.holds())) throw new Error("the journal's lock file was replaced or removed");
    await file.commit();
    this.#snapshot = null;
    this.#snapshotBytes = file.size;
    this.#logBytes -= bytesBefore;
    this.#snapshotNotBefore = 0;
    this.statistics.snapshots++;
    await this.#dropReplaced(file.position);
  }

  async #failSnapshot(error: unknown): Promise<void> {
    this.#fault("writing a snapshot", error);
    this.statistics.failedSnapshots++;
    this.#snapshotNotBefore = this.#logBytes + this.#segmentSize;
    if (this.#snapshot) await this.#abandonSnapshot(this.#snapshot);
  }

  async #abandonSnapshot(file: SnapshotFile): Promise<void> {
    if (this.#snapshot !== file) return;
    this.#snapshot = null;
    try {
      await file.abandon();
    } catch (error) {
      this.#fault("giving up a snapshot", error);
    }
  }

  /** Removes segments and snapshots that the snapshot of `position` replaces, and segments that a later one superseded. */
  async #dropReplaced(position: number): Promise<void> {
    const { segments } = this.#log;
    const needed = new Set(neededSegments(segments, position));
    try {
      for (const segment of [...segments]) {
        if (needed.has(segment)) continue;
        await this.files.unlink(join(this.#folder, segment.name));
        segments.splice(segments.indexOf(segment), 1);
      }
      for (const name of await this.files.list(this.#folder)) {
        if ((snapshotPosition(name) ?? position) < position) await this.files.unlink(join(this.#folder, name));
      }
    } catch (error) {
      this.#fault("removing what a snapshot replaced", error);
    }
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    await this.#appending;
    if (this.#snapshot) await this.#abandonSnapshot(this.#snapshot);
    await this.#log.close();
    if (this.#state === "ready" && this.#endIsClean) {
      const header = { kind: "LHSTOPPD", number: 0, position: this.#next - 1, salt: newSalt() } as const;
      try {
        await writeWhole(this.files, this.#folder, STOPPED_NAME, encodeFileHeader(header));
      } catch (error) {
        this.#fault("marking a clean stop", error);
      }
    }
    this.#state = "closed";
    await this.lock.release();
  }
}

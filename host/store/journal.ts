/**
 * The store on disk: a folder with a segmented log and its newest snapshot.
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
import { LOCK_NAME, STOPPED_NAME } from "./names.js";
import type { JournalEnd } from "./reading.js";
import { positionOf, readJournal } from "./reading.js";
import type { ScannedEntry } from "./scan.js";
import { Snapshots } from "./snapshots.js";
import type { AppendOutcome, SnapshotWriter, Store, StoreStatistics } from "./store.js";
import { newStoreStatistics, readingRefused, StoreError } from "./store.js";

/** What a journal has to tell while it works. */
export interface StoreEvent {
  readonly level: "info" | "warning";
  /** A sentence. */
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

/**
 * How often an append looks whether the lock still is this process's, in milliseconds. The lock itself keeps others out; the look is for a
 * folder that was moved away or emptied by hand, and whoever takes it over needs longer than this to start.
 */
const LOCK_LOOK_MILLISECONDS = 20;

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
    throw readingRefused(folder, error);
  }
}

class Journal implements Store {
  readonly statistics: StoreStatistics = newStoreStatistics();
  readonly #log: Log;
  readonly #snapshots: Snapshots;
  readonly #onEvent: (event: StoreEvent) => void;
  #state: "opened" | "replaying" | "ready" | "fenced" | "closed" = "opened";
  #next = 1;
  /** Faults that were told since the last blob became durable: a full disk is asked again and again, and says the same. */
  readonly #toldFaults = new Set<string>();
  /** Whether a stop may be called clean: nothing is behind the last blob. */
  #endIsClean = true;
  #appending: Promise<AppendOutcome> | null = null;
  /** When an append looks at the lock again, by `performance.now`. */
  #lookAt = 0;

  constructor(
    private readonly files: Files,
    private readonly lock: FileLock,
    private readonly inventory: Inventory,
    { segmentSize = DEFAULT_SEGMENT_SIZE, onEvent }: JournalOptions,
  ) {
    this.#onEvent = onEvent ?? (() => {});
    const { folder, segments, highestSegment } = inventory;
    const onFault = (action: string, error: unknown) => this.#fault(action, error);
    this.#log = new Log(files, folder, segmentSize, highestSegment, [...segments], onFault);
    const { statistics } = this;
    const holds = () => lock.holds();
    this.#snapshots = new Snapshots(
      { files, folder, log: this.#log, segmentSize, statistics, onFault, holds },
      inventory.snapshots.at(-1)?.size ?? 0,
      0,
    );
  }

  #fault(action: string, error: unknown): void {
    this.statistics.lastFault = `${action} in ${this.inventory.folder} failed: ${(error as Error).message}.`;
    const kind = `${action}: ${(error as NodeJS.ErrnoException).code}`;
    if (this.#toldFaults.has(kind)) return;
    this.#toldFaults.add(kind);
    this.#onEvent({ level: "warning", message: this.statistics.lastFault });
  }

  async *replay(): AsyncGenerator<Uint8Array> {
    if (this.#state !== "opened") throw new Error("A journal is replayed once, before the first append.");
    this.#state = "replaying";
    const entries = readJournal(this.files, this.inventory, (damage) => {
      throw damageError(damage, this.inventory.folder);
    });
    let lastBlob: Uint8Array | null = null;
    let step = await this.#read(entries);
    for (; !step.done; step = await this.#read(entries)) {
      for (const { blob } of step.value) {
        this.statistics.replayedBlobs++;
        this.statistics.replayedBytes += blob.length;
        yield blob;
      }
      // A copy: where it lay, the next batch is read.
      lastBlob = step.value.at(-1)?.blob.slice() ?? lastBlob;
    }
    try {
      await this.#begin(step.value, lastBlob);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw this.#unready("making the journal ready", error);
    }
  }

  async #read(
    entries: AsyncGenerator<ScannedEntry[], JournalEnd>,
  ): Promise<IteratorResult<ScannedEntry[], JournalEnd>> {
    try {
      return await entries.next();
    } catch (error) {
      throw readingRefused(this.inventory.folder, error);
    }
  }

  #unready(action: string, cause: unknown): StoreError {
    return new StoreError(
      "fault",
      `${action} in ${this.inventory.folder} failed: ${(cause as Error).message}.`,
      "Nothing is lost. Free some room on that disk, or see the system's log for what is wrong with it, then start again.",
      { cause },
    );
  }

  /** Makes ready for appending: see the head of this file. `lastBlob` is the last one replayed. */
  async #begin(end: JournalEnd, lastBlob: Uint8Array | null): Promise<void> {
    await this.files.syncFolder(this.inventory.folder);
    for (const name of this.inventory.partials) await this.files.unlink(join(this.inventory.folder, name));
    if (this.inventory.hasStopMark) {
      await this.files.unlink(join(this.inventory.folder, STOPPED_NAME));
      await this.files.syncFolder(this.inventory.folder);
    } else if (end.lastSegment) {
      this.#onEvent({
        level: "info",
        message: `${this.inventory.folder} was not stopped cleanly; every lease up to blob ${end.next - 1} is here.`,
      });
    }
    await this.#cutTail(end);
    this.#next = end.next;
    const newestSnapshot = this.inventory.snapshots.at(-1);
    this.#snapshots.logBytes = Math.max(0, this.statistics.replayedBytes - (newestSnapshot?.size ?? 0));
    if (!this.inventory.hasStopMark && end.lastOffset !== null && lastBlob !== null) {
      const rewritten = await this.#log.append(end.next - 1, lastBlob);
      if (!rewritten) throw this.#unready("making the last blob durable", new Error(this.statistics.lastFault));
    }
    await this.#snapshots.dropReplaced(positionOf(this.inventory));
    this.#state = "ready";
  }

  /** Cuts zeros and torn bytes behind the last blob: they only take up room. */
  async #cutTail({ lastSegment, endOffset, tornBytes }: JournalEnd): Promise<void> {
    if (!lastSegment || lastSegment.size === endOffset) return;
    if (tornBytes > 0) {
      const message = `${lastSegment.path}: cut ${tornBytes} bytes of an append that a crash interrupted at byte ${endOffset}; it was never promised.`;
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

  async append(blob: Uint8Array): Promise<AppendOutcome> {
    if (this.#state === "fenced") return "fenced";
    if (this.#state !== "ready" || this.#appending)
      throw new Error("A journal takes one append at a time, after it was replayed.");
    if (blob.length === 0 || blob.length > MAX_BLOB_SIZE)
      throw new Error(`A blob has 1 to ${MAX_BLOB_SIZE} bytes, not ${blob.length}.`);
    this.#appending = this.#settle(this.#log.append(this.#next, blob), blob.length);
    return this.#appending;
  }

  async #settle(written: Promise<boolean>, length: number): Promise<AppendOutcome> {
    const looked = this.#looks() ? this.lock.holds() : true;
    const durable = await written;
    const holds = await looked;
    this.#appending = null;
    this.#endIsClean = this.#log.isClean;
    if (!holds) return this.#fence();
    if (!durable) {
      this.statistics.retries++;
      return "retry";
    }
    this.#toldFaults.clear();
    this.#next++;
    this.#snapshots.logBytes += length;
    this.statistics.appends++;
    this.statistics.appendedBytes += length;
    return "durable";
  }

  /** Whether it is time to look at the lock again; if so, it is noted that this is done. */
  #looks(): boolean {
    const now = performance.now();
    if (now < this.#lookAt) return false;
    this.#lookAt = now + LOCK_LOOK_MILLISECONDS;
    return true;
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
    return this.#state === "ready" && this.#snapshots.wanted;
  }

  async beginSnapshot(): Promise<SnapshotWriter> {
    if (this.#state !== "ready")
      throw new Error("A journal writes snapshots after it was replayed, and while it is held.");
    return this.#snapshots.begin(this.#next - 1);
  }

  async close(): Promise<void> {
    if (this.#state === "closed") return;
    await this.#appending;
    await this.#snapshots.abandon();
    await this.#log.close();
    if (this.#state === "ready" && this.#endIsClean) {
      const header = { kind: "LHSTOPPD", number: 0, position: this.#next - 1, salt: newSalt() } as const;
      try {
        await writeWhole(this.files, this.inventory.folder, STOPPED_NAME, encodeFileHeader(header));
      } catch (error) {
        this.#fault("marking a clean stop", error);
      }
    }
    this.#state = "closed";
    await this.lock.release();
  }
}

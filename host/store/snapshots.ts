/**
 * When a journal writes a snapshot, what becomes of one that fails, and what may go after one that succeeded.
 */
import { join } from "node:path";
import type { Files } from "./files.js";
import type { FaultHandler, Log } from "./log.js";
import { snapshotPosition } from "./names.js";
import { neededSegments } from "./reading.js";
import { SnapshotFile } from "./snapshot.js";
import type { SnapshotWriter, StoreStatistics } from "./store.js";

/** A snapshot pays when the log is longer than so many segments, and longer than the last snapshot … */
const SNAPSHOT_AFTER_SEGMENTS = 4;

/** … or when many restarts have left many short segments. */
const MAX_SEGMENT_FILES = 64;

/** A writer whose snapshot has failed already. */
const FAILED_WRITER: SnapshotWriter = {
  write: async () => false,
  commit: async () => false,
  abandon: async () => {},
};

/** What the snapshots of a journal rely on. */
export interface SnapshotContext {
  readonly files: Files;
  readonly folder: string;
  readonly log: Log;
  /** Bytes of a segment. */
  readonly segmentSize: number;
  readonly statistics: StoreStatistics;
  readonly onFault: FaultHandler;
  /** Whether the folder is still this process's. */
  readonly holds: () => Promise<boolean>;
}

/** The snapshots of one journal. */
export class Snapshots {
  #current: SnapshotFile | null = null;
  /** A failed snapshot is tried again when the log has so many bytes. */
  #notBefore = 0;

  constructor(
    private readonly context: SnapshotContext,
    /** Bytes of the newest snapshot. */
    private newestBytes: number,
    /** Bytes of blobs behind its position; the journal adds to them. */
    public logBytes: number,
  ) {}

  /** Whether a snapshot pays now. */
  get wanted(): boolean {
    if (this.#current || this.logBytes < this.#notBefore) return false;
    const { log, segmentSize } = this.context;
    const pays = this.logBytes > Math.max(SNAPSHOT_AFTER_SEGMENTS * segmentSize, this.newestBytes);
    return pays || log.segments.length > MAX_SEGMENT_FILES;
  }

  /** Begins a snapshot of everything up to blob `position`. */
  async begin(position: number): Promise<SnapshotWriter> {
    if (this.#current) throw new Error("A journal writes one snapshot at a time.");
    const bytesBefore = this.logBytes;
    let file: SnapshotFile;
    try {
      file = await SnapshotFile.create(this.context.files, this.context.folder, position);
    } catch (error) {
      this.#fail(error);
      return FAILED_WRITER;
    }
    this.#current = file;
    return {
      write: (records) => this.#step(file, () => file.write(records)),
      commit: () => this.#step(file, () => this.#commit(file, bytesBefore)),
      abandon: () => (this.#current === file ? this.abandon() : Promise.resolve()),
    };
  }

  /** Takes a step of a snapshot that is still under way; false: it isn't, or the step failed and so ended it. */
  async #step(file: SnapshotFile, step: () => Promise<void>): Promise<boolean> {
    if (this.#current !== file) return false;
    try {
      await step();
      return true;
    } catch (error) {
      this.#fail(error);
      await this.abandon();
      return false;
    }
  }

  #fail(error: unknown): void {
    this.context.onFault("writing a snapshot", error);
    this.context.statistics.failedSnapshots++;
    this.#notBefore = this.logBytes + this.context.segmentSize;
  }

  async #commit(file: SnapshotFile, bytesBefore: number): Promise<void> {
    if (!(await this.context.holds())) throw new Error("the journal's lock file was replaced or removed");
    await file.commit();
    this.#current = null;
    this.newestBytes = file.size;
    this.logBytes -= bytesBefore;
    this.#notBefore = 0;
    this.context.statistics.snapshots++;
    await this.dropReplaced(file.position);
  }

  /** Gives up the snapshot that is under way. */
  async abandon(): Promise<void> {
    const file = this.#current;
    this.#current = null;
    try {
      await file?.abandon();
    } catch (error) {
      this.context.onFault("giving up a snapshot", error);
    }
  }

  /** Removes the segments and snapshots that a durable snapshot of `position` replaces, and segments that a later one superseded. */
  async dropReplaced(position: number): Promise<void> {
    const { files, folder, log, onFault } = this.context;
    const needed = new Set(neededSegments(log.segments, position));
    try {
      for (const segment of [...log.segments]) {
        if (needed.has(segment)) continue;
        await files.unlink(join(folder, segment.name));
        log.segments.splice(log.segments.indexOf(segment), 1);
      }
      for (const name of await files.list(folder)) {
        if ((snapshotPosition(name) ?? position) < position) await files.unlink(join(folder, name));
      }
    } catch (error) {
      onFault("removing what a snapshot replaced", error);
    }
  }
}

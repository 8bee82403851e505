/**
 * A store that outlives an instance of the core, but not the process: for trying things out, for tests, and for networks where
 * forgetting every lease at a restart is acceptable. It keeps blobs as a store on disk would, and drops what a snapshot replaces.
 */
import type { AppendOutcome, SnapshotWriter, Store } from "./store.js";
import { newStoreStatistics } from "./store.js";

/** A snapshot pays when the blobs after the last one exceed this many bytes, and the last one's size. */
const SNAPSHOT_AFTER_BYTES = 1 << 20;

function totalLength(blobs: readonly Uint8Array[]): number {
  return blobs.reduce((sum, blob) => sum + blob.length, 0);
}

/** Keeps blobs in memory. Nothing can fail. */
export class MemoryStore implements Store {
  readonly statistics = newStoreStatistics();
  private snapshot: Uint8Array[] = [];
  private snapshotBytes = 0;
  private blobs: Uint8Array[] = [];
  private blobBytes = 0;
  private writing = false;

  async *replay(): AsyncGenerator<Uint8Array> {
    for (const blob of [...this.snapshot, ...this.blobs]) {
      this.statistics.replayedBlobs++;
      this.statistics.replayedBytes += blob.length;
      yield blob;
    }
  }

  async append(blob: Uint8Array): Promise<AppendOutcome> {
    this.blobs.push(new Uint8Array(blob));
    this.blobBytes += blob.length;
    this.statistics.appends++;
    this.statistics.appendedBytes += blob.length;
    return "durable";
  }

  get wantsSnapshot(): boolean {
    return !this.writing && this.blobBytes > Math.max(SNAPSHOT_AFTER_BYTES, this.snapshotBytes);
  }

  async beginSnapshot(): Promise<SnapshotWriter> {
    const position = this.blobs.length;
    const records: Uint8Array[] = [];
    this.writing = true;
    return {
      write: async (bytes) => {
        records.push(new Uint8Array(bytes));
        return true;
      },
      commit: async () => {
        this.snapshot = records;
        this.snapshotBytes = totalLength(records);
        this.blobs = this.blobs.slice(position);
        this.blobBytes = totalLength(this.blobs);
        this.writing = false;
        this.statistics.snapshots++;
        return true;
      },
      abandon: async () => {
        this.writing = false;
      },
    };
  }

  async close(): Promise<void> {}
}

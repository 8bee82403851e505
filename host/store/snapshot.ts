/**
 * Writes a snapshot beside the journal that it will replace: under a temporary name, in slices, with an entry at its end that
 * says that it is complete; then synced, renamed, and the folder synced. Only after that may anything older go.
 */
import { join } from "node:path";
import type { Files, StoreFile } from "./files.js";
import { encodeEntry, encodeFileHeader, entrySize, FILE_HEADER_SIZE } from "./format.js";
import { snapshotName } from "./names.js";
import { newSalt } from "./log.js";

/** A sync for every so many bytes keeps the one at the end, and the appends beside it, short. */
const SYNC_EVERY_BYTES = 1 << 20;

/** A snapshot file that is being written. Every method rejects with the storage's error; after that, only `abandon` makes sense. */
export class SnapshotFile {
  #offset = FILE_HEADER_SIZE;
  #sequence = 1;
  #synced = 0;
  readonly #salt = newSalt();

  private constructor(
    private readonly files: Files,
    private readonly folder: string,
    /** Everything up to this blob is in it. */
    readonly position: number,
    private readonly file: StoreFile,
  ) {}

  /** Creates the file for a snapshot of everything up to blob `position`. */
  static async create(files: Files, folder: string, position: number): Promise<SnapshotFile> {
    return new SnapshotFile(files, folder, position, await files.create(temporaryPath(folder, position)));
  }

  /** Bytes of the file so far. */
  get size(): number {
    return this.#offset;
  }

  /** Appends an entry; the blob is copied at once. Without a blob it is the last one. */
  async write(blob: Uint8Array): Promise<void> {
    const entry = new Uint8Array(entrySize(blob.length));
    encodeEntry(entry, 0, this.#sequence, blob, this.#salt);
    const offset = this.#offset;
    this.#sequence++;
    this.#offset += entry.length;
    await this.file.write(entry, offset);
    if (this.#offset - this.#synced < SYNC_EVERY_BYTES) return;
    this.#synced = this.#offset;
    await this.file.sync();
  }

  /** Completes it, and makes it durable under its own name. */
  async commit(): Promise<void> {
    await this.write(new Uint8Array(0));
    const header = encodeFileHeader({ kind: "LHSNAPSH", number: 0, position: this.position, salt: this.#salt });
    await this.file.write(header, 0);
    await this.file.sync();
    await this.files.rename(temporaryPath(this.folder, this.position), join(this.folder, snapshotName(this.position)));
    await this.files.syncFolder(this.folder);
    await this.file.close();
  }

  /** Removes it. */
  async abandon(): Promise<void> {
    await this.file.close();
    await this.files.unlink(temporaryPath(this.folder, this.position));
  }
}

function temporaryPath(folder: string, position: number): string {
  return join(folder, `${snapshotName(position)}.partial`);
}

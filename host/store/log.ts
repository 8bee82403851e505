/**
 * Writes blobs into segments.
 *
 * A segment comes into being with its first blob in it: filled with zeros and synced under a temporary name ahead of use, then header
 * and blob made durable, renamed, folder synced. So a segment that is found under its name always holds the blob that it
 * begins with, and its beginning is what decides where the segment before it ends.
 *
 * A file in which a write or a sync failed is never written or synced again: after a failed sync the kernel may have dropped what
 * it could not write and call the next sync a success. The blob that was under way is still here and goes to a new segment.
 */
import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { Files, StoreFile } from "./files.js";
import { fillWithZeros } from "./files.js";
import { encodeEntry, encodeFileHeader, ENTRY_HEADER_SIZE, entrySize, FILE_HEADER_SIZE } from "./format.js";
import { MAX_SEGMENT_NUMBER, segmentName } from "./names.js";

/** A segment that is there, by its name. */
export interface KnownSegment {
  readonly name: string;
  readonly number: number;
  /** The sequence number of its first blob. */
  readonly first: number;
}

/** The segment that is written to. */
interface ActiveSegment {
  /** Opened as a log: what was written is durable. */
  readonly file: StoreFile;
  readonly salt: number;
  /** Where the next entry goes. */
  offset: number;
  /** Bytes of the file. */
  readonly size: number;
}

/** A file of zeros that waits to become a segment. */
interface Spare {
  /** Opened as a log. */
  readonly file: StoreFile;
  readonly path: string;
  readonly size: number;
}

/** Zeros that are synced at once, in bytes: a larger sync would keep the disk from the commits that go on beside it. */
const ZEROS_SYNCED_AT_ONCE = 1 << 20;

/** Is told of a fault of the storage: what was being done, and the error. */
export type FaultHandler = (action: string, error: unknown) => void;

/** A salt for a file's checksums. */
export function newSalt(): number {
  return randomInt(1, 2 ** 32);
}

/** The writing end of a journal. One append at a time. */
export class Log {
  #active: ActiveSegment | null = null;
  #spare: Promise<Spare | null> | null = null;
  #number: number;
  #clean = true;
  /** Room for a file header, then the entry under way. */
  #staged = new Uint8Array(FILE_HEADER_SIZE + (64 << 10));

  constructor(
    private readonly files: Files,
    private readonly folder: string,
    /** Bytes of a segment. */
    private readonly segmentSize: number,
    /** The highest segment number in use. */
    highestNumber: number,
    /** The segments that are there, in order; new ones are added. */
    readonly segments: KnownSegment[],
    private readonly onFault: FaultHandler,
  ) {
    this.#number = highestNumber;
  }

  /** Whether the last append succeeded, so that the log ends with a durable blob. */
  get isClean(): boolean {
    return this.#clean;
  }

  /** Makes a blob durable, in a new segment if need be; false: nothing is promised. `blob` is copied at once. */
  append(sequence: number, blob: Uint8Array): Promise<boolean> {
    const size = entrySize(blob.length);
    if (this.#staged.length < FILE_HEADER_SIZE + size) this.#staged = new Uint8Array(FILE_HEADER_SIZE + 2 * size);
    encodeEntry(this.#staged, FILE_HEADER_SIZE, sequence, blob, this.#active?.salt ?? 0);
    return this.#write(sequence, blob.length);
  }

  async #write(sequence: number, length: number): Promise<boolean> {
    const size = entrySize(length);
    this.#clean = (await this.#writeActive(size)) || (await this.#startSegment(sequence, length));
    return this.#clean;
  }

  /** Writes the staged entry into the active segment; false: there is none with room, or not any more. */
  async #writeActive(size: number): Promise<boolean> {
    const active = this.#active;
    if (!active) return false;
    if (active.offset + size <= active.size) {
      try {
        await active.file.write(this.#staged.subarray(FILE_HEADER_SIZE, FILE_HEADER_SIZE + size), active.offset);
        active.offset += size;
        return true;
      } catch (error) {
        this.onFault("writing the journal", error);
      }
    }
    this.#active = null;
    await this.#closeQuietly(active.file);
    return false;
  }

  /** Puts the staged entry into a new segment, and makes that the active one. */
  async #startSegment(sequence: number, length: number): Promise<boolean> {
    const used = FILE_HEADER_SIZE + entrySize(length);
    const number = ++this.#number;
    if (number > MAX_SEGMENT_NUMBER) throw new Error("The journal's segment numbers are used up.");
    const salt = newSalt();
    const blob = this.#staged.subarray(FILE_HEADER_SIZE + ENTRY_HEADER_SIZE).subarray(0, length);
    this.#staged.set(encodeFileHeader({ kind: "LHSEGMNT", number, position: sequence, salt }));
    encodeEntry(this.#staged, FILE_HEADER_SIZE, sequence, blob, salt);
    const spare = (await this.#takeSpare(used)) ?? (await this.#makeSpare(Math.max(used, this.segmentSize)));
    if (!spare) return false;
    const name = segmentName(number);
    try {
      await spare.file.write(this.#staged.subarray(0, used), 0);
      await this.files.rename(spare.path, join(this.folder, name));
      await this.files.syncFolder(this.folder);
    } catch (error) {
      this.onFault("starting a new segment of the journal", error);
      await this.#discard(spare);
      return false;
    }
    this.#active = { file: spare.file, salt, offset: used, size: spare.size };
    this.segments.push({ name, number, first: sequence });
    this.#spare = this.#makeSpare(this.segmentSize);
    return true;
  }

  /** The spare that was prepared, if there is one of at least `size` bytes. */
  async #takeSpare(size: number): Promise<Spare | null> {
    const spare = await this.#spare;
    this.#spare = null;
    if (!spare || spare.size >= size) return spare;
    await this.#discard(spare);
    return null;
  }

  /** Makes a file of zeros; null: the storage failed. */
  async #makeSpare(size: number): Promise<Spare | null> {
    const path = join(this.folder, `${segmentName(this.#number + 1)}.partial`);
    try {
      await this.#createZeros(path, size);
      return { file: await this.files.open(path, "log"), path, size };
    } catch (error) {
      this.onFault("preparing a segment of the journal", error);
      await this.#unlinkQuietly(path);
      return null;
    }
  }

  /** Creates a file of zeros that are durable. */
  async #createZeros(path: string, size: number): Promise<void> {
    const file = await this.files.create(path);
    try {
      for (let at = 0; at < size; at += ZEROS_SYNCED_AT_ONCE) {
        await fillWithZeros(file, at, Math.min(size, at + ZEROS_SYNCED_AT_ONCE));
        await file.sync();
      }
    } finally {
      await file.close();
    }
  }

  async #closeQuietly(file: StoreFile): Promise<void> {
    try {
      await file.close();
    } catch (error) {
      this.onFault("closing a file", error);
    }
  }

  /** Closes a file that did not become a segment, and removes its temporary name if it still has it. */
  async #discard({ file, path }: Spare): Promise<void> {
    await this.#closeQuietly(file);
    await this.#unlinkQuietly(path);
  }

  async #unlinkQuietly(path: string): Promise<void> {
    try {
      await this.files.unlink(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") this.onFault("removing a temporary file", error);
    }
  }

  /** Lets go of the files, and removes the spare one. */
  async close(): Promise<void> {
    const spare = await this.#spare;
    this.#spare = null;
    if (spare) await this.#discard(spare);
    if (this.#active) await this.#closeQuietly(this.#active.file);
    this.#active = null;
  }
}

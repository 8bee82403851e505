/**
 * Everything that the journal asks of a file system, and nothing more, so that tests can put one underneath that lies, tears
 * and fills up. Two things are left to the caller on purpose, because they are what crash safety is made of: when a file is
 * synced, and when a folder is (a name that was created, renamed or removed is durable only after that).
 *
 * Calls that touch the disk run in libuv's pool: the event loop never waits for one.
 */
import fs from "node:fs";
import { promisify } from "node:util";
import { join } from "node:path";
import type { FileLock, LockMode } from "./lock.js";
import { lockFile } from "./lock.js";
import { prepareFolder } from "./folder.js";

/** An open file. Offsets and sizes are bytes. */
export interface StoreFile {
  /** How long it is. */
  size(): Promise<number>;
  /** Reads into `bytes` from `position` on; returns how many: fewer than asked for only at the end of the file. */
  read(bytes: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at `position`, or rejects; then any part of them may have been written. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes what was written, and the size, durable (fdatasync). After a rejection nothing is known of what was written since the last success. */
  sync(): Promise<void>;
  /** Cuts it to `size`. */
  truncate(size: number): Promise<void>;
  /** Lets go of it; says nothing about durability. */
  close(): Promise<void>;
}

/**
 * What a file is opened for. `log`: each write is durable when its promise resolves, as if a sync followed it; it is the cheapest way to
 * append, since one system call does both.
 */
export type FileAccess = "read" | "change" | "log";

/** A file system as the journal sees it. */
export interface Files {
  /** Makes the folder usable and private: created if it isn't there. Rejects with a `StoreError` that says what is wrong with it. */
  prepareFolder(folder: string): Promise<void>;
  /** Names in a folder, in no particular order. */
  list(folder: string): Promise<string[]>;
  /** Opens a file that exists. */
  open(path: string, access: FileAccess): Promise<StoreFile>;
  /** Creates a file (mode 0600) that must not exist. */
  create(path: string): Promise<StoreFile>;
  /** Renames a file; one of that name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Creates a folder (mode 0700) that must not exist. */
  makeFolder(path: string): Promise<void>;
  /** Removes a file. */
  unlink(path: string): Promise<void>;
  /** Makes names created, renamed and removed in a folder durable. */
  syncFolder(folder: string): Promise<void>;
  /** Takes the folder's lock file for this process, or rejects with a `StoreError` that says who has it. */
  lock(path: string, mode: LockMode): Promise<FileLock>;
}

/** Asks the system to write `bytes` at `position`; `done` is told how many it wrote, which may be fewer. */
export type WriteSome = (
  bytes: Uint8Array,
  position: number,
  done: (error: Error | null, count: number) => void,
) => void;

/** Asks the system to read into `bytes` from `position` on; resolves to how many it read, which may be fewer. */
export type ReadSome = (bytes: Uint8Array, position: number) => Promise<number>;

/** Writes all of `bytes`, however few the system takes at a time. Callbacks, not promises: this is in the way of every commit. */
export function writeAll(writeSome: WriteSome, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = 0;
    const done = (error: Error | null, count: number) => {
      if (error) return reject(error);
      if (count === 0 && bytes.length > 0) return reject(new Error("the file system wrote nothing and named no error"));
      written += count;
      if (written === bytes.length) resolve();
      else writeSome(bytes.subarray(written), position + written, done);
    };
    writeSome(bytes, position, done);
  });
}

/** Reads until `bytes` is full or the file ends, however few the system gives at a time; resolves to how many there were. */
export async function readAll(readSome: ReadSome, bytes: Uint8Array, position: number): Promise<number> {
  let count = 0;
  while (count < bytes.length) {
    const more = await readSome(count === 0 ? bytes : bytes.subarray(count), position + count);
    if (more === 0) break;
    count += more;
  }
  return count;
}

const open = promisify(fs.open);
const close = promisify(fs.close);
const read = promisify(fs.read);
const fdatasync = promisify(fs.fdatasync);
const fsync = promisify(fs.fsync);
const ftruncate = promisify(fs.ftruncate);
const fstat = promisify(fs.fstat);

class SystemFile implements StoreFile {
  readonly #readSome: ReadSome = async (bytes, position) =>
    (await read(this.descriptor, bytes, 0, bytes.length, position)).bytesRead;
  readonly #writeSome: WriteSome = (bytes, position, done) =>
    fs.write(this.descriptor, bytes, 0, bytes.length, position, done);

  constructor(
    private readonly descriptor: number,
    /** Whether each write is to be followed by a sync. */
    private readonly syncsWrites = false,
  ) {}

  async size(): Promise<number> {
    return (await fstat(this.descriptor)).size;
  }

  read(bytes: Uint8Array, position: number): Promise<number> {
    return readAll(this.#readSome, bytes, position);
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    const written = writeAll(this.#writeSome, bytes, position);
    return this.syncsWrites ? written.then(() => this.sync()) : written;
  }

  sync(): Promise<void> {
    return fdatasync(this.descriptor);
  }

  truncate(size: number): Promise<void> {
    return ftruncate(this.descriptor, size);
  }

  close(): Promise<void> {
    return close(this.descriptor);
  }
}

/** Flag with which a write is a write and an fdatasync in one; not every system has it. */
const { O_DSYNC } = fs.constants as { O_DSYNC?: number };

async function openFile(path: string, access: FileAccess): Promise<StoreFile> {
  if (access !== "log") return new SystemFile(await open(path, access === "read" ? "r" : "r+"));
  return new SystemFile(await open(path, fs.constants.O_RDWR | (O_DSYNC ?? 0)), O_DSYNC === undefined);
}

/** The operating system's files. */
export const systemFiles: Files = {
  prepareFolder,
  list: (folder) => fs.promises.readdir(folder),
  open: openFile,
  create: async (path) => new SystemFile(await open(path, "wx+", 0o600)),
  rename: (from, to) => fs.promises.rename(from, to),
  makeFolder: (path) => fs.promises.mkdir(path, { mode: 0o700 }),
  unlink: (path) => fs.promises.unlink(path),
  syncFolder: async (folder) => {
    const descriptor = await open(folder, "r");
    try {
      await fsync(descriptor);
    } finally {
      await close(descriptor);
    }
  },
  lock: lockFile,
};

/** What `fillWithZeros` writes at a time. */
const ZEROS = new Uint8Array(1 << 18);

/** Extends a file from `from` to `to` bytes with zeros that take up real blocks, so that later writes there need no new ones. Not synced. */
export async function fillWithZeros(file: StoreFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) await file.write(ZEROS.subarray(0, to - at), at);
}

/** Writes a file so that a reader finds it whole or not at all, whatever happens: a temporary name, synced, renamed, folder synced. */
export async function writeWhole(files: Files, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${name}.partial`);
  const file = await files.create(temporary);
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, join(folder, name));
  await files.syncFolder(folder);
}

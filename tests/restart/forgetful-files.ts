// A file system that forgets what was not synced, on real files.
//
// A killed process leaves what it wrote in the kernel's memory, where the next one finds it: a kill alone proves nothing
// about syncs. Here every change waits in this process until its sync, names until the sync of their folder, and is gone with the process.

import { rename, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Files, type StoreFile, systemFiles } from "../../host/store/files.js";

/** Told of a sync of a file, before and after it. */
export type SyncObserver = (when: "before-sync" | "after-sync") => void;

class ForgetfulFile implements StoreFile {
  #pending: ({ at: number; bytes: Uint8Array } | { size: number })[] = [];

  constructor(
    private readonly real: StoreFile,
    private readonly observe: SyncObserver,
  ) {}

  async size(): Promise<number> {
    let size = await this.real.size();
    for (const change of this.#pending)
      size = "size" in change ? change.size : Math.max(size, change.at + change.bytes.length);
    return size;
  }

  async read(bytes: Uint8Array, position: number): Promise<number> {
    if (this.#pending.length > 0) throw new Error("The journal reads back no file that it is writing.");
    return this.real.read(bytes, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#pending.push({ at: position, bytes: bytes.slice() });
  }

  async truncate(size: number): Promise<void> {
    this.#pending.push({ size });
  }

  async sync(): Promise<void> {
    this.observe("before-sync");
    for (const change of this.#pending) {
      if ("size" in change) await this.real.truncate(change.size);
      else await this.real.write(change.bytes, change.at);
    }
    this.#pending = [];
    await this.real.sync();
    this.observe("after-sync");
  }

  close(): Promise<void> {
    return this.real.close();
  }
}

/** Files of one folder that forget; `observe` is told of every sync of a file. */
export function forgetfulFiles(folder: string, observe: SyncObserver = () => {}): Files {
  /** Where the files are that have not got their names yet. */
  const waiting = new Map<string, string>();
  const removed = new Set<string>();
  let count = 0;
  const placeOf = (path: string) => waiting.get(path) ?? path;
  return {
    ...systemFiles,
    list: async (path) => {
      const names = new Set(await systemFiles.list(path));
      for (const name of removed) names.delete(basename(name));
      for (const name of waiting.keys()) names.add(basename(name));
      return [...names];
    },
    open: async (path, access) => new ForgetfulFile(await systemFiles.open(placeOf(path), access), observe),
    create: async (path) => {
      const place = join(folder, `nameless-${process.pid}-${count++}`);
      const file = await systemFiles.create(place);
      waiting.set(path, place);
      return new ForgetfulFile(file, observe);
    },
    rename: async (from, to) => {
      const place = waiting.get(from);
      if (place === undefined) throw new Error(`The journal renames only what it has just made, not ${from}.`);
      waiting.delete(from);
      waiting.set(to, place);
      removed.delete(to);
    },
    unlink: async (path) => {
      const place = waiting.get(path);
      if (place === undefined) removed.add(path);
      else await unlink(place);
      waiting.delete(path);
    },
    syncFolder: async (path) => {
      for (const [name, place] of waiting) await rename(place, name);
      waiting.clear();
      for (const name of removed) await unlink(name);
      removed.clear();
      await systemFiles.syncFolder(path);
    },
  };
}

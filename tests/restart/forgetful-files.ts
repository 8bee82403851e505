// A file system that forgets what was not synced, on real files.
//
// A killed process leaves what it wrote in the kernel's memory, where the next one finds it: a kill alone proves nothing
// about syncs. Here every change waits in this process until its sync, names until the sync of their folder, and is gone with the process.

import { renameSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { type Files, type StoreFile, systemFiles } from "../../host/store/files.js";

/** Told of a sync of a file, before and after it. */
export type SyncObserver = (when: "before-sync" | "after-sync") => void;

class ForgetfulFile implements StoreFile {
  #pending: ({ at: number; bytes: Uint8Array } | { size: number })[] = [];

  constructor(
    private readonly real: StoreFile,
    private readonly observe: SyncObserver,
    /** Whether a sync belongs to each write. */
    private readonly syncsWrites = false,
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
    if (this.syncsWrites) await this.sync();
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
  /** Where the files are that don't have their names on the disk yet, by those names. */
  const places = new Map<string, string>();
  const removed = new Set<string>();
  let count = 0;
  const placeOf = (path: string) => places.get(path) ?? path;
  return {
    ...systemFiles,
    list: async (path) => {
      const hidden = new Set([...removed, ...places.values()].map((place) => basename(place)));
      const names = (await systemFiles.list(path)).filter((name) => !hidden.has(name));
      return [...new Set([...names, ...[...places.keys()].map((name) => basename(name))])];
    },
    open: async (path, access) =>
      new ForgetfulFile(await systemFiles.open(placeOf(path), access), observe, access === "log"),
    create: async (path) => {
      const place = join(folder, `nameless-${process.pid}-${count++}`);
      const file = await systemFiles.create(place);
      places.set(path, place);
      return new ForgetfulFile(file, observe);
    },
    rename: async (from, to) => {
      const place = placeOf(from);
      places.delete(from);
      places.set(to, place);
      removed.delete(to);
    },
    unlink: async (path) => {
      removed.add(placeOf(path));
      places.delete(path);
    },
    syncFolder: async (path) => {
      // At once, so that no other change of names comes between.
      for (const [name, place] of places) renameSync(place, name);
      for (const place of removed) unlinkSync(place);
      places.clear();
      removed.clear();
      await systemFiles.syncFolder(path);
    },
  };
}

// A file system in memory that does to the journal what disks do to programs.
//
// What was written is visible at once, and durable only after a sync: until then it is a list of changes, of which a power
// cut keeps none, all, or a random part, down to single sectors and bytes. Names work the same way, until their folder is
// synced. Every call that changes something is a step with a number; a fault or a power cut can be put at any step.

import { basename, dirname } from "node:path";
import type { Files, StoreFile } from "../../host/store/files.js";
import { StoreError } from "../../host/store/store.js";

const sectorSize = 512;

/** Thrown by every call from the power cut on. */
export class PowerCut extends Error {}

/** What reaches the disk of that which was not synced. */
export type Survival = "none" | "all" | "some";

/** A pseudo-random number below `bound`. */
export type Random = (bound: number) => number;

/** xorshift32: the same numbers for the same seed everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

type Change =
  | { readonly at: number; readonly bytes: Uint8Array }
  /** Cut or extend to a size. */
  | { readonly size: number };

function apply(content: Uint8Array, change: Change): Uint8Array {
  const size = "size" in change ? change.size : Math.max(content.length, change.at + change.bytes.length);
  const result = new Uint8Array(size);
  result.set(content.subarray(0, size));
  if ("bytes" in change) result.set(change.bytes, change.at);
  return result;
}

class Inode {
  visible: Uint8Array = new Uint8Array(0);
  durable: Uint8Array = new Uint8Array(0);
  /** What the next sync makes durable. */
  pending: Change[] = [];
  /** What a failed sync lost: visible, and no sync will write it any more; a power cut may still find it on the disk. */
  lost: Change[] = [];

  change(change: Change): void {
    this.visible = apply(this.visible, change);
    this.pending.push(change);
  }

  sync(): void {
    for (const change of this.pending) this.durable = apply(this.durable, change);
    this.pending = [];
  }

  /** The file as the disk has it after a power cut. */
  afterPowerCut(survival: Survival, random: Random): Inode {
    const inode = new Inode();
    let content = this.durable;
    if (survival !== "none") {
      for (const change of [...this.lost, ...this.pending]) {
        if (survival === "all") content = apply(content, change);
        else content = applyPart(content, change, random);
      }
    }
    inode.durable = content;
    inode.visible = content;
    return inode;
  }
}

/** Applies a random part of a change: nothing, all, the first bytes of it, or some of the sectors that it touches. */
function applyPart(content: Uint8Array, change: Change, random: Random): Uint8Array {
  const way = random(4);
  if (way === 0) return content;
  if (way === 1 || "size" in change) return apply(content, change);
  const { at, bytes } = change;
  if (way === 2) return apply(content, { at, bytes: bytes.subarray(0, random(bytes.length + 1)) });
  let result = content;
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + sectorSize - ((at + from) % sectorSize));
    if (random(2) === 0) result = apply(result, { at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return result;
}

type NameChange = (names: Map<string, Inode>) => void;

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made up for a test`), { code });
}

/** A fault at a step: the call fails with `code`; a write may have written its first half. */
export interface Fault {
  readonly code: "ENOSPC" | "EIO";
  /** Steps that fail, from the first on. */
  readonly count: number;
}

/** The file system. Folders need not be made, and all are synced together. */
export class LyingFiles implements Files {
  /** Number of calls so far that change something. */
  steps = 0;
  /** The step at which the power is cut: it has no effect, or, when it is a write, an effect that is not synced. */
  cutAt = Number.POSITIVE_INFINITY;
  readonly faults = new Map<number, Fault>();
  /** What each step did, for the message of a test that fails. */
  readonly history: string[] = [];
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #pendingNames: NameChange[] = [];
  #locked = false;
  #failing: { code: string; left: number } | null = null;

  /** Counts a step; throws what was planned for it. `onCut` is what may still happen when the power goes. */
  #step(what: string, onFault: () => void, onCut: () => void): void {
    const number = this.steps++;
    this.history.push(what);
    if (number === this.cutAt) onCut();
    if (number >= this.cutAt) throw new PowerCut(`power was cut at step ${number}: ${what}`);
    const fault = this.faults.get(number);
    if (fault) this.#failing = { code: fault.code, left: fault.count };
    if (!this.#failing) return;
    const { code } = this.#failing;
    if (--this.#failing.left === 0) this.#failing = null;
    onFault();
    throw errorOf(code);
  }

  #rename(what: string, change: NameChange): void {
    const then = () => {
      change(this.#names);
      this.#pendingNames.push(change);
    };
    this.#step(what, () => {}, then);
    then();
  }

  /** The process that held the lock is gone. */
  unlock(): void {
    this.#locked = false;
  }

  /** The process was killed: what was written stays, and is no more durable than before. What was planned is off. */
  killed(): LyingFiles {
    this.unlock();
    this.cutAt = Number.POSITIVE_INFINITY;
    this.faults.clear();
    this.#failing = null;
    return this;
  }

  /** The machine lost its power: what a new start finds. */
  afterPowerCut(survival: Survival, random: Random): LyingFiles {
    const after = new LyingFiles();
    const names = new Map(this.#durableNames);
    for (const change of this.#survivingNames(survival, random)) change(names);
    const inodes = new Map<Inode, Inode>();
    for (const [name, inode] of names) {
      const survivor = inodes.get(inode) ?? inode.afterPowerCut(survival, random);
      inodes.set(inode, survivor);
      after.#names.set(name, survivor);
      after.#durableNames.set(name, survivor);
    }
    return after;
  }

  /** Changes of names that reached the disk: the first ones (a file system with a log), or any (one without). */
  #survivingNames(survival: Survival, random: Random): NameChange[] {
    if (survival === "none") return [];
    if (survival === "all") return this.#pendingNames;
    if (random(2) === 0) return this.#pendingNames.slice(0, random(this.#pendingNames.length + 1));
    return this.#pendingNames.filter(() => random(2) === 0);
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (!inode) throw errorOf("ENOENT");
    return inode;
  }

  #open(path: string, inode: Inode): StoreFile {
    return {
      size: async () => inode.visible.length,
      read: async (bytes, position) => {
        const part = inode.visible.subarray(position, position + bytes.length);
        bytes.set(part);
        return part.length;
      },
      write: async (bytes, position) => {
        const whole = { at: position, bytes: bytes.slice() };
        const half = { at: position, bytes: bytes.slice(0, bytes.length >> 1) };
        const onFault = () => inode.change(half);
        this.#step(`write ${bytes.length} at ${position} of ${path}`, onFault, () => inode.change(whole));
        inode.change(whole);
      },
      sync: async () => {
        const lose = () => {
          inode.lost.push(...inode.pending);
          inode.pending = [];
        };
        this.#step(`sync ${path}`, lose, () => {});
        inode.sync();
      },
      truncate: async (size) => {
        this.#step(
          `truncate ${path} to ${size}`,
          () => {},
          () => inode.change({ size }),
        );
        inode.change({ size });
      },
      close: async () => {},
    };
  }

  async prepareFolder(): Promise<void> {}

  async list(folder: string): Promise<string[]> {
    return [...this.#names.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
  }

  async open(path: string): Promise<StoreFile> {
    return this.#open(path, this.#inode(path));
  }

  async create(path: string): Promise<StoreFile> {
    if (this.#names.has(path)) throw errorOf("EEXIST");
    const inode = new Inode();
    this.#rename(`create ${path}`, (names) => names.set(path, inode));
    return this.#open(path, inode);
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#inode(from);
    this.#rename(`rename ${from} to ${to}`, (names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  async makeFolder(): Promise<void> {}

  async unlink(path: string): Promise<void> {
    this.#inode(path);
    this.#rename(`unlink ${path}`, (names) => names.delete(path));
  }

  async syncFolder(): Promise<void> {
    this.#step(
      "sync folder",
      () => {},
      () => {},
    );
    for (const change of this.#pendingNames) change(this.#durableNames);
    this.#pendingNames = [];
  }

  async lock() {
    if (this.#locked) throw new StoreError("held", "The lock is held.", "Let go of it.");
    this.#locked = true;
    return {
      holds: async () => true,
      release: async () => {
        this.#locked = false;
      },
    };
  }

  /** Flips bits of a file's byte, durably. */
  flip(path: string, offset: number, bits: number): void {
    const inode = this.#inode(path);
    const flipped = (content: Uint8Array) => content.map((byte, at) => (at === offset ? byte ^ bits : byte));
    inode.visible = flipped(inode.visible);
    inode.durable = flipped(inode.durable);
  }

  /** Bytes of a file. */
  sizeOf(path: string): number {
    return this.#inode(path).visible.length;
  }

  /** Removes a file, durably. */
  remove(path: string): void {
    for (const names of [this.#names, this.#durableNames]) names.delete(path);
  }
}

// A file system in memory that does to the journal what disks do to programs.
//
// What was written is visible at once, and durable only after a sync (lying-inode.ts). Names work the same way, until their folder is
// synced. Every call that changes something is a step with a number, and every other call too when a test wants it so; a fault or a power
// cut can be put at any step. A write may be short, and so may a read.

import { basename, dirname } from "node:path";
import { type FileAccess, type Files, readAll, type StoreFile, writeAll } from "../../host/store/files.js";
import { StoreError } from "../../host/store/store.js";
import { Inode, Misdeeds, type Random, type Survival } from "./lying-inode.js";

export { type Misdeed, Misdeeds, type Random, randomFrom, type Survival } from "./lying-inode.js";

/** Thrown by every call from the power cut on. */
export class PowerCut extends Error {}

type NameChange = (names: Map<string, Inode>) => void;

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made up for a test`), { code });
}

const NOTHING = () => {};

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
  /** The sync before which the power is cut, counted from now on; 0: none. There are more steps than syncs, and most have nothing to lose. */
  cutBeforeSync = 0;
  readonly faults = new Map<number, Fault>();
  /** Whether calls that change nothing are steps too. */
  readsAreSteps = false;
  /** Decides how short each write and read is; null: none is. */
  shorten: Random | null = null;
  /** What each step did, for the message of a test that fails. */
  readonly history: string[] = [];
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #pendingNames: NameChange[] = [];
  #locked = false;
  #failing: { code: Fault["code"]; left: number } | null = null;

  /** @param misdeeds counts what was done; one for all file systems of a test */
  constructor(readonly misdeeds = new Misdeeds()) {}

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
    this.misdeeds.count(code);
    throw errorOf(code);
  }

  /** A call that changes nothing. */
  #look(what: string): void {
    if (this.readsAreSteps) this.#step(what, NOTHING, NOTHING);
  }

  /** How many of `length` bytes are written or read. */
  #shortened(length: number, what: "short write" | "short read"): number {
    if (!this.shorten || length < 2 || this.shorten(4) > 0) return length;
    this.misdeeds.count(what);
    return 1 + this.shorten(length - 1);
  }

  #rename(what: string, change: NameChange): void {
    const then = () => {
      change(this.#names);
      this.#pendingNames.push(change);
    };
    this.#step(what, NOTHING, then);
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
    this.cutBeforeSync = 0;
    this.faults.clear();
    this.#failing = null;
    return this;
  }

  /** The machine lost its power: what a new start finds. */
  afterPowerCut(survival: Survival, random: Random): LyingFiles {
    const names = new Map(this.#durableNames);
    for (const change of this.#survivingNames(survival, random)) change(names);
    return this.#with(names, (inode) => inode.afterPowerCut(survival, random));
  }

  /** Everything as it is seen, durable. */
  copy(): LyingFiles {
    return this.#with(this.#names, (inode) => inode.copy());
  }

  #with(names: Map<string, Inode>, convert: (inode: Inode) => Inode): LyingFiles {
    const files = new LyingFiles(this.misdeeds);
    const inodes = new Map<Inode, Inode>();
    for (const [name, inode] of names) {
      const converted = inodes.get(inode) ?? convert(inode);
      inodes.set(inode, converted);
      files.#names.set(name, converted);
      files.#durableNames.set(name, converted);
    }
    return files;
  }

  /** Changes of names that reached the disk: the first ones (a file system with a log), or any (one without). */
  #survivingNames(survival: Survival, random: Random): NameChange[] {
    if (survival === "all") return this.#pendingNames;
    const kept = random(2) === 0 ? random(this.#pendingNames.length + 1) : null;
    const survives = (index: number) => survival === "some" && (kept === null ? random(2) === 0 : index < kept);
    let lostBefore = false;
    return this.#pendingNames.filter((_, index) => {
      const survived = survives(index);
      if (!survived) this.misdeeds.count("unsynced name lost");
      else if (lostBefore) this.misdeeds.count("unsynced name there, and an earlier one not");
      lostBefore ||= !survived;
      return survived;
    });
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (!inode) throw errorOf("ENOENT");
    return inode;
  }

  #open(path: string, inode: Inode, access: FileAccess): StoreFile {
    const file: StoreFile = {
      size: async () => {
        this.#look(`size of ${path}`);
        return inode.visible.length;
      },
      read: (bytes, position) => readAll(async (into, at) => this.#readSome(path, inode, into, at), bytes, position),
      write: async (bytes, position) => {
        await writeAll((some, at, done) => this.#writeSome(path, inode, some, at, done), bytes, position);
        if (access === "log") await file.sync();
      },
      sync: async () => {
        if (this.cutBeforeSync > 0 && --this.cutBeforeSync === 0) this.cutAt = this.steps;
        this.#step(`sync ${path}`, () => inode.loseUnsynced(), NOTHING);
        inode.sync();
      },
      truncate: async (size) => {
        this.#step(`truncate ${path} to ${size}`, NOTHING, () => inode.change({ size }));
        inode.change({ size });
      },
      close: async () => this.#look(`close ${path}`),
    };
    return file;
  }

  #readSome(path: string, inode: Inode, bytes: Uint8Array, position: number): number {
    this.#look(`read ${bytes.length} at ${position} of ${path}`);
    const whole = inode.visible.subarray(position, position + bytes.length);
    const part = whole.subarray(0, this.#shortened(whole.length, "short read"));
    bytes.set(part);
    return part.length;
  }

  /** Writes all of `bytes` or the first of them; where it fails, half of them may have been written all the same. */
  #writeSome(
    path: string,
    inode: Inode,
    bytes: Uint8Array,
    at: number,
    done: (error: Error | null, count: number) => void,
  ): void {
    const part = bytes.slice(0, this.#shortened(bytes.length, "short write"));
    const half = part.subarray(0, part.length >> 1);
    const write = () => inode.change({ at, bytes: part });
    try {
      this.#step(`write ${part.length} at ${at} of ${path}`, () => inode.change({ at, bytes: half }), write);
      write();
    } catch (error) {
      done(error as Error, 0);
      return;
    }
    done(null, part.length);
  }

  async prepareFolder(): Promise<void> {}

  async list(folder: string): Promise<string[]> {
    this.#look(`list ${folder}`);
    return [...this.#names.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
  }

  async open(path: string, access: FileAccess = "change"): Promise<StoreFile> {
    this.#look(`open ${path}`);
    return this.#open(path, this.#inode(path), access);
  }

  async create(path: string): Promise<StoreFile> {
    if (this.#names.has(path)) throw errorOf("EEXIST");
    const inode = new Inode(this.misdeeds);
    this.#rename(`create ${path}`, (names) => names.set(path, inode));
    return this.#open(path, inode, "change");
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
    this.#step("sync folder", NOTHING, NOTHING);
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
    this.misdeeds.count("bit flip");
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

// A file as a disk keeps it that lies: what was written and not synced is a list of changes, of which a power cut keeps none, all, or a random
// part, down to single sectors and bytes. Each thing that is done to a file is counted, so that a test can prove that it happened.

const sectorSize = 512;

/** What can be done to a journal's files. */
export type Misdeed =
  | "short write"
  | "short read"
  | "EIO"
  | "ENOSPC"
  | "sync that lost what it should have written"
  | "unsynced write lost"
  | "unsynced write torn"
  | "unsynced write there, and an earlier one not"
  | "unsynced name lost"
  | "unsynced name there, and an earlier one not"
  | "bit flip";

/** How often each was done. */
export class Misdeeds {
  readonly counts = new Map<Misdeed, number>();

  count(what: Misdeed): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}

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

export type Change =
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

export class Inode {
  constructor(private readonly misdeeds: Misdeeds) {}

  visible: Uint8Array = new Uint8Array(0);
  durable: Uint8Array = new Uint8Array(0);
  /** What the next sync makes durable. */
  pending: Change[] = [];
  /** What a failed sync lost: visible, and no sync will write it any more; a power cut may still find it on the disk. */
  lost: Change[] = [];

  /** Changes what is visible. A write that goes on where the last one ended becomes one with it: they lie in the same pages of the cache. */
  change(change: Change): void {
    this.visible = apply(this.visible, change);
    const last = this.pending.at(-1);
    if (last && "bytes" in last && "bytes" in change && change.at === last.at + last.bytes.length) {
      this.pending[this.pending.length - 1] = { at: last.at, bytes: Buffer.concat([last.bytes, change.bytes]) };
    } else this.pending.push(change);
  }

  sync(): void {
    for (const change of this.pending) this.durable = apply(this.durable, change);
    this.pending = [];
  }

  /** What was to be synced is not, nor ever will be. */
  loseUnsynced(): void {
    if (this.pending.length > 0) this.misdeeds.count("sync that lost what it should have written");
    this.lost.push(...this.pending);
    this.pending = [];
  }

  /** The file as everybody sees it, as if all of it were durable. */
  copy(): Inode {
    const inode = new Inode(this.misdeeds);
    inode.visible = inode.durable = this.visible;
    return inode;
  }

  /** The file as the disk has it after a power cut. */
  afterPowerCut(survival: Survival, random: Random): Inode {
    let content = this.durable;
    let lostBefore = false;
    for (const change of [...this.lost, ...this.pending]) {
      const part = survival === "all" ? change : survival === "none" ? null : this.#partOf(change, random);
      if (part === null) this.misdeeds.count("unsynced write lost");
      else if (Array.isArray(part)) this.misdeeds.count("unsynced write torn");
      if (part !== null && lostBefore) this.misdeeds.count("unsynced write there, and an earlier one not");
      lostBefore ||= part === null;
      for (const applied of part === null ? [] : [part].flat()) content = apply(content, applied);
    }
    const inode = new Inode(this.misdeeds);
    inode.visible = inode.durable = content;
    return inode;
  }

  /** A random part of a change: null, all, or pieces of it (the first bytes, or some of the sectors that it touches). */
  #partOf(change: Change, random: Random): Change | Change[] | null {
    const way = random(4);
    if (way === 0) return null;
    if (way === 1 || "size" in change) return change;
    const { at, bytes } = change;
    if (way === 2) return [{ at, bytes: bytes.subarray(0, random(bytes.length + 1)) }];
    const sectors: Change[] = [];
    let lostBefore = false;
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + sectorSize - ((at + from) % sectorSize));
      const survives = random(2) === 0;
      if (survives) sectors.push({ at: at + from, bytes: bytes.subarray(from, to) });
      if (survives && lostBefore) this.misdeeds.count("unsynced write there, and an earlier one not");
      lostBefore ||= !survives;
      from = to;
    }
    return sectors;
  }
}

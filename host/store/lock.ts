/**
 * One process holds a journal. `flock` is the kernel's own lock: it goes with the process, however that ends, so there is no stale pid
 * file to judge. Node has no `flock`; it comes from the C library by koffi.
 *
 * A lock is on a file, not on its name. Whether the name still leads to the locked file tells a process whose folder was moved away or
 * emptied under it that it holds nothing any more (`holds`).
 */
import fs from "node:fs";
import { reasonOf } from "../reasons.js";
import { StoreError } from "./store.js";

/** `exclusive`: nobody else. `shared`: other readers, no writer. */
export type LockMode = "exclusive" | "shared";

/** A lock that is held. */
export interface FileLock {
  /** Whether the lock file of that name is still the one that was locked. */
  holds(): Promise<boolean>;
  /** Lets go. */
  release(): Promise<void>;
}

type Flock = (descriptor: number, operation: number) => number;

/** <sys/file.h>; the same on Linux, macOS and the BSDs. */
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

interface LockCalls {
  readonly flock: Flock;
  /** The calling thread's error number. */
  readonly errno: () => number;
  /** The error number that says somebody else has it. */
  readonly wouldBlock: number;
}

let calls: Promise<LockCalls> | null = null;

async function loadCalls(): Promise<LockCalls> {
  try {
    const { default: koffi } = await import("koffi");
    const flock = koffi.load(null).func("int flock(int descriptor, int operation)") as unknown as Flock;
    const { EWOULDBLOCK: wouldBlock = 11 } = koffi.os.errno;
    return { flock, errno: () => koffi.errno(), wouldBlock };
  } catch (cause) {
    throw new StoreError(
      "platform",
      `This platform can't lock a file (flock by koffi: ${(cause as Error).message}).`,
      "A journal on disk needs Linux or another Unix for which koffi has a binary (npm ci installs it); the in-memory store needs neither.",
      { cause },
    );
  }
}

function heldError(path: string, descriptor: number): StoreError {
  const text = Buffer.alloc(32);
  const pid = /^\d+/.exec(text.toString("latin1", 0, fs.readSync(descriptor, text, 0, text.length, 0)))?.[0];
  return new StoreError(
    "held",
    `${path} is held by another process${pid ? ` (pid ${pid})` : ""}.`,
    "Stop that process first, or choose another folder: a journal has one owner.",
  );
}

const OWNER_ADVICE = "Run this as the user who owns the folder.";

/** What else to do when a lock file can't be opened, by the system's error. */
const OPEN_ADVICE: Record<string, string> = {
  EROFS:
    "Nothing is lost. See the system's log for why it is: after an error a file system must be unmounted and checked; else mount it writable.",
  ENOSPC: "Free some room on that disk, then start again.",
};

/**
 * Takes the lock on `path` without waiting. An exclusive holder creates the file and writes its pid into it; where the file isn't
 * there, a shared holder needs no lock.
 * @throws {StoreError} "held", "platform"
 */
export async function lockFile(path: string, mode: LockMode): Promise<FileLock> {
  calls ??= loadCalls();
  const { flock, errno, wouldBlock } = await calls;
  const exclusive = mode === "exclusive";
  let descriptor: number;
  try {
    const flags = exclusive ? fs.constants.O_RDWR | fs.constants.O_CREAT : fs.constants.O_RDONLY;
    descriptor = fs.openSync(path, flags, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!exclusive && code === "ENOENT") return NO_LOCK;
    const message = `${path} can't be opened: ${reasonOf(error)}.`;
    throw new StoreError("folder", message, OPEN_ADVICE[code ?? ""] ?? OWNER_ADVICE, { cause: error });
  }
  try {
    if (flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) !== 0) {
      const number = errno();
      if (number === wouldBlock) throw heldError(path, descriptor);
      throw new StoreError(
        "platform",
        `flock on ${path} failed: error ${number}.`,
        "Put the folder on a local file system.",
      );
    }
    if (exclusive) writeHolder(descriptor);
    return new HeldLock(path, descriptor);
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** Says who holds the lock: a courtesy, for which a full disk has no room. The lock itself is the kernel's. */
function writeHolder(descriptor: number): void {
  fs.ftruncateSync(descriptor, 0);
  try {
    fs.writeSync(descriptor, `${process.pid}\n`, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
  }
}

class HeldLock implements FileLock {
  readonly #inode: number;
  readonly #device: number;

  constructor(
    private readonly path: string,
    private readonly descriptor: number,
  ) {
    const { ino, dev } = fs.fstatSync(descriptor);
    this.#inode = ino;
    this.#device = dev;
  }

  async holds(): Promise<boolean> {
    try {
      const { ino, dev } = await fs.promises.stat(this.path);
      return ino === this.#inode && dev === this.#device;
    } catch {
      return false;
    }
  }

  async release(): Promise<void> {
    fs.closeSync(this.descriptor);
  }
}

const NO_LOCK: FileLock = { holds: async () => true, release: async () => {} };

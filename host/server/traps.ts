/**
 * What is remembered of traps: the batch that led to each, as a file for whoever looks into it, and how often they happened
 * of late, because a server that is trapped again and again had better stop than restore itself for ever.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import type { CoreTrap } from "../core/trap.js";

/** Batches that are kept: the first ones, because a trap that repeats says the same. */
const FILE_LIMIT = 16;

/** More traps than `TRAP_LIMIT` within this time, in milliseconds, are too many. */
const TRAP_WINDOW = 60_000;
const TRAP_LIMIT = 5;

/** The traps of one server. */
export class Traps {
  readonly #folder: string | undefined;
  readonly #clock: Clock;
  #times: number[] = [];

  /** @param folder where batches are kept; undefined: nowhere */
  constructor(folder: string | undefined, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /**
   * Keeps a trap's batch: JSON, with the slots in base64 as they lay in memory, readable by its owner only.
   * @returns the file's path; null when there is no folder, enough are there, or it cannot be written
   */
  async note(trap: CoreTrap): Promise<string | null> {
    const now = this.#clock.now();
    this.#times = [...this.#times.filter((time) => now - time < TRAP_WINDOW), now];
    return this.#folder === undefined ? null : saveBatch(trap, this.#folder, this.#clock.wall());
  }

  /** Whether there were too many of late. */
  get tooMany(): boolean {
    return this.#times.length > TRAP_LIMIT;
  }
}

async function saveBatch(trap: CoreTrap, folder: string, wallMilliseconds: number): Promise<string | null> {
  const { slots, ...batch } = trap.batch;
  const content = { message: trap.message, ...batch, slots: Buffer.from(slots).toString("base64") };
  const file = join(folder, `trap-${new Date(wallMilliseconds).toISOString().replaceAll(":", "")}.json`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = (await readdir(folder)).filter((name) => name.startsWith("trap-"));
    if (kept.length >= FILE_LIMIT) return null;
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return file;
  } catch {
    return null;
  }
}

/**
 * The two clocks a host reads for the core: one that never goes back, for deadlines, and the wall clock, for records.
 *
 * The first must count time spent suspended: a lease goes on ending while a laptop sleeps. Node's own clocks do not count it
 * (`process.hrtime` is CLOCK_MONOTONIC on Linux), so on Linux CLOCK_BOOTTIME is asked directly. Elsewhere
 * `process.hrtime` has to do: what it misses shows as a step of the wall clock, which the core records.
 */
import { uptime } from "node:os";

const CLOCK_BOOTTIME = 7;

/** Clocks, as a host reads them. */
export interface Clock {
  /** Whole milliseconds from an arbitrary origin; never goes back. */
  now(): number;
  /** Milliseconds since 1970, by the machine's idea of it. */
  wall(): number;
}

/** The machine's clocks. */
export async function openClock(): Promise<Clock> {
  const bootTime = process.platform === "linux" ? await openBootTime() : null;
  return { now: bootTime ?? processTime, wall: Date.now };
}

function processTime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** A function that reads CLOCK_BOOTTIME; null where the C library cannot be called. */
async function openBootTime(): Promise<(() => number) | null> {
  const { default: koffi } = await import("koffi");
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(null);
  } catch {
    return null;
  }
  const clockGettime = library.func("int clock_gettime(int clock, _Out_ int64_t *time)");
  const time = new BigInt64Array(2);
  const read = () => {
    if (clockGettime(CLOCK_BOOTTIME, time) !== 0) return -1;
    return Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1_000_000);
  };
  // Where time_t has 32 bits the numbers read are wrong: compared with the same clock as Node reads it, coarsely.
  return Math.abs(read() - uptime() * 1000) < 5000 ? read : null;
}

/**
 * Watches the wall clock against the other one, and says when it was set: by more than `toleranceMilliseconds`, so that what the
 * clocks drift apart is noticed once it adds up to that.
 */
export class WallClockWatch {
  readonly #clock: Clock;
  readonly #tolerance: number;
  #difference: number;

  constructor(clock: Clock, toleranceMilliseconds = 2000) {
    this.#clock = clock;
    this.#tolerance = toleranceMilliseconds;
    this.#difference = clock.wall() - clock.now();
  }

  /** The clocks without a step that `stepped` has not told yet, nor ever tells them: a step can't be taken for time that passed. */
  get asTold(): Clock {
    const difference = this.#difference;
    const now = () => this.#clock.now();
    return { now, wall: () => now() + difference };
  }

  /** The wall clock in whole seconds if it has been set since the last call that returned a number, else null. */
  stepped(): number | null {
    const wall = this.#clock.wall();
    const difference = wall - this.#clock.now();
    if (Math.abs(difference - this.#difference) <= this.#tolerance) return null;
    this.#difference = difference;
    return Math.floor(wall / 1000);
  }
}

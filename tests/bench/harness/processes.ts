/**
 * What a process has cost, as the kernel counts it.
 */
import { readFileSync } from "node:fs";

const TICKS_A_SECOND = 100;

/** Seconds of processor time. */
export interface ProcessorTime {
  readonly user: number;
  readonly system: number;
}

/** What a process and all its threads have used so far. */
export function processorTime(pid: number): ProcessorTime {
  // The name, which may hold anything, ends with the last parenthesis.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return { user: Number(fields[11]) / TICKS_A_SECOND, system: Number(fields[12]) / TICKS_A_SECOND };
}

/** Microseconds of processor time for each of `count`, since `before`. */
export function microsecondsEach(before: ProcessorTime, after: ProcessorTime, count: number): ProcessorTime {
  const each = (one: number, other: number) => ((other - one) * 1e6) / Math.max(1, count);
  return { user: each(before.user, after.user), system: each(before.system, after.system) };
}

/** Bytes of memory that a process has in use. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1024;
}

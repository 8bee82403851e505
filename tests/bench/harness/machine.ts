/**
 * The machine that figures are from, in one line, and what a sync costs on it.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";

const SYNCS = 200;
const SYNC_BYTES = 4096;

/** The machine. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  readonly node: string;
  /** A write of 4 KiB into space that is filled already, synced: milliseconds. */
  readonly syncMilliseconds: { readonly p50: number; readonly p99: number };
}

function timeSyncs(): Machine["syncMilliseconds"] {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-bench-sync-"));
  const file = openSync(join(folder, "file"), "w");
  const bytes = Buffer.alloc(SYNC_BYTES, 1);
  try {
    for (let index = 0; index < SYNCS; index++) writeSync(file, bytes);
    fdatasyncSync(file);
    const times = Array.from({ length: SYNCS }, (_, index) => {
      const began = performance.now();
      writeSync(file, bytes, 0, SYNC_BYTES, index * SYNC_BYTES);
      fdatasyncSync(file);
      return performance.now() - began;
    }).sort((one, other) => one - other);
    const rounded = (part: number) => Number(times[Math.floor(SYNCS * part)]!.toPrecision(3));
    return { p50: rounded(0.5), p99: rounded(0.99) };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** Looks at the machine. */
export function lookAtMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: cpus().length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    syncMilliseconds: timeSyncs(),
  };
}

/** One line for people. */
export function describeMachine(machine: Machine): string {
  const { processor, cores, memoryGibibytes, kernel, node, syncMilliseconds } = machine;
  const sync = `a synced write of 4 KiB takes ${syncMilliseconds.p50} ms (p99 ${syncMilliseconds.p99} ms)`;
  return `${processor}, ${cores} cores, ${memoryGibibytes} GiB, Linux ${kernel}, Node ${node}; ${sync}`;
}

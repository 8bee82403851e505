// Loaded before a program (`node --import record.js …`), it records what the program does to every instance of the core's modules, and writes
// the trace of each role to `$LEASEHOLD_TRACE.client` and `$LEASEHOLD_TRACE.server` when the program ends.
//
// Nothing has to know that it is recorded: the constructor of instances is replaced by one whose exports write down each
// call, and before it what has changed in memory since the last one, which is what the host wrote.

import { writeFileSync } from "node:fs";
import { OPEN } from "./trace.js";

/** Bytes that are compared at once, and of which, when they differ, so many are compared and written down at once. */
const PAGE = 8192;
const BLOCK = 64;

/** Instances with more memory than a board has are not recorded. */
const MOST_MEMORY = 4 << 20;

const traces = { client: [] as string[][], server: [] as string[][] };

type Exported = (...parameters: number[]) => number | undefined;

/** One instance being recorded. */
class Recording {
  readonly #memory: WebAssembly.Memory;
  readonly #lines: string[] = [OPEN];
  /** The memory as the last call left it; its length is what the host gave the instance. */
  #left = Buffer.alloc(0);
  #ended = false;

  constructor(exports: WebAssembly.Exports) {
    this.#memory = exports["memory"] as WebAssembly.Memory;
    traces["exportRecords" in exports ? "server" : "client"].push(this.#lines);
  }

  /** Calls an export, and records it. */
  call(name: string, exported: Exported, given: number[]): number | undefined {
    const parameters = Array.from({ length: exported.length }, (_, index) => (given[index] ?? 0) >>> 0);
    if (this.#ended) return exported(...parameters);
    if (name === "initialise") this.#give(Math.min(parameters[0]!, this.#memory.buffer.byteLength));
    if (this.#ended) return exported(...parameters);
    this.#noteWrites();
    this.#lines.push(`call ${name} ${parameters.join(" ")}`.trim());
    try {
      return exported(...parameters);
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#left.set(this.#now());
    }
  }

  #now(): Buffer {
    return Buffer.from(this.#memory.buffer, 0, this.#left.length);
  }

  #give(size: number): void {
    if (size === this.#left.length) return;
    if (size > MOST_MEMORY) this.#ended = true;
    this.#lines.push(`memory ${size}`);
    const before = this.#left;
    this.#left = Buffer.from(new Uint8Array(this.#memory.buffer, 0, size));
    before.copy(this.#left);
  }

  #noteWrites(): void {
    const now = this.#now();
    for (const [page, pageEnd] of this.#changed(now, 0, now.length, PAGE)) {
      for (const [at, end] of this.#changed(now, page, pageEnd, BLOCK)) {
        this.#lines.push(`write ${at} ${now.toString("hex", at, end)}`);
      }
    }
  }

  /** The parts of `size` bytes, between two addresses, that are not as the last call left them. */
  *#changed(now: Buffer, from: number, to: number, size: number): Generator<[from: number, to: number]> {
    for (let at = from; at < to; at += size) {
      const end = Math.min(at + size, to);
      if (now.compare(this.#left, at, end, at, end) !== 0) yield [at, end];
    }
  }
}

/** An instance whose exported functions are recorded. */
class RecordedInstance extends WebAssembly.Instance {
  readonly #exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    super(module, imports);
    const recording = new Recording(super.exports);
    this.#exports = Object.fromEntries(
      Object.entries(super.exports).map(([name, exported]) => {
        if (typeof exported !== "function") return [name, exported];
        return [name, (...given: number[]) => recording.call(name, exported as Exported, given)];
      }),
    );
  }

  override get exports(): WebAssembly.Exports {
    return this.#exports;
  }
}

const output = process.env["LEASEHOLD_TRACE"];
if (!output) throw new Error("LEASEHOLD_TRACE names the file that the trace goes to");
WebAssembly.Instance = RecordedInstance;
process.on("exit", () => {
  for (const [role, instances] of Object.entries(traces)) {
    if (instances.length > 0) writeFileSync(`${output}.${role}`, `${instances.flat().join("\n")}\n`);
  }
});

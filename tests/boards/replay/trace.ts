// A trace: all that a host did to instances of one module, as lines of text, and the replay of one by Node. `replay.c` replays it on the engines
// of boards. Both write one line for each call: what it returned, and a digest of the whole memory that the host gave the instance, in which lies
// everything a host can see: control block, verdicts, both rings and what they hold, journal, status, counters.
//
//     open                      a new instance
//     memory BYTES              from here on, so many bytes of memory are the instance's
//     write ADDRESS HEX         the host wrote these bytes
//     call EXPORT ARGUMENTS…    the host called; arguments are 32-bit numbers
//
// A call that traps is written `trap`, and the instance is not used any more.

/** Begins a new instance's part of a trace. */
export const OPEN = "open";

/** The digest of the first `size` bytes of memory, word by word; `replay.c` computes the same. */
export function digestOf(memory: WebAssembly.Memory, size: number): string {
  let digest = 0;
  for (const word of new Uint32Array(memory.buffer, 0, size >>> 2)) {
    digest = Math.imul(((digest << 5) | (digest >>> 27)) ^ word, 0x9e3779b1);
  }
  return (digest >>> 0).toString(16).padStart(8, "0");
}

/** Replays a trace by Node's own engine. @returns the lines that `replay.c` must write too */
export function replay(trace: string, module: WebAssembly.Module): string[] {
  const outputs: string[] = [];
  let instance: WebAssembly.Instance | undefined;
  let size = 0;
  for (const line of trace.split("\n")) {
    const [verb, first, ...rest] = line.split(" ");
    if (verb === OPEN) {
      instance = new WebAssembly.Instance(module);
      size = 0;
      continue;
    }
    if (!verb) continue;
    const memory = instance!.exports["memory"] as WebAssembly.Memory;
    if (verb === "memory") {
      size = Number(first);
      const missing = size - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    } else if (verb === "write") {
      new Uint8Array(memory.buffer).set(Buffer.from(rest[0]!, "hex"), Number(first));
    } else {
      const call = instance!.exports[first!] as (...parameters: number[]) => number | undefined;
      try {
        const result = (call(...rest.map(Number)) ?? 0) >>> 0;
        outputs.push(`${result} ${digestOf(memory, size)}`);
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        outputs.push("trap");
      }
    }
  }
  return outputs;
}

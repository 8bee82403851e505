/**
 * Stacks of a running process, taken by `perf`, folded: one line for each different stack, its frames from the outermost on, and how often it
 * was seen. Flame graph tools read these; `flame-graph.ts` draws them.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Lab } from "../../interop/harness/lab.js";

/** Samples a second. Not round, so that nothing periodic is hit each time. */
const FREQUENCY = "997";
const MOST_OUTPUT = 1 << 30;

/** Folded stacks and how often each was seen. */
export type Stacks = ReadonlyMap<string, number>;

/** Frames that say nothing. */
const NAMELESS = "[unknown]";

/** The name of a frame: what `perf script` prints behind the address, without the offset and the file. */
function frameOf(line: string): string {
  const name = line.trim().replace(/^[0-9a-f]+ /, "");
  // Names of JavaScript functions have a mark for their tier, and the path of their file.
  return name
    .replace(/ \([^()]*\)$/, "")
    .replace(/\+0x[0-9a-f]+$/, "")
    .replace(/file:\/\/\S*\/build\/js\//, "")
    .replaceAll(";", ",");
}

/** Folds what `perf script` prints: for each sample a head, its frames from the innermost on, and an empty line. */
export function fold(script: string): Map<string, number> {
  const stacks = new Map<string, number>();
  for (const sample of script.split("\n\n")) {
    const [head, ...lines] = sample.split("\n").filter((line) => line.trim() !== "");
    if (head === undefined || lines.length === 0) continue;
    const thread = /^\s*(.*?)\s+\d+/.exec(head)?.[1] ?? "?";
    const frames = lines.map(frameOf).filter((frame) => frame !== NAMELESS);
    const stack = [thread, ...frames.reverse()].join(";");
    stacks.set(stack, (stacks.get(stack) ?? 0) + 1);
  }
  return stacks;
}

/** Watches a process for some seconds. */
export async function record(pid: number, seconds: number): Promise<Stacks> {
  const lab = new Lab();
  try {
    const file = join(lab.folder, "perf.data");
    const args = ["record", "--quiet", "-F", FREQUENCY, "-g", "-p", `${pid}`, "-o", file, "--", "sleep", `${seconds}`];
    const host = lab.addHost("perf");
    const program = lab.start(host, "perf", args);
    const code = await program.ended;
    if (code !== 0) throw new Error(program.report());
    const fields = "comm,tid,ip,sym";
    // The kernel's tools of another version than the kernel warn, and work.
    const script = execFileSync("perf", ["script", "--force", "-F", fields, "-i", file], {
      encoding: "utf8",
      maxBuffer: MOST_OUTPUT,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return fold(script);
  } finally {
    await lab.close();
  }
}

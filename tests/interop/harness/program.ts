/**
 * A program that a test runs: what it prints, line by line, and its end.
 */
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** How long a test waits for anything, unless it says otherwise, in milliseconds. */
export const PATIENCE_MILLISECONDS = 60_000;

/** How long the outputs of a program that has ended are still read: what it started may hold them, and live on. */
const LAST_WORDS_MILLISECONDS = 1000;

/** Turns of the event loop after that in which they may still bring something: far more than what a pipe holds needs. */
const LAST_TURNS = 100;

/** A running program. */
export class Program {
  readonly pid: number;
  readonly #command: string;
  readonly #input: Writable | null;
  readonly #waiting = new Set<() => void>();
  /** Everything printed so far, on both outputs. */
  readonly lines: string[] = [];
  /** Resolves to the exit code, or to the signal's name. */
  readonly ended: Promise<number | string>;
  #over = false;

  constructor(child: ChildProcessByStdio<Writable | null, Readable, Readable>, command: string) {
    this.#command = command;
    this.#input = child.stdin;
    // A program that ends does not read to the end: `ended` says so.
    child.stdin?.on("error", () => {});
    this.pid = child.pid ?? -1;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#wake();
      });
    }
    child.on("exit", () => {
      const timer = setTimeout(() => closeWhenRead([child.stdout, child.stderr]), LAST_WORDS_MILLISECONDS);
      child.on("close", () => clearTimeout(timer));
    });
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        this.#over = true;
        resolve(code ?? signal ?? "unknown");
        this.#wake();
      });
    });
    this.ended.catch(() => {});
  }

  /** Waits for a line that matches, from line `from` on; rejects with everything printed when it does not come. */
  async line(pattern: RegExp, from = 0, milliseconds = PATIENCE_MILLISECONDS): Promise<string> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      const left = end - Date.now();
      if (left <= 0 || this.#over) throw new Error(`${this.#command}: no line ${pattern}\n${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Writes to its standard input, which it must have been started with. */
  write(text: string): void {
    if (this.#input === null) throw new Error(`${this.#command} was started without a standard input`);
    this.#input.write(text);
  }

  /** The command and everything it printed. */
  report(): string {
    return [`$ ${this.#command}`, ...this.lines.map((line) => `  ${line}`)].join("\n");
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Sends a signal to this process, and to nothing else. */
  signal(name: NodeJS.Signals): void {
    if (this.#over) return;
    try {
      process.kill(this.pid, name);
    } catch (error) {
      // It has gone, and its outputs are still being read.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Ends the program at once, as a power cut would. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended.catch(() => {});
  }

  /** Ends the program: TERM, and KILL when it has not gone after 3 s. */
  async end(): Promise<void> {
    if (this.#over) return;
    this.signal("SIGTERM");
    const timer = setTimeout(() => this.signal("SIGKILL"), 3000);
    await this.ended.catch(() => {});
    clearTimeout(timer);
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }
}

/**
 * Closes the outputs of a program that has ended, once a whole turn of the event loop brought nothing more of them: after the
 * loop was busy for long, a timer is due before anything that waits in the pipes was read.
 */
function closeWhenRead(outputs: readonly Readable[]): void {
  let brought = true;
  let turns = 0;
  for (const output of outputs) {
    output.on("data", () => {
      brought = true;
    });
  }
  const turn = () => {
    if (brought && turns++ < LAST_TURNS) {
      brought = false;
      setImmediate(turn);
      return;
    }
    for (const output of outputs) output.destroy();
  };
  turn();
}

/** Waits until `condition` holds, looking 10 times a second; rejects with `what` when it does not come about. */
export async function eventually(
  what: string,
  condition: () => boolean,
  milliseconds = PATIENCE_MILLISECONDS,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`did not come about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

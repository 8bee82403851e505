/**
 * What is wrong with a configuration file: each problem with its place, what is wrong there, and what would be right.
 *
 * Reading goes on after a problem, so that one run shows them all; `MOST_PROBLEMS` keeps a file of another kind
 * altogether from filling the screen.
 */

/** One problem, placed. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  /** What is wrong, as a sentence without its full stop. */
  readonly message: string;
  /** What would be right, as a sentence; empty where the message says it. */
  readonly advice: string;
}

/** Problems that are kept; of more only the number is told. */
export const MOST_PROBLEMS = 100;

/** Collects the problems of one file. */
export class Problems {
  readonly file: string;
  readonly #lineStarts: number[] = [0];
  readonly #found: { offset: number; problem: Problem }[] = [];
  #errorCount = 0;
  #untold = 0;

  constructor(file: string, text: string) {
    this.file = file;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Notes an error at a place in the text. */
  error(offset: number, message: string, advice = ""): void {
    this.#errorCount++;
    this.#note("error", offset, message, advice);
  }

  /** Notes something that is allowed, but probably not meant. */
  warn(offset: number, message: string, advice = ""): void {
    this.#note("warning", offset, message, advice);
  }

  #note(severity: Problem["severity"], offset: number, message: string, advice: string): void {
    if (this.#found.length >= MOST_PROBLEMS) {
      this.#untold++;
      return;
    }
    const problem = { severity, file: this.file, ...this.place(offset), message, advice };
    this.#found.push({ offset, problem });
  }

  /** Line and column of a place in the text, from 1. */
  place(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  /** Whether the file can't be used. */
  get failed(): boolean {
    return this.#errorCount > 0;
  }

  /** How many problems were found beyond those kept. */
  get untold(): number {
    return this.#untold;
  }

  /** The problems, in the order of the file. */
  sorted(): Problem[] {
    return this.#found.sort((a, b) => a.offset - b.offset).map(({ problem }) => problem);
  }
}

/** A problem as the one line that compilers and editors understand. */
export function formatProblem({ severity, file, line, column, message, advice }: Problem): string {
  return `${file}:${line}:${column}: ${severity}: ${message}.${advice && ` ${advice}`}`;
}

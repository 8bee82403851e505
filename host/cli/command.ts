/**
 * What a subcommand is, for `main.ts`: its name, its help, its options, and what it does.
 *
 * Help is made of the same tables that the command line is parsed with, so an option cannot exist without its line of help.
 * Users' mistakes are `UserError`s (on the command line: `UsageError`s) and end as their message and advice, never as a stack trace.
 */
import { UserError } from "../user-error.js";

/** How `leasehold` ends, for scripts. */
export const ExitCode = {
  /** Done as asked. */
  OK: 0,
  /** It could not be done, or what was checked has errors; standard error says why. */
  FAILURE: 1,
  /** The command line is wrong. */
  USAGE: 2,
} as const;
/** One of them. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A mistake on the command line: exit code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}

/** An option of a subcommand. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** Whether it may stand several times; its values are a list then. */
  readonly multiple?: true;
  /** What stands for the value in the help, such as "DIR". */
  readonly value?: string;
  /** One sentence or two. */
  readonly doc: string;
}

/** A subcommand. */
export interface Command {
  /** As it is typed, such as "journal check". */
  readonly name: string;
  /** What follows the name, one line a form, such as "[FILE] [options]". */
  readonly usage: readonly string[];
  /** Paragraphs for `--help`. */
  readonly description: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** The least and the most arguments that are no options. */
  readonly positionals: readonly [least: number, most: number];
  /** Command lines, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  run(invocation: Invocation): Promise<ExitCode>;
}

/** A parsed command line. */
export class Invocation {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly (string | true)[]>;

  constructor(values: ReadonlyMap<string, readonly (string | true)[]>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  /** Whether a boolean option was given. */
  flag(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option, or undefined; the last one where it stands several times. */
  text(name: string): string | undefined {
    const value = this.#values.get(name)?.at(-1);
    return value === true ? undefined : value;
  }

  /** All values of an option that may stand several times. */
  texts(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value !== true);
  }
}

/** Every subcommand has this one. */
export const helpOption: OptionSpec = { type: "boolean", short: "h", doc: "Show this help." };

/**
 * The command line of a benchmark: what follows the second `--` of `npm run bench -- NAME -- …`.
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { rivals } from "../rivals/index.js";
import type { Rival } from "../rivals/rival.js";

/** What was asked for. */
export interface BenchOptions {
  /** The benchmark's name. */
  readonly bench: string;
  /** As it can be typed again. */
  readonly command: string;
  readonly rivals: readonly Rival[];
  /** Numbers of leases. */
  readonly leases: readonly number[];
  /** Length of one measurement. */
  readonly seconds: number;
  /** Measurements of which the median counts. */
  readonly rounds: number;
  /** Where results go for programs. */
  readonly json: string | undefined;
  /** Whether the tables go into the README. */
  readonly write: boolean;
}

/** What a benchmark does unless told otherwise. */
export type Defaults = Pick<BenchOptions, "leases" | "seconds" | "rounds"> & { readonly rivals?: readonly string[] };

/** A whole number of at least `least`; anything else ends the process with a sentence. */
function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`--${option} ${text}: no whole number of at least ${least}`);
  process.exit(2);
}

function chosenRivals(keys: readonly string[]): Rival[] {
  const unknown = keys.find((key) => !rivals.some((rival) => rival.key === key));
  if (unknown !== undefined) {
    console.error(`--rivals ${unknown}: there are ${rivals.map(({ key }) => key).join(", ")}`);
    process.exit(2);
  }
  return rivals.filter(({ key }) => keys.includes(key));
}

/** Reads the command line. Options that another benchmark has are taken too, as all may be run by one command. */
export function readOptions(defaults: Defaults): BenchOptions {
  const { values } = parseArgs({
    options: {
      rivals: { type: "string" },
      leases: { type: "string" },
      seconds: { type: "string" },
      rounds: { type: "string" },
      json: { type: "string" },
      write: { type: "boolean" },
    },
  });
  const bench = basename(process.argv[1] ?? "", ".bench.js");
  const handed = process.argv.slice(2).filter((word) => word !== "--write");
  const keys = values.rivals?.split(",") ?? defaults.rivals ?? rivals.map(({ key }) => key);
  return {
    bench,
    command: `npm run bench -- ${bench}${handed.length > 0 ? ` -- ${handed.join(" ")}` : ""}`,
    rivals: chosenRivals(keys),
    leases: values.leases?.split(",").map((text) => wholeNumber("leases", text, 0)) ?? defaults.leases,
    seconds: wholeNumber("seconds", values.seconds ?? `${defaults.seconds}`, 1),
    rounds: wholeNumber("rounds", values.rounds ?? `${defaults.rounds}`, 1),
    json: values.json,
    write: values.write ?? false,
  };
}

/**
 * What a benchmark found out: printed as tables, written as JSON for programs, and put into `tests/bench/README.md` between its marks.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describeMachine, type Machine } from "./machine.js";
import type { BenchOptions } from "./options.js";
import { root } from "./programs.js";

/** A cell: text, a number, or nothing where nothing was measured. */
export type Cell = string | number | null;

/** A table. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What was aimed at, and what came of it. */
export interface Aim {
  readonly aim: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Everything. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly aims?: readonly Aim[];
  /** Sentences, such as why a server is left out. */
  readonly notes?: readonly string[];
  /** What the tables were made of. */
  readonly data: unknown;
}

/** Digits of a number that is worth reading. */
const DIGITS = 3;

function show(cell: Cell): string {
  if (cell === null) return "–";
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell) || Math.abs(cell) >= 10 ** DIGITS) return Math.round(cell).toLocaleString("en-US");
  return `${Number(cell.toPrecision(DIGITS))}`;
}

/** A table in Markdown, its columns even. */
function markdown(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const shown = [columns, ...rows.map((row) => row.map(show))];
  const widths = columns.map((_, column) => Math.max(3, ...shown.map((row) => row[column]!.length)));
  const isNumber = columns.map((_, column) => rows.some((row) => typeof row[column] === "number"));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(" | ")} |`;
  const rule = widths.map((width, at) => `${"-".repeat(width - 1)}${isNumber[at] ? ":" : "-"}`);
  return [line(shown[0]!), line(rule), ...shown.slice(1).map(line)].join("\n");
}

function render({ tables, aims = [], notes = [] }: Findings, command: string, machine: Machine): string {
  const parts = [`\`${command}\`\n\n${describeMachine(machine)}.`];
  for (const { title, columns, rows } of tables) parts.push(`**${title}**`, markdown(columns, rows));
  if (aims.length > 0) {
    const rows = aims.map(({ aim, measured, met }) => [aim, measured, met ? "met" : "missed"]);
    parts.push(markdown(["aim", "measured", ""], rows));
  }
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join("\n"));
  return parts.join("\n\n");
}

function writePage(bench: string, text: string): void {
  const page = `${root}tests/bench/README.md`;
  const whole = readFileSync(page, "utf8");
  const [begin, end] = [`<!-- ${bench}: written by the bench from here on. -->`, `<!-- ${bench}: up to here. -->`];
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`tests/bench/README.md has lost the marks ${begin} and ${end}`);
  writeFileSync(page, `${whole.slice(0, from) + begin}\n\n${text}\n\n${whole.slice(to)}`);
}

/** Adds a benchmark's results to a file that may hold those of others. */
function writeJson(file: string, bench: string, results: object): void {
  const others = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
  writeFileSync(file, `${JSON.stringify({ ...others, [bench]: results }, null, 2)}\n`);
}

/** Prints what was found, and writes it where the command line says. */
export function conclude(options: BenchOptions, machine: Machine, findings: Findings): void {
  const { bench, command, json, write } = options;
  const text = render(findings, command, machine);
  console.log(`\n${text}\n`);
  const { aims = [], notes = [], data } = findings;
  if (json !== undefined) writeJson(json, bench, { command, machine, aims, notes, data });
  if (write) writePage(bench, text);
}

/** The median of numbers, of which there is at least one. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1]!;
}

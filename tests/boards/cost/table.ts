/**
 * The tables of `boards/README.md` that say what each program takes: written from what was measured, and compared with it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Cost } from "./measure.js";

/** The page that holds the tables. */
const page = fileURLToPath(new URL("../../../../../boards/README.md", import.meta.url));

const BEGIN = "<!-- Written by `npm run cost` from here on. -->";
const END = "<!-- Written by `npm run cost` up to here. -->";

/** A column: its heading and what it shows. */
interface Column {
  readonly heading: string;
  readonly of: (cost: Cost) => number | null;
  /** How far a fresh measurement may be from it, as a share; null: as far as it likes. */
  readonly tolerance: number | null;
  /** How far it may be in any case. */
  readonly slack?: number;
}

/** Bytes of the stack that an interrupt takes: it comes at the deepest point, or it does not. */
const INTERRUPT = 40;

/** Instructions that a turn of the loop takes when there is nothing to do: an exchange may have one more or less. */
const IDLE_TURN = 500;

const columns: readonly Column[] = [
  { heading: "flash", of: ({ flash }) => flash, tolerance: 0.02 },
  { heading: "RAM", of: ramOf, tolerance: 0.02 },
  { heading: "of it the module's memory", of: ({ memory }) => memory, tolerance: 0 },
  { heading: "of it the deepest stack", of: ({ stack }) => stack, tolerance: 0.05, slack: INTERRUPT },
  { heading: "reserved for the stack", of: ({ stackReserve }) => stackReserve, tolerance: 0 },
  { heading: "instructions a message", of: ({ instructions }) => instructions, tolerance: 0.05, slack: IDLE_TURN },
  { heading: "ms to the DHCPACK", of: ({ acknowledged }) => acknowledged, tolerance: null },
  { heading: "ms to BOUND, probed", of: ({ bound }) => bound, tolerance: null },
];

/** Static data and the deepest stack seen. */
function ramOf({ statics, stack }: Cost): number {
  return statics + stack;
}

const KIB = 1024;

/** What programs should take at most, on a Cortex-M3. */
const aims = [
  { title: "client ahead of time", program: "lm3s6965evb/client-aot", flash: 10 * KIB, RAM: 4 * KIB },
  { title: "client under wasm3", program: "lm3s6965evb/client-wasm3", flash: 64 * KIB, RAM: 20 * KIB },
  { title: "server for 64 leases", program: "lm3s6965evb/server-aot", flash: 32 * KIB, RAM: 20 * KIB },
];

/** The cells of a program's row, behind its name. */
type Cells = readonly string[];

const show = (value: number | null) => (value === null ? "–" : value.toLocaleString("en-US"));
const read = (cell: string | undefined) => Number(cell?.replaceAll(",", ""));
const cellsOf = (cost: Cost): Cells => columns.map(({ of }) => show(of(cost)));

/** What a row says in a column. */
function stated(cells: Cells | undefined, heading: string): number {
  return read(cells?.[columns.findIndex((column) => column.heading === heading)]);
}

function tableOf(headings: Cells, rows: readonly Cells[]): string {
  return [headings, headings.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** How a figure stands to an aim. */
function reached(figure: number, aim: number): string {
  return `${show(figure)} of ${show(aim)}: ${figure <= aim ? "met" : "missed"}`;
}

/** The part of the page that is written here. */
function render(rows: ReadonlyMap<string, Cells>): string {
  const headings = ["program", ...columns.map(({ heading }) => heading)];
  const costs = tableOf(
    headings,
    [...rows].map(([name, cells]) => [`\`${name}\``, ...cells]),
  );
  const standing = aims.map(({ title, program, ...aim }) => {
    const cells = rows.get(program);
    return [title, program, reached(stated(cells, "flash"), aim.flash), reached(stated(cells, "RAM"), aim.RAM)];
  });
  return `${BEGIN}\n\n${costs}\n\n${tableOf(["aim", "program", "flash", "RAM"], standing)}\n\n${END}`;
}

/** The page's part before, in and behind the marks. */
function partsOfPage(): [before: string, written: string, behind: string] {
  const text = readFileSync(page, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`boards/README.md has lost the marks ${BEGIN} and ${END}`);
  return [text.slice(0, begin), text.slice(begin, end + END.length), text.slice(end + END.length)];
}

/** The rows that the page has, by the name of the program. */
export function rowsOfPage(): Map<string, Cells> {
  const rows = partsOfPage()[1].matchAll(/^\| `([^`]+)` \| (.*) \|$/gm);
  return new Map([...rows].map(([, name, cells]) => [name!, cells!.split(" | ")]));
}

/** Writes the page: a row for each of `names`, which stays as it is where nothing was measured. */
export function writePage(names: readonly string[], costs: ReadonlyMap<string, Cost>): void {
  const [before, , behind] = partsOfPage();
  const old = rowsOfPage();
  const rows = names.flatMap((name) => {
    const cost = costs.get(name);
    const cells = cost ? cellsOf(cost) : old.get(name);
    return cells ? [[name, cells] as const] : [];
  });
  writeFileSync(page, before + render(new Map(rows)) + behind);
}

/** What the page says of a program that is not so any more: nothing when it may stay as it is. */
export function findings(name: string, cost: Cost): string[] {
  const cells = rowsOfPage().get(name);
  if (!cells) return [`${name} has no row`];
  const figures = columns.flatMap(({ heading, of, tolerance, slack = 0 }, index) => {
    const value = of(cost);
    if (tolerance === null || show(value) === cells[index]) return [];
    const said = read(cells[index]);
    const near = value !== null && Math.abs(value - said) <= Math.max(said * tolerance, slack);
    return near ? [] : [`${name}: ${heading} is ${show(value)}, the page says ${cells[index]}`];
  });
  const exceeded = aims
    .filter(({ program }) => program === name)
    .flatMap((aim) =>
      [
        { what: "flash", now: cost.flash, most: aim.flash } as const,
        { what: "RAM", now: ramOf(cost), most: aim.RAM } as const,
      ]
        .filter(({ what, now, most }) => now > most && stated(cells, what) <= most)
        .map(({ what, now, most }) => `${name}: ${what} is ${show(now)}, which was at most ${show(most)}`),
    );
  return [...figures, ...exceeded];
}

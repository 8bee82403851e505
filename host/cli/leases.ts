/**
 * `leasehold leases`: who has which address. Asks the running server; when none runs, reads its journal without changing it.
 */
import { existsSync } from "node:fs";
import { DEFAULT_STATE } from "../config/compile.js";
import { didYouMean } from "../config/suggest.js";
import { parseAddress } from "../core/address.js";
import { askControl, controlPath, NotRunning } from "../server/control.js";
import { readBlobs } from "../store/read-only.js";
import { UserError } from "../user-error.js";
import { type Command, ExitCode, type Invocation, UsageError } from "./command.js";
import { loadConfiguration } from "./configuration-file.js";
import { type LeaseRow, originsBy, rowsIn } from "./lease-rows.js";

/** What can be sorted by, and how. */
const orders = {
  address: (a: LeaseRow, b: LeaseRow) => (parseAddress(a.address) ?? 0) - (parseAddress(b.address) ?? 0),
  ends: (a: LeaseRow, b: LeaseRow) => compareTexts(a.ends ?? "9999", b.ends ?? "9999"),
  hardware: (a: LeaseRow, b: LeaseRow) => compareTexts(a.hardwareAddress, b.hardwareAddress),
  name: (a: LeaseRow, b: LeaseRow) => compareTexts(a.hostName ?? "", b.hostName ?? ""),
  state: (a: LeaseRow, b: LeaseRow) => compareTexts(a.state, b.state),
} as const;

/** States that concern the present; the others are shown with --all. */
const current = new Set(["bound", "offered", "probing", "quarantined"]);

/** The subcommand. */
export const command: Command = {
  name: "leases",
  usage: ["[WHICH] [options]"],
  description: `
Asks the running server; when none runs, reads what it left in the state folder, and changes nothing there.

WHICH shows only leases of one address, hardware address, client identifier or host name. Ended and returned leases are shown
with --all: their clients get the same addresses again as long as nobody else needs them.`,
  options: {
    state: { type: "string", value: "DIR", doc: `The state folder of the server; ${DEFAULT_STATE} by default.` },
    config: {
      type: "string",
      value: "FILE",
      doc: "With no server running: tell reserved and dynamic leases apart by this file.",
    },
    all: { type: "boolean", short: "a", doc: "Show ended and returned leases too." },
    sort: {
      type: "string",
      value: "ORDER",
      doc: `Sort by ${Object.keys(orders).join(", ")}; by address when left out.`,
    },
    json: { type: "boolean", doc: "Print one JSON list, of everything that is known." },
  },
  positionals: [0, 1],
  examples: [
    ["leasehold leases", "The present leases."],
    ["leasehold leases 02:00:00:00:00:01 --all --json", "Everything known of one machine, for programs."],
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const order = orderOf(invocation.text("sort") ?? "address");
  const folder = invocation.text("state") ?? DEFAULT_STATE;
  const [which] = invocation.positionals;
  const rows = (await readRows(folder, invocation.text("config")))
    .filter((row) => invocation.flag("all") || current.has(row.state))
    .filter((row) => which === undefined || matches(row, which))
    .sort((a, b) => order(a, b) || orders.address(a, b));
  if (invocation.flag("json")) console.log(JSON.stringify(rows, null, 2));
  else for (const line of table(rows)) console.log(line);
  return ExitCode.OK;
}

function orderOf(name: string): (a: LeaseRow, b: LeaseRow) => number {
  if (Object.hasOwn(orders, name)) return orders[name as keyof typeof orders];
  const known = Object.keys(orders);
  throw new UsageError(
    `Leases can't be sorted by "${name}".`,
    didYouMean(name, known, `There are: ${known.join(", ")}.`),
  );
}

async function readRows(folder: string, configurationFile: string | undefined): Promise<LeaseRow[]> {
  try {
    const rows: LeaseRow[] = [];
    for await (const row of askControl(controlPath(folder), "leases")) rows.push(row as LeaseRow);
    return rows;
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
  }
  if (!existsSync(folder)) {
    throw new UserError(
      `No server runs with the state folder ${folder}, and there is no such folder.`,
      "Name the server's state folder with --state DIR.",
    );
  }
  const originOf = configurationFile === undefined ? () => null : originsBy(loadConfiguration(configurationFile));
  return rowsIn(readBlobs(folder), originOf);
}

function matches(row: LeaseRow, which: string): boolean {
  const wanted = which.toLowerCase();
  return [row.address, row.hardwareAddress, row.clientIdentifier, row.hostName].some(
    (value) => value?.toLowerCase() === wanted,
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Columns for people. */
function table(rows: readonly LeaseRow[]): string[] {
  if (rows.length === 0) return ["No leases."];
  const head = ["ADDRESS", "STATE", "ENDS", "HARDWARE ADDRESS", "CLIENT IDENTIFIER", "HOST NAME", "ORIGIN"];
  const cells = rows.map((row) => [
    row.address,
    row.state,
    row.ends === null ? "never" : localTime(row.ends),
    row.hardwareAddress,
    row.clientIdentifier ?? "-",
    row.hostName ?? "-",
    row.origin ?? "-",
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  return [head, ...cells].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** "2026-11-23 22:40:05" in local time. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/**
 * The command line of `leasehold load`, checked: every mistake is told with what would be right.
 */
import { MOST_PLACES } from "../load/exchanges.js";
import type { LoadPlan } from "../load/load.js";
import { type Invocation, type OptionSpec, UsageError } from "./command.js";
import { addressOption, interfaceOption, numberOption } from "./option-values.js";

const MOST_CLIENTS = 1_000_000;
const MOST_RATE = 1_000_000;
const MOST_SECONDS = 3600;
const DEFAULT_CLIENTS = 1000;
const DEFAULT_WINDOW = 64;
/** Most exchanges under way at a fixed rate, unless told otherwise. */
const DEFAULT_OPEN_WINDOW = 4096;
const DEFAULT_SECONDS = 10;

/** The options of the subcommand. */
export const loadOptions: Readonly<Record<string, OptionSpec>> = {
  interface: { type: "string", short: "i", value: "NAME", doc: "Be clients on this interface's link." },
  relay: {
    type: "string",
    value: "ADDRESS",
    doc: "Be clients behind a relay agent with this address, which must be one of this machine. Needs --server.",
  },
  server: {
    type: "string",
    value: "ADDRESS",
    doc: "The server. With --interface, left out: that of the first offer.",
  },
  window: {
    type: "string",
    value: "N",
    doc: `Closed loop: N exchanges under way at any time; ${DEFAULT_WINDOW}. With --rate: at most N; ${DEFAULT_OPEN_WINDOW}, or as many as there are clients.`,
  },
  rate: { type: "string", value: "N", doc: "Open loop: N exchanges a second, whatever the server makes of them." },
  clients: { type: "string", value: "N", doc: `How many clients there are; ${DEFAULT_CLIENTS}.` },
  seconds: { type: "string", value: "N", doc: `How long to ask; ${DEFAULT_SECONDS}, at most ${MOST_SECONDS}.` },
  renew: { type: "string", value: "PERCENT", doc: "This share of the exchanges renews a lease; 0." },
  release: { type: "string", value: "PERCENT", doc: "This share of the exchanges gives a lease back; 0." },
  broadcast: { type: "boolean", doc: "Clients without an address ask for answers by broadcast." },
  json: { type: "boolean", doc: "Print one JSON object." },
};

/** A checked command line. */
export interface LoadOptions {
  /** Where the clients are: on the link of an interface, or behind a relay's address. */
  readonly from: { readonly interfaceName: string } | { readonly relay: number };
  readonly plan: LoadPlan;
  readonly clients: number;
  readonly broadcast: boolean;
  readonly json: boolean;
}

/** Reads a command line that was parsed by `loadOptions`. @throws {UsageError} */
export function readLoadOptions(line: Invocation): LoadOptions {
  const clients = numberOption(line, "clients", 1, MOST_CLIENTS) ?? DEFAULT_CLIENTS;
  const rate = numberOption(line, "rate", 1, MOST_RATE) ?? null;
  const given = numberOption(line, "window", 1, MOST_PLACES);
  if (given !== undefined && given > clients) {
    throw new UsageError(
      `--window ${given} needs as many clients; there are ${clients}.`,
      `A client has one exchange under way at a time. Write --clients ${given}, or a smaller window.`,
    );
  }
  const window = given ?? Math.min(clients, rate === null ? DEFAULT_WINDOW : DEFAULT_OPEN_WINDOW);
  const seconds = numberOption(line, "seconds", 1, MOST_SECONDS) ?? DEFAULT_SECONDS;
  const server = addressOption(line, "server") ?? 0;
  return {
    from: readPlace(line),
    plan: { server, window, rate, seconds, shares: readShares(line) },
    clients,
    broadcast: line.flag("broadcast"),
    json: line.flag("json"),
  };
}

function readPlace(line: Invocation): LoadOptions["from"] {
  const interfaceName = interfaceOption(line);
  const relay = addressOption(line, "relay");
  if (interfaceName !== undefined && relay !== undefined)
    throw new UsageError("--interface and --relay exclude each other.", "Keep one of them.");
  if (interfaceName !== undefined) return { interfaceName };
  if (relay === undefined) {
    throw new UsageError(
      "--interface or --relay is missing.",
      "Write --interface NAME for clients on a link, --relay ADDRESS --server ADDRESS for clients behind a relay.",
    );
  }
  if (line.text("server") === undefined)
    throw new UsageError("--relay needs --server.", "A relay sends to a server's address: write --server ADDRESS.");
  return { relay };
}

function readShares(line: Invocation): LoadPlan["shares"] {
  const renew = numberOption(line, "renew", 0, 100) ?? 0;
  const release = numberOption(line, "release", 0, 50) ?? 0;
  // Every address that is given back has to be obtained first, by an exchange of its own.
  if (renew + 2 * release > 100) {
    throw new UsageError(
      `--renew ${renew} and --release ${release} are too much together.`,
      "Each release needs an exchange that obtains the address: the renewals and twice the releases make 100 at most.",
    );
  }
  return { renew, release };
}

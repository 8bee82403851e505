/**
 * The load's command line and its report.
 */
import type { Report } from "../../../host/load/tally.js";
import { firstOf, LEASE_SECONDS, SERVER, type Size } from "./network.js";

/** What the load found out: as `leasehold load --json`, and the processor time that it took itself. */
export interface LoadReport extends Report {
  readonly processorSeconds: { readonly user: number; readonly system: number };
}

/** What a load is to do. */
export interface LoadWishes {
  /** Exchanges under way at a time; with a rate, at most. */
  readonly window?: number;
  /** Exchanges a second, open loop. */
  readonly rate?: number;
  readonly seconds: number;
  /** Percent of renewals. */
  readonly renew?: number;
  /** Clients on the link of eth0 instead of behind a relay. */
  readonly onLink?: boolean;
  /** Each client acquires its own address, once. */
  readonly fill?: boolean;
  /** Clients, where it is not all that hold leases. */
  readonly clients?: number;
  /** Ends with the first lease; questions are asked again every few milliseconds. */
  readonly untilAnswered?: boolean;
  /** Whether all clients have their leases already. */
  readonly held?: boolean;
}

/** What a server needs of the load. */
export interface LoadNeeds {
  /** Datagrams by themselves all the way: for servers that read frames. */
  readonly plain?: boolean;
  /** The relays' port, when it is not 67. */
  readonly port?: number;
}

/** How often a server that is starting is asked: seldom enough not to slow it down. */
const RETRY_SECONDS = "0.005";

/** The load's arguments. */
export function loadArguments(size: Size, wishes: LoadWishes, needs: LoadNeeds): string[] {
  const { relay, held } = firstOf(size);
  const args = ["--server", SERVER];
  if (wishes.held || wishes.fill) args.push("--held", held, "--held-seconds", `${LEASE_SECONDS}`);
  if (wishes.onLink) args.push("--interface", "eth0");
  else args.push("--relay", relay, "--relays", `${size.subnets}`);
  if (wishes.untilAnswered)
    args.push("--window", "1", "--exchanges", "1", "--retry", RETRY_SECONDS, "--attempts", "1000000");
  args.push("--clients", `${wishes.clients ?? size.leases}`, "--seconds", `${wishes.seconds}`);
  if (wishes.window !== undefined) args.push("--window", `${wishes.window}`);
  if (wishes.rate !== undefined) args.push("--rate", `${wishes.rate}`);
  if (wishes.renew !== undefined) args.push("--renew", `${wishes.renew}`);
  args.push(wishes.fill ? "--fill" : "--shuffle");
  if (needs.plain) args.push("--plain");
  if (needs.port !== undefined) args.push("--port", `${needs.port}`);
  return args;
}

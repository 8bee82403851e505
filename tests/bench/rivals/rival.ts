/**
 * What the bench must know of a server to measure it.
 */
import type { LoadNeeds } from "../harness/load.js";
import type { Size } from "../harness/network.js";

/** How a server is to be run. */
export interface Job {
  readonly size: Size;
  /** Whether all addresses are leased already when it starts. */
  readonly held: boolean;
  /** Where its files are: the leases that were put there before, and what it writes. It is this run's own. */
  readonly folder: string;
  /** Clients are on the link of eth0 itself, and not behind a relay. */
  readonly onLink: boolean;
}

/** What a server would have to be able to do. */
export interface Wish {
  readonly size: Size;
  readonly onLink?: boolean;
  /** It is only started and asked once. */
  readonly onlyStarted?: boolean;
}

/** A command line, and what has to be in its environment. */
export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * How leases come into a server before it is measured: `files` writes what the server reads at its start; `clients` acquire them once, of
 * a server that keeps them in its folder; `each-start` the same, again at each start, for one that forgets; `none` need be there.
 */
export type Holding = { readonly files: (folder: string, size: Size) => void } | "clients" | "each-start" | "none";

/** A server to be measured. */
export interface Rival {
  /** What `--rivals` calls it. */
  readonly key: string;
  /** As tables show it. */
  readonly name: string;
  /** Whether it is one of ours: what can't be measured of it is an error. */
  readonly isOurs?: boolean;
  readonly holding: Holding;
  readonly needs?: LoadNeeds;
  /** Why it can't do what is wished, as a reason for its absence; null: it can. */
  unable?(wish: Wish): string | null;
  /** Makes ready what all its starts need: a program that has to be built. */
  build?(): Promise<void>;
  /** Writes its configuration, and says how it is started for eth0. */
  start(job: Job): Start;
}

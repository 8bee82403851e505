/**
 * What the steps ask of a DHCP client or server, whoever wrote it. Each driver starts one program in a lab's host, in the
 * foreground, with everything it writes in the lab's own folder, and translates these few wishes into its configuration.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../harness/lab.js";
import type { Program } from "../harness/program.js";

/** The interface that every client and server in a lab uses. */
export const INTERFACE = "eth0";

/** A host of a lab on which a peer runs. */
export interface Place {
  readonly lab: Lab;
  readonly host: string;
  /** A folder that outlives the program: its leases lie there. */
  readonly folder: string;
}

/** What is asked of a client. */
export interface ClientWishes {
  /** The address to ask for in DHCPDISCOVER. */
  readonly address?: string;
  /** The lease time to ask for, in seconds. */
  readonly leaseSeconds?: number;
  /** Whether to ask on the link, by ARP, whether somebody has the address. False when left out. */
  readonly probe?: boolean;
  /** The server to prefer, where the client has such a setting. */
  readonly preferServer?: string;
}

/** A client that runs. */
export interface RunningClient {
  readonly program: Program;
  /** Gives the lease back and ends. */
  release(): Promise<void>;
  /** Ends without giving the lease back. */
  stop(): Promise<void>;
  /** Renews now, where the client can be told to. */
  readonly renew?: () => void;
}

/** A kind of client. */
export interface ClientPeer {
  readonly name: string;
  /**
   * What makes it ask for its former lease by INIT-REBOOT: starting it again, pulling its cable and plugging it in, or nothing.
   */
  readonly comesBackBy: "restart" | "cable" | null;
  start(place: Place, wishes: ClientWishes): RunningClient;
  /** Waits until it uses an address, where the host's interface does not show that. */
  readonly usesAddress?: (place: Place, address: string) => Promise<void>;
  /** Obtains parameters by DHCPINFORM for the address that the interface has, where the client can. */
  readonly inform?: (place: Place, address: string) => RunningClient;
}

/** What a server is to serve: one subnet on its interface. */
export interface ServerWishes {
  /** The subnet's first three bytes: "198.51.100". Its prefix length is 24. */
  readonly net: string;
  /** First and last byte of the pool. */
  readonly pool: readonly [first: number, last: number];
  /** The server's own last byte in the subnet. */
  readonly own: number;
  /** The lease time for clients that ask for none, in seconds; they may ask for up to an hour. */
  readonly leaseSeconds: number;
  /** T1 and T2 in seconds, where the server can tell them; the defaults of RFC 2131 §4.4.5 when left out. */
  readonly times?: readonly [renewal: number, rebinding: number];
  /** Whether the server refuses addresses of other networks. False when left out. */
  readonly authoritative?: boolean;
  /** Whether the server probes an address before it offers it. False when left out. */
  readonly probe?: boolean;
  /** Whether the subnet lies behind a relay agent, 254 in it, and not on the server's own interface. */
  readonly behindRelay?: boolean;
}

/** A kind of server. */
export interface ServerPeer {
  readonly name: string;
  /** Starts serving and resolves when it listens; leases that lie in the place's folder are known to it. */
  start(place: Place, wishes: ServerWishes): Promise<Program>;
  /** Makes it write its leases to the place's folder, where it does not do so with each lease. */
  readonly flush?: (program: Program) => Promise<void>;
}

/** Writes a file into a place's folder and returns its path. */
export function place(folder: string, name: string, text: string, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
}

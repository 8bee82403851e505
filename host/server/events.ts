/**
 * What a server tells whoever runs it. Every member may be left out; none may throw, and none is waited for.
 */
import type { CoreTrap } from "../core/trap.js";
import type { ServerCore } from "../core/server.js";
import type { InterfaceState } from "../net/transport.js";

/** Called by a server as it runs. */
export interface ServerEvents {
  /**
   * A datagram or a frame was judged: slot `index` of the core holds its verdict and its payload. Called for each, so leave it out where
   * nobody looks; read the slot before returning.
   */
  judged?(core: ServerCore, index: number): void;
  /**
   * A message is about to leave that answers no input of this turn: the DHCPOFFER after a probe. It is entry `offset` of the
   * core's ready ring; read it before returning. Leave it out where nobody looks.
   */
  offered?(core: ServerCore, offset: number): void;
  /** The core was told of an interface: a new one, a change, or that it is gone (`up` false). */
  interfaceChanged?(state: InterfaceState): void;
  /** The wall clock was set; leases keep their distance from the present. */
  clockStepped?(wallSeconds: number): void;
  /** Addresses of the store that the configuration does not serve, after a start or a reload; not called for none. */
  unserved?(count: number): void;
  /** The store could not take records: answers wait. `fault` says why, as far as the store knows. */
  storeBehind?(fault: string): void;
  /** The store takes records again. */
  storeCaughtUp?(): void;
  /** A snapshot was committed. */
  snapshotTaken?(): void;
  /** The core trapped and is being replaced. `file` holds the batch, where a folder for it was given. */
  trapped?(trap: CoreTrap, file: string | null): void;
  /** An instance was restored after a trap and serves. */
  recovered?(): void;
}

/** How a server's life ended. */
export interface ServerEnd {
  /** `stopped`: as asked; `fenced`: another process took the store over; `failed`: something is broken, `message` says what. */
  readonly reason: "stopped" | "fenced" | "failed";
  readonly message: string;
}

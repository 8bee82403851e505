/**
 * What the loop of a host asks of a network, and nothing else.
 *
 * A transport writes what has arrived into the core's own input slots and sends from the core's own rings: no message is an
 * object on its way. One call moves as many as there are, so a transport may read and send in batches; how (one datagram
 * a call, recvmmsg into the slots, an array in memory) is its own affair.
 *
 * Nothing here waits: `receive` and `send` return at once with what could be done.
 */
import type { Core } from "../core/core.js";
import type { InterfaceState } from "../core/inputs.js";
import type { RingView } from "../core/ring.js";

export type { InterfaceState } from "../core/inputs.js";

/** What a transport counts. Numbers only grow. */
export interface TransportStatistics {
  /** Datagrams and frames written into slots. */
  received: number;
  /** Datagrams and frames handed to the system. */
  sent: number;
  /** Arrived, but not handed to the core: no slot was free for too long, or no served interface could be named. */
  dropped: number;
  /** Arrived, but dropped by the system: the buffer was full of what the host had not read yet. 0 where a transport is not told. */
  readonly overflowed: number;
  /** Calls that failed, by the system's name for the error ("ENETUNREACH"). What could not be sent is not sent again. */
  readonly failed: Map<string, number>;
}

/** Moves datagrams and frames between a network and a core's memory. */
export interface Transport {
  /** Called when something has arrived; the loop then calls `receive`. May be called when nothing has. */
  onReadable: (() => void) | null;
  /** Called when interfaces came, went or changed; the loop then asks `interfaces()` and tells the core. */
  onInterfacesChanged: (() => void) | null;
  /** The interfaces known now. One that is gone stays listed with `up` false, so that its number is not taken by another. */
  interfaces(): readonly InterfaceState[];
  /**
   * Fills free input slots, from slot `first` on and at most to the last, with what has arrived.
   * @returns how many slots were filled; 0 when nothing is there
   */
  receive(core: Core, first: number): number;
  /**
   * Sends the entries of a ring that may leave, and takes them out of it. An entry that fails is counted and taken out
   * as well: a client asks again, a full socket buffer does not get better by waiting here.
   * @returns how many entries were taken out
   */
  send(core: Core, ring: RingView): number;
  readonly statistics: TransportStatistics;
  /** Gives up sockets and memory. Nothing is called back afterwards. */
  close(): Promise<void>;
}

/** Statistics of a transport that has done nothing yet. @param overflowed asks the system, each time that somebody looks */
export function newTransportStatistics(overflowed: () => number = () => 0): TransportStatistics {
  return {
    received: 0,
    sent: 0,
    dropped: 0,
    get overflowed() {
      return overflowed();
    },
    failed: new Map(),
  };
}

/** Adds one to the failures with the code of `error`, or with "UNKNOWN". */
export function countFailure(statistics: TransportStatistics, error: unknown): void {
  const code = (error as { code?: unknown } | null)?.code;
  const name = typeof code === "string" ? code : "UNKNOWN";
  statistics.failed.set(name, (statistics.failed.get(name) ?? 0) + 1);
}

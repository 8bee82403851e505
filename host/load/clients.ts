/**
 * Who holds which address, as the clients know it: what no server may give to another while the lease runs.
 */
import { INFINITE_SECONDS } from "#layout";

/** A lease is held to end this much earlier than its client would say: some servers count whole seconds. */
const ROUNDING_MILLISECONDS = 1000;

/** The clients of a load, by their numbers. Memory: 12 bytes a client, and an entry of a map for each that has a lease. */
export class Clients {
  readonly count: number;
  readonly #addresses: Uint32Array;
  readonly #ends: Float64Array;
  readonly #holders = new Map<number, number>();

  constructor(count: number) {
    this.count = count;
    this.#addresses = new Uint32Array(count);
    this.#ends = new Float64Array(count);
  }

  /** The address of a client whose lease runs at `now`, or 0. */
  addressOf(client: number, now: number): number {
    return this.#ends[client]! > now ? this.#addresses[client]! : 0;
  }

  /** The client that holds an address at `now`, or −1. */
  holderOf(address: number, now: number): number {
    const holder = this.#holders.get(address);
    return holder !== undefined && this.#ends[holder]! > now ? holder : -1;
  }

  /**
   * A client was granted an address, which nobody else holds.
   * @param asked when it first asked for it, in milliseconds: a lease begins no earlier
   */
  grant(client: number, address: number, asked: number, leaseSeconds: number): void {
    if (this.#addresses[client] !== address) this.drop(client);
    this.#addresses[client] = address;
    this.#holders.set(address, client);
    const milliseconds = leaseSeconds === INFINITE_SECONDS ? Number.POSITIVE_INFINITY : leaseSeconds * 1000;
    this.#ends[client] = asked + milliseconds - ROUNDING_MILLISECONDS;
  }

  /** A client has no address any more. */
  drop(client: number): void {
    const address = this.#addresses[client]!;
    if (this.#holders.get(address) === client) this.#holders.delete(address);
    this.#addresses[client] = 0;
    this.#ends[client] = 0;
  }
}

/**
 * Which addresses there are: one server, one relay beside it, and who holds what. All of it lies in 10.0.0.0/8.
 *
 * One subnet: client n holds 10.0.1.0 + n. Many subnets: each is a /24 from 10.128.0.0 on, with its relay's address first; clients are
 * dealt to them in turn.
 */
import { formatAddress } from "../../../host/core/address.js";

/** The server's own address and the relay's. */
export const SERVER = "10.0.0.1";
/** The address from which the load speaks. */
export const RELAY = "10.0.0.2";

const FIRST = 0x0a000100;
const FIRST_SUBNET = 0x0a800000;
const SUBNET_SIZE = 256;
/** Where a subnet's pool begins. */
const POOL_AT = 10;

/** Length of every lease in seconds: longer than any bench, so that none ends in it. */
export const LEASE_SECONDS = 43_200;

/** How large a network is served. */
export interface Size {
  /** Clients, each of which has its address: the pools hold these and no more. */
  readonly leases: number;
  /** 1: clients behind one relay in the server's own subnet. */
  readonly subnets: number;
}

/** A subnet with its pool. Addresses are text. */
export interface Subnet {
  readonly network: string;
  readonly prefix: number;
  readonly mask: string;
  readonly first: string;
  readonly last: string;
}

/** The subnets of a size. */
export function subnetsOf({ leases, subnets }: Size): Subnet[] {
  const pool = (first: number, count: number) => ({
    first: formatAddress(first),
    last: formatAddress(first + count - 1),
  });
  if (subnets === 1) return [{ network: "10.0.0.0", prefix: 8, mask: "255.0.0.0", ...pool(FIRST, leases) }];
  const each = Math.ceil(leases / subnets);
  return Array.from({ length: subnets }, (_, index) => {
    const network = FIRST_SUBNET + index * SUBNET_SIZE;
    return { network: formatAddress(network), prefix: 24, mask: "255.255.255.0", ...pool(network + POOL_AT, each) };
  });
}

/** The first relay and the address of the first client, as the load is told. */
export function firstOf({ subnets }: Size): { relay: string; held: string } {
  if (subnets === 1) return { relay: RELAY, held: formatAddress(FIRST) };
  return { relay: formatAddress(FIRST_SUBNET + 1), held: formatAddress(FIRST_SUBNET + POOL_AT) };
}

/** A client's lease. */
export interface Held {
  readonly address: string;
  /** Six bytes in hexadecimal, with colons. */
  readonly mac: string;
  /** Index of its subnet. */
  readonly subnet: number;
}

/** What each client holds, in order. */
export function* leasesOf({ leases, subnets }: Size): Generator<Held> {
  for (let client = 0; client < leases; client++) {
    const subnet = client % subnets;
    const number = Math.floor(client / subnets);
    const address = subnets === 1 ? FIRST + client : FIRST_SUBNET + subnet * SUBNET_SIZE + POOL_AT + number;
    const bytes = [2, 0, client >>> 24, (client >>> 16) & 255, (client >>> 8) & 255, client & 255];
    const mac = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
    yield { address: formatAddress(address), mac, subnet };
  }
}

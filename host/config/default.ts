/**
 * The configuration of `leasehold serve --interface NAME` without a file: that interface's own subnet, told as the text of
 * a file, so that it can be shown, saved and changed, and goes the way of every other configuration.
 *
 * The upper half of the subnet is handed out, because machines with addresses of their own mostly have low ones; addresses are
 * probed before they are offered. The interface is the router only if this machine forwards, and the DNS servers are those that this machine
 * asks itself, where other machines can reach them.
 */
import { formatAddress, maskOf } from "../core/address.js";
import { UserError } from "../user-error.js";
import { defaults } from "./resolve.js";
import { formatSeconds } from "./values.js";

/** What is known of the interface and its machine. */
export interface InterfaceFacts {
  readonly name: string;
  /** Its own address, as a number. */
  readonly address: number;
  readonly prefixLength: number;
  /** Whether this machine passes packets on between its interfaces. */
  readonly forwards: boolean;
  /** DNS servers that this machine asks, as numbers. */
  readonly resolvers: readonly number[];
}

/** Most addresses handed out without a file: a larger subnet deserves one. */
const MOST_ADDRESSES = 4096;

/** A configuration that was made, not written. */
export interface MadeConfiguration {
  /** As a file would hold it. */
  readonly text: string;
  /** What it will do, in a sentence. */
  readonly summary: string;
}

/** A configuration for one interface. @throws {UserError} its subnet has no room for clients */
export function defaultConfiguration(facts: InterfaceFacts): MadeConfiguration {
  const { name, address, prefixLength } = facts;
  const network = (address & maskOf(prefixLength)) >>> 0;
  const ranges = choosePool(network, facts);
  const exclude = address >= ranges.first && address <= ranges.last ? [formatAddress(address)] : [];
  const range = `${formatAddress(ranges.first)}-${formatAddress(ranges.last)}`;
  const resolvers = facts.resolvers.filter((resolver) => resolver >>> 24 !== 127 && resolver !== 0).map(formatAddress);
  const options = {
    ...(facts.forwards && { routers: [formatAddress(address)] }),
    ...(resolvers.length > 0 && { "domain-name-servers": resolvers }),
  };
  const subnet = {
    subnet: `${formatAddress(network)}/${prefixLength}`,
    interface: name,
    pools: [exclude.length > 0 ? { range, exclude } : range],
    ...(Object.keys(options).length > 0 && { options }),
  };
  const count = ranges.last - ranges.first + 1 - exclude.length;
  const router = facts.forwards ? formatAddress(address) : "none";
  const summary =
    `Hands out ${range} (${count} addresses) on ${name} for ${formatSeconds(defaults.leaseSeconds)}, ` +
    `each probed first; router: ${router}, DNS: ${resolvers.join(", ") || "none"}.`;
  return { text: `// ${summary}\n${JSON.stringify({ subnets: [subnet] }, null, 2)}\n`, summary };
}

/** The upper half of the hosts' addresses, at most `MOST_ADDRESSES`; the lower half where our own address is all there is of it. */
function choosePool(network: number, { name, address, prefixLength }: InterfaceFacts): { first: number; last: number } {
  const size = 2 ** (32 - prefixLength);
  if (prefixLength > 30) {
    throw new UserError(
      `The subnet of ${name}, ${formatAddress(address)}/${prefixLength}, has no room for clients.`,
      "Give the interface an address with a shorter prefix, or write a configuration file.",
    );
  }
  const last = network + size - 2;
  const first = Math.max(network + size / 2, last - MOST_ADDRESSES + 1);
  if (first === last && first === address) return { first: network + 1, last: network + 1 };
  return { first, last };
}

/**
 * Puts the networks of a configuration into the order of the image (assembly/server/image.ts): tables sorted so that the core
 * finds by binary search, and addresses that only a reservation can have as ranges of their own.
 */
import type { NetworkModel, PoolModel, ReservationModel, SubnetModel } from "./model.js";
import type { AddressRange } from "./values.js";

/** A range of the image, before leases are numbered. */
export interface RangeEntry extends AddressRange {
  readonly pool: PoolModel | null;
  readonly subnet: SubnetModel;
}

/** What goes into the image, in its order. */
export interface ImageContents {
  readonly networks: readonly NetworkModel[];
  /** Sorted by address. */
  readonly subnets: readonly SubnetModel[];
  /** Those of a network together, in the order of the networks. */
  readonly pools: readonly PoolModel[];
  /** Sorted by address. */
  readonly ranges: readonly RangeEntry[];
  /** Sorted by network, kind, length of the key, key. */
  readonly reservations: readonly ReservationModel[];
  readonly leaseCount: number;
}

/** Puts everything into the image's order. */
export function arrange(networks: readonly NetworkModel[]): ImageContents {
  const unsorted = networks.flatMap((network) => network.subnets);
  const subnets = [...unsorted].sort((a, b) => a.prefix.address - b.prefix.address);
  const pools = unsorted.flatMap((subnet) => subnet.pools);
  const pooled = pools.flatMap((pool) => pool.ranges.map((range) => ({ ...range, pool, subnet: pool.subnet })));
  pooled.sort((a, b) => a.first - b.first);
  const all = unsorted.flatMap((subnet) => subnet.reservations);
  const single = all
    .filter(({ address }) => !poolOf(address, pooled))
    .map(({ address, subnet }) => ({ first: address, last: address, pool: null, subnet }));
  const ranges: RangeEntry[] = [...pooled, ...single].sort((a, b) => a.first - b.first);
  const order = new Map(networks.map((network, index) => [network, index]));
  const reservations = [...all].sort(
    (a, b) =>
      order.get(a.subnet.network)! - order.get(b.subnet.network)! ||
      a.kind - b.kind ||
      a.key.length - b.key.length ||
      Buffer.compare(a.key, b.key),
  );
  const leaseCount = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return { networks, subnets, pools, ranges, reservations, leaseCount };
}

/** The pool whose ranges (sorted) hold an address. */
export function poolOf(address: number, sorted: readonly RangeEntry[]): PoolModel | null {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.first <= address) low = middle + 1;
    else high = middle;
  }
  const range = sorted[low - 1];
  return range && address <= range.last ? range.pool : null;
}

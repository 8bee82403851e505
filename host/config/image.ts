/**
 * Writes the configuration image that the core maps (its layout is told in assembly/server/image.ts).
 *
 * Everything is resolved before: this only puts records into tables, numbers leases, and turns places into offsets. Policies of
 * subnets and pools come first, because those refer to them by 16 bits.
 */
import {
  IMAGE_MAGIC,
  IMAGE_VERSION,
  ImageHeader,
  ImageHeaderLayout,
  Network,
  NetworkLayout,
  NO_POOL,
  Policy,
  PolicyFlag,
  PolicyLayout,
  Pool,
  PoolLayout,
  Range,
  RangeLayout,
  Reservation,
  ReservationLayout,
  Subnet,
  SubnetLayout,
} from "#layout";
import type { ImageContents } from "./arrange.js";
import { ByteArea, PolicyTable } from "./policies.js";
import type { NetworkModel, PoolModel, ReservationModel, SubnetModel } from "./model.js";
import type { Resolved } from "./resolve.js";

/** The resolved settings of every subnet, pool and reservation. */
export type ResolvedParts = ReadonlyMap<SubnetModel | PoolModel | ReservationModel, Resolved>;

/** Offers that one source may hold at least, when the file says nothing. */
const LEAST_OFFERS = 32;

const MOST_OFFERS = 65535;

/** Writes the image. */
export function writeImage(contents: ImageContents, resolved: ResolvedParts): Uint8Array {
  return new ImageWriter(contents, resolved).write();
}

class ImageWriter {
  readonly #contents: ImageContents;
  readonly #resolved: ResolvedParts;
  readonly #bytes = new ByteArea();
  readonly #policies = new PolicyTable(this.#bytes);
  readonly #networkIndex: ReadonlyMap<NetworkModel, number>;
  readonly #subnetIndex: ReadonlyMap<SubnetModel, number>;
  readonly #poolIndex: ReadonlyMap<PoolModel, number>;

  constructor(contents: ImageContents, resolved: ResolvedParts) {
    this.#contents = contents;
    this.#resolved = resolved;
    this.#networkIndex = indexes(contents.networks);
    this.#subnetIndex = indexes(contents.subnets);
    this.#poolIndex = indexes(contents.pools);
  }

  write(): Uint8Array {
    const { networks, subnets, pools, ranges, reservations, leaseCount } = this.#contents;
    for (const part of [...subnets, ...pools, ...reservations]) this.#policyOf(part);
    const keys = reservations.map(({ key }) => this.#bytes.add(key));
    const places = layOut(this.#contents, this.#policies.records.length);
    const image = new Uint8Array((places.bytes + this.#bytes.length + 3) & ~3);
    const view = new DataView(image.buffer);
    image.set(this.#bytes.whole(), places.bytes);
    this.#writeNetworks(new Network(view, places.networks));
    this.#writeSubnets(new Subnet(view, places.subnets));
    this.#writePools(new Pool(view, places.pools));
    this.#writeRanges(new Range(view, places.ranges));
    this.#policies.writeTo(view, places.policies, places.bytes);
    this.#writeReservations(new Reservation(view, places.reservations), keys, places.bytes);
    const header = new ImageHeader(view, 0);
    header.magic = IMAGE_MAGIC;
    header.version = IMAGE_VERSION;
    header.size = image.length;
    header.leaseCount = leaseCount;
    header.networkCount = networks.length;
    header.subnetCount = subnets.length;
    header.poolCount = pools.length;
    header.rangeCount = ranges.length;
    header.policyCount = this.#policies.records.length;
    header.reservationCount = reservations.length;
    header.bytesLength = this.#bytes.length;
    Object.assign(header, places);
    header.checksum = checksumOf(image);
    return image;
  }

  #policyOf(part: SubnetModel | PoolModel | ReservationModel): number {
    return this.#policies.add(this.#resolved.get(part)!);
  }

  #writeNetworks(record: Network): void {
    let firstPool = 0;
    for (const network of this.#contents.networks) {
      const pools = network.subnets.flatMap((subnet) => subnet.pools);
      record.firstPool = firstPool;
      record.poolCount = pools.length;
      record.offerLimit = network.offersPerSource ?? usualOfferLimit(pools);
      firstPool += pools.length;
      record.base += NetworkLayout.byteSize;
    }
  }

  #writeSubnets(record: Subnet): void {
    for (const subnet of this.#contents.subnets) {
      record.address = subnet.prefix.address;
      record.mask = subnet.prefix.mask;
      record.network = this.#networkIndex.get(subnet.network)!;
      record.policy = this.#policyOf(subnet);
      record.base += SubnetLayout.byteSize;
    }
  }

  #writePools(record: Pool): void {
    for (const pool of this.#contents.pools) {
      record.subnet = this.#subnetIndex.get(pool.subnet)!;
      record.policy = this.#policyOf(pool);
      record.base += PoolLayout.byteSize;
    }
  }

  #writeRanges(record: Range): void {
    let firstLease = 0;
    for (const { first, last, pool, subnet } of this.#contents.ranges) {
      record.first = first;
      record.count = last - first + 1;
      record.firstLease = firstLease;
      record.pool = pool ? this.#poolIndex.get(pool)! : NO_POOL;
      record.subnet = this.#subnetIndex.get(subnet)!;
      firstLease += record.count;
      record.base += RangeLayout.byteSize;
    }
  }

  #writeReservations(record: Reservation, keys: readonly number[], bytes: number): void {
    for (const [index, reservation] of this.#contents.reservations.entries()) {
      record.key = bytes + keys[index]!;
      record.keyLength = reservation.key.length;
      record.kind = reservation.kind;
      record.network = this.#networkIndex.get(reservation.subnet.network)!;
      record.address = reservation.address;
      record.policy = this.#policyOf(reservation);
      record.base += ReservationLayout.byteSize;
    }
  }
}

function indexes<T>(items: readonly T[]): Map<T, number> {
  return new Map(items.map((item, index) => [item, index]));
}

/** Half of the addresses: a source that asks and never takes leaves the other half to others. */
function usualOfferLimit(pools: readonly PoolModel[]): number {
  const addresses = pools.flatMap(({ ranges }) => ranges).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return Math.min(Math.max(Math.ceil(addresses / 2), LEAST_OFFERS), MOST_OFFERS);
}

/** Offset of each table, in the order of the image. */
function layOut(contents: ImageContents, policyCount: number) {
  const sizes = {
    networks: contents.networks.length * NetworkLayout.byteSize,
    subnets: contents.subnets.length * SubnetLayout.byteSize,
    pools: contents.pools.length * PoolLayout.byteSize,
    ranges: contents.ranges.length * RangeLayout.byteSize,
    policies: policyCount * PolicyLayout.byteSize,
    reservations: contents.reservations.length * ReservationLayout.byteSize,
    bytes: 0,
  };
  let end: number = ImageHeaderLayout.byteSize;
  const places = Object.entries(sizes).map(([table, size]) => {
    end += size;
    return [table, end - size];
  });
  return Object.fromEntries(places) as { [table in keyof typeof sizes]: number };
}

/** A copy of an image in which no address is probed: for a transport that cannot. */
export function withoutProbes(image: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(image);
  const view = new DataView(copy.buffer);
  const header = new ImageHeader(view, 0);
  for (let index = 0; index < header.policyCount; index++) {
    const policy = new Policy(view, header.policies + index * PolicyLayout.byteSize);
    policy.flags &= ~PolicyFlag.PROBE;
  }
  header.checksum = checksumOf(copy);
  return copy;
}

/** FNV-1a, 32 bits, of what follows the checksum. */
export function checksumOf(image: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = ImageHeaderLayout.leaseCount; at < image.length; at++) hash = Math.imul(hash ^ image[at]!, 0x01000193);
  return hash >>> 0;
}

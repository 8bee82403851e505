/**
 * Proves a configuration image, so that nothing that reads it afterwards need look twice.
 *
 * An image is input like any other: a truncated flash page, a file from another version, or bytes made to do harm. One pass
 * over each table, in the order of the header, proves every offset, count, order and reference; the work is linear in the
 * image's length (a binary search for each reservation). The first fault is returned, and `imageFaultAt` says where.
 *
 * What is proved is what `scopes.ts` and the rest of the server rely on, no more: whether a configuration is wise is
 * for `host/config`, which can explain.
 */
import {
  IMAGE_MAGIC,
  IMAGE_VERSION,
  ImageHeader,
  Network,
  NO_POOL,
  Policy,
  Pool,
  Range,
  Reservation,
  Subnet,
} from "./image";
import { ImageFault, refuse } from "./image-fault";
import { checkPolicies, checkReservations } from "./policy-check";
import { networkAt, openImage, poolAt, rangeAt, subnetAt } from "./scopes";

/** Largest number of networks, subnets, pools each: 16-bit indexes, `NO_POOL` apart. */
const MOST_ENTRIES: u32 = 0xffff;

/** Most entries of a table with 32-bit indexes: what keeps byte counts below 2³². */
const MOST_WIDE_ENTRIES: u32 = 0x03ffffff;

let image: usize = 0;
let header: ImageHeader = changetype<ImageHeader>(0);

/**
 * Checks the image of `length` bytes at address `at` (aligned to 4) for an instance with places for `mostLeases` and
 * `mostPools`. `ImageFault.NONE`: it is sound, and open for the lookups of `scopes.ts`. Otherwise nothing may be looked up.
 */
export function checkImage(at: usize, length: u32, mostLeases: u32, mostPools: u32): ImageFault {
  image = at;
  header = changetype<ImageHeader>(at);
  refuse(0, ImageFault.NONE);
  let fault = checkHeader(length);
  if (fault != ImageFault.NONE) return fault;
  if (header.leaseCount > mostLeases) return refuse(offsetof<ImageHeader>("leaseCount"), ImageFault.TOO_MANY_LEASES);
  if (header.poolCount > mostPools) return refuse(offsetof<ImageHeader>("poolCount"), ImageFault.TOO_MANY_POOLS);
  openImage(at);
  fault = checkNetworks();
  if (fault == ImageFault.NONE) fault = checkSubnets();
  if (fault == ImageFault.NONE) fault = checkPools();
  if (fault == ImageFault.NONE) fault = checkRanges();
  if (fault == ImageFault.NONE) fault = checkPolicies(at);
  if (fault == ImageFault.NONE) fault = checkReservations(at);
  return fault;
}

/** FNV-1a, 32 bits, of the image's bytes behind the checksum. */
export function imageChecksum(at: usize, size: u32): u32 {
  let hash: u32 = 0x811c9dc5;
  const end = at + size;
  for (let byte = at + offsetof<ImageHeader>("leaseCount"); byte < end; byte++) {
    hash = (hash ^ load<u8>(byte)) * 0x01000193;
  }
  return hash;
}

function refuseAt(record: usize, fault: ImageFault): ImageFault {
  return refuse(u32(record - image), fault);
}

function checkHeader(length: u32): ImageFault {
  if (length < offsetof<ImageHeader>()) return refuse(length, ImageFault.SIZE);
  if (header.magic != IMAGE_MAGIC) return refuse(0, ImageFault.MAGIC);
  if (header.version != IMAGE_VERSION) return refuse(offsetof<ImageHeader>("version"), ImageFault.VERSION);
  if (header.flags != 0) return refuse(offsetof<ImageHeader>("flags"), ImageFault.VERSION);
  if (header.size != length || (length & 3) != 0) return refuse(offsetof<ImageHeader>("size"), ImageFault.SIZE);
  if (header.checksum != imageChecksum(image, length)) {
    return refuse(offsetof<ImageHeader>("checksum"), ImageFault.CHECKSUM);
  }
  return checkTables();
}

/** The end of a table that must begin at `end`, as 64 bits; 0 when it does not or would leave the image. */
function tableEnd(end: u64, offset: u32, count: u32, size: u32): u64 {
  if (u64(offset) != end) return 0;
  const next = end + u64(count) * u64(size);
  return next <= u64(header.size) ? next : 0;
}

function checkTables(): ImageFault {
  if (header.networkCount > MOST_ENTRIES) return refuse(offsetof<ImageHeader>("networkCount"), ImageFault.COUNT);
  if (header.subnetCount > MOST_ENTRIES) return refuse(offsetof<ImageHeader>("subnetCount"), ImageFault.COUNT);
  if (header.poolCount > MOST_ENTRIES) return refuse(offsetof<ImageHeader>("poolCount"), ImageFault.COUNT);
  if (header.rangeCount > MOST_WIDE_ENTRIES) return refuse(offsetof<ImageHeader>("rangeCount"), ImageFault.COUNT);
  if (header.policyCount > MOST_WIDE_ENTRIES) return refuse(offsetof<ImageHeader>("policyCount"), ImageFault.COUNT);
  if (header.reservationCount > MOST_WIDE_ENTRIES) {
    return refuse(offsetof<ImageHeader>("reservationCount"), ImageFault.COUNT);
  }
  let end = tableEnd(offsetof<ImageHeader>(), header.networks, header.networkCount, offsetof<Network>());
  if (end == 0) return refuse(offsetof<ImageHeader>("networks"), ImageFault.TABLES);
  end = tableEnd(end, header.subnets, header.subnetCount, offsetof<Subnet>());
  if (end == 0) return refuse(offsetof<ImageHeader>("subnets"), ImageFault.TABLES);
  end = tableEnd(end, header.pools, header.poolCount, offsetof<Pool>());
  if (end == 0) return refuse(offsetof<ImageHeader>("pools"), ImageFault.TABLES);
  end = tableEnd(end, header.ranges, header.rangeCount, offsetof<Range>());
  if (end == 0) return refuse(offsetof<ImageHeader>("ranges"), ImageFault.TABLES);
  end = tableEnd(end, header.policies, header.policyCount, offsetof<Policy>());
  if (end == 0) return refuse(offsetof<ImageHeader>("policies"), ImageFault.TABLES);
  end = tableEnd(end, header.reservations, header.reservationCount, offsetof<Reservation>());
  if (end == 0) return refuse(offsetof<ImageHeader>("reservations"), ImageFault.TABLES);
  end = tableEnd(end, header.bytes, header.bytesLength, 1);
  if (end == 0 || ((end + 3) & ~3) != u64(header.size)) {
    return refuse(offsetof<ImageHeader>("bytes"), ImageFault.TABLES);
  }
  return ImageFault.NONE;
}

function checkNetworks(): ImageFault {
  let poolCount: u32 = 0;
  for (let i: u32 = 0; i < header.networkCount; i++) {
    const network = networkAt(i);
    if (u32(network.firstPool) != poolCount) return refuseAt(changetype<usize>(network), ImageFault.NETWORK_POOLS);
    if (network.offerLimit == 0) return refuseAt(changetype<usize>(network), ImageFault.OFFER_LIMIT);
    poolCount += network.poolCount;
  }
  if (poolCount != header.poolCount) return refuse(header.networks, ImageFault.NETWORK_POOLS);
  return ImageFault.NONE;
}

function checkSubnets(): ImageFault {
  let next: u64 = 0;
  for (let i: u32 = 0; i < header.subnetCount; i++) {
    const subnet = subnetAt(i);
    const at = changetype<usize>(subnet);
    const hostBits = ~subnet.mask;
    if ((hostBits & (hostBits + 1)) != 0 || subnet.mask == 0 || (subnet.address & hostBits) != 0) {
      return refuseAt(at, ImageFault.SUBNET_MASK);
    }
    if (u64(subnet.address) < next) return refuseAt(at, ImageFault.SUBNET_ORDER);
    next = u64(subnet.address) + u64(hostBits) + 1;
    if (u32(subnet.network) >= header.networkCount || u32(subnet.policy) >= header.policyCount) {
      return refuseAt(at, ImageFault.REFERENCE);
    }
  }
  return ImageFault.NONE;
}

function checkPools(): ImageFault {
  for (let i: u32 = 0; i < header.poolCount; i++) {
    const pool = poolAt(i);
    const at = changetype<usize>(pool);
    if (u32(pool.subnet) >= header.subnetCount || u32(pool.policy) >= header.policyCount) {
      return refuseAt(at, ImageFault.REFERENCE);
    }
    const owner = networkAt(subnetAt(pool.subnet).network);
    if (i - u32(owner.firstPool) >= u32(owner.poolCount)) return refuseAt(at, ImageFault.POOL_NETWORK);
  }
  return ImageFault.NONE;
}

function checkRanges(): ImageFault {
  let next: u64 = 0;
  let leaseCount: u64 = 0;
  for (let i: u32 = 0; i < header.rangeCount; i++) {
    const range = rangeAt(i);
    const at = changetype<usize>(range);
    if (range.count == 0 || u64(range.first) < next) return refuseAt(at, ImageFault.RANGE_ORDER);
    next = u64(range.first) + u64(range.count);
    if (u64(range.firstLease) != leaseCount) return refuseAt(at, ImageFault.RANGE_LEASES);
    leaseCount += u64(range.count);
    if (u32(range.subnet) >= header.subnetCount) return refuseAt(at, ImageFault.REFERENCE);
    if (range.pool != NO_POOL) {
      if (u32(range.pool) >= header.poolCount) return refuseAt(at, ImageFault.REFERENCE);
      if (poolAt(range.pool).subnet != range.subnet) return refuseAt(at, ImageFault.RANGE_SUBNET);
    }
    if (!rangeFits(range, subnetAt(range.subnet))) return refuseAt(at, ImageFault.RANGE_SUBNET);
  }
  if (leaseCount != u64(header.leaseCount)) return refuse(offsetof<ImageHeader>("leaseCount"), ImageFault.RANGE_LEASES);
  return ImageFault.NONE;
}

/** Whether all of `range` may be held by hosts of `subnet`; in a /31 or /32 every address may (RFC 3021). */
function rangeFits(range: Range, subnet: Subnet): bool {
  const hostBits = ~subnet.mask;
  const margin: u64 = hostBits > 1 ? 1 : 0;
  const first = u64(subnet.address) + margin;
  const last = u64(subnet.address) + u64(hostBits) - margin;
  return u64(range.first) >= first && u64(range.first) + u64(range.count) - 1 <= last;
}

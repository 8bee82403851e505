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
import { compareBytes } from "../wire/bytes";
import {
  IMAGE_MAGIC,
  IMAGE_VERSION,
  ImageHeader,
  Network,
  NO_POOL,
  Policy,
  PolicyFlag,
  Pool,
  Range,
  Reservation,
  ReservationKind,
  Subnet,
} from "./image";
import { NO_INDEX, openImage, policyAt, poolAt, rangeAt, rangeOf, reservationAt, subnetAt, networkAt } from "./scopes";

/** Why an image is refused. Numbers are stable and append-only. */
export enum ImageFault {
  NONE = 0,
  /** Shorter than its header, longer than the place for it, or its `size` is not its length. */
  SIZE = 1,
  /** It does not begin with `IMAGE_MAGIC`: not an image at all. */
  MAGIC = 2,
  /** Made for another version of this layout, or with flags that this one does not know. */
  VERSION = 3,
  /** The checksum is wrong: damaged. */
  CHECKSUM = 4,
  /** A table does not begin where the one before ends, or the tables do not fill the image. */
  TABLES = 5,
  /** More entries than their numbers can tell apart. */
  COUNT = 6,
  /** More leases than this instance was laid out for. */
  TOO_MANY_LEASES = 7,
  /** More pools than this instance was laid out for. */
  TOO_MANY_POOLS = 8,
  /** A network's pools do not follow those of the network before. */
  NETWORK_POOLS = 9,
  /** A network whose sources may hold no offer. */
  OFFER_LIMIT = 10,
  /** A subnet's mask is not a run of ones, or its address has bits outside the mask. */
  SUBNET_MASK = 11,
  /** Subnets are not sorted, or overlap. */
  SUBNET_ORDER = 12,
  /** A reference to an entry that is not there. */
  REFERENCE = 13,
  /** A pool lies in a subnet of a network that does not own it. */
  POOL_NETWORK = 14,
  /** Ranges are not sorted, overlap, or wrap. */
  RANGE_ORDER = 15,
  /** A range leaves its subnet, holds the subnet's own or broadcast address, or lies in another subnet than its pool. */
  RANGE_SUBNET = 16,
  /** Leases are not numbered in the order of the ranges. */
  RANGE_LEASES = 17,
  /** A policy has flags that this version does not know. */
  POLICY_FLAGS = 18,
  /** A lease time of zero, or one outside its own bounds. */
  POLICY_TIMES = 19,
  /** T1 is after T2. */
  POLICY_FRACTIONS = 20,
  /** `sname` or `file` does not fit its field. */
  POLICY_NAMES = 21,
  /** Options run past their end, are not sorted, or have a code that the server itself writes. */
  POLICY_OPTIONS = 22,
  /** The codes that are always sent are not sorted, or one is not among the options. */
  POLICY_ALWAYS = 23,
  /** A reservation's kind, or the length of its key, is not one that clients have. */
  RESERVATION_KEY = 24,
  /** Reservations are not sorted, or two have the same key. */
  RESERVATION_ORDER = 25,
  /** A reservation's address lies in no range, or in another network. */
  RESERVATION_ADDRESS = 26,
  /** A string or a key lies outside the bytes. */
  BYTES = 27,
}

/** Offset in the image of what the last `checkImage` refused. */
export let imageFaultAt: u32 = 0;

/** Largest number of networks, subnets, pools each: 16-bit indexes, `NO_POOL` apart. */
const MOST_ENTRIES: u32 = 0xffff;

/** Most entries of a table with 32-bit indexes: what keeps byte counts below 2³². */
const MOST_WIDE_ENTRIES: u32 = 0x03ffffff;

/** Every flag of a policy that this version knows. */
const KNOWN_POLICY_FLAGS: u32 = PolicyFlag.AUTHORITATIVE | PolicyFlag.PROBE;

let image: usize = 0;
let header: ImageHeader = changetype<ImageHeader>(0);

/**
 * Checks the image of `length` bytes at address `at` (aligned to 4) for an instance with places for `mostLeases` and
 * `mostPools`. `ImageFault.NONE`: it is sound, and open for the lookups of `scopes.ts`. Otherwise nothing may be looked up.
 */
export function checkImage(at: usize, length: u32, mostLeases: u32, mostPools: u32): ImageFault {
  image = at;
  header = changetype<ImageHeader>(at);
  imageFaultAt = 0;
  let fault = checkHeader(length);
  if (fault != ImageFault.NONE) return fault;
  if (header.leaseCount > mostLeases) return refuse(offsetof<ImageHeader>("leaseCount"), ImageFault.TOO_MANY_LEASES);
  if (header.poolCount > mostPools) return refuse(offsetof<ImageHeader>("poolCount"), ImageFault.TOO_MANY_POOLS);
  openImage(at);
  fault = checkNetworks();
  if (fault == ImageFault.NONE) fault = checkSubnets();
  if (fault == ImageFault.NONE) fault = checkPools();
  if (fault == ImageFault.NONE) fault = checkRanges();
  if (fault == ImageFault.NONE) fault = checkPolicies();
  if (fault == ImageFault.NONE) fault = checkReservations();
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

function refuse(offset: u32, fault: ImageFault): ImageFault {
  imageFaultAt = offset;
  return fault;
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

/** Whether `length` bytes at `offset` lie within the image's bytes. */
function withinBytes(offset: u32, length: u32): bool {
  if (length == 0) return true;
  return offset >= header.bytes && u64(offset) + u64(length) <= u64(header.bytes) + u64(header.bytesLength);
}

function checkPolicies(): ImageFault {
  for (let i: u32 = 0; i < header.policyCount; i++) {
    const policy = policyAt(i);
    const fault = checkPolicy(policy);
    if (fault != ImageFault.NONE) return refuseAt(changetype<usize>(policy), fault);
  }
  return ImageFault.NONE;
}

function checkPolicy(policy: Policy): ImageFault {
  if ((policy.flags & ~KNOWN_POLICY_FLAGS) != 0) return ImageFault.POLICY_FLAGS;
  if (policy.minimumLeaseSeconds == 0 || policy.offerSeconds == 0) return ImageFault.POLICY_TIMES;
  if (policy.leaseSeconds < policy.minimumLeaseSeconds) return ImageFault.POLICY_TIMES;
  if (policy.leaseSeconds > policy.maximumLeaseSeconds) return ImageFault.POLICY_TIMES;
  if (policy.rebindingFraction != 0 && policy.renewalFraction > policy.rebindingFraction) {
    return ImageFault.POLICY_FRACTIONS;
  }
  if (policy.snameLength > 63 || policy.fileLength > 127) return ImageFault.POLICY_NAMES;
  if (!withinBytes(policy.sname, policy.snameLength)) return ImageFault.BYTES;
  if (!withinBytes(policy.file, policy.fileLength)) return ImageFault.BYTES;
  if (!withinBytes(policy.options, policy.optionsLength)) return ImageFault.BYTES;
  if (!withinBytes(policy.always, policy.alwaysCount)) return ImageFault.BYTES;
  return checkOptions(policy);
}

/**
 * Options are sorted by code, and the pieces of a long one follow each other; `always` names some of them. Both are read
 * side by side, so that each code at `always` is found in its turn.
 */
function checkOptions(policy: Policy): ImageFault {
  const end = image + policy.options + policy.optionsLength;
  const alwaysEnd = image + policy.always + policy.alwaysCount;
  let always = image + policy.always;
  let last: u32 = 0;
  for (let at = image + policy.options; at < end; ) {
    if (at + 2 > end || at + 2 + load<u8>(at, 1) > end) return ImageFault.POLICY_OPTIONS;
    const code: u32 = load<u8>(at);
    if (code < last || isServersOption(code)) return ImageFault.POLICY_OPTIONS;
    if (code != last && always < alwaysEnd && u32(load<u8>(always)) == code) always++;
    last = code;
    at += 2 + load<u8>(at, 1);
  }
  return always == alwaysEnd ? ImageFault.NONE : ImageFault.POLICY_ALWAYS;
}

/**
 * Whether the server itself writes this option, or it means something only in what clients and relays send: pad, requested address
 * (50), lease time (51), overload (52), message type (53), server identifier (54), parameter list (55), message (56), maximum
 * size (57), T1 and T2 (58, 59), client identifier (61), relay information (82), end.
 */
export function isServersOption(code: u32): bool {
  if (code >= 50 && code <= 59) return true;
  return code == 0 || code == 61 || code == 82 || code == 255;
}

function checkReservations(): ImageFault {
  for (let i: u32 = 0; i < header.reservationCount; i++) {
    const reservation = reservationAt(i);
    const at = changetype<usize>(reservation);
    const fault = checkReservation(reservation);
    if (fault != ImageFault.NONE) return refuseAt(at, fault);
    if (i > 0 && compareReservations(reservationAt(i - 1), reservation) >= 0) {
      return refuseAt(at, ImageFault.RESERVATION_ORDER);
    }
  }
  return ImageFault.NONE;
}

function checkReservation(reservation: Reservation): ImageFault {
  const longest: u32 = reservation.kind == ReservationKind.HARDWARE ? 17 : 255;
  if (reservation.kind != ReservationKind.HARDWARE && reservation.kind != ReservationKind.CLIENT_IDENTIFIER) {
    return ImageFault.RESERVATION_KEY;
  }
  const shortest: u32 = reservation.kind == ReservationKind.HARDWARE ? 2 : 1;
  if (u32(reservation.keyLength) < shortest || u32(reservation.keyLength) > longest) return ImageFault.RESERVATION_KEY;
  if (!withinBytes(reservation.key, reservation.keyLength)) return ImageFault.BYTES;
  if (u32(reservation.network) >= header.networkCount || reservation.policy >= header.policyCount) {
    return ImageFault.REFERENCE;
  }
  const range = rangeOf(reservation.address);
  if (range == NO_INDEX) return ImageFault.RESERVATION_ADDRESS;
  if (subnetAt(rangeAt(range).subnet).network != reservation.network) return ImageFault.RESERVATION_ADDRESS;
  return ImageFault.NONE;
}

/** The order of the table: by network, kind, length of the key, then its bytes. Both must be checked already. */
function compareReservations(a: Reservation, b: Reservation): i32 {
  if (a.network != b.network) return a.network < b.network ? -1 : 1;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.keyLength != b.keyLength) return a.keyLength < b.keyLength ? -1 : 1;
  return compareBytes(image + a.key, a.keyLength, image + b.key, b.keyLength);
}

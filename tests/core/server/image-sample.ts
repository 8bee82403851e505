/**
 * A small sound image, written field by field, for the specs of the image check and of the lookups.
 *
 *     network 0: 192.0.2.0/25 (pools 0: .10–.19 and .30–.39, 1: .50), 198.51.100.0/24 (pool 2: .10–.13)
 *     network 1: 203.0.113.0/24 (no pool, one reserved address .7)
 */
import { imageChecksum } from "../../../assembly/server/image-check";
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
  ReservationKind,
  Subnet,
} from "../../../assembly/server/image";

/** Where the sample lies. */
export const sample: usize = memory.data(1024, 8);

/** Places of the instance that the specs check for. */
export const SAMPLE_LEASES: u32 = 26;
export const SAMPLE_POOLS: u32 = 3;

/** Options of the sample's policy: mask, router, a domain name in two pieces. */
const optionBytes = memory.data<u8>([1, 4, 255, 255, 255, 128, 3, 4, 192, 0, 2, 1, 15, 2, 97, 98, 15, 1, 99]);
const OPTION_COUNT: u32 = 19;
const alwaysBytes = memory.data<u8>([1, 15]);
const ALWAYS_COUNT: u32 = 2;
const hardwareKeys = memory.data<u8>([1, 2, 0, 0, 0, 0, 5, 1, 2, 0, 0, 0, 0, 6]);
const KEY_LENGTH: u32 = 7;
const identifierKey = memory.data<u8>([0, 112, 114]);
const IDENTIFIER_LENGTH: u32 = 3;

let mark: u32 = 0;

export function sampleHeader(): ImageHeader {
  return changetype<ImageHeader>(sample);
}
export function sampleNetwork(index: u32): Network {
  return changetype<Network>(sample + sampleHeader().networks + index * offsetof<Network>());
}
export function sampleSubnet(index: u32): Subnet {
  return changetype<Subnet>(sample + sampleHeader().subnets + index * offsetof<Subnet>());
}
export function samplePool(index: u32): Pool {
  return changetype<Pool>(sample + sampleHeader().pools + index * offsetof<Pool>());
}
export function sampleRange(index: u32): Range {
  return changetype<Range>(sample + sampleHeader().ranges + index * offsetof<Range>());
}
export function samplePolicy(index: u32): Policy {
  return changetype<Policy>(sample + sampleHeader().policies + index * offsetof<Policy>());
}
export function sampleReservation(index: u32): Reservation {
  return changetype<Reservation>(sample + sampleHeader().reservations + index * offsetof<Reservation>());
}

/** Gives the sample its right checksum again after a change. */
export function seal(): void {
  sampleHeader().checksum = imageChecksum(sample, sampleHeader().size);
}

/** Writes the sample anew. */
export function writeSample(): void {
  memory.fill(sample, 0, 1024);
  const header = sampleHeader();
  header.magic = IMAGE_MAGIC;
  header.version = u16(IMAGE_VERSION);
  header.leaseCount = SAMPLE_LEASES;
  mark = offsetof<ImageHeader>();
  header.networkCount = 2;
  header.networks = take(2 * offsetof<Network>());
  header.subnetCount = 3;
  header.subnets = take(3 * offsetof<Subnet>());
  header.poolCount = SAMPLE_POOLS;
  header.pools = take(SAMPLE_POOLS * offsetof<Pool>());
  header.rangeCount = 5;
  header.ranges = take(5 * offsetof<Range>());
  header.policyCount = 1;
  header.policies = take(offsetof<Policy>());
  header.reservationCount = 3;
  header.reservations = take(3 * offsetof<Reservation>());
  header.bytes = mark;
  writeNetworks();
  writeRanges();
  writePolicy();
  writeReservations();
  header.bytesLength = mark - header.bytes;
  header.size = (mark + 3) & ~3;
  seal();
}

function take(size: u32): u32 {
  const at = mark;
  mark += size;
  return at;
}

function takeBytes(from: usize, count: u32): u32 {
  memory.copy(sample + mark, from, count);
  return take(count);
}

function writeNetworks(): void {
  sampleNetwork(0).poolCount = 3;
  sampleNetwork(0).offerLimit = 16;
  sampleNetwork(1).firstPool = 3;
  sampleNetwork(1).offerLimit = 16;
  writeSubnet(0, 0xc0000200, 0xffffff80, 0);
  writeSubnet(1, 0xc6336400, 0xffffff00, 0);
  writeSubnet(2, 0xcb007100, 0xffffff00, 1);
  samplePool(2).subnet = 1;
}

function writeSubnet(index: u32, address: u32, mask: u32, network: u16): void {
  const subnet = sampleSubnet(index);
  subnet.address = address;
  subnet.mask = mask;
  subnet.network = network;
}

function writeRanges(): void {
  writeRange(0, 0xc000020a, 10, 0, 0, 0);
  writeRange(1, 0xc000021e, 10, 10, 0, 0);
  writeRange(2, 0xc0000232, 1, 20, 1, 0);
  writeRange(3, 0xc633640a, 4, 21, 2, 1);
  writeRange(4, 0xcb007107, 1, 25, u16(NO_POOL), 2);
}

function writeRange(index: u32, first: u32, count: u32, firstLease: u32, pool: u16, subnet: u16): void {
  const range = sampleRange(index);
  range.first = first;
  range.count = count;
  range.firstLease = firstLease;
  range.pool = pool;
  range.subnet = subnet;
}

function writePolicy(): void {
  const policy = samplePolicy(0);
  policy.leaseSeconds = 3600;
  policy.minimumLeaseSeconds = 60;
  policy.maximumLeaseSeconds = 7200;
  policy.renewalFraction = 32768;
  policy.rebindingFraction = 57344;
  policy.offerSeconds = 60;
  policy.options = takeBytes(optionBytes, OPTION_COUNT);
  policy.optionsLength = u16(OPTION_COUNT);
  policy.always = takeBytes(alwaysBytes, ALWAYS_COUNT);
  policy.alwaysCount = u16(ALWAYS_COUNT);
}

function writeReservations(): void {
  const keys = takeBytes(hardwareKeys, 2 * KEY_LENGTH);
  writeReservation(0, ReservationKind.HARDWARE, keys, KEY_LENGTH, 0, 0xc000020a);
  writeReservation(1, ReservationKind.HARDWARE, keys + KEY_LENGTH, KEY_LENGTH, 0, 0xc0000232);
  const identifier = takeBytes(identifierKey, IDENTIFIER_LENGTH);
  writeReservation(2, ReservationKind.CLIENT_IDENTIFIER, identifier, IDENTIFIER_LENGTH, 1, 0xcb007107);
}

function writeReservation(
  index: u32,
  kind: ReservationKind,
  key: u32,
  keyLength: u32,
  network: u16,
  address: u32,
): void {
  const reservation = sampleReservation(index);
  reservation.kind = u8(kind);
  reservation.key = key;
  reservation.keyLength = u8(keyLength);
  reservation.network = network;
  reservation.address = address;
}

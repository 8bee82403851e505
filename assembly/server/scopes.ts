/**
 * Lookups over the configuration image: from an address, a lease number or a client's key to the subnet, range, pool,
 * reservation and policy that govern it.
 *
 * `openImage` is given an image that `checkImage` has passed, so nothing here checks offsets, order or references again.
 * Tables are sorted; each lookup is a binary search of at most 32 steps, whatever the image holds, and lease number ↔
 * address is arithmetic within a range.
 */
import { compareBytes } from "../wire/bytes";
import { ImageHeader, Network, NO_POOL, Policy, Pool, Range, Reservation, ReservationKind, Subnet } from "./image";

/** No entry of a table: the answer of a lookup that found nothing. */
export const NO_INDEX: u32 = 0xffffffff;

/** No lease: an address that no range holds. */
export const NO_LEASE: u32 = 0xffffffff;

let image: usize = 0;
let header: ImageHeader = changetype<ImageHeader>(0);
/** The range and the subnet that were found last: most look-ups of a message are for the same ones. */
let lastRange: Range = changetype<Range>(0);
let lastSubnet: u32 = 0;

/** Makes the checked image at address `at` the one that lookups read. */
export function openImage(at: usize): void {
  image = at;
  header = changetype<ImageHeader>(at);
  lastRange = changetype<Range>(at + header.ranges);
  lastSubnet = 0;
}

/** The header of the open image, with the counts of its tables. */
export function imageHeader(): ImageHeader {
  return header;
}

/** Address of the bytes at `offset` of the open image. */
export function imageBytes(offset: u32): usize {
  return image + offset;
}

/** The network at `index`, which must be below `networkCount`. */
export function networkAt(index: u32): Network {
  assert(index < header.networkCount);
  return changetype<Network>(image + header.networks + index * offsetof<Network>());
}

/** The subnet at `index`, which must be below `subnetCount`. */
export function subnetAt(index: u32): Subnet {
  assert(index < header.subnetCount);
  return changetype<Subnet>(image + header.subnets + index * offsetof<Subnet>());
}

/** The pool at `index`, which must be below `poolCount`. */
export function poolAt(index: u32): Pool {
  assert(index < header.poolCount);
  return changetype<Pool>(image + header.pools + index * offsetof<Pool>());
}

/** The range at `index`, which must be below `rangeCount`. */
export function rangeAt(index: u32): Range {
  assert(index < header.rangeCount);
  return changetype<Range>(image + header.ranges + index * offsetof<Range>());
}

/** The policy at `index`, which must be below `policyCount`. */
export function policyAt(index: u32): Policy {
  assert(index < header.policyCount);
  return changetype<Policy>(image + header.policies + index * offsetof<Policy>());
}

/** The reservation at `index`, which must be below `reservationCount`. */
export function reservationAt(index: u32): Reservation {
  assert(index < header.reservationCount);
  return changetype<Reservation>(image + header.reservations + index * offsetof<Reservation>());
}

/** Index of the subnet that `address` lies in, or `NO_INDEX`. */
export function subnetOf(address: u32): u32 {
  let low: u32 = 0;
  let high = header.subnetCount;
  if (high != 0 && liesInSubnet(address, lastSubnet)) return lastSubnet;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (subnetAt(middle).address <= address) low = middle + 1;
    else high = middle;
  }
  if (low == 0 || !liesInSubnet(address, low - 1)) return NO_INDEX;
  lastSubnet = low - 1;
  return lastSubnet;
}

function liesInSubnet(address: u32, index: u32): bool {
  const subnet = subnetAt(index);
  return (address & subnet.mask) == subnet.address;
}

/** Index of the network that the subnet at `index` belongs to. */
export function networkOfSubnet(index: u32): u32 {
  return subnetAt(index).network;
}

/** Index of the network that the pool at `index` belongs to. */
export function networkOfPool(index: u32): u32 {
  return networkOfSubnet(poolAt(index).subnet);
}

/** The range that holds `address`, or null. */
export function rangeOf(address: u32): Range | null {
  let low: u32 = 0;
  let high = header.rangeCount;
  if (high != 0 && address - lastRange.first < lastRange.count) return lastRange;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rangeAt(middle).first <= address) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return null;
  const range = rangeAt(low - 1);
  if (address - range.first >= range.count) return null;
  lastRange = range;
  return range;
}

/** Lease number of `address`, or `NO_LEASE` when no range holds it. */
export function leaseIndexOf(address: u32): u32 {
  const range = rangeOf(address);
  return range === null ? NO_LEASE : range.firstLease + (address - range.first);
}

/** The range that lease number `lease` lies in; `lease` must be below `leaseCount`. */
export function rangeOfLease(lease: u32): Range {
  assert(lease < header.leaseCount);
  return lease - lastRange.firstLease < lastRange.count ? lastRange : findRangeOfLease(lease);
}

function findRangeOfLease(lease: u32): Range {
  let low: u32 = 0;
  let high = header.rangeCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rangeAt(middle).firstLease <= lease) low = middle + 1;
    else high = middle;
  }
  lastRange = rangeAt(low - 1);
  return lastRange;
}

/** Address of lease number `lease`, which must be below `leaseCount`. */
export function addressOfLease(lease: u32): u32 {
  const range = rangeOfLease(lease);
  return range.first + (lease - range.firstLease);
}

/** Index of the pool that lease number `lease` is handed out from, or `NO_INDEX` for one that only a reservation can have. */
export function poolOfLease(lease: u32): u32 {
  const pool = rangeOfLease(lease).pool;
  return pool == NO_POOL ? NO_INDEX : pool;
}

/** Index of the reservation in `network` for the hardware address of `hlen` bytes at `chaddr`, or `NO_INDEX`. */
export function reservationByHardware(network: u32, htype: u8, chaddr: usize, hlen: u32): u32 {
  let low: u32 = 0;
  let high = header.reservationCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = reservationAt(middle);
    let order = compareHead(found, network, ReservationKind.HARDWARE, hlen + 1);
    const key = imageBytes(found.key);
    if (order == 0) order = i32(load<u8>(key)) - i32(htype);
    if (order == 0) order = compareBytes(key + 1, hlen, chaddr, hlen);
    if (order == 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return NO_INDEX;
}

/** Index of the reservation in `network` for the client identifier of `length` bytes at `identifier`, or `NO_INDEX`. */
export function reservationByIdentifier(network: u32, identifier: usize, length: u32): u32 {
  let low: u32 = 0;
  let high = header.reservationCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = reservationAt(middle);
    let order = compareHead(found, network, ReservationKind.CLIENT_IDENTIFIER, length);
    if (order == 0) order = compareBytes(imageBytes(found.key), length, identifier, length);
    if (order == 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return NO_INDEX;
}

/** Orders a reservation before (negative) or after (positive) all that share the three numbers, or among them (0). */
function compareHead(reservation: Reservation, network: u32, kind: ReservationKind, keyLength: u32): i32 {
  if (reservation.network != network) return reservation.network < network ? -1 : 1;
  if (u32(reservation.kind) != u32(kind)) return u32(reservation.kind) < u32(kind) ? -1 : 1;
  return i32(reservation.keyLength) - i32(keyLength);
}

/**
 * The second half of the image check: policies with their options, and reservations with their keys.
 *
 * Options are proved to be what the writer of answers relies on: each whole, sorted by code, none that the server writes
 * itself (RFC 2131 table 3; RFC 2132). Reservations are proved to be sorted and without a twin, and to keep an address that exists.
 */
import { compareBytes } from "../wire/bytes";
import { ImageHeader, Policy, PolicyFlag, Reservation, ReservationKind } from "./image";
import { ImageFault, refuse } from "./image-fault";
import { policyAt, rangeOf, reservationAt, subnetAt } from "./scopes";

/** Every flag of a policy that this version knows. */
const KNOWN_POLICY_FLAGS: u32 = PolicyFlag.AUTHORITATIVE | PolicyFlag.PROBE;

let image: usize = 0;
let header: ImageHeader = changetype<ImageHeader>(0);

/** Checks every policy of the image at `at`, whose tables are known to lie where the header says. */
export function checkPolicies(at: usize): ImageFault {
  image = at;
  header = changetype<ImageHeader>(at);
  for (let i: u32 = 0; i < header.policyCount; i++) {
    const policy = policyAt(i);
    const fault = checkPolicy(policy);
    if (fault != ImageFault.NONE) return refuse(u32(changetype<usize>(policy) - image), fault);
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

/** Checks every reservation of the image at `at`, whose networks, subnets and ranges have passed. */
export function checkReservations(at: usize): ImageFault {
  image = at;
  header = changetype<ImageHeader>(at);
  for (let i: u32 = 0; i < header.reservationCount; i++) {
    const reservation = reservationAt(i);
    const offset = u32(changetype<usize>(reservation) - image);
    const fault = checkReservation(reservation);
    if (fault != ImageFault.NONE) return refuse(offset, fault);
    if (i > 0 && compareReservations(reservationAt(i - 1), reservation) >= 0) {
      return refuse(offset, ImageFault.RESERVATION_ORDER);
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
  if (range === null) return ImageFault.RESERVATION_ADDRESS;
  if (subnetAt(range.subnet).network != reservation.network) return ImageFault.RESERVATION_ADDRESS;
  return ImageFault.NONE;
}

/** The order of the table: by network, kind, length of the key, then its bytes. Both must be checked already. */
function compareReservations(a: Reservation, b: Reservation): i32 {
  if (a.network != b.network) return a.network < b.network ? -1 : 1;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.keyLength != b.keyLength) return a.keyLength < b.keyLength ? -1 : 1;
  return compareBytes(image + a.key, a.keyLength, image + b.key, b.keyLength);
}

/** Whether `length` bytes at `offset` lie within the image's bytes. */
function withinBytes(offset: u32, length: u32): bool {
  if (length == 0) return true;
  return offset >= header.bytes && u64(offset) + u64(length) <= u64(header.bytes) + u64(header.bytesLength);
}

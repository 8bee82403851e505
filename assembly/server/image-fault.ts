/**
 * Why a configuration image is refused, and where: what `checkImage` answers and a host explains.
 */

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

/** Offset in the image of what the last check refused. */
export let imageFaultAt: u32 = 0;

/** Notes where the fault is, and passes it on. */
export function refuse(offset: u32, fault: ImageFault): ImageFault {
  imageFaultAt = offset;
  return fault;
}

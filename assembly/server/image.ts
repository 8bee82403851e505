/**
 * The configuration image: what `leasehold compile` makes of a configuration file, and what the core maps and never writes.
 *
 * The same bytes are given to a module under Node and flashed to a board. Everything that can be worked out beforehand is:
 * precedence (reservation, pool, subnet, network, global) is resolved into one `Policy` for each pool, subnet
 * and reservation, equal ones shared; options are encoded; exclusions have become gaps between ranges; tables are sorted
 * so that a lookup is a binary search. All numbers are little-endian; all offsets are bytes from the image's start.
 *
 *     ┌────────┬──────────┬─────────┬───────┬────────┬────────────┬──────────────┬───────┐
 *     │ header │ networks │ subnets │ pools │ ranges │  policies  │ reservations │ bytes │
 *     └────────┴──────────┴─────────┴───────┴────────┴────────────┴──────────────┴───────┘
 *
 * The tables follow each other without gaps, and `bytes` ends the image, filled with zeros to a multiple of 4. Indexes that pools
 * and subnets hold are 16 bits wide: an image has at most 65,535 of each, and their policies come before those that only
 * reservations have.
 *
 * Leases are numbered densely: range r covers lease `firstLease` … `firstLease + count − 1`, and ranges are sorted by address
 * and by lease at once. A reservation outside all pools has a range of one address of its own, with `pool` = `NO_POOL`.
 *
 * An image comes from outside (a file, a flash page): `checkImage` proves every offset, count, order and reference before
 * anything is used, so that the lookups need not.
 */

/** "LSHI", read as a little-endian u32. @layout */
export const IMAGE_MAGIC: u32 = 0x4948534c;

/** Version of this layout; another one is refused. @layout */
export const IMAGE_VERSION: u32 = 1;

/** `Range.pool` of an address that only a reservation can have. @layout */
export const NO_POOL: u32 = 0xffff;

/** The first bytes of an image. */
@unmanaged
export class ImageHeader {
  /** `IMAGE_MAGIC`. */
  magic: u32;
  /** `IMAGE_VERSION`. */
  version: u16;
  /** Zero; a reader refuses bits it does not know. */
  flags: u16;
  /** Bytes of the whole image, a multiple of 4. */
  size: u32;
  /** FNV-1a (32 bits) of the bytes behind this field to the end: damage of a flash page, not an attack, is what it finds. */
  checksum: u32;
  /** Leases in all: the sum of the ranges' counts. */
  leaseCount: u32;
  networkCount: u32;
  /** Offset of the first `Network`. */
  networks: u32;
  subnetCount: u32;
  /** Offset of the first `Subnet`, sorted by address. */
  subnets: u32;
  poolCount: u32;
  /** Offset of the first `Pool`, those of one network together. */
  pools: u32;
  rangeCount: u32;
  /** Offset of the first `Range`, sorted by address. */
  ranges: u32;
  policyCount: u32;
  /** Offset of the first `Policy`. */
  policies: u32;
  reservationCount: u32;
  /** Offset of the first `Reservation`, sorted by network, kind, key length, then key bytes. */
  reservations: u32;
  /** Offset of the bytes that options, keys and names point into. */
  bytes: u32;
  bytesLength: u32;
}

/** One link, with one subnet or several (a shared network). A client has at most one lease in a network. */
@unmanaged
export class Network {
  /** First pool of the network; the networks follow each other in it. */
  firstPool: u16;
  poolCount: u16;
  /** Unanswered offers that one source (interface and relay) may hold at once. */
  offerLimit: u32;
}

/** One subnet. Subnets do not overlap. */
@unmanaged
export class Subnet {
  /** Network address, as a number. */
  address: u32;
  /** Subnet mask, as a number. */
  mask: u32;
  /** The network it belongs to. */
  network: u16;
  /** What a client without a pool gets here (DHCPINFORM), and how requests for foreign addresses are treated. */
  policy: u16;
}

/** A set of addresses handed out alike. */
@unmanaged
export class Pool {
  subnet: u16;
  policy: u16;
}

/** Consecutive addresses. */
@unmanaged
export class Range {
  /** First address, as a number. */
  first: u32;
  /** Addresses in the range, at least 1. */
  count: u32;
  /** Lease number of the first address. */
  firstLease: u32;
  /** The pool it belongs to, or `NO_POOL`. */
  pool: u16;
  subnet: u16;
}

/** Bits of `Policy.flags`. */
export enum PolicyFlag {
  /** The server knows all leases of this subnet: unknown clients in INIT-REBOOT hear DHCPNAK (RFC 2131 §4.3.2). */
  AUTHORITATIVE = 1,
  /** An address is probed before it is offered (RFC 2131 §2.2). */
  PROBE = 2,
}

/** How an address is handed out, all levels of configuration resolved. */
@unmanaged
export class Policy {
  /** `PolicyFlag`s. */
  flags: u32;
  /** Lease time when the client asks for none, and its bounds when it does, in seconds; all ones: infinite. */
  leaseSeconds: u32;
  minimumLeaseSeconds: u32;
  maximumLeaseSeconds: u32;
  /** T1 and T2 (options 58 and 59) as fractions of the lease time, in 1/65536; 0: the option is not sent. */
  renewalFraction: u16;
  rebindingFraction: u16;
  /** How long an offer is held for its client, in seconds. */
  offerSeconds: u32;
  /** How long a declined address is kept away from everybody, in seconds. */
  quarantineSeconds: u32;
  /** How long a probe waits for an answer, in milliseconds. */
  probeMilliseconds: u32;
  /** `siaddr`: the next server to boot from, as a number, or 0. */
  siaddr: u32;
  /** The `sname` and `file` fields: offset in the image and length (at most 63 and 127), or 0. */
  sname: u32;
  snameLength: u16;
  fileLength: u16;
  file: u32;
  /** Encoded options (code, length, data), sorted by code, consecutive equal codes being one option (RFC 3396): offset in the image and length. */
  options: u32;
  optionsLength: u16;
  /** How many option codes lie at `always`: these options are sent even when the client does not ask for them. */
  alwaysCount: u16;
  /** Offset of those codes, one byte each, ascending, each among `options`. */
  always: u32;
}

/** What a reservation is keyed by. */
export enum ReservationKind {
  /** Key: `htype`, then the bytes of `chaddr`. */
  HARDWARE = 1,
  /** Key: the bytes of the client identifier (option 61, type byte included). */
  CLIENT_IDENTIFIER = 2,
}

/** An address kept for one client. */
@unmanaged
export class Reservation {
  /** Offset of the key. */
  key: u32;
  keyLength: u8;
  /** `ReservationKind`. */
  kind: u8;
  network: u16;
  /** The address, as a number; a range holds it. */
  address: u32;
  policy: u32;
}

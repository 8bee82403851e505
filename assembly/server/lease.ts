/**
 * The table of leases: one record of 56 bytes for each address that can be handed out, numbered densely by the image's ranges, so that
 * address ↔ number ↔ place in memory is arithmetic.
 *
 *     ┌──────┬──────────┬────────┬─────────────────┬─────────────────┬────────────┐
 *     │ next │ previous │ endsAt │ nextByIdentity  │ nextByHardware  │ attributes │   list (wheel or free queue), end, indexes, arena
 *     ├──────┼───────┬──┴───┬────┴─────────────┬───┴─────┬────────┬──┴────────────┤
 *     │state │ htype │ hlen │ identifierLength │ chaddr 6│ flags  │ source        │
 *     ├──────┴───────┴──────┴──────────────────┴─────────┴────────┴───────────────┤
 *     │ identifier (20)                                                           │
 *     └───────────────────────────────────────────────────────────────────────────┘
 *
 * With its share of the two indexes (`identity.ts`, 6 bytes) a lease costs 62 bytes. What is longer than the places here lies in the
 * arena (`attributes.ts`). Memory that is all zeros is a table of free leases in no list.
 */
import { Timer } from "../machine/wheel";
import { reserve } from "../machine/memory";
import { networkOfSubnet, rangeOfLease } from "./scopes";

/** What an address is doing. Numbers are stable: records carry them. `transition.ts` has the table of changes. */
export enum LeaseState {
  /** Nobody's, and with no memory of a client. */
  FREE = 0,
  /** Offered, not yet requested; `endsAt`: until when it is held. */
  OFFERED = 1,
  /** Being probed before it is offered. */
  PROBING = 2,
  /** Somebody's until `endsAt`. */
  BOUND = 3,
  /** Given back at `endsAt`; the identity is that of its last holder, if it is known. */
  RELEASED = 4,
  /** Its lease ended at `endsAt`; the identity is that of its last holder, if it is known. */
  EXPIRED = 5,
  /** Kept away from everybody until `endsAt`: declined, or seen in use. */
  QUARANTINED = 6,
}

/** Bits of `Lease.flags`. */
export enum LeaseFlag {
  /** Kept for one client by a reservation: never in a free queue. */
  RESERVED = 1,
  /** In the index by hardware address: the last lease that this hardware took. */
  HARDWARE_INDEXED = 2,
  /** The identity held this lease before the present offer: it becomes EXPIRED, not FREE, when the offer lapses. */
  HELD_BEFORE = 4,
}

/** One address. */
@unmanaged
export class Lease {
  /** Address of the next record of the wheel's slot or the free queue, or 0. The first three fields are a `Timer`. */
  next: u32;
  previous: u32;
  /** Seconds of the lease clock: when the state ends, or, for RELEASED and EXPIRED, when the last lease ended. */
  endsAt: u32;
  /** Address of the next lease of the same bucket, or 0. */
  nextByIdentity: u32;
  nextByHardware: u32;
  /** Address of the first arena block, or 0. */
  attributes: u32;
  /** `LeaseState`. */
  state: u8;
  htype: u8;
  /** Bytes of the hardware address: the first 6 at `chaddr`, the rest in the arena. */
  hlen: u8;
  /** Bytes of the client identifier: up to 20 at `identifier`, all of a longer one in the arena. 0: none. */
  identifierLength: u8;
  /** First four bytes of the hardware address, in wire order. */
  chaddr: u32;
  /** The next two. */
  chaddrTail: u16;
  /** `LeaseFlag`s. */
  flags: u8;
  /** Number of the source that the present offer is counted for. */
  source: u8;
  /** First four bytes of the client identifier. */
  identifier: u32;
  /** The next 16. */
  identifierTail: u64;
  identifierEnd: u64;
}

/** Bytes of a hardware address that a lease itself holds. */
export const INLINE_CHADDR: u32 = offsetof<Lease>("flags") - offsetof<Lease>("chaddr");

/** Bytes of a client identifier that a lease itself holds. */
export const INLINE_IDENTIFIER: u32 = offsetof<Lease>() - offsetof<Lease>("identifier");

let table: usize = 0;

/** Number of leases in the table, given at initialisation. */
export let leaseCount: u32 = 0;

/** Reserves the table. */
export function layOutLeases(count: u32): void {
  leaseCount = count;
  table = reserve(count, offsetof<Lease>());
}

/** The lease of number `index`, which must be below `leaseCount`. */
export function leaseAt(index: u32): Lease {
  assert(index < leaseCount);
  return changetype<Lease>(table + index * offsetof<Lease>());
}

/** The number of a lease. */
export function indexOfLease(lease: Lease): u32 {
  return u32(changetype<usize>(lease) - table) / offsetof<Lease>();
}

/** Number of the network that a lease belongs to. */
export function networkOfLease(index: u32): u32 {
  return networkOfSubnet(rangeOfLease(index).subnet);
}

/** Whether the lease is nobody's now: never used, given back, or ended. A reservation may still keep it for someone. */
export function isAvailable(index: u32): bool {
  const now = leaseAt(index).state;
  return now == LeaseState.FREE || now == LeaseState.RELEASED || now == LeaseState.EXPIRED;
}

/** Whether a reservation keeps the lease for one client. */
export function isReserved(index: u32): bool {
  return (leaseAt(index).flags & LeaseFlag.RESERVED) != 0;
}

/** Marks a lease as reserved: only while configuring, before `restore`. */
export function reserveLease(index: u32): void {
  leaseAt(index).flags |= u8(LeaseFlag.RESERVED);
}

if (offsetof<Lease>() != 56) ERROR("A lease is 56 bytes: 62 with its share of the indexes.");
if (offsetof<Lease>("endsAt") != offsetof<Timer>("endsAt")) ERROR("A Lease begins with a Timer.");

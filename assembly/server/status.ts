/**
 * What a server is doing, in numbers that the host may read at any time: the record that `Control.status` leads to.
 */
import { reserve } from "../machine/memory";
import { freeBlockCount } from "./attributes";
import { poolCount } from "./freequeue";
import { LeaseState } from "./lease";
import { probesRunning } from "./probe";
import { unservedRecords } from "./restore";

/** The server's numbers. Those of leases are kept as they change; the others are brought up to date at the end of each call. */
@unmanaged
export class ServerStatus {
  /** Addresses in each `LeaseState`, in the order of the states: never used … */
  free: u32;
  /** … offered, and not requested yet … */
  offered: u32;
  /** … being probed before they are offered … */
  probing: u32;
  /** … leased … */
  bound: u32;
  /** … given back … */
  released: u32;
  /** … ended … */
  expired: u32;
  /** … and kept away from everybody. */
  quarantined: u32;
  /** Records that were restored for addresses which no range holds: leases that the configuration no longer serves. */
  unserved: u32;
  /** Blocks of 32 bytes left for long identifiers and attributes. */
  attributeBlocksFree: u32;
  /** Entries of the probe table in use. */
  probes: u32;
  /** Address of the first `PoolState`, in the order of the image's pools. */
  pools: u32;
  /** How many `PoolState`s there are room for. */
  poolCount: u32;
}

let status: ServerStatus = changetype<ServerStatus>(0);

/** Reserves the record. */
export function layOutStatus(): ServerStatus {
  return changetype<ServerStatus>(reserve(1, offsetof<ServerStatus>()));
}

/** Makes `record` the one that is kept; the pools' own states lie at `pools`. */
export function openStatus(record: ServerStatus, pools: usize): void {
  status = record;
  status.pools = u32(pools);
  status.poolCount = poolCount;
}

/** Begins to count with `leaseCount` leases that were never used. */
export function countLeases(leaseCount: u32): void {
  status.free = leaseCount;
}

/** Counts that a lease went from one state to another. */
export function countTransition(from: u32, to: u32): void {
  const first = changetype<usize>(status);
  store<u32>(first + (from << 2), load<u32>(first + (from << 2)) - 1);
  store<u32>(first + (to << 2), load<u32>(first + (to << 2)) + 1);
}

/** Brings the numbers up to date that are counted elsewhere. */
export function refreshStatus(): void {
  status.unserved = unservedRecords;
  status.attributeBlocksFree = freeBlockCount;
  status.probes = probesRunning;
}

if (offsetof<ServerStatus>("quarantined") != u32(LeaseState.QUARANTINED) << 2)
  ERROR("ServerStatus begins with one number for each LeaseState, in their order.");

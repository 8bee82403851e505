/**
 * The free addresses of each pool as a queue: never used ones first, then the longest free, so that a client that comes
 * back late still finds its address (RFC 2131 §4.3.1: previous binding, §2.2: reuse the least recently used).
 *
 * A queue is a list through the leases: a particular address leaves it in constant time. What a reservation keeps is never in it.
 */
import { append, firstOf, insertBehind, isLinked, Link, openList, unlink } from "../machine/list";
import { reserve } from "../machine/memory";
import { indexOfLease, isReserved, Lease, leaseAt } from "./lease";
import { NO_INDEX, NO_LEASE, poolOfLease } from "./scopes";

/** What is known of a pool at any time. */
@unmanaged
export class PoolState {
  /** Address of the first free lease of the queue, or of this record. The first two fields are a `Link`. */
  next: u32;
  /** Address of the last one. */
  previous: u32;
  /** Addresses in the queue: free, or kept only as somebody's previous binding. */
  available: u32;
  /** Zero. */
  reserved: u32;
}

let table: usize = 0;

/** Number of pools that the table holds, given at initialisation. */
export let poolCount: u32 = 0;

/** Reserves the table; returns its address. */
export function layOutPools(count: u32): usize {
  poolCount = count;
  table = reserve(count, offsetof<PoolState>());
  return table;
}

/** Empties all queues. */
export function openPools(): void {
  for (let pool: u32 = 0; pool < poolCount; pool++) openList(changetype<Link>(poolStateAt(pool)));
}

/** The state of the pool at `pool`, which must be below `poolCount`. */
export function poolStateAt(pool: u32): PoolState {
  assert(pool < poolCount);
  return changetype<PoolState>(table + pool * offsetof<PoolState>());
}

/** The lease of a pool that is to be given away next, or `NO_LEASE`. It stays in the queue until its state changes. */
export function takeFree(pool: u32): u32 {
  const first = firstOf(changetype<Link>(poolStateAt(pool)));
  return first == 0 ? NO_LEASE : indexOfLease(changetype<Lease>(first));
}

/** Puts a lease at the front of its queue: it has never been used. */
export function queueFirst(index: u32): void {
  enqueue(index, true);
}

/** Puts a lease at the end of its queue: it has been free for the shortest time. */
export function queueLast(index: u32): void {
  enqueue(index, false);
}

function enqueue(index: u32, first: bool): void {
  const poolIndex = poolOfLease(index);
  if (poolIndex == NO_INDEX || isReserved(index)) return;
  const pool = poolStateAt(poolIndex);
  pool.available++;
  const link = changetype<Link>(leaseAt(index));
  if (first) insertBehind(changetype<Link>(pool), link);
  else append(changetype<Link>(pool), link);
}

/** Takes a lease out of its queue, if it is in one. */
export function unqueue(index: u32): void {
  const link = changetype<Link>(leaseAt(index));
  if (!isLinked(link)) return;
  unlink(link);
  poolStateAt(poolOfLease(index)).available--;
}

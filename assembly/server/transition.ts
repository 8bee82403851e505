/**
 * What may become of a lease: the one place where `Lease.state` changes. A pair that the table lacks is a fault of ours and
 * stops the instance. (Restoring is the exception: a record says what is, not what may come next.)
 *
 *     from \ to    FREE  OFFERED  PROBING  BOUND  RELEASED  EXPIRED  QUARANTINED
 *     FREE                  ×        ×       ×
 *     OFFERED       ×       ×                ×                 ×          ×
 *     PROBING       ×       ×                ×                 ×          ×
 *     BOUND         ×                        ×        ×        ×          ×
 *     RELEASED      ×       ×        ×       ×
 *     EXPIRED       ×       ×        ×       ×
 *     QUARANTINED                                              ×
 *
 * A lease is in the wheel while its state can end by itself, in its pool's free queue while it is nobody's, never in both.
 * A client (an identity in a network) has at most one lease that is BOUND, RELEASED or EXPIRED, and one that is OFFERED or PROBING.
 *
 * What the store must know is recorded here, with the change; callers ask `journalHasRoom` and `identityFits` first. Functions
 * speak of the current `client` where an identity is taken over.
 */
import { isLinked, Link } from "../machine/list";
import { leaseClock, INFINITE_SECONDS } from "../machine/time";
import { moveTimer, startTimer, stopTimer, Timer } from "../machine/wheel";
import { queueFirst, queueLast, unqueue } from "./freequeue";
import { dropIdentity, findAmong, isClients, takeIdentity } from "./identity";
import { takeAttributes } from "./holder";
import { isAvailable, Lease, leaseAt, LeaseFlag, LeaseState } from "./lease";
import { recordLease } from "./record";
import { NO_LEASE } from "./scopes";
import { giveBackOffer, takeOffer } from "./offers";
import { countTransition } from "./status";

const FREE: u32 = 1 << u32(LeaseState.FREE);
const OFFERED: u32 = 1 << u32(LeaseState.OFFERED);
const PROBING: u32 = 1 << u32(LeaseState.PROBING);
const BOUND: u32 = 1 << u32(LeaseState.BOUND);
const RELEASED: u32 = 1 << u32(LeaseState.RELEASED);
const EXPIRED: u32 = 1 << u32(LeaseState.EXPIRED);
const QUARANTINED: u32 = 1 << u32(LeaseState.QUARANTINED);

/** The states that may follow `state`, as bits. */
function successorsOf(state: u32): u32 {
  if (state == LeaseState.BOUND) return FREE | BOUND | RELEASED | EXPIRED | QUARANTINED;
  if (state == LeaseState.OFFERED || state == LeaseState.PROBING) return FREE | OFFERED | BOUND | EXPIRED | QUARANTINED;
  if (state == LeaseState.QUARANTINED) return EXPIRED;
  if (state == LeaseState.FREE) return OFFERED | PROBING | BOUND;
  return FREE | OFFERED | PROBING | BOUND;
}

/** Offers the lease to the client until `heldUntil` (lease clock), counted for `source`. A lease that the client holds stays BOUND. */
export function offer(index: u32, heldUntil: u32, source: u32): void {
  if (leaseAt(index).state == LeaseState.BOUND && isClients(index)) return;
  hold(index, LeaseState.OFFERED, heldUntil, source);
}

/**
 * Keeps the lease for the client while its address is probed, counted for `source`. It ends by `offer`, `quarantine` or `lapse`:
 * whoever probes has a time limit of his own.
 */
export function probe(index: u32, source: u32): void {
  hold(index, LeaseState.PROBING, INFINITE_SECONDS, source);
}

function hold(index: u32, to: LeaseState, until: u32, source: u32): void {
  const lease = leaseAt(index);
  const before = findAmong(OFFERED | PROBING, index);
  if (before != NO_LEASE) lapse(before);
  const held = isClients(index) && ((lease.flags & u8(LeaseFlag.HELD_BEFORE)) != 0 || isEnded(lease));
  takeIdentity(index);
  change(index, to, until);
  if (held) lease.flags |= u8(LeaseFlag.HELD_BEFORE);
  lease.source = u8(source);
  takeOffer(source);
}

/** Gives the lease to the client until `endsAt` and records it; what else the client held is released, and recorded before. */
export function bind(index: u32, endsAt: u32): void {
  const offered = findAmong(OFFERED | PROBING, index);
  if (offered != NO_LEASE) lapse(offered);
  const held = findAmong(BOUND | RELEASED | EXPIRED, index);
  if (held != NO_LEASE) {
    dropIdentity(held);
    if (leaseAt(held).state == LeaseState.BOUND) release(held);
  }
  takeIdentity(index);
  takeAttributes(index);
  change(index, LeaseState.BOUND, endsAt);
  recordLease(index);
}

/** Takes the lease back from its holder, who is remembered, and records it. */
export function release(index: u32): void {
  change(index, LeaseState.RELEASED, leaseClock());
  recordLease(index);
}

/** Keeps the address away from everybody until `until` (lease clock), forgets whose it was, and records it. */
export function quarantine(index: u32, until: u32): void {
  dropIdentity(index);
  change(index, LeaseState.QUARANTINED, until);
  recordLease(index);
}

/** Ends an offer or a probe that led to nothing: the address is free at once, or the previous binding that it was. No record. */
export function lapse(index: u32): void {
  if ((leaseAt(index).flags & u8(LeaseFlag.HELD_BEFORE)) != 0) change(index, LeaseState.EXPIRED, leaseClock());
  else makeFree(index);
}

function makeFree(index: u32): void {
  dropIdentity(index);
  change(index, LeaseState.FREE, 0);
}

/** Handles that the time of a lease's state is up (`expiry.ts`). */
export function elapse(index: u32): void {
  const lease = leaseAt(index);
  if (lease.state == LeaseState.BOUND || lease.state == LeaseState.QUARANTINED) {
    change(index, LeaseState.EXPIRED, lease.endsAt);
  } else if (isEnded(lease)) {
    queueLast(index);
  } else {
    lapse(index);
  }
}

/** Sets what a record says, while restoring: the lease enters wheel or queue when restoring ends (`placeEnded`, `placeRunning`). */
export function restoreState(index: u32, state: LeaseState, endsAt: u32): void {
  setState(leaseAt(index), state, endsAt);
}

/**
 * Puts a restored lease where it belongs if it is nobody's by now: never used ones into the queue; those that ended into the wheel, from which
 * `elapse` takes them in the order in which they ended, to stand in the queue behind them.
 */
export function placeEnded(index: u32): void {
  const lease = leaseAt(index);
  if (lease.state == LeaseState.FREE) {
    queueLast(index);
    return;
  }
  if (isEnded(lease)) lease.endsAt = min(lease.endsAt, leaseClock());
  if (lease.endsAt <= leaseClock()) startTimer(changetype<Timer>(lease));
}

/**
 * Puts a restored lease that is somebody's into the wheel, once those that ended have left it: the wheel's present has come up to the clock
 * by then, and none of them has to move down to where it belongs.
 */
export function placeRunning(index: u32): void {
  const timer = changetype<Timer>(leaseAt(index));
  if (!isAvailable(index) && !isLinked(changetype<Link>(timer))) startTimer(timer);
}

function isEnded(lease: Lease): bool {
  return lease.state == LeaseState.RELEASED || lease.state == LeaseState.EXPIRED;
}

/** Moves the lease to a state, and into the wheel or the queue that the state asks for. */
function change(index: u32, to: LeaseState, endsAt: u32): void {
  const lease = leaseAt(index);
  assert(((successorsOf(lease.state) >>> u32(to)) & 1) != 0);
  if (lease.state == LeaseState.OFFERED || lease.state == LeaseState.PROBING) giveBackOffer(lease.source);
  lease.flags &= ~u8(LeaseFlag.HELD_BEFORE);
  if (lease.state == u8(to)) {
    // A renewed lease, or an offer made again: both wait in the wheel.
    moveTimer(changetype<Timer>(lease), endsAt);
    return;
  }
  if (isAvailable(index)) unqueue(index);
  else stopTimer(changetype<Timer>(lease));
  setState(lease, to, endsAt);
  if (to == LeaseState.FREE) queueFirst(index);
  else if (isAvailable(index)) queueLast(index);
  else startTimer(changetype<Timer>(lease));
}

function setState(lease: Lease, to: LeaseState, endsAt: u32): void {
  countTransition(lease.state, u32(to));
  lease.state = u8(to);
  lease.endsAt = endsAt;
}

/**
 * The two clocks of the core, both of which are inputs.
 *
 * `now` is a clock that never goes back and counts suspended time, in milliseconds from an arbitrary origin; it crosses the
 * boundary as two u32 with every call. All deadlines are on it.
 *
 * The lease clock counts seconds since 1970 and is what records carry. It is set once, from the host's wall clock (or from the newest
 * record where that is later), and from then on runs with `now`. When the wall clock steps, the step is
 * kept beside it (`wallOffset`, recorded by the journal) instead of moving it: the ends of leases keep their distance from
 * the present, and a reader adds the offset to show wall-clock time.
 */

/** The instant after every other one: no deadline. */
export const NEVER: u64 = u64.MAX_VALUE;

/** A lease time or end that never comes (RFC 2131 §3.3). @layout */
export const INFINITE_SECONDS: u32 = 0xffffffff;

/** Milliseconds, as given with the call that is being handled. */
export let now: u64 = 0;

let leaseClockOrigin: i64 = 0;
let leaseClockStarted: bool = false;

/** Seconds to add to the lease clock to get the wall clock; 0 until a step of the wall clock has been recorded. */
export let wallOffset: i32 = 0;

/** Takes the present instant from the boundary. A host whose clock went back is held at the latest instant it gave. */
export function setNow(low: u32, high: u32): void {
  const given = (u64(high) << 32) | u64(low);
  if (given > now) now = given;
}

/** Whether the wall clock has been given yet. */
export function leaseClockRuns(): bool {
  return leaseClockStarted;
}

/** Starts the lease clock at `seconds` at this instant; `offset` is what later wall-clock times exceed it by. */
export function startLeaseClock(seconds: u32, offset: i32): void {
  leaseClockOrigin = i64(seconds) - i64(now / 1000);
  wallOffset = offset;
  leaseClockStarted = true;
}

/** Changes what the wall clock exceeds the lease clock by. */
export function setWallOffset(offset: i32): void {
  wallOffset = offset;
}

/** The present on the lease clock, in seconds. */
export function leaseClock(): u32 {
  return u32(leaseClockOrigin + i64(now / 1000));
}

/** `start + seconds` on the lease clock; a sum that does not fit, and an infinite duration, saturate to infinite. */
export function leaseEnd(start: u32, seconds: u32): u32 {
  const end = u64(start) + u64(seconds);
  return seconds == INFINITE_SECONDS || end >= u64(INFINITE_SECONDS) ? INFINITE_SECONDS : u32(end);
}

/** The first instant, in milliseconds, at which the lease clock shows `seconds`; 0 for what lies before the host's origin. */
export function instantOfLeaseClock(seconds: u32): u64 {
  const instant = (i64(seconds) - leaseClockOrigin) * 1000;
  return instant < 0 ? 0 : u64(instant);
}

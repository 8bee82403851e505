/**
 * The exchange that is under way: its transaction identifier, when it began, and when the client acts next of its own accord.
 *
 * One `xid` serves a whole exchange, every retransmission included (RFC 2131 §4.1 leaves it open), so an answer to any of them
 * counts. Delays between retransmissions double from 4 to 64 seconds, each ±1 second (§4.1); both ends are settings, and
 * there is no number of tries after which a client stops asking.
 */
import { random, randomBelow } from "../machine/random";
import { NEVER, now } from "../machine/time";
import { settings } from "./settings";
import { status } from "./status";

/** Randomisation of a delay, in either direction (RFC 2131 §4.1). */
const JITTER_MILLISECONDS: u32 = 1000;
/** A delay shorter than this many jitters is randomised by this part of itself. */
const JITTER_PART: u32 = 4;
/** How soon to try again when a message found no room in the ring. */
const RING_RETRY_MILLISECONDS: u64 = 1000;
/** The largest `secs` (RFC 2131 §2: 16 bits). */
const LARGEST_SECS: u64 = 0xffff;

/** Transaction identifier of the exchange. */
export let xid: u32 = 0;
/** When the client acts of its own accord in the present state; `NEVER`: it only waits. */
export let actAt: u64 = 0xffffffffffffffff;
/** `secs` of the last DHCPDISCOVER, which its DHCPREQUEST repeats (RFC 2131 §3.1 step 3). */
export let discoverSecs: u32 = 0;
/** When the DHCPREQUEST was sent that a DHCPACK will be counted from. */
export let requestSentAt: u64 = 0;

/** The address that a DHCPINFORM speaks for. */
export let informAddress: u32 = 0;

let beganAt: u64 = 0;

/** Begins an acquisition or an extension: `secs` counts from here (RFC 2131 §2), and answers to earlier exchanges are none. */
export function beginExchange(): void {
  beganAt = now;
  newTransaction();
}

/** Chooses another `xid`, random like all. */
export function newTransaction(): void {
  xid = random();
}

/** Seconds since the exchange began, as `secs` carries them. */
export function secsNow(): u32 {
  return u32(min((now - beganAt) / 1000, LARGEST_SECS));
}

/** Notes the `secs` of a DHCPDISCOVER. */
export function noteDiscover(): void {
  discoverSecs = secsNow();
}

/** Notes that a DHCPREQUEST leaves now. */
export function noteRequest(): void {
  requestSentAt = now;
}

/** Speaks for `address` in a DHCPINFORM. */
export function informFor(address: u32): void {
  informAddress = address;
}

/** Acts at an instant. */
export function actOn(instant: u64): void {
  actAt = instant;
}

/** Acts after so many milliseconds. */
export function actAfter(milliseconds: u64): void {
  actAt = now + milliseconds;
}

/** Acts no more until told to. */
export function rest(): void {
  actAt = NEVER;
}

/** Notes one more message sent in this state, and acts again after the delay that follows it. */
export function backOff(): void {
  countTry();
  actAfter(retransmissionDelay(status.tries));
}

/** Notes one more message sent in this state. */
export function countTry(): void {
  if (status.tries != u16.MAX_VALUE) status.tries++;
}

/** Tries again soon: the message found no room in the ring, or the link is down. */
export function retrySoon(): void {
  actAfter(RING_RETRY_MILLISECONDS);
}

/** Milliseconds to wait after the `tries`-th message: doubled each time up to the longest, randomised. */
export function retransmissionDelay(tries: u32): u32 {
  const longest = settings.longestRetransmissionMilliseconds;
  let delay = settings.firstRetransmissionMilliseconds;
  for (let i: u32 = 1; i < tries && delay < longest; i++) delay = delay > longest >>> 1 ? longest : delay << 1;
  const jitter = min(JITTER_MILLISECONDS, delay / JITTER_PART);
  return delay - jitter + randomBelow(2 * jitter + 1);
}

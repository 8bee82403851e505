/**
 * The lease: its address, server and times, and what the host is told of it.
 *
 * Times count from the sending of the DHCPREQUEST (RFC 2131 §4.4.1, §4.4.5), never from the arrival of the answer: the client's lease
 * ends no later than the server's. T1 and T2 are the server's if 0 < T1 < T2 < lease, otherwise ½ and ⅞ of the lease, made
 * up to 1/16 of it earlier at random so that clients do not ask all at once. All arithmetic is in 64 bits: no lease time
 * overflows, and an infinite one has no timers at all (§3.3).
 */
import { copyBytes } from "../wire/bytes";
import { MAC_SIZE } from "../wire/ethernet";
import { yiaddr } from "../wire/message";
import { OptionCode, optionLength, optionU32 } from "../wire/options";
import { randomBelow } from "../machine/random";
import { INFINITE_SECONDS, leaseClock, leaseEnd, NEVER, now } from "../machine/time";
import { reserve } from "../machine/memory";
import { requestSentAt } from "./exchange";
import { LeaseChange, status } from "./status";

/** The address that is asked for, checked or leased; 0: none. */
export let leaseAddress: u32 = 0;
/** Whether a server has granted it, so that it may be used again after a restart. */
export let leaseGranted: bool = false;
/** The `LeaseChange` that `use` will tell the host. */
let pendingChange: u32 = 0;

/** Where the six bytes of the server's (or its relay's) hardware address lie, and whether they are known. */
export let serverMacAt: usize = 0;
export let serverMacKnown: bool = false;

let acknowledgementSize: u32 = 0;

/** Fuzz of T1 and T2 where the server gives none: up to this part of the lease. */
const FUZZ_PART: u64 = 16;
/** Steps of the fuzz. */
const FUZZ_STEPS: u32 = 1024;

/** Reserves the server's hardware address. */
export function layOutServerMac(): usize {
  return reserve(1, MAC_SIZE);
}

/** Reserves room for the accepted DHCPACK; `size` 0: none is kept. */
export function layOutAcknowledgement(size: u32): usize {
  return reserve(1, size);
}

/** Makes the reserved areas the lease's. */
export function openLease(serverMac: usize, acknowledgement: usize, size: u32): void {
  serverMacAt = serverMac;
  status.acknowledgement = size ? u32(acknowledgement) : 0;
  acknowledgementSize = size;
}

/** Turns to an address that a server offered. */
export function pursue(address: u32, server: u32): void {
  leaseAddress = address;
  status.serverIdentifier = server;
}

/** Takes a lease out of a record: seconds left of `seconds`, at least 1, or infinite. */
export function recall(address: u32, server: u32, seconds: u32, secondsLeft: u32): void {
  pursue(address, server);
  leaseGranted = true;
  status.leaseSeconds = seconds;
  setEnd(now, secondsLeft);
  resume();
}

/** Uses the lease on without an answer: T1 and T2 are those of the time that is left. */
export function resume(): void {
  pendingChange = status.address ? LeaseChange.EXTENDED : LeaseChange.RESUMED;
  if (status.expiresAt != NEVER) setDefaultTimers(now, status.expiresAt - min(now, status.expiresAt));
  else status.renewAt = status.rebindAt = NEVER;
}

/**
 * Takes over the lease of an accepted DHCPACK, whose options are indexed: times, mask, server, and the message itself where it is to
 * be kept. `mac` is the sender's hardware address, or 0 where the host resolves it.
 */
export function adopt(message: usize, length: u32, mac: usize): void {
  pendingChange = status.address == yiaddr(message) ? LeaseChange.EXTENDED : LeaseChange.ACQUIRED;
  leaseAddress = yiaddr(message);
  leaseGranted = true;
  status.serverIdentifier = optionU32(OptionCode.SERVER_IDENTIFIER, 0);
  status.leaseSeconds = optionU32(OptionCode.IP_ADDRESS_LEASE_TIME, 0);
  setEnd(requestSentAt, status.leaseSeconds);
  setTimers();
  serverMacKnown = mac != 0;
  if (mac) copyBytes(serverMacAt, mac, MAC_SIZE);
  keep(message, length);
}

/** Keeps the parameters of a message whose options are indexed. */
export function keep(message: usize, length: u32): void {
  status.subnetMask = optionU32(OptionCode.SUBNET_MASK, 0);
  status.acknowledgementLength = 0;
  if (acknowledgementSize == 0) return;
  assert(length <= acknowledgementSize);
  copyBytes(status.acknowledgement, message, length);
  status.acknowledgementLength = length;
}

/** Lets the host use the address. */
export function use(): void {
  status.address = leaseAddress;
  announceChange(pendingChange as LeaseChange);
}

/** Loses the lease, for good, and with it the right to use the address. */
export function lose(change: LeaseChange): void {
  leaseGranted = false;
  withdraw(change);
}

/** Takes the address from the host; the lease itself may live on. */
export function withdraw(change: LeaseChange): void {
  status.acknowledgementLength = 0;
  if (status.address) {
    status.address = 0;
    announceChange(change);
  }
}

/** Forgets the address, once the last message about it is sent. */
export function forget(): void {
  leaseAddress = 0;
}

/** Tells the host that there is something to apply. */
export function announceChange(change: LeaseChange): void {
  status.change = u8(change);
  status.generation++;
}

/** Lets the lease end now. */
export function endLease(): void {
  status.expiresAt = now;
}

/** Whether a lease is there that has not ended. */
export function leaseIsUsable(): bool {
  return leaseGranted && now < status.expiresAt;
}

/** Sets the end, `seconds` after the instant `start`, on both clocks. */
function setEnd(start: u64, seconds: u32): void {
  const startOnLeaseClock = leaseClock() - u32(now / 1000 - start / 1000);
  status.endsAt = leaseEnd(startOnLeaseClock, seconds);
  status.expiresAt = seconds == INFINITE_SECONDS ? NEVER : start + u64(seconds) * 1000;
}

/** Sets T1 and T2 of the indexed DHCPACK; the end is set already. */
function setTimers(): void {
  status.renewAt = status.rebindAt = NEVER;
  const seconds = status.leaseSeconds;
  if (seconds == INFINITE_SECONDS) return;
  const t1 = optionU32(OptionCode.RENEWAL_TIME_VALUE, seconds / 2);
  const t2 = optionU32(OptionCode.REBINDING_TIME_VALUE, u32((u64(seconds) * 7) / 8));
  const given = optionLength(OptionCode.RENEWAL_TIME_VALUE) == 4 || optionLength(OptionCode.REBINDING_TIME_VALUE) == 4;
  if (given && 0 < t1 && t1 < t2 && t2 < seconds) {
    status.renewAt = requestSentAt + u64(t1) * 1000;
    status.rebindAt = requestSentAt + u64(t2) * 1000;
  } else {
    setDefaultTimers(requestSentAt, u64(seconds) * 1000);
  }
}

/** Sets T1 and T2 to ½ and ⅞ of `duration` milliseconds from `start`, each a little earlier at random. */
function setDefaultTimers(start: u64, duration: u64): void {
  status.renewAt = start + duration / 2 - fuzz(duration);
  status.rebindAt = start + (duration / 8) * 7 - fuzz(duration);
}

function fuzz(duration: u64): u64 {
  return (duration / FUZZ_PART / FUZZ_STEPS) * u64(randomBelow(FUZZ_STEPS));
}

/**
 * Address conflict detection (RFC 5227), where the link takes frames: three probes before the address is used, two
 * announcements when it is, and a defence.
 *
 * A conflict is any ARP message with our address as its sender's from another machine, or, while we probe, another machine's
 * probe for the same address (§2.1.1). In use, the first conflict in ten seconds is answered by an announcement; the second
 * gives the address up (§2.4 b). Where there is no IP stack beside the core, it also answers requests for the address.
 */
import { equalBytes } from "../wire/bytes";
import { arpOperation, ArpOperation, arpSender, arpSenderMac, arpTarget } from "../wire/arp";
import { MAC_SIZE } from "../wire/ethernet";
import { InterfaceChange, LinkMode, macOf } from "../machine/interface";
import { randomBelow } from "../machine/random";
import { now } from "../machine/time";
import { Verdict } from "../machine/verdict";
import { ClientFlag } from "./configuration";
import { actAfter, rest, retrySoon } from "./exchange";
import { leaseAddress } from "./lease";
import { sendArp } from "./send";
import { hasFlag, link } from "./settings";
import { ClientState, status } from "./status";
import { ClientVerdict } from "./verdict";

/** The constants of RFC 5227 §1.1, in milliseconds and counts. */
const PROBE_WAIT: u32 = 1000;
const PROBE_NUM: u32 = 3;
const PROBE_MIN: u32 = 1000;
const PROBE_MAX: u32 = 2000;
const ANNOUNCE_WAIT: u32 = 2000;
const ANNOUNCE_NUM: u32 = 2;
const ANNOUNCE_INTERVAL: u32 = 2000;
const MAX_CONFLICTS: u32 = 10;
const RATE_LIMIT_INTERVAL: u32 = 60000;
const DEFEND_INTERVAL: u64 = 10000;
/** What RFC 2131 §3.1 step 5 asks a client to wait after a DHCPDECLINE. */
const DECLINE_WAIT: u32 = 10000;

let probesSent: u32 = 0;
let announcementsLeft: u32 = 0;
let defendedAt: u64 = 0;
let hasDefended: bool = false;
let conflictCount: u32 = 0;

/** Whether addresses are probed, announced and defended. */
export function detectsConflicts(): bool {
  const entry = link();
  return entry != null && entry.linkMode != LinkMode.DATAGRAM && hasFlag(ClientFlag.PROBE);
}

/** Begins to probe, after a random wait. */
export function beginProbing(): void {
  probesSent = 0;
  actAfter(randomBelow(PROBE_WAIT));
}

/** Sends the next probe; true when the last one has gone unanswered long enough. */
export function probeOn(): bool {
  if (probesSent == PROBE_NUM) return true;
  if (!sendArp(ArpOperation.REQUEST, 0, leaseAddress, 0)) {
    retrySoon();
    return false;
  }
  probesSent++;
  if (probesSent == PROBE_NUM) actAfter(ANNOUNCE_WAIT);
  else actAfter(PROBE_MIN + randomBelow(PROBE_MAX - PROBE_MIN));
  return false;
}

/** Begins to announce an address that is now in use. */
export function beginAnnouncing(): void {
  conflictCount = 0;
  hasDefended = false;
  announcementsLeft = detectsConflicts() ? ANNOUNCE_NUM : 0;
  if (announcementsLeft) actAfter(0);
  else rest();
}

/** Announces the address once more. */
export function announceOn(): void {
  if (announcementsLeft && announce()) announcementsLeft--;
  if (announcementsLeft) actAfter(ANNOUNCE_INTERVAL);
  else rest();
}

/** Defends the address by an announcement; false: it had to be defended not long ago, and is given up. */
export function defend(): bool {
  if (hasDefended && now - defendedAt < DEFEND_INTERVAL) return false;
  hasDefended = true;
  defendedAt = now;
  announce();
  return true;
}

/** How long to stay away after a conflict: longer after many of them. */
export function waitAfterConflict(): u32 {
  conflictCount++;
  return conflictCount >= MAX_CONFLICTS ? RATE_LIMIT_INTERVAL : DECLINE_WAIT;
}

/** Notes who else uses our address: the sender of the ARP message just read. */
export function noteConflict(): void {
  status.conflictAddress = leaseAddress;
  status.conflictMac = load<u32>(arpSenderMac);
  status.conflictMacTail = load<u16>(arpSenderMac, sizeof<u32>());
}

/** Notes that somebody else uses our address, as the host found out. */
export function noteConflictByHost(): void {
  status.conflictAddress = leaseAddress;
  status.conflictMac = 0;
  status.conflictMacTail = 0;
}

/** Whether the ARP message just read says that another machine uses, or wants, our address. */
export function arpConflicts(entry: InterfaceChange): bool {
  if (!leaseAddress || !hasFlag(ClientFlag.PROBE) || equalBytes(arpSenderMac, macOf(entry), MAC_SIZE)) return false;
  if (arpSender == leaseAddress) return true;
  const wants = arpSender == 0 && arpTarget == leaseAddress && arpOperation == ArpOperation.REQUEST;
  return wants && status.state == ClientState.CHECKING;
}

/** Answers the ARP message just read if it asks for our address and nobody else would; returns the verdict. */
export function answerArp(entry: InterfaceChange): u32 {
  if (!hasFlag(ClientFlag.ANSWER_ARP) || !status.address || arpTarget != status.address) return Verdict.ARP_NOT_OURS;
  if (arpOperation != ArpOperation.REQUEST || equalBytes(arpSenderMac, macOf(entry), MAC_SIZE)) {
    return Verdict.ARP_NOT_OURS;
  }
  const sent = sendArp(ArpOperation.REPLY, status.address, arpSender, arpSenderMac);
  return sent ? ClientVerdict.ARP_ANSWERED : Verdict.TRANSMIT_FULL;
}

/** An ARP announcement: a request for our own address, from it (RFC 5227 §2.3). */
function announce(): bool {
  return sendArp(ArpOperation.REQUEST, leaseAddress, leaseAddress, 0);
}

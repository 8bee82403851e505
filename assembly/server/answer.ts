/**
 * The two answers to a DHCPREQUEST (RFC 2131 §4.3.2), whatever state the client is in.
 *
 * A DHCPACK is composed, its room in journal and ring is certain, and only then the lease changes: a message that cannot be answered
 * changes nothing. It waits in the waiting ring until everything recorded up to its making is durable, its own
 * record included: a server that forgets what it granted would grant it twice.
 */
import { control } from "../machine/control";
import { leaseClock, leaseEnd } from "../machine/time";
import { Ring, ringIsFull } from "../machine/transmit";
import { Verdict } from "../machine/verdict";
import { MessageType } from "../wire/message";
import { policyOfLease } from "./choose";
import { sendReady, sendWaiting } from "./delivery";
import { slot } from "./exchange";
import { leaseSecondsOf } from "./lifetime";
import { nakText } from "./nak-text";
import { composeNak, composeReply } from "./reply";
import { addressOfLease } from "./scopes";
import { identityFits } from "./holder";
import { bind } from "./transition";
import { ServerVerdict } from "./verdict";
import { journalHasRoom } from "./record";

/** Binds `lease` to the current client and acknowledges it. `verdict` says in which state the client asked. */
export function acknowledge(lease: u32, verdict: ServerVerdict): u32 {
  const ring = changetype<Ring>(control.waiting);
  slot.address = addressOfLease(lease);
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  if (!journalHasRoom()) return Verdict.STORE_BEHIND;
  if (!identityFits(lease)) return ServerVerdict.IDENTIFIERS_FULL;
  const policy = policyOfLease(lease);
  const seconds = leaseSecondsOf(policy);
  const length = composeReply(ring, MessageType.DHCPACK, policy, slot.address, seconds);
  if (length == 0) return Verdict.ANSWER_TOO_LARGE;
  slot.leaseSeconds = seconds;
  // The second that has begun counts in full: the lease is never shorter than what the client is told.
  bind(lease, leaseEnd(leaseClock() + 1, seconds));
  sendWaiting(ring, MessageType.DHCPACK, slot.address, length, control.journalHead);
  return verdict;
}

/** Sends a DHCPNAK that speaks of `address`. `verdict` says why, and so does the message in it. */
export function refuse(address: u32, verdict: ServerVerdict): u32 {
  const ring = changetype<Ring>(control.ready);
  slot.address = address;
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  const length = composeNak(ring, nakText(verdict));
  if (length == 0) return Verdict.ANSWER_TOO_LARGE;
  sendReady(ring, MessageType.DHCPNAK, 0, length);
  return verdict;
}

/**
 * DHCPDISCOVER (RFC 2131 §4.3.1): an address is chosen, perhaps probed, held for its client for a while, and offered.
 *
 * Nothing of an offer is recorded: after a crash a DHCPREQUEST for an address that is still free is acknowledged as if the offer
 * were remembered. A repeated DHCPDISCOVER gets the same offer again. What an unanswered offer costs, an address
 * for some seconds, is bounded for each source; clients that hold an address, or have one reserved, are outside that bound.
 */
import { control } from "../machine/control";
import { leaseClock, leaseEnd } from "../machine/time";
import { Ring, ringIsFull } from "../machine/transmit";
import { Verdict } from "../machine/verdict";
import { MessageType } from "../wire/message";
import { chooseLease, isDisplaced, policyOfLease, recallClient } from "./choose";
import { sendReady } from "./delivery";
import { network, slot } from "./exchange";
import { Policy, PolicyFlag } from "./image";
import { isAvailable, isReserved, leaseAt, LeaseState } from "./lease";
import { leaseSecondsOf } from "./lifetime";
import { startProbe, updateProbe } from "./probe";
import { composeReply } from "./reply";
import { addressOfLease, networkAt, NO_LEASE } from "./scopes";
import { sourceOfMessage } from "./sources";
import { identityFits } from "./holder";
import { offersHeld } from "./offers";
import { lapse, offer } from "./transition";
import { ServerVerdict } from "./verdict";

/** Handles the DHCPDISCOVER in hand. */
export function handleDiscover(): u32 {
  recallClient();
  const lease = chooseLease();
  if (lease == NO_LEASE) return ServerVerdict.NO_FREE_ADDRESS;
  slot.address = addressOfLease(lease);
  const policy = policyOfLease(lease);
  if (u32(leaseAt(lease).state) == u32(LeaseState.PROBING)) return updateProbe(lease);
  if (isAvailable(lease)) {
    if (!identityFits(lease)) return ServerVerdict.IDENTIFIERS_FULL;
    if (!isReserved(lease) && offersHeld(sourceOfMessage()) >= networkAt(network).offerLimit)
      return ServerVerdict.OFFERS_CAPPED;
    if (policy.flags & PolicyFlag.PROBE) return startProbe(lease, policy);
  }
  return makeOffer(lease, policy);
}

/** Answers the DHCPDISCOVER whose address was probed and found free, unless its client has been given another one meanwhile. */
export function resumeDiscover(lease: u32): u32 {
  recallClient();
  if (chooseLease() != lease) {
    lapse(lease);
    return handleDiscover();
  }
  slot.address = addressOfLease(lease);
  return makeOffer(lease, policyOfLease(lease));
}

/** Composes the DHCPOFFER, holds the lease for its client, and sends. */
function makeOffer(lease: u32, policy: Policy): u32 {
  const ring = changetype<Ring>(control.ready);
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  const isBound = u32(leaseAt(lease).state) == u32(LeaseState.BOUND);
  // Who asks again, by the same identifier, may have a longer hardware address than the offer was made to.
  if (!isBound && !identityFits(lease)) return ServerVerdict.IDENTIFIERS_FULL;
  const seconds = leaseSecondsOf(policy);
  const length = composeReply(ring, MessageType.DHCPOFFER, policy, slot.address, seconds);
  if (length == 0) return Verdict.ANSWER_TOO_LARGE;
  if (!isBound) offer(lease, leaseEnd(leaseClock() + 1, policy.offerSeconds), sourceOfMessage());
  slot.leaseSeconds = seconds;
  sendReady(ring, MessageType.DHCPOFFER, slot.address, length);
  return isDisplaced() ? ServerVerdict.OFFERED_UNRESERVED : ServerVerdict.OFFERED;
}

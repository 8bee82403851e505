/**
 * DHCPINFORM (RFC 2131 §3.4, §4.3.5): a client that has its address from elsewhere asks for everything else.
 *
 * It gets what its reservation or its subnet configures, without an address and without times, and no lease is looked up or made. Its
 * address must be one of the network it speaks from ("SHOULD check the network address … for consistency").
 */
import { control } from "../machine/control";
import { Ring, ringIsFull } from "../machine/transmit";
import { Scope, Verdict } from "../machine/verdict";
import { ciaddr, MessageType } from "../wire/message";
import { findReservation, isOnNetwork, policyOfSubnet } from "./choose";
import { sendReady } from "./delivery";
import { decidedBy, message, slot } from "./exchange";
import { composeReply } from "./reply";
import { NO_INDEX, policyAt, reservationAt } from "./scopes";
import { ServerVerdict } from "./verdict";

/** Handles the DHCPINFORM in hand. */
export function handleInform(): u32 {
  slot.address = ciaddr(message);
  if (!isOnNetwork(ciaddr(message))) return ServerVerdict.NO_CLIENT_ADDRESS;
  const ring = changetype<Ring>(control.ready);
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  const reservation = findReservation();
  let policy = policyOfSubnet();
  if (reservation != NO_INDEX) {
    decidedBy(Scope.RESERVATION, reservation);
    policy = policyAt(reservationAt(reservation).policy);
  }
  const length = composeReply(ring, MessageType.DHCPACK, policy, 0, 0);
  if (length == 0) return Verdict.ANSWER_TOO_LARGE;
  sendReady(ring, MessageType.DHCPACK, 0, length);
  return ServerVerdict.INFORMED;
}

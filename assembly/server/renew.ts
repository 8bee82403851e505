/**
 * DHCPREQUEST of a client in RENEWING or REBINDING: it has an address, in `ciaddr`, and wants more time (RFC 2131 §4.3.2).
 *
 * The holder gets it, unless the configuration has since given the address, or another one, to somebody: then DHCPNAK moves the client.
 * The end of a lease does not matter while nobody else took the address. A client that names an address which this server has
 * given to another one is wrong whoever told it so, and is refused ("SHOULD check 'ciaddr' for correctness"). One of which
 * nothing is known is treated as in INIT-REBOOT: only an authoritative server may speak.
 */
import { acknowledge, refuse } from "./answer";
import { binding, isOnNetwork, mayHold, reservedLease } from "./choose";
import { slot } from "./exchange";
import { wasUnicast } from "./gates";
import { leaseAt, LeaseState } from "./lease";
import { isHolder, unknownClient } from "./reboot";
import { leaseIndexOf, NO_LEASE } from "./scopes";
import { ServerVerdict } from "./verdict";

/** Answers a client that holds, or believes to hold, the address `held`. */
export function extendLease(held: u32): u32 {
  slot.address = held;
  if (!isOnNetwork(held)) return refuse(held, ServerVerdict.REFUSED_WRONG_NETWORK);
  const lease = leaseIndexOf(held);
  if (lease != NO_LEASE && (lease == binding || lease == reservedLease)) {
    if (!mayHold(lease)) return refuse(held, ServerVerdict.REFUSED_BY_CONFIGURATION);
    return acknowledge(lease, wasUnicast() ? ServerVerdict.BOUND_RENEWING : ServerVerdict.BOUND_REBINDING);
  }
  if (isHolder()) return refuse(held, ServerVerdict.REFUSED_WRONG_ADDRESS);
  if (lease != NO_LEASE && u32(leaseAt(lease).state) == u32(LeaseState.BOUND))
    return refuse(held, ServerVerdict.REFUSED_TAKEN);
  return unknownClient(held);
}

/**
 * DHCPREQUEST of a client in SELECTING that chose this server (RFC 2131 §3.1 step 4, §4.3.2).
 *
 * The address is granted when the client may have it now, offered or not: offers are not recorded, so after a restart an address
 * that is still free is as good as offered. Otherwise the client hears DHCPNAK and begins again (§3.1: "If the selected
 * server is unable to satisfy the DHCPREQUEST message, the server SHOULD respond with a DHCPNAK message").
 */
import { acknowledge, refuse } from "./answer";
import { canTake, isOnNetwork, mayHold } from "./choose";
import { leaseIndexOf, NO_LEASE } from "./scopes";
import { ServerVerdict } from "./verdict";

/** Answers a request for the address `requested`, made to this server. */
export function grantSelected(requested: u32): u32 {
  if (!isOnNetwork(requested)) return refuse(requested, ServerVerdict.REFUSED_WRONG_NETWORK);
  const lease = leaseIndexOf(requested);
  if (lease == NO_LEASE || !mayHold(lease)) return refuse(requested, ServerVerdict.REFUSED_BY_CONFIGURATION);
  if (!canTake(lease)) return refuse(requested, ServerVerdict.REFUSED_TAKEN);
  return acknowledge(lease, ServerVerdict.BOUND_SELECTING);
}

/**
 * DHCPREQUEST of a client in INIT-REBOOT: it verifies an address that it remembers (RFC 2131 §3.2, §4.3.2).
 *
 * In the order of §4.3.2: an address of another network is refused, because that cannot be right whoever gave it. A
 * client with a record here is told whether its notion is correct. A client without one hears nothing ("it MUST remain silent"), for its
 * address may come from another server on the wire, unless this server is authoritative for the subnet. A lease that ended is no record that
 * speaks against another address: the client may have gone to another server since (§3.2).
 */
import { acknowledge, refuse } from "./answer";
import { binding, isOnNetwork, mayHold, policyOfSubnet, reservedLease } from "./choose";
import { slot } from "./exchange";
import { PolicyFlag } from "./image";
import { leaseAt, LeaseState } from "./lease";
import { leaseIndexOf, NO_LEASE } from "./scopes";
import { ServerVerdict } from "./verdict";

/** Answers a client that believes to hold the address `requested`. */
export function verifyRebooting(requested: u32): u32 {
  slot.address = requested;
  if (!isOnNetwork(requested)) return refuse(requested, ServerVerdict.REFUSED_WRONG_NETWORK);
  const lease = leaseIndexOf(requested);
  if (lease != NO_LEASE && (lease == binding || lease == reservedLease)) {
    if (!mayHold(lease)) return refuse(requested, ServerVerdict.REFUSED_BY_CONFIGURATION);
    return acknowledge(lease, ServerVerdict.BOUND_REBOOTING);
  }
  if (isHolder()) return refuse(requested, ServerVerdict.REFUSED_WRONG_ADDRESS);
  return unknownClient(requested);
}

/** Whether the client holds a lease at present. */
export function isHolder(): bool {
  return binding != NO_LEASE && u32(leaseAt(binding).state) == u32(LeaseState.BOUND);
}

/** Answers a client of which there is no record: silence, or DHCPNAK where the server knows all leases. */
export function unknownClient(address: u32): u32 {
  if (policyOfSubnet().flags & PolicyFlag.AUTHORITATIVE) return refuse(address, ServerVerdict.REFUSED_UNKNOWN_CLIENT);
  return ServerVerdict.UNKNOWN_CLIENT;
}

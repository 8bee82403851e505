/**
 * Which addresses a client may use at all, whoever gives them: a server's message, or a record of its own (RFC 1122 §3.2.1.3).
 */

/** Bounds of addresses that no host can have: "this network", loopback, and all from multicast up. */
const LOOPBACK_NETWORK: u32 = 127;
const FIRST_MULTICAST_NETWORK: u32 = 224;

/** Whether a machine can have the address: no "this network", loopback, multicast, class E or broadcast. */
export function isHostAddress(address: u32): bool {
  const network = address >>> 24;
  return network != 0 && network != LOOPBACK_NETWORK && network < FIRST_MULTICAST_NETWORK;
}

/** Whether the address is its subnet's own or broadcast address; a mask of 31 or 32 bits, or none at all, has neither (RFC 3021). */
export function isEdgeOf(address: u32, mask: u32): bool {
  const hosts = ~mask;
  if (mask == 0 || hosts <= 1 || (hosts & (hosts + 1)) != 0) return false;
  return (address & hosts) == 0 || (address & hosts) == hosts;
}

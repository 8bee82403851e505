/**
 * How long a lease lasts (RFC 2131 §3.3, §4.3.1) and when its client should renew and rebind (§4.4.5).
 *
 * A client that asks for a time gets it within the policy's bounds; a client that asks for none gets the configured
 * time, also when it renews (a deliberate deviation from §4.3.1, which would give it the rest of its old lease).
 */
import { INFINITE_SECONDS } from "../machine/time";
import { OptionCode, optionU32 } from "../wire/options";
import { Policy } from "./image";

/** Bits behind the point in `renewalFraction` and `rebindingFraction`. */
const FRACTION_BITS: u64 = 16;

/**
 * Seconds of the lease that the message in hand gets under `policy`, at least 1: a checked image has no shorter bound. Option
 * 51 counts where it is four bytes; 0 asks for the shortest there is, all ones for an infinite one.
 */
export function leaseSecondsOf(policy: Policy): u32 {
  const asked = optionU32(OptionCode.IP_ADDRESS_LEASE_TIME, policy.leaseSeconds);
  return max(policy.minimumLeaseSeconds, min(policy.maximumLeaseSeconds, asked));
}

/** `fraction` (in 1/65536) of a lease of `leaseSeconds`; 0 when there is no such time: no fraction, or an infinite lease. */
export function partOfLease(leaseSeconds: u32, fraction: u32): u32 {
  if (leaseSeconds == INFINITE_SECONDS) return 0;
  return u32((u64(leaseSeconds) * u64(fraction)) >> FRACTION_BITS);
}

/**
 * DHCPDECLINE (RFC 2131 §4.3.3): the holder found its address in use; nobody gets it for the quarantine time.
 *
 * Anybody on the link can send one, and each takes an address from the pool. So only the holder is believed, and a source may have only so
 * many declined (`sources.ts`): beyond that the address stays with its holder.
 */
import { leaseClock, leaseEnd } from "../machine/time";
import { Verdict } from "../machine/verdict";
import { OptionCode, optionPresent, optionU32 } from "../wire/options";
import { binding, policyOfLease, recallClient } from "./choose";
import { network, slot } from "./exchange";
import { isHolder } from "./reboot";
import { namesUs } from "./request";
import { addressOfLease, networkAt } from "./scopes";
import { mayDecline, sourceOfMessage } from "./sources";
import { quarantine } from "./transition";
import { ServerVerdict } from "./verdict";
import { journalHasRoom } from "./record";

/** Handles the DHCPDECLINE in hand. */
export function handleDecline(): u32 {
  if (!optionPresent(OptionCode.SERVER_IDENTIFIER)) return ServerVerdict.NO_SERVER_IDENTIFIER;
  if (!namesUs()) return ServerVerdict.OTHER_SERVER;
  const declined = optionU32(OptionCode.REQUESTED_IP_ADDRESS, 0);
  if (declined == 0) return ServerVerdict.NO_REQUESTED_ADDRESS;
  slot.address = declined;
  recallClient();
  if (!isHolder() || addressOfLease(binding) != declined) return ServerVerdict.NOT_THE_HOLDER;
  if (!journalHasRoom()) return Verdict.STORE_BEHIND;
  const seconds = policyOfLease(binding).quarantineSeconds;
  if (!mayDecline(sourceOfMessage(), networkAt(network).offerLimit, seconds)) return ServerVerdict.DECLINES_CAPPED;
  quarantine(binding, leaseEnd(leaseClock() + 1, seconds));
  return ServerVerdict.DECLINED;
}

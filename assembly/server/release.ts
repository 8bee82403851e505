/**
 * DHCPRELEASE (RFC 2131 §4.3.4): the holder gives its address back. Who it was stays known, so that it gets the same address
 * again while nobody else has it. There is no answer.
 *
 * Only the holder is believed: the identity, the address in `ciaddr` and our server identifier must all be right. systemd-networkd
 * leaves the server identifier out, against table 5 (§4.4.1): there, that the message was sent to our own address says as much.
 */
import { interfaceHasAddress } from "../machine/interface";
import { Verdict } from "../machine/verdict";
import { ciaddr } from "../wire/message";
import { OptionCode, optionPresent } from "../wire/options";
import { binding, policyOfLease, recallClient } from "./choose";
import { message, slot } from "./exchange";
import { isHolder } from "./reboot";
import { namesUs } from "./request";
import { addressOfLease } from "./scopes";
import { release } from "./transition";
import { ServerVerdict } from "./verdict";
import { journalHasRoom } from "./record";

/** Handles the DHCPRELEASE in hand. */
export function handleRelease(): u32 {
  slot.address = ciaddr(message);
  if (optionPresent(OptionCode.SERVER_IDENTIFIER)) {
    if (!namesUs()) return ServerVerdict.OTHER_SERVER;
  } else if (!interfaceHasAddress(slot.destinationAddress)) {
    return ServerVerdict.NO_SERVER_IDENTIFIER;
  }
  recallClient();
  if (!isHolder() || addressOfLease(binding) != ciaddr(message)) return ServerVerdict.NOT_THE_HOLDER;
  if (!journalHasRoom()) return Verdict.STORE_BEHIND;
  policyOfLease(binding);
  release(binding);
  return ServerVerdict.RELEASED;
}

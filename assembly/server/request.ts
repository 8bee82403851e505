/**
 * DHCPREQUEST (RFC 2131 §4.3.2): which state the client is in, told by table 4 of §4.3.6.
 *
 *                 server identifier   requested address   ciaddr
 *     SELECTING   yes                 yes                 zero
 *     INIT-REBOOT no                  yes                 zero
 *     RENEWING    no                  no                  set, unicast
 *     REBINDING   no                  no                  set, broadcast
 *
 * Some clients repeat the server identifier when they renew: one that names us, no requested address and its own is taken as
 * RENEWING. Where both `ciaddr` and a requested address are given, without a server identifier, `ciaddr` counts.
 */
import { interfaceHasAddress } from "../machine/interface";
import { ciaddr } from "../wire/message";
import { OptionCode, optionPresent, optionU32 } from "../wire/options";
import { offeredLease, recallClient } from "./choose";
import { message, slot } from "./exchange";
import { verifyRebooting } from "./reboot";
import { extendLease } from "./renew";
import { addressOfLease, NO_LEASE } from "./scopes";
import { grantSelected } from "./selecting";
import { lapse } from "./transition";
import { ServerVerdict } from "./verdict";

/** Handles the DHCPREQUEST in hand. */
export function handleRequest(): u32 {
  recallClient();
  const requested = optionU32(OptionCode.REQUESTED_IP_ADDRESS, 0);
  const held = ciaddr(message);
  if (optionPresent(OptionCode.SERVER_IDENTIFIER)) {
    if (!namesUs()) return withdrawOffer();
    if (requested != 0) return grantSelected(requested);
  } else if (held == 0 && requested != 0) return verifyRebooting(requested);
  return held != 0 ? extendLease(held) : ServerVerdict.NO_REQUESTED_ADDRESS;
}

/** Whether the server identifier of the message is one of our addresses: any of them, on whatever interface (§4.1). */
export function namesUs(): bool {
  return interfaceHasAddress(optionU32(OptionCode.SERVER_IDENTIFIER, 0));
}

/** The client chose another server (§3.1 step 4): what it was offered here is free again at once. What it holds is not touched. */
function withdrawOffer(): u32 {
  const offered = offeredLease();
  if (offered == NO_LEASE) return ServerVerdict.OTHER_SERVER;
  slot.address = addressOfLease(offered);
  lapse(offered);
  return ServerVerdict.OFFER_WITHDRAWN;
}

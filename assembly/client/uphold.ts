/**
 * Keeping an address: renewing, rebinding (RFC 2131 §4.4.5), defending it (RFC 5227 §2.4). And DHCPINFORM, which keeps an
 * address that came from elsewhere supplied with parameters (§4.4.3).
 */
import { MessageType } from "../wire/message";
import { OptionCode, optionU32 } from "../wire/options";
import { count } from "../machine/counters";
import { NEVER, now } from "../machine/time";
import { defend } from "./conflict";
import { ClientAction, ClientEvent } from "./events";
import { actAfter, beginExchange, countTry, noteRequest, rest, retrySoon } from "./exchange";
import { adopt, announceChange, keep, leaseGranted, use } from "./lease";
import { conclude, receivedLength, receivedMac, receivedMessage } from "./received";
import { recordLease } from "./record";
import { send } from "./send";
import { settings } from "./settings";
import { ClientState, LeaseChange, status } from "./status";
import { ask } from "./steps";
import { ClientVerdict } from "./verdict";

/** Shortest delay between DHCPREQUESTs that extend a lease (RFC 2131 §4.4.5). */
const EXTENSION_RETRY_MINIMUM: u64 = 60000;

/** Does an action of the second group of `ClientAction`; returns what has come about by it, or NONE. */
export function uphold(action: ClientAction): ClientEvent {
  switch (action) {
    case ClientAction.EXTEND_ANEW:
      return extendAnew();
    case ClientAction.EXTEND_AGAIN:
      return extendAgain();
    case ClientAction.EXTEND:
      return extend();
    case ClientAction.DEFEND:
      return defendAddress();
    case ClientAction.INFORM:
      return inform();
    case ClientAction.INFORM_AGAIN:
      return ask(MessageType.DHCPINFORM, settings.informTries);
    case ClientAction.INFORMED:
      return informed();
    case ClientAction.UNINFORMED:
      return uninformed();
    default:
      assert(false);
  }
  return ClientEvent.NONE;
}

/** Begins to extend the lease: at T1, at T2 if T1 was slept through, or when told to. */
function extendAnew(): ClientEvent {
  beginExchange();
  return extendAgain();
}

/** Asks for an extension, of the server in RENEWING, of all in REBINDING; again after half the time that is left for that (§4.4.5). */
function extendAgain(): ClientEvent {
  if (!send(MessageType.DHCPREQUEST)) {
    retrySoon();
    return ClientEvent.NONE;
  }
  noteRequest();
  countTry();
  const until = status.state == ClientState.RENEWING ? status.rebindAt : status.expiresAt;
  const half = until == NEVER || until < now ? 0 : (until - now) / 2;
  actAfter(max(half, EXTENSION_RETRY_MINIMUM));
  return ClientEvent.NONE;
}

function extend(): ClientEvent {
  adopt(receivedMessage, receivedLength, receivedMac);
  conclude(ClientVerdict.LEASE_EXTENDED);
  use();
  recordLease();
  rest();
  return ClientEvent.NONE;
}

function defendAddress(): ClientEvent {
  if (!defend()) return ClientEvent.DEFEATED;
  conclude(ClientVerdict.ADDRESS_DEFENDED);
  return ClientEvent.NONE;
}

function inform(): ClientEvent {
  beginExchange();
  return ask(MessageType.DHCPINFORM, settings.informTries);
}

function informed(): ClientEvent {
  conclude(ClientVerdict.INFORMED);
  // A lease that was stopped goes on with the server that granted it, whoever gave these parameters.
  if (!leaseGranted) status.serverIdentifier = optionU32(OptionCode.SERVER_IDENTIFIER, 0);
  keep(receivedMessage, receivedLength);
  announceChange(LeaseChange.INFORMED);
  rest();
  return ClientEvent.NONE;
}

function uninformed(): ClientEvent {
  count(ClientVerdict.INFORM_UNANSWERED);
  announceChange(LeaseChange.UNANSWERED);
  rest();
  return ClientEvent.NONE;
}

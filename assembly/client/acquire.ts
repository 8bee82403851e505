/**
 * Getting an address: DHCPDISCOVER, the choice among offers, DHCPREQUEST, the check and BOUND (RFC 2131 §3.1, §4.4.1), and the
 * shorter way from a lease that is known (§3.2, §4.4.2).
 */
import { MessageType, yiaddr } from "../wire/message";
import { OptionCode, optionU32 } from "../wire/options";
import { count } from "../machine/counters";
import { ClientFlag } from "./configuration";
import { announceOn, beginAnnouncing, probeOn } from "./conflict";
import { ClientAction, ClientEvent } from "./events";
import { actAfter, beginExchange, noteDiscover, rest } from "./exchange";
import { adopt, forget, leaseAddress, leaseGranted, leaseIsUsable, pursue, resume, use } from "./lease";
import { considerOffer, forgetOffers, offerAddress, offerDecides, offerServer, want } from "./offers";
import { conclude, receivedLength, receivedMac, receivedMessage } from "./received";
import { recordLease } from "./record";
import { hasFlag, link, settings } from "./settings";
import { ask, check, giveUp, refusalsEnd, wait } from "./steps";
import { LeaseChange } from "./status";
import { ClientVerdict } from "./verdict";

/** Does an action of the first group of `ClientAction`; returns what has come about by it, or NONE. */
export function acquire(action: ClientAction): ClientEvent {
  switch (action) {
    case ClientAction.BEGIN:
      return begin();
    case ClientAction.WAIT:
      return wait();
    case ClientAction.PAUSE:
      return pause();
    case ClientAction.DISCOVER:
      return discover();
    case ClientAction.DISCOVER_AGAIN:
      return discoverAgain();
    case ClientAction.COLLECT:
      return collect();
    case ClientAction.REQUEST:
      return request();
    case ClientAction.REQUEST_AGAIN:
      return ask(MessageType.DHCPREQUEST, settings.requestTries);
    case ClientAction.REBOOT:
      return reboot();
    case ClientAction.REBOOT_AGAIN:
      return rebootAgain();
    case ClientAction.RESUME:
      return resumeLease();
    case ClientAction.ACCEPT:
      return accept();
    case ClientAction.PROBE:
      return probeOn() ? ClientEvent.CLEAR : ClientEvent.NONE;
    case ClientAction.BIND:
      return bind();
    case ClientAction.ANNOUNCE:
      return announce();
    default:
      assert(false);
  }
  return ClientEvent.NONE;
}

/** Begins: with the lease of a record if it has not ended. */
function begin(): ClientEvent {
  if (leaseIsUsable()) return ClientEvent.LEASE_KNOWN;
  if (leaseAddress) want(leaseAddress);
  if (leaseGranted) giveUp(LeaseChange.EXPIRED);
  forget();
  return wait();
}

/** Waits for the link; an address that was only asked for is forgotten. */
function pause(): ClientEvent {
  if (!leaseGranted) forget();
  rest();
  return ClientEvent.NONE;
}

function discover(): ClientEvent {
  beginExchange();
  forgetOffers();
  return discoverAgain();
}

/** Asks all servers, as often as it takes: there is no last try. */
function discoverAgain(): ClientEvent {
  noteDiscover();
  return ask(MessageType.DHCPDISCOVER, 0);
}

/** Keeps the offer if it is the best so far; the first one opens the window in which others may come. */
function collect(): ClientEvent {
  const first = offerServer == 0;
  const server = optionU32(OptionCode.SERVER_IDENTIFIER, 0);
  const seconds = optionU32(OptionCode.IP_ADDRESS_LEASE_TIME, 0);
  const kept = considerOffer(server, yiaddr(receivedMessage), seconds);
  conclude(kept ? ClientVerdict.OFFER_KEPT : ClientVerdict.OFFER_NOT_BETTER);
  if (first) actAfter(settings.offerWindowMilliseconds);
  return offerDecides() ? ClientEvent.CHOSEN : ClientEvent.NONE;
}

function request(): ClientEvent {
  pursue(offerAddress, offerServer);
  return ask(MessageType.DHCPREQUEST, settings.requestTries);
}

function reboot(): ClientEvent {
  beginExchange();
  return rebootAgain();
}

function rebootAgain(): ClientEvent {
  const event = ask(MessageType.DHCPREQUEST, settings.rebootTries);
  if (event == ClientEvent.NONE) return event;
  count(ClientVerdict.REBOOT_UNANSWERED);
  return hasFlag(ClientFlag.REBOOT_STRICTLY) ? ClientEvent.ABANDONED : event;
}

/** Uses the lease on without an answer, until it ends (RFC 2131 §3.2 step 3). */
function resumeLease(): ClientEvent {
  resume();
  return check();
}

function accept(): ClientEvent {
  adopt(receivedMessage, receivedLength, receivedMac);
  conclude(ClientVerdict.LEASE_ACQUIRED);
  return check();
}

function bind(): ClientEvent {
  refusalsEnd();
  use();
  recordLease();
  beginAnnouncing();
  return ClientEvent.NONE;
}

function announce(): ClientEvent {
  announceOn();
  return ClientEvent.NONE;
}

/**
 * Losing an address: refusal, silence, expiry, conflict, release (RFC 2131 §3.1 steps 5 and 6, §4.4.5, §4.4.6), and beginning anew.
 */
import { MessageType, yiaddr } from "../wire/message";
import { count } from "../machine/counters";
import { now } from "../machine/time";
import { waitAfterConflict } from "./conflict";
import { ClientAction, ClientEvent } from "./events";
import { newTransaction, rest } from "./exchange";
import { forget, leaseAddress, leaseGranted, use, withdraw } from "./lease";
import { noteSilence, shun, want } from "./offers";
import { conclude, receivedMessage } from "./received";
import { LeaseChange, status } from "./status";
import { giveUp, restartAfter, sendLast, waitAfterRefusal } from "./steps";
import { ClientVerdict } from "./verdict";

/** Does an action of the third group of `ClientAction`; returns what has come about by it, or NONE. */
export function relinquish(action: ClientAction): ClientEvent {
  switch (action) {
    case ClientAction.REFUSED:
      return refused();
    case ClientAction.MOVE:
      return move();
    case ClientAction.UNANSWERED:
      return unanswered();
    case ClientAction.ABANDON:
      return abandon();
    case ClientAction.EXPIRE:
      return expire();
    case ClientAction.DECLINE:
      return decline();
    case ClientAction.DECLINE_AGAIN:
      return sendLast(MessageType.DHCPDECLINE);
    case ClientAction.COOL_DOWN:
      return coolDown();
    case ClientAction.RELEASE:
      return release();
    case ClientAction.RELEASE_AGAIN:
      return sendLast(MessageType.DHCPRELEASE);
    case ClientAction.HALT:
      return halt();
    default:
      assert(false);
  }
  return ClientEvent.NONE;
}

function refused(): ClientEvent {
  conclude(ClientVerdict.LEASE_REFUSED);
  want(0);
  giveUp(LeaseChange.REFUSED);
  return restartAfter(waitAfterRefusal());
}

/** The server has another address for us than the one we use: asks for that one, the long way. */
function move(): ClientEvent {
  conclude(ClientVerdict.ADDRESS_MOVED);
  want(yiaddr(receivedMessage));
  giveUp(LeaseChange.REFUSED);
  return restartAfter(waitAfterRefusal());
}

/** Starts anew: the chosen server is silent, and comes last in the next choice. */
function unanswered(): ClientEvent {
  count(ClientVerdict.REQUEST_UNANSWERED);
  noteSilence(status.serverIdentifier);
  return restartAfter(0);
}

/** Starts anew without an answer in REBOOTING, asking for the same address. */
function abandon(): ClientEvent {
  want(leaseAddress);
  giveUp(LeaseChange.UNANSWERED);
  return restartAfter(0);
}

/** The lease has ended: the address must not be used from now on (RFC 2131 §4.4.5). */
function expire(): ClientEvent {
  count(ClientVerdict.LEASE_EXPIRED);
  want(leaseAddress);
  giveUp(LeaseChange.EXPIRED);
  return restartAfter(0);
}

function decline(): ClientEvent {
  conclude(ClientVerdict.CONFLICT_DECLINED);
  giveUp(LeaseChange.CONFLICT);
  newTransaction();
  return sendLast(MessageType.DHCPDECLINE);
}

/** Stays away for a while after a conflict (RFC 2131 §3.1 step 5), and asks for another address. */
function coolDown(): ClientEvent {
  shun(leaseAddress);
  return restartAfter(waitAfterConflict());
}

/** Gives the lease back, and only then the address: while the host has it, its stack sends from it. */
function release(): ClientEvent {
  newTransaction();
  const event = sendLast(MessageType.DHCPRELEASE);
  giveUp(LeaseChange.RELEASED);
  return event;
}

/** Stops; a lease that was granted stays known, for the next START. */
function halt(): ClientEvent {
  withdraw(LeaseChange.STOPPED);
  if (!leaseGranted) forget();
  rest();
  return ClientEvent.NONE;
}

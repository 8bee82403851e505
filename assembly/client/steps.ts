/**
 * Steps that several actions share: waiting for the right moment to begin, asking again and again, and losing the lease.
 */
import { MessageType } from "../wire/message";
import { randomBelow } from "../machine/random";
import { NEVER, now } from "../machine/time";
import { beginProbing, detectsConflicts } from "./conflict";
import { ClientEvent } from "./events";
import { actOn, backOff, noteRequest, retransmissionDelay, retrySoon } from "./exchange";
import { forget, leaseGranted, lose } from "./lease";
import { recordLoss } from "./record";
import { send } from "./send";
import { link, settings } from "./settings";
import { LeaseChange, status } from "./status";

/** The first DHCPNAK is followed by a new DHCPDISCOVER within this time, later ones by the delays of RFC 2131 §4.1. */
const FIRST_REFUSAL_WAIT: u32 = 1000;

/** Before this instant no new acquisition begins: the initial delay, or the wait after a refusal or a conflict. */
let earliestAt: u64 = 0;
/** Refusals since the last time an address could be used. */
let refusalCount: u32 = 0;

/** Waits the random time that keeps a whole network from asking at once (RFC 2131 §4.4.1), or longer where there is cause. */
export function wait(): ClientEvent {
  const spread = settings.initialDelayMaximumMilliseconds - settings.initialDelayMinimumMilliseconds;
  const delay = u64(settings.initialDelayMinimumMilliseconds) + randomBelow(spread);
  earliestAt = max(earliestAt, now + delay);
  actOn(link() ? earliestAt : NEVER);
  return ClientEvent.NONE;
}

/** Begins anew in INIT after so many milliseconds, once there is a link. */
export function restartAfter(milliseconds: u32): ClientEvent {
  forget();
  earliestAt = now + milliseconds;
  actOn(link() ? earliestAt : NEVER);
  return ClientEvent.NONE;
}

/** A refusal is followed by a new attempt soon, but a row of them cannot make a storm. */
export function waitAfterRefusal(): u32 {
  const delay = refusalCount ? retransmissionDelay(refusalCount) : randomBelow(FIRST_REFUSAL_WAIT);
  refusalCount++;
  return delay;
}

/** An address can be used: the next refusal is a first one again. */
export function refusalsEnd(): void {
  refusalCount = 0;
}

/** Sends a message and sets the time of the next try; after `tryLimit` of them there is none (0: always). */
export function ask(type: MessageType, tryLimit: u32): ClientEvent {
  if (tryLimit && status.tries >= tryLimit) return ClientEvent.EXHAUSTED;
  if (status.tries == 0) noteRequest();
  if (send(type)) backOff();
  else retrySoon();
  return ClientEvent.NONE;
}

/** Goes on to probe the address, where that is wanted and possible. */
export function check(): ClientEvent {
  if (!detectsConflicts()) return ClientEvent.CLEAR;
  beginProbing();
  return ClientEvent.NONE;
}

/** Sends the last message about a lease, as soon as it can leave. */
export function sendLast(type: MessageType): ClientEvent {
  if (send(type)) return ClientEvent.SENT;
  retrySoon();
  return ClientEvent.NONE;
}

/** Loses the lease, and the record of it. */
export function giveUp(change: LeaseChange): void {
  if (leaseGranted) recordLoss();
  lose(change);
}

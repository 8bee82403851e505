/**
 * Which instant comes next, and which have come: the state's own next step, T1, T2 and the lease's end. There is one of
 * each, recomputed and never queued; an instant counts only in a state whose table lists its event.
 *
 * When several have come at once (the machine slept), the lease's end comes first, then T2, T1 and the state's own step: a client
 * that wakes after its lease ended must not use the address even once.
 */
import { control } from "../machine/control";
import { NEVER, now } from "../machine/time";
import { ClientEvent } from "./events";
import { actAt } from "./exchange";
import { offerServer } from "./offers";
import { expects, happen } from "./states";
import { status } from "./status";

/** Events handled in one call; more wait for the next, which is then due at once. */
const EVENTS_PER_CALL: u32 = 8;

/** Lets everything happen whose time has come, and says when to come back. */
export function runTimers(): void {
  for (let i: u32 = 0; i < EVENTS_PER_CALL; i++) {
    const event = dueEvent();
    if (event == ClientEvent.NONE) break;
    happen(event);
  }
  control.deadline = nextInstant();
}

/** The most urgent event whose time has come. */
function dueEvent(): ClientEvent {
  if (instantOf(ClientEvent.EXPIRY) <= now) return ClientEvent.EXPIRY;
  if (instantOf(ClientEvent.T2) <= now) return ClientEvent.T2;
  if (instantOf(ClientEvent.T1) <= now) return ClientEvent.T1;
  return instantOf(ClientEvent.TIMER) <= now ? ownEvent() : ClientEvent.NONE;
}

/** What the state's own step is: in SELECTING with an offer, to take it. */
function ownEvent(): ClientEvent {
  return offerServer != 0 && expects(ClientEvent.CHOSEN) ? ClientEvent.CHOSEN : ClientEvent.TIMER;
}

function nextInstant(): u64 {
  const renewing = min(instantOf(ClientEvent.T1), instantOf(ClientEvent.T2));
  return min(min(instantOf(ClientEvent.EXPIRY), renewing), instantOf(ClientEvent.TIMER));
}

/** When the event is due in the present state. */
function instantOf(event: ClientEvent): u64 {
  if (!expects(event)) return NEVER;
  if (event == ClientEvent.EXPIRY) return status.expiresAt;
  if (event == ClientEvent.T2) return status.rebindAt;
  return event == ClientEvent.T1 ? status.renewAt : actAt;
}

/**
 * What a client does: the actions that the table in `states.ts` names, in three groups of 32 numbers, a file each. The
 * state is the new one already.
 *
 * An action sends, sets the time of the next step, or changes the lease. What it finds to have come about besides it returns as an event,
 * for which the table has a row; so no action sets the state, and none needs to know where it is called from.
 */
import { acquire } from "./acquire";
import { ClientAction, ClientEvent } from "./events";
import { relinquish } from "./relinquish";
import { uphold } from "./uphold";

/** First numbers of the second and third group. */
const UPHOLDING: ClientAction = ClientAction.EXTEND_ANEW;
const RELINQUISHING: ClientAction = ClientAction.REFUSED;

/** Does what a row of the table says; returns what has come about by it, or NONE. */
export function perform(action: ClientAction): ClientEvent {
  if (action < UPHOLDING) return acquire(action);
  return action < RELINQUISHING ? uphold(action) : relinquish(action);
}

/**
 * The client's states and what may happen in each: one table, one setter.
 *
 * INIT, SELECTING, REQUESTING, BOUND, RENEWING, REBINDING, INIT_REBOOT and REBOOTING are those of RFC 2131 figure 5. Of our own:
 * CHECKING, between DHCPACK and BOUND, while the address is probed (RFC 2131 §4.4.1, RFC 5227); DECLINING and RELEASING, while the
 * message that ends a lease waits for a place in the ring; INFORMING (§4.4.3); STOPPED, before START and after STOP.
 *
 * A row says: in this state, on this event, be in that state and then do this. An event that is not listed for the
 * present state changes nothing; it gets the verdict NOT_EXPECTED, or COMMAND_REFUSED. An action may find that something else has
 * come about (no tries are left, nothing needs probing): that is an event too, and the table says what follows. So
 * every change of state is a row below, and the diagram of the README is drawn from them.
 */
import { perform } from "./actions";
import { ClientAction, ClientEvent } from "./events";
import { ClientState, status } from "./status";

/** A row: state, event, action, next state, a byte each. */
const EVENT_AT: usize = 1;
const ACTION_AT: usize = EVENT_AT + 1;
const NEXT_AT: usize = ACTION_AT + 1;
const ROW_SIZE: usize = NEXT_AT + 1;

/** No more follows from one event than this: the longest chain is SENT after DECLINE after DEFEATED after CONFLICT. */
const LONGEST_CHAIN: u32 = 6;

// biome-ignore format: a table
const table = memory.data<i32>([
  // in this state       | on this event                | do this                           | in that state
  ClientState.STOPPED     | ClientEvent.START << 8       | ClientAction.BEGIN << 16          | ClientState.INIT << 24,
  ClientState.STOPPED     | ClientEvent.RELEASE << 8     | ClientAction.RELEASE << 16        | ClientState.RELEASING << 24,
  ClientState.STOPPED     | ClientEvent.INFORM << 8      | ClientAction.INFORM << 16         | ClientState.INFORMING << 24,

  ClientState.INIT        | ClientEvent.LEASE_KNOWN << 8 | ClientAction.WAIT << 16           | ClientState.INIT_REBOOT << 24,
  ClientState.INIT        | ClientEvent.TIMER << 8       | ClientAction.DISCOVER << 16       | ClientState.SELECTING << 24,
  ClientState.INIT        | ClientEvent.LINK_UP << 8     | ClientAction.WAIT << 16           | ClientState.INIT << 24,
  ClientState.INIT        | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT << 24,
  ClientState.INIT        | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.SELECTING   | ClientEvent.OFFER << 8       | ClientAction.COLLECT << 16        | ClientState.SELECTING << 24,
  ClientState.SELECTING   | ClientEvent.CHOSEN << 8      | ClientAction.REQUEST << 16        | ClientState.REQUESTING << 24,
  ClientState.SELECTING   | ClientEvent.TIMER << 8       | ClientAction.DISCOVER_AGAIN << 16 | ClientState.SELECTING << 24,
  ClientState.SELECTING   | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT << 24,
  ClientState.SELECTING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.REQUESTING  | ClientEvent.ACK << 8         | ClientAction.ACCEPT << 16         | ClientState.CHECKING << 24,
  ClientState.REQUESTING  | ClientEvent.NAK << 8         | ClientAction.REFUSED << 16        | ClientState.INIT << 24,
  ClientState.REQUESTING  | ClientEvent.TIMER << 8       | ClientAction.REQUEST_AGAIN << 16  | ClientState.REQUESTING << 24,
  ClientState.REQUESTING  | ClientEvent.EXHAUSTED << 8   | ClientAction.UNANSWERED << 16     | ClientState.INIT << 24,
  ClientState.REQUESTING  | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT << 24,
  ClientState.REQUESTING  | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.CHECKING    | ClientEvent.TIMER << 8       | ClientAction.PROBE << 16          | ClientState.CHECKING << 24,
  ClientState.CHECKING    | ClientEvent.CLEAR << 8       | ClientAction.BIND << 16           | ClientState.BOUND << 24,
  ClientState.CHECKING    | ClientEvent.CONFLICT << 8    | ClientAction.DECLINE << 16        | ClientState.DECLINING << 24,
  ClientState.CHECKING    | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.CHECKING    | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.CHECKING    | ClientEvent.RELEASE << 8     | ClientAction.RELEASE << 16        | ClientState.RELEASING << 24,
  ClientState.CHECKING    | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.BOUND       | ClientEvent.TIMER << 8       | ClientAction.ANNOUNCE << 16       | ClientState.BOUND << 24,
  ClientState.BOUND       | ClientEvent.T1 << 8          | ClientAction.EXTEND_ANEW << 16    | ClientState.RENEWING << 24,
  ClientState.BOUND       | ClientEvent.RENEW << 8       | ClientAction.EXTEND_ANEW << 16    | ClientState.RENEWING << 24,
  ClientState.BOUND       | ClientEvent.T2 << 8          | ClientAction.EXTEND_ANEW << 16    | ClientState.REBINDING << 24,
  ClientState.BOUND       | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.BOUND       | ClientEvent.CONFLICT << 8    | ClientAction.DEFEND << 16         | ClientState.BOUND << 24,
  ClientState.BOUND       | ClientEvent.DEFEATED << 8    | ClientAction.DECLINE << 16        | ClientState.DECLINING << 24,
  ClientState.BOUND       | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.BOUND       | ClientEvent.RELEASE << 8     | ClientAction.RELEASE << 16        | ClientState.RELEASING << 24,
  ClientState.BOUND       | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.RENEWING    | ClientEvent.ACK << 8         | ClientAction.EXTEND << 16         | ClientState.BOUND << 24,
  ClientState.RENEWING    | ClientEvent.NAK << 8         | ClientAction.REFUSED << 16        | ClientState.INIT << 24,
  ClientState.RENEWING    | ClientEvent.MOVED << 8       | ClientAction.MOVE << 16           | ClientState.INIT << 24,
  ClientState.RENEWING    | ClientEvent.TIMER << 8       | ClientAction.EXTEND_AGAIN << 16   | ClientState.RENEWING << 24,
  ClientState.RENEWING    | ClientEvent.T2 << 8          | ClientAction.EXTEND_AGAIN << 16   | ClientState.REBINDING << 24,
  ClientState.RENEWING    | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.RENEWING    | ClientEvent.CONFLICT << 8    | ClientAction.DEFEND << 16         | ClientState.RENEWING << 24,
  ClientState.RENEWING    | ClientEvent.DEFEATED << 8    | ClientAction.DECLINE << 16        | ClientState.DECLINING << 24,
  ClientState.RENEWING    | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.RENEWING    | ClientEvent.RELEASE << 8     | ClientAction.RELEASE << 16        | ClientState.RELEASING << 24,
  ClientState.RENEWING    | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.REBINDING   | ClientEvent.ACK << 8         | ClientAction.EXTEND << 16         | ClientState.BOUND << 24,
  ClientState.REBINDING   | ClientEvent.NAK << 8         | ClientAction.REFUSED << 16        | ClientState.INIT << 24,
  ClientState.REBINDING   | ClientEvent.MOVED << 8       | ClientAction.MOVE << 16           | ClientState.INIT << 24,
  ClientState.REBINDING   | ClientEvent.TIMER << 8       | ClientAction.EXTEND_AGAIN << 16   | ClientState.REBINDING << 24,
  ClientState.REBINDING   | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.REBINDING   | ClientEvent.CONFLICT << 8    | ClientAction.DEFEND << 16         | ClientState.REBINDING << 24,
  ClientState.REBINDING   | ClientEvent.DEFEATED << 8    | ClientAction.DECLINE << 16        | ClientState.DECLINING << 24,
  ClientState.REBINDING   | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.REBINDING   | ClientEvent.RELEASE << 8     | ClientAction.RELEASE << 16        | ClientState.RELEASING << 24,
  ClientState.REBINDING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.INIT_REBOOT | ClientEvent.TIMER << 8       | ClientAction.REBOOT << 16         | ClientState.REBOOTING << 24,
  ClientState.INIT_REBOOT | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.INIT_REBOOT | ClientEvent.LINK_UP << 8     | ClientAction.WAIT << 16           | ClientState.INIT_REBOOT << 24,
  ClientState.INIT_REBOOT | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.INIT_REBOOT | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.REBOOTING   | ClientEvent.ACK << 8         | ClientAction.ACCEPT << 16         | ClientState.CHECKING << 24,
  ClientState.REBOOTING   | ClientEvent.NAK << 8         | ClientAction.REFUSED << 16        | ClientState.INIT << 24,
  ClientState.REBOOTING   | ClientEvent.MOVED << 8       | ClientAction.MOVE << 16           | ClientState.INIT << 24,
  ClientState.REBOOTING   | ClientEvent.TIMER << 8       | ClientAction.REBOOT_AGAIN << 16   | ClientState.REBOOTING << 24,
  ClientState.REBOOTING   | ClientEvent.EXHAUSTED << 8   | ClientAction.RESUME << 16         | ClientState.CHECKING << 24,
  ClientState.REBOOTING   | ClientEvent.ABANDONED << 8   | ClientAction.ABANDON << 16        | ClientState.INIT << 24,
  ClientState.REBOOTING   | ClientEvent.EXPIRY << 8      | ClientAction.EXPIRE << 16         | ClientState.INIT << 24,
  ClientState.REBOOTING   | ClientEvent.LINK_DOWN << 8   | ClientAction.PAUSE << 16          | ClientState.INIT_REBOOT << 24,
  ClientState.REBOOTING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.DECLINING   | ClientEvent.TIMER << 8       | ClientAction.DECLINE_AGAIN << 16  | ClientState.DECLINING << 24,
  ClientState.DECLINING   | ClientEvent.SENT << 8        | ClientAction.COOL_DOWN << 16      | ClientState.INIT << 24,
  ClientState.DECLINING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.RELEASING   | ClientEvent.TIMER << 8       | ClientAction.RELEASE_AGAIN << 16  | ClientState.RELEASING << 24,
  ClientState.RELEASING   | ClientEvent.SENT << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,
  ClientState.RELEASING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.INFORMING   | ClientEvent.ACK << 8         | ClientAction.INFORMED << 16       | ClientState.STOPPED << 24,
  ClientState.INFORMING   | ClientEvent.TIMER << 8       | ClientAction.INFORM_AGAIN << 16   | ClientState.INFORMING << 24,
  ClientState.INFORMING   | ClientEvent.EXHAUSTED << 8   | ClientAction.UNINFORMED << 16     | ClientState.STOPPED << 24,
  ClientState.INFORMING   | ClientEvent.STOP << 8        | ClientAction.HALT << 16           | ClientState.STOPPED << 24,

  ClientState.STOPPED     | ClientEvent.NONE << 8        | ClientAction.NONE << 16           | ClientState.STOPPED << 24, // the end
]);

/** The events that `listedState` lists, a bit each: they are asked for several times an input, and the state changes seldom. */
let listed: u32 = 0;
let listedState: u32 = 0xffffffff;

/** Whether the present state lists the event. */
export function expects(event: ClientEvent): bool {
  if (listedState != status.state) listEvents();
  return bool((listed >>> event) & 1);
}

/** Learns which events the present state lists. */
function listEvents(): void {
  listedState = status.state;
  listed = 0;
  for (let row = table; load<u8>(row, EVENT_AT) != ClientEvent.NONE; row += ROW_SIZE) {
    if (load<u8>(row) == listedState) listed |= 1 << load<u8>(row, EVENT_AT);
  }
}

/** Lets an event happen, with all that follows from it; false: the present state does not list it. */
export function happen(event: ClientEvent): bool {
  if (!expects(event)) return false;
  for (let step: u32 = 0; event != ClientEvent.NONE; step++) {
    assert(step < LONGEST_CHAIN && expects(event));
    const row = rowOf(event);
    enter(load<u8>(row, NEXT_AT));
    event = perform(load<u8>(row, ACTION_AT) as ClientAction);
  }
  return true;
}

/** The one place where the state changes. */
function enter(next: u8): void {
  if (status.state == next) return;
  status.state = next;
  status.tries = 0;
}

/** Address of the row for an event that the present state lists. */
function rowOf(event: ClientEvent): usize {
  const begin = u16(status.state) | u16(event << 8);
  let row = table;
  while (load<u16>(row) != begin) row += ROW_SIZE;
  return row;
}

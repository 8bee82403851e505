/**
 * The vocabulary of the table in `states.ts`: what may happen to a client, and what it may do about it.
 */

/** What happens to a client. */
export enum ClientEvent {
  NONE = 0,
  /** A DHCPOFFER, judged to be usable. */
  OFFER,
  /** A DHCPACK for what was asked. */
  ACK,
  /** A DHCPNAK of a server that may say so. */
  NAK,
  /** A DHCPACK that names another address than ours. */
  MOVED,
  /** It is time to do what the state does of its own accord. */
  TIMER,
  /** The best offer is to be taken. */
  CHOSEN,
  /** T1, T2 and the lease's end have come. */
  T1,
  T2,
  EXPIRY,
  /** All tries were in vain. */
  EXHAUSTED,
  /** All tries were in vain, and the configuration wants no lease without an answer. */
  ABANDONED,
  /** Nobody else uses the address. */
  CLEAR,
  /** Somebody else uses the address. */
  CONFLICT,
  /** Somebody else uses the address in spite of our defence. */
  DEFEATED,
  /** The last message about a lease has left. */
  SENT,
  /** There is a lease to begin with. */
  LEASE_KNOWN,
  LINK_UP,
  LINK_DOWN,
  /** The commands. */
  START,
  RELEASE,
  INFORM,
  RENEW,
  STOP,
}

/** What a client does about it. The numbers' groups are those of `actions.ts`. */
export enum ClientAction {
  NONE = 0,
  /** Getting an address: `acquire.ts`. */
  BEGIN = 1,
  WAIT,
  PAUSE,
  DISCOVER,
  DISCOVER_AGAIN,
  COLLECT,
  REQUEST,
  REQUEST_AGAIN,
  REBOOT,
  REBOOT_AGAIN,
  RESUME,
  ACCEPT,
  PROBE,
  BIND,
  ANNOUNCE,
  /** Keeping it: `uphold.ts`. */
  EXTEND_ANEW = 32,
  EXTEND_AGAIN,
  EXTEND,
  DEFEND,
  INFORM,
  INFORM_AGAIN,
  INFORMED,
  UNINFORMED,
  /** Losing it: `relinquish.ts`. */
  REFUSED = 64,
  MOVE,
  UNANSWERED,
  ABANDON,
  EXPIRE,
  DECLINE,
  DECLINE_AGAIN,
  COOL_DOWN,
  RELEASE,
  RELEASE_AGAIN,
  HALT,
}

/**
 * What became of an input: one number each, written into the input's descriptor and counted.
 *
 * Numbers are stable and append-only; a number that is no longer given stays reserved. 0–39 are common to all roles, 40–99
 * the server's (`server/verdict.ts`), 100–149 the client's (`client/verdict.ts`), 150–199 the relay's. The host knows a
 * sentence, an advice and the RFC clause for each (`host/core/verdicts`).
 */
export enum Verdict {
  /** Not handled yet. */
  NONE = 0,
  /** An input that asks for no judgement (durable position, clock, entropy, interface) was taken. */
  TAKEN = 1,
  /** The slot's kind is not one this module knows. */
  UNKNOWN_INPUT = 2,
  /** The host's input is malformed: a payload too short for its kind, or a value out of range. */
  BAD_INPUT = 3,
  /** No configuration has been accepted yet. */
  NOT_CONFIGURED = 4,
  /** The interface number is outside the table, or nothing has been said about that interface yet, or it is down. */
  UNKNOWN_INTERFACE = 5,
  /** The datagram or frame was longer than its slot, so its end is missing. */
  TRUNCATED = 6,
  /** Shorter than a BOOTP message with a cookie (RFC 2131 §2). */
  TOO_SHORT = 7,
  /** No DHCP cookie: a BOOTP message, or none at all (RFC 2131 §3). */
  NO_COOKIE = 8,
  /** `hlen` exceeds the 16 bytes of `chaddr` (RFC 2131 §2). */
  BAD_HARDWARE_LENGTH = 9,
  /** `op` is not the one that this role receives. */
  WRONG_OPERATION = 10,
  /** No DHCP message type (option 53), or one of wrong length (RFC 2132 §9.6). */
  NO_MESSAGE_TYPE = 11,
  /** A message type that this role does not receive. */
  UNEXPECTED_MESSAGE_TYPE = 12,
  /** A frame that is neither ARP nor a datagram to our port. */
  OTHER_FRAME = 13,
  /** A frame whose Ethernet, ARP, IPv4 or UDP lengths contradict each other or what was received. */
  BAD_FRAME = 14,
  /** A frame whose IPv4 or UDP checksum is wrong. */
  BAD_CHECKSUM = 15,
  /** A fragment: DHCP is not reassembled here. */
  FRAGMENT = 16,
  /** An ARP message that concerns no address we probe, hold or offer. */
  ARP_NOT_OURS = 17,
  /** No place in a transmit ring: the host has not sent what is there yet. The input changed nothing. */
  TRANSMIT_FULL = 18,
  /** No room for the record in the journal's ring: the store has not caught up. The input changed nothing. */
  STORE_BEHIND = 19,
  /** The mandatory options do not fit what the receiver can take. The input changed nothing. */
  ANSWER_TOO_LARGE = 20,
  /** Counted, never a verdict: an answer waited more than 4 s for its record and was dropped; the client has asked again. */
  ANSWER_STALE = 21,
  /** Counted, never a verdict: an option joined to more than the join buffer holds was ignored (RFC 3396). */
  OPTION_TOO_LONG = 22,
  /** Counted, never a verdict: an option ran past its field; it and what followed it in that field were ignored. */
  OPTION_TRUNCATED = 23,
  /** A command that does not fit the present state, or that this module does not know. */
  COMMAND_REFUSED = 24,
  /** A command was carried out. */
  COMMAND_DONE = 25,
  /** Counted, never a verdict: what a client says of itself (host name, relay information, vendor class) found no room and was left out. */
  ATTRIBUTE_DROPPED = 26,
}

/** How many verdict numbers are common to all roles: a role's own counters follow these. @layout */
export const COMMON_VERDICT_COUNT: u32 = 40;

/** First number of each role's own verdicts. */
export const SERVER_VERDICT_BASE: u32 = 40;
export const CLIENT_VERDICT_BASE: u32 = 100;
export const RELAY_VERDICT_BASE: u32 = 150;

/** What `InputSlot.scopeIndex` counts: the part of the configuration that decided. */
export enum Scope {
  NONE = 0,
  NETWORK = 1,
  SUBNET = 2,
  POOL = 3,
  RESERVATION = 4,
  CLASS = 5,
}

/**
 * What can be wrong with an answer: each reason with its name, which is stable, and the words for people.
 */

/** The reasons, by their names. */
export const FAULTS = {
  malformed: "no well-formed DHCP answer (RFC 2131 §2): length, cookie or options",
  unasked: "belongs to no question: its xid, or more answers than questions",
  "hardware-address": "carries another client's hardware address",
  "source-address": "comes from another address than the server's",
  "server-identifier": "lacks the server's identifier (option 54), or names another server",
  "message-type": "is no answer to what was asked (option 53)",
  "lease-time": "lacks a lease time (option 51)",
  "other-address": "gives no address, or another than was asked for",
  "held-by-another": "gives an address that another client holds",
  refused: "DHCPNAK to what the server itself had given or offered",
} as const;

/** The name of a reason. */
export type Fault = keyof typeof FAULTS;

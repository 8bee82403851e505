/**
 * What people are told about a verdict: what happened, what to do about it, and which clause of an RFC it follows. The numbers
 * are the core's (`assembly/machine/verdict.ts`); here are the words for those that all roles share, and the shape of the tables.
 */
import { Verdict } from "#layout";

/** The words for one verdict. */
export interface Explanation {
  /** What happened, as a sentence without its full stop. */
  readonly sentence: string;
  /** What an operator can do, or "" where nothing needs doing. */
  readonly advice: string;
  /** The clause that asks for it, or "" where none does. */
  readonly clause: string;
}

/** One verdict, explained. */
export interface VerdictText extends Explanation {
  /** The stable name, as in the core. */
  readonly name: string;
}

/** Looks verdicts of an enumeration up by number. A table that lacks a name, or has one too many, does not compile. */
export function verdictTable<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  explanations: Readonly<Record<Name, Explanation>>,
): ReadonlyMap<number, VerdictText> {
  const names = Object.keys(numbers) as Name[];
  return new Map(names.map((name) => [numbers[name], { name, ...explanations[name] }]));
}

const drain = "The host does not send fast enough: look at its load and at the socket's errors";
const sender = "Look at the sender: a broken client, another protocol on the port, or an attack";

/** The verdicts that all roles share, by number. */
export const commonVerdicts: ReadonlyMap<number, VerdictText> = verdictTable(Verdict, {
  NONE: { sentence: "The input has not been handled", advice: "", clause: "" },
  TAKEN: { sentence: "The input was taken", advice: "", clause: "" },
  UNKNOWN_INPUT: {
    sentence: "The input is of a kind that this module does not know",
    advice: "Use a host and a module of the same release",
    clause: "",
  },
  BAD_INPUT: {
    sentence: "The host's input is malformed: too short for its kind, or a value out of range",
    advice: "Report it: the host is at fault, not the network",
    clause: "",
  },
  NOT_CONFIGURED: {
    sentence: "The core was not configured, or its records were not restored, when this came",
    advice: "",
    clause: "",
  },
  UNKNOWN_INTERFACE: {
    sentence: "The interface is not served, or it is down",
    advice: "Name the interface in the configuration, or bring it up",
    clause: "",
  },
  TRUNCATED: {
    sentence: "The datagram was longer than an input slot, so its end is missing",
    advice: "Raise the size of input payloads if clients send such long messages",
    clause: "RFC 2131 §2",
  },
  TOO_SHORT: { sentence: "Shorter than a BOOTP message", advice: sender, clause: "RFC 2131 §2" },
  NO_COOKIE: {
    sentence: "No DHCP cookie: BOOTP without options, or another protocol",
    advice: "A client that only speaks BOOTP needs a BOOTP server",
    clause: "RFC 2131 §3",
  },
  BAD_HARDWARE_LENGTH: {
    sentence: "The hardware address is said to be longer than its field of 16 bytes",
    advice: sender,
    clause: "RFC 2131 §2",
  },
  WRONG_OPERATION: {
    sentence:
      "The operation is not the one that this role receives: an answer sent to a server, or a request to a client",
    advice: "",
    clause: "RFC 2131 §2",
  },
  NO_MESSAGE_TYPE: {
    sentence: "No DHCP message type, or one that is not a single byte",
    advice: "A client that only speaks BOOTP needs a BOOTP server",
    clause: "RFC 2132 §9.6",
  },
  UNEXPECTED_MESSAGE_TYPE: {
    sentence: "A message type that this role does not receive",
    advice: "",
    clause: "RFC 2131 §4.3",
  },
  OTHER_FRAME: { sentence: "A frame that is neither ARP nor a datagram to our port", advice: "", clause: "" },
  BAD_FRAME: {
    sentence: "The lengths in the frame's headers contradict each other or what was received",
    advice: sender,
    clause: "RFC 791 §3.1",
  },
  BAD_CHECKSUM: {
    sentence: "The IPv4 or the UDP checksum is wrong",
    advice: "Look for a damaged link; on a virtual one, let the host trust checksums that a device fills in",
    clause: "RFC 768",
  },
  FRAGMENT: {
    sentence: "A fragment: DHCP messages are not reassembled",
    advice: "Look for a link whose MTU is below 576 bytes",
    clause: "RFC 2131 §2",
  },
  ARP_NOT_OURS: {
    sentence: "An ARP message about an address that is not being probed",
    advice: "",
    clause: "RFC 5227",
  },
  TRANSMIT_FULL: {
    sentence:
      "No place for an answer: what was sent before has not left yet. Nothing was changed; the client asks again",
    advice: drain,
    clause: "RFC 2131 §4.1",
  },
  STORE_BEHIND: {
    sentence: "No room for the record: the store has not caught up. Nothing was changed; the client asks again",
    advice: "Look at the store's disk: it is full, or too slow for this load",
    clause: "",
  },
  ANSWER_TOO_LARGE: {
    sentence: "What must be in the answer does not fit what its receiver can take. Nothing was changed",
    advice: "A relay's option 82 and a client identifier that are both very long cannot be answered",
    clause: "RFC 2132 §9.10",
  },
  ANSWER_STALE: {
    sentence: "An answer waited more than 4 s for its record and was dropped: the client has asked again",
    advice: "Look at the store's disk: a sync takes too long",
    clause: "RFC 2131 §4.1",
  },
  OPTION_TOO_LONG: {
    sentence: "An option in several parts is longer than can be joined, and was ignored",
    advice: "",
    clause: "RFC 3396",
  },
  OPTION_TRUNCATED: {
    sentence: "An option runs past its field; it and what follows it there were ignored, the message kept",
    advice: "Look at the sender: it writes broken options",
    clause: "RFC 2132 §2",
  },
  COMMAND_REFUSED: { sentence: "The command does not fit the present state", advice: "", clause: "" },
  COMMAND_DONE: { sentence: "The command was carried out", advice: "", clause: "" },
  ATTRIBUTE_DROPPED: {
    sentence:
      "What a client says of itself (host name, relay information, vendor class) found no room and was not kept",
    advice: "Raise the limit attributeBlockCount",
    clause: "",
  },
});

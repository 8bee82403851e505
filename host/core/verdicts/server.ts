/**
 * The words for a server's verdicts (`assembly/server/verdict.ts`): what happened to a message, what an operator can do, and
 * the clause of RFC 2131 that asks for it.
 */
import { ServerVerdict } from "#layout";
import { commonVerdicts, type VerdictText, verdictTable } from "./common.js";

const serverOnly = verdictTable(ServerVerdict, {
  OFFERED: { sentence: "Offered an address", advice: "", clause: "RFC 2131 §4.3.1" },
  OFFERED_UNRESERVED: {
    sentence: "Offered another address than the reserved one, which somebody else holds",
    advice: "The client gets its reserved address when its present holder gives it back or its lease ends",
    clause: "RFC 2131 §4.3.1",
  },
  PROBE_STARTED: {
    sentence: "The address is being probed; the offer follows when nobody answers",
    advice: "",
    clause: "RFC 2131 §2.2",
  },
  PROBE_RUNS: {
    sentence: "The client asked again while its address is being probed; this message will be answered",
    advice: "",
    clause: "RFC 2131 §2.2",
  },
  BOUND_SELECTING: { sentence: "Leased the address that the client chose", advice: "", clause: "RFC 2131 §4.3.2" },
  BOUND_REBOOTING: {
    sentence: "Confirmed the address that the client remembers",
    advice: "",
    clause: "RFC 2131 §4.3.2",
  },
  BOUND_RENEWING: { sentence: "Renewed the lease", advice: "", clause: "RFC 2131 §4.3.2" },
  BOUND_REBINDING: {
    sentence: "Extended the lease for a client that asked every server",
    advice:
      "If this happens often, unicast messages from clients do not reach the server: look at firewalls and routes",
    clause: "RFC 2131 §4.3.2",
  },
  INFORMED: {
    sentence: "Sent parameters to a client that has its address from elsewhere",
    advice: "",
    clause: "RFC 2131 §4.3.5",
  },
  RELEASED: { sentence: "The client gave its address back", advice: "", clause: "RFC 2131 §4.3.4" },
  DECLINED: {
    sentence: "The client found its address in use; it is kept away from everybody for the quarantine time",
    advice: "Find the machine that uses this address without a lease: a static address inside the pool?",
    clause: "RFC 2131 §4.3.3",
  },
  REFUSED_WRONG_NETWORK: {
    sentence: "Refused: the address is not on the network that the client is on",
    advice: "",
    clause: "RFC 2131 §4.3.2",
  },
  REFUSED_WRONG_ADDRESS: {
    sentence: "Refused: the client holds another address than the one it speaks of",
    advice: "",
    clause: "RFC 2131 §4.3.2",
  },
  REFUSED_TAKEN: {
    sentence: "Refused: the address is somebody else's, or in quarantine",
    advice: "",
    clause: "RFC 2131 §3.1 step 4",
  },
  REFUSED_BY_CONFIGURATION: {
    sentence: "Refused: the configuration does not give this address to this client (any more)",
    advice: "The client asks again and gets the address that is configured for it",
    clause: "RFC 2131 §3.1 step 4",
  },
  REFUSED_UNKNOWN_CLIENT: {
    sentence: "Refused a client that is unknown here, because the server is authoritative",
    advice: "Set authoritative to false if another server hands out addresses on this network",
    clause: "RFC 2131 §4.3.2",
  },
  NO_SUBNET: {
    sentence: "No subnet is configured for where the message came from",
    advice: "Add a subnet that holds the relay's or the interface's address, or name the interface in one",
    clause: "RFC 2131 §4.3.1",
  },
  NO_IDENTITY: {
    sentence: "The client names itself neither by a hardware address nor by a client identifier",
    advice: "",
    clause: "RFC 2131 §4.2",
  },
  NO_SERVER_ADDRESS: {
    sentence: "The interface has no IPv4 address, so the server cannot identify itself",
    advice: "Give the interface an address",
    clause: "RFC 2131 §4.1",
  },
  NO_FREE_ADDRESS: {
    sentence: "No address is free for this client",
    advice: "Make the pool larger, or the lease time shorter",
    clause: "RFC 2131 §4.3.1",
  },
  OFFERS_CAPPED: {
    sentence: "The source of the message holds as many unanswered offers as it may",
    advice: "Look for a client that never answers offers, or an attack; else raise offersPerSource",
    clause: "RFC 2131 §4.3.1",
  },
  PROBES_FULL: {
    sentence: "As many addresses are being probed as can be; the client asks again",
    advice: "Raise the limit probeCount, or shorten probeTime",
    clause: "RFC 2131 §2.2",
  },
  IDENTIFIERS_FULL: {
    sentence: "No room for a client identifier of this length. Nothing was changed",
    advice: "Raise the limit attributeBlockCount",
    clause: "",
  },
  OFFER_WITHDRAWN: {
    sentence: "The client chose another server; the address offered here is free again",
    advice: "",
    clause: "RFC 2131 §3.1 step 4",
  },
  OTHER_SERVER: { sentence: "The message is for another server", advice: "", clause: "RFC 2131 §4.3.2" },
  UNKNOWN_CLIENT: {
    sentence: "Silent: there is no record of this client, and its address may come from another server",
    advice:
      "Set authoritative to true if this is the only server of the network: such clients are then told to begin anew",
    clause: "RFC 2131 §4.3.2",
  },
  NO_REQUESTED_ADDRESS: {
    sentence: "The message does not say which address it is about",
    advice: "",
    clause: "RFC 2131 §4.3.6, table 4",
  },
  NO_SERVER_IDENTIFIER: {
    sentence: "A DHCPDECLINE or DHCPRELEASE that does not say to which server it is sent",
    advice: "",
    clause: "RFC 2131 §4.4.1, table 5",
  },
  NOT_THE_HOLDER: {
    sentence: "A DHCPDECLINE or DHCPRELEASE of an address that its sender does not hold",
    advice: "If this happens often, somebody forges messages",
    clause: "RFC 2131 §4.3.3, §4.3.4",
  },
  DECLINES_CAPPED: {
    sentence: "The source of the message has as many addresses in quarantine as it may; the client keeps this one",
    advice: "Look for a client that declines whatever it gets, or an attack; else raise offersPerSource",
    clause: "RFC 2131 §4.3.3",
  },
  NO_CLIENT_ADDRESS: {
    sentence: "A DHCPINFORM whose client address is missing, or not of the network it came from",
    advice: "",
    clause: "RFC 2131 §3.4",
  },
  PROBE_ANSWERED: {
    sentence:
      "Somebody answered for an address that was about to be offered; it is kept away from everybody for the quarantine time",
    advice: "Find the machine that uses this address without a lease: a static address inside the pool?",
    clause: "RFC 2131 §2.2",
  },
  PROBE_UNANSWERED: {
    sentence: "Nobody answered for the address that was probed",
    advice: "",
    clause: "RFC 2131 §2.2",
  },
  PROBE_UNKNOWN: { sentence: "The result of a probe that no longer runs", advice: "", clause: "" },
  ARP_ANSWERED: { sentence: "Answered an ARP request for the server's own address", advice: "", clause: "RFC 826" },
  RELAY_INFORMATION_OMITTED: {
    sentence: "An answer left without the relay's option 82, which did not fit",
    advice: "Shorten what the relay agent inserts",
    clause: "RFC 3046 §2.2",
  },
});

/** The verdict of a server, or of all roles, with this number; one that this release does not know has only its number. */
export function explainServerVerdict(verdict: number): VerdictText {
  const known = serverOnly.get(verdict) ?? commonVerdicts.get(verdict);
  return known ?? { name: `${verdict}`, sentence: `Verdict ${verdict}`, advice: "", clause: "" };
}

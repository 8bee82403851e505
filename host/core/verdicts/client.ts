/**
 * The words for a client's verdicts (`assembly/client/verdict.ts`): what happened to a message, what its user can do, and the clause
 * that asks for it.
 */
import { ClientVerdict } from "#layout";
import { commonVerdicts, type VerdictText, verdictTable } from "./common.js";

const brokenServer = "The server is broken or hostile: put it on the list of denied servers";
const unusual =
  "Harmless once in a while; if it never ends, look for two clients of one identity or a misbehaving server";

const clientOnly = verdictTable(ClientVerdict, {
  OFFER_KEPT: { sentence: "An offer, the best so far", advice: "", clause: "RFC 2131 §4.4.1" },
  OFFER_NOT_BETTER: {
    sentence: "An offer that is no better than the one that is kept",
    advice: "Name a preferred server to choose otherwise",
    clause: "RFC 2131 §4.4.1",
  },
  LEASE_ACQUIRED: { sentence: "The server leased the address", advice: "", clause: "RFC 2131 §3.1" },
  LEASE_EXTENDED: { sentence: "The server extended the lease", advice: "", clause: "RFC 2131 §4.4.5" },
  LEASE_REFUSED: {
    sentence: "The server refused the address; the client starts anew",
    advice: "Usual after a move to another network; otherwise ask the server why",
    clause: "RFC 2131 §3.1",
  },
  INFORMED: { sentence: "The server sent parameters", advice: "", clause: "RFC 2131 §4.4.3" },
  OTHER_TRANSACTION: {
    sentence: "An answer to another transaction than ours, or to one that is over",
    advice: "",
    clause: "RFC 2131 §4.4.1",
  },
  OTHER_HARDWARE_ADDRESS: {
    sentence: "An answer to another client's hardware address",
    advice: "",
    clause: "RFC 2131 §4.1",
  },
  OTHER_CLIENT_IDENTIFIER: {
    sentence: "An answer with another client's identifier",
    advice: "Two clients share a hardware address: give them different ones",
    clause: "RFC 6842 §3",
  },
  NO_SERVER_IDENTIFIER: {
    sentence: "The answer does not say which server it is from",
    advice: brokenServer,
    clause: "RFC 2131 §4.3.1",
  },
  OTHER_SERVER: {
    sentence: "Not from the server that was asked",
    advice:
      "A second server answers requests meant for the first: look for an authoritative one that should not be there",
    clause: "RFC 2131 §4.4.5",
  },
  SERVER_DENIED: {
    sentence: "From a server that the configuration does not want",
    advice: "Change the lists of allowed and denied servers if it should count",
    clause: "",
  },
  BAD_ADDRESS: {
    sentence: "The address given cannot be a machine's: zero, not unicast, or its network's own or broadcast address",
    advice: brokenServer,
    clause: "RFC 1122 §3.2.1.3",
  },
  OTHER_ADDRESS: {
    sentence: "The server acknowledged another address than the one it offered",
    advice: brokenServer,
    clause: "RFC 2131 §3.1",
  },
  NO_LEASE_TIME: {
    sentence: "No lease time, or one of 0 seconds",
    advice: brokenServer,
    clause: "RFC 2131 §4.3.1",
  },
  NOT_EXPECTED: {
    sentence: "Nothing of the kind is expected in the client's present state",
    advice: "",
    clause: "RFC 2131 §4.4",
  },
  FORCERENEW_NOT_AUTHENTICATED: {
    sentence: "A DHCPFORCERENEW without authentication was discarded",
    advice: "Extend the lease by hand if the server means it",
    clause: "RFC 3203 §6",
  },
  ADDRESS_MOVED: {
    sentence:
      "The server named another address while extending the lease: the client gives its own up and asks for that one",
    advice: "Ask the server's administrator whether the address was reserved for somebody else",
    clause: "RFC 2131 §4.4.5",
  },
  CONFLICT_DECLINED: {
    sentence: "Somebody else uses the address: it was declined",
    advice: "Find the machine with that hardware address, and what gave it the address",
    clause: "RFC 2131 §3.1",
  },
  ADDRESS_DEFENDED: {
    sentence: "Somebody else used the address; it was announced again",
    advice: "Find the machine with that hardware address, and what gave it the address",
    clause: "RFC 5227 §2.4",
  },
  ARP_ANSWERED: { sentence: "An ARP request for our address was answered", advice: "", clause: "RFC 826" },
  LEASE_EXPIRED: {
    sentence: "The lease ended without having been extended; its address is not used any more",
    advice: "See whether the server is reachable, also by unicast",
    clause: "RFC 2131 §4.4.5",
  },
  REQUEST_UNANSWERED: {
    sentence: "The server whose offer was chosen did not answer; the client starts anew",
    advice: unusual,
    clause: "RFC 2131 §3.1",
  },
  REBOOT_UNANSWERED: {
    sentence: "No server answered for the remembered lease",
    advice: "See whether a server is reachable",
    clause: "RFC 2131 §3.2",
  },
  INFORM_UNANSWERED: {
    sentence: "No server answered the request for parameters",
    advice: "See whether a server is reachable, and whether it answers DHCPINFORM",
    clause: "RFC 2131 §4.4.3",
  },
  RECORD_OF_ANOTHER: {
    sentence: "The remembered lease is another client's: of another hardware address or client identifier",
    advice: "Use one state folder for each client",
    clause: "RFC 2131 §4.2",
  },
  RECORD_EXPIRED: { sentence: "The remembered lease has ended", advice: "", clause: "RFC 2131 §3.2" },
});

/** The verdict of a client, or of all roles, with this number; one that this release does not know has only its number. */
export function explainClientVerdict(verdict: number): VerdictText {
  const known = clientOnly.get(verdict) ?? commonVerdicts.get(verdict);
  return known ?? { name: `${verdict}`, sentence: `Verdict ${verdict}`, advice: "", clause: "" };
}

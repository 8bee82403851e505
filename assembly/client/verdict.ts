/**
 * The client's own verdicts, and what it counts besides. Numbers are stable and append-only (see `machine/verdict.ts`).
 */
import { CLIENT_VERDICT_BASE } from "../machine/verdict";

/** What became of an input to a client. */
export enum ClientVerdict {
  /** A DHCPOFFER, the best so far. */
  OFFER_KEPT = 100,
  /** A DHCPOFFER that is no better than the one that is kept. */
  OFFER_NOT_BETTER = 101,
  /** The DHCPACK that gives the lease. */
  LEASE_ACQUIRED = 102,
  /** The DHCPACK that extends it. */
  LEASE_EXTENDED = 103,
  /** A DHCPNAK that was obeyed. */
  LEASE_REFUSED = 104,
  /** The DHCPACK to our DHCPINFORM. */
  INFORMED = 105,
  /** Not an answer to our last exchange (RFC 2131 §4.4.1). */
  OTHER_TRANSACTION = 106,
  /** An answer to another client's hardware address. */
  OTHER_HARDWARE_ADDRESS = 107,
  /** The answer carries a client identifier, and it is not ours (RFC 6842 §3). */
  OTHER_CLIENT_IDENTIFIER = 108,
  /** No server identifier, or one that is no unicast address (RFC 2131 table 3: MUST). */
  NO_SERVER_IDENTIFIER = 109,
  /** Not from the server that was chosen or that leased the address. */
  OTHER_SERVER = 110,
  /** From a server on the list of denied ones, or not on the list of allowed ones. */
  SERVER_DENIED = 111,
  /** The address given is 0, not unicast, the server's own, or the network's or broadcast address of its mask. */
  BAD_ADDRESS = 112,
  /** A DHCPACK for another address than the one that was asked for. */
  OTHER_ADDRESS = 113,
  /** No lease time, or one of 0 seconds. */
  NO_LEASE_TIME = 114,
  /** A message or event that the present state does not expect. */
  NOT_EXPECTED = 115,
  /** DHCPFORCERENEW without authentication (RFC 3203 §6: MUST be discarded). */
  FORCERENEW_NOT_AUTHENTICATED = 116,
  /** A DHCPACK that would move the lease to another address while extending it: the old one is given up, the new one asked for. */
  ADDRESS_MOVED = 117,
  /** Somebody else uses the address: it is declined. */
  CONFLICT_DECLINED = 118,
  /** Somebody else used the address once: it was announced again (RFC 5227 §2.4). */
  ADDRESS_DEFENDED = 119,
  /** An ARP request for our address was answered. */
  ARP_ANSWERED = 120,
  /** Counted, never a verdict: a lease ended without having been extended. */
  LEASE_EXPIRED = 121,
  /** Counted, never a verdict: the chosen server did not answer any DHCPREQUEST; the client starts anew. */
  REQUEST_UNANSWERED = 122,
  /** Counted, never a verdict: nobody answered in REBOOTING. */
  REBOOT_UNANSWERED = 123,
  /** Counted, never a verdict: nobody answered a DHCPINFORM. */
  INFORM_UNANSWERED = 124,
  /** Counted, never a verdict: a restored record was of another hardware address or client identifier, and was not used. */
  RECORD_OF_ANOTHER = 125,
  /** Counted, never a verdict: the lease of a restored record had ended. */
  RECORD_EXPIRED = 126,
}

/** How many of them there are. */
export const CLIENT_VERDICT_COUNT: u32 = ClientVerdict.RECORD_EXPIRED - CLIENT_VERDICT_BASE + 1;

/**
 * What became of a message to the server, from 40 on (`machine/verdict.ts` has the common ones): one number for each way
 * through RFC 2131 §4.3. Numbers are stable and append-only.
 */
export enum ServerVerdict {
  /** DHCPOFFER of an address (§4.3.1). */
  OFFERED = 40,
  /** DHCPOFFER of another address than the reserved one, because somebody else holds that. */
  OFFERED_UNRESERVED = 41,
  /** The address is being probed; the DHCPOFFER follows when nobody answers (§2.2). */
  PROBE_STARTED = 42,
  /** The client asked again while its address is being probed: this message will be answered instead. */
  PROBE_RUNS = 43,
  /** DHCPACK to a client in SELECTING. */
  BOUND_SELECTING = 44,
  /** DHCPACK to a client in INIT-REBOOT. */
  BOUND_REBOOTING = 45,
  /** DHCPACK to a client in RENEWING. */
  BOUND_RENEWING = 46,
  /** DHCPACK to a client in REBINDING. */
  BOUND_REBINDING = 47,
  /** DHCPACK to a DHCPINFORM: parameters, no address (§4.3.5). */
  INFORMED = 48,
  /** The holder gave its address back (§4.3.4). */
  RELEASED = 49,
  /** The holder found its address in use: nobody gets it for the quarantine time (§4.3.3). */
  DECLINED = 50,
  /** DHCPNAK: the address is not on the client's network (§4.3.2). */
  REFUSED_WRONG_NETWORK = 51,
  /** DHCPNAK: the client holds another address than the one it speaks of (§4.3.2). */
  REFUSED_WRONG_ADDRESS = 52,
  /** DHCPNAK: the address is somebody else's, or quarantined. */
  REFUSED_TAKEN = 53,
  /** DHCPNAK: configuration no longer gives this address to this client (a reservation or a pool changed). */
  REFUSED_BY_CONFIGURATION = 54,
  /** DHCPNAK to an unknown client, because the server is authoritative here (§4.3.2). */
  REFUSED_UNKNOWN_CLIENT = 55,
  /** No subnet is configured for where the message came from. */
  NO_SUBNET = 56,
  /** Neither a hardware address nor a client identifier: nobody to give an address to (§4.2). */
  NO_IDENTITY = 57,
  /** The interface has no address: the server could not identify itself (§4.1). */
  NO_SERVER_ADDRESS = 58,
  /** No address is free for this client. */
  NO_FREE_ADDRESS = 59,
  /** The source of the message already holds as many unanswered offers as it may. */
  OFFERS_CAPPED = 60,
  /** As many addresses are being probed as can be. */
  PROBES_FULL = 61,
  /** No place for an identifier of this length. The input changed nothing. */
  IDENTIFIERS_FULL = 62,
  /** Another server was chosen; the address offered here is free again (§3.1 step 4). */
  OFFER_WITHDRAWN = 63,
  /** A message to another server, from a client that was offered nothing here. */
  OTHER_SERVER = 64,
  /** Silence: no record of this client, and the server is not authoritative here (§4.3.2). */
  UNKNOWN_CLIENT = 65,
  /** A DHCPREQUEST or DHCPDECLINE that names no address (§4.3.6, table 4). */
  NO_REQUESTED_ADDRESS = 66,
  /** A DHCPDECLINE, or a DHCPRELEASE not sent to one of our addresses, without a server identifier (§4.4.1, table 5). */
  NO_SERVER_IDENTIFIER = 67,
  /** A DHCPDECLINE or DHCPRELEASE of an address that the sender does not hold. */
  NOT_THE_HOLDER = 68,
  /** The source of a DHCPDECLINE already has as many addresses in quarantine as it may: the holder keeps this one. */
  DECLINES_CAPPED = 69,
  /** A DHCPINFORM whose `ciaddr` is zero, or not on the network it came from (§3.4). */
  NO_CLIENT_ADDRESS = 70,
  /** Somebody answered for an address that was probed: it is quarantined, and another one looked for. */
  PROBE_ANSWERED = 71,
  /** The host says that nobody answered for the address probed. */
  PROBE_UNANSWERED = 72,
  /** The result of a probe that does not run (any more). */
  PROBE_UNKNOWN = 73,
  /** An ARP request for the server's own address was answered. */
  ARP_ANSWERED = 74,
  /** Counted, never a verdict: an answer left without option 82 because it did not fit (RFC 3046 §2.2). */
  RELAY_INFORMATION_OMITTED = 75,
}

/** How many verdicts are the server's own. */
export const SERVER_VERDICT_COUNT: u32 = 36;

if (SERVER_VERDICT_COUNT != ServerVerdict.RELAY_INFORMATION_OMITTED - ServerVerdict.OFFERED + 1)
  ERROR("SERVER_VERDICT_COUNT says how many numbers the enum has: the counters have as many.");

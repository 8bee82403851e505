/**
 * What a client is told once, by `configure`: one record at `control.image`, with lists of variable length behind it in a
 * fixed order. A board keeps it in flash as a constant; a host makes it from its command line and configuration file.
 *
 *     ┌─────────────────────┬────────────────────┬───────────────────┬───────────────────┬─────────────────┐
 *     │ ClientConfiguration │ allowed servers    │ denied servers    │ client identifier │ encoded options │
 *     │                     │ allowCount × u32   │ denyCount × u32   │ identifierLength  │ optionsLength   │
 *     └─────────────────────┴────────────────────┴───────────────────┴───────────────────┴─────────────────┘
 *
 * RFC 2131 Table 5 splits what a client adds of its own: the client identifier goes into every message (§4.2, lesson of
 * servers that refuse a renewal without it), all other options only into DHCPDISCOVER, DHCPREQUEST and DHCPINFORM. Options that
 * the protocol itself writes (50, 51, 53, 54, 57, 61 …) are not accepted among them.
 */

/** "LSHC", read as a little-endian u32. @layout */
export const CLIENT_CONFIGURATION_MAGIC: u32 = 0x4348534c;

/** Version of this layout; another one is refused. @layout */
export const CLIENT_CONFIGURATION_VERSION: u32 = 1;

/** Bits of `ClientConfiguration.flags`. */
export enum ClientFlag {
  /** Ask servers to broadcast their answers: nothing unicast can be received before the address is set (RFC 2131 §4.1). */
  BROADCAST = 1,
  /** Probe the address by ARP before using it, announce and defend it (RFC 5227); needs a link that takes frames. */
  PROBE = 2,
  /** Answer ARP for the address: there is no IP stack beside the core. */
  ANSWER_ARP = 4,
  /** When nobody answers in REBOOTING, start anew instead of using the lease until it ends (RFC 2131 §3.2 allows both). */
  REBOOT_STRICTLY = 8,
}

/** The fixed part of a client's configuration. Addresses are numbers (192.0.2.1 is 0xC0000201). */
@unmanaged
export class ClientConfiguration {
  /** `CLIENT_CONFIGURATION_MAGIC`. */
  magic: u32;
  /** `CLIENT_CONFIGURATION_VERSION`. */
  version: u16;
  /** Bytes of the record and all that follows it. */
  size: u16;
  /** `ClientFlag`s; unknown bits are refused. */
  flags: u32;
  /** Address to ask for (option 50 of a DHCPDISCOVER), or 0. */
  requestedAddress: u32;
  /** Lease time to ask for (option 51), in seconds; 0: the server's choice; all ones: infinite. */
  requestedLeaseSeconds: u32;
  /** Server whose offer wins at once, or 0. */
  preferredServer: u32;
  /** How long offers are collected after the first one; 0: the first one wins. */
  offerWindowMilliseconds: u32;
  /** Bounds of the random delay before the first DHCPDISCOVER (RFC 2131 §4.4.1: 1000 and 10000); both 0: none. */
  initialDelayMinimumMilliseconds: u32;
  initialDelayMaximumMilliseconds: u32;
  /** Delay before the first retransmission, doubled each time (RFC 2131 §4.1: 4000), at least 100. */
  firstRetransmissionMilliseconds: u32;
  /** Largest delay between retransmissions (RFC 2131 §4.1: 64000), from the first one's to a day. */
  longestRetransmissionMilliseconds: u32;
  /** DHCPREQUESTs sent in REQUESTING before starting anew (RFC 2131 §3.1: 4), at least 1. */
  requestTries: u8;
  /** DHCPREQUESTs sent in REBOOTING before doing without an answer (RFC 2131 §3.2: 4), at least 1. */
  rebootTries: u8;
  /** DHCPINFORMs sent before giving up (RFC 2131 §4.4.3: 4), at least 1. */
  informTries: u8;
  /** Hardware type when `hlen` is not 0 (1 is Ethernet). */
  htype: u8;
  /** Length of `chaddr`, 1–16; 0: hardware type and address are the interface's own. */
  hlen: u8;
  /** Number of servers to listen to; 0: all that are not denied. */
  allowCount: u8;
  /** Number of servers never to listen to. */
  denyCount: u8;
  /** Bytes of the client identifier (option 61, its type byte included): 0 (none sent) or 2–255. */
  identifierLength: u8;
  /** Bytes of encoded options: code, length, value, without end. */
  optionsLength: u16;
  /** UDP ports; 0: 67 and 68. */
  serverPort: u16;
  clientPort: u16;
  /** Zero. */
  reserved: u16;
  /** Hardware address, in wire order, when `hlen` is not 0: 16 bytes. */
  chaddr: u64;
  chaddrTail: u64;
}

if (offsetof<ClientConfiguration>() % 8 != 0)
  ERROR("ClientConfiguration must be padded: C and TypeScript see the same size.");

/** Why `configure` refused. Numbers are stable; 0 is acceptance. `control.refusedAt` is the offset of the culprit. */
export enum ClientConfigurationFault {
  NONE = 0,
  /** `configure` came before `initialise`, or twice. */
  NOT_NOW = 1,
  /** Shorter than the record, longer than the space reserved, or `size` is not what the lists add up to. */
  BAD_SIZE = 2,
  BAD_MAGIC = 3,
  BAD_VERSION = 4,
  /** A flag that this version does not know. */
  UNKNOWN_FLAG = 5,
  /** `hlen` exceeds 16. */
  BAD_HARDWARE_LENGTH = 6,
  /** A client identifier of one byte (RFC 2132 §9.14: two at least). */
  BAD_IDENTIFIER = 7,
  /** The encoded options do not end where `optionsLength` says. */
  BAD_OPTIONS = 8,
  /** An option that the protocol itself writes, or one that only servers send. */
  FORBIDDEN_OPTION = 9,
  /** A number of tries is 0, or delays contradict each other. */
  BAD_TIMING = 10,
  /** What the client must send does not fit the transmit buffer, or its record does not fit the journal. */
  TOO_LARGE = 11,
}

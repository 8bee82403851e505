/**
 * What a host applies: the client's state, its lease, and why it last changed. Polled after each call, once the transmit
 * ring is drained; `generation` tells whether there is anything to do.
 */
import { reserve } from "../machine/memory";

/** The states of RFC 2131 figure 5, and five of our own: see the table in `states.ts`. Numbers are stable. */
export enum ClientState {
  /** Not asked to do anything, or done. */
  STOPPED = 0,
  INIT = 1,
  SELECTING = 2,
  REQUESTING = 3,
  /** Acknowledged; the address is being probed (RFC 2131 §4.4.1, RFC 5227 §2.1). */
  CHECKING = 4,
  BOUND = 5,
  RENEWING = 6,
  REBINDING = 7,
  INIT_REBOOT = 8,
  REBOOTING = 9,
  /** A conflict was found; the DHCPDECLINE is on its way out. */
  DECLINING = 10,
  /** The lease was given up; the DHCPRELEASE is on its way out. */
  RELEASING = 11,
  /** Waiting for the answer to a DHCPINFORM. */
  INFORMING = 12,
}

/** Why `ClientStatus.generation` last changed. Numbers are stable. */
export enum LeaseChange {
  NONE = 0,
  /** An address may be used from now on. */
  ACQUIRED = 1,
  /** The same address, with a new end and perhaps new parameters. */
  EXTENDED = 2,
  /** Nobody answered in REBOOTING: the lease of the record is used until it ends, with the parameters the host remembers. */
  RESUMED = 3,
  /** The lease ran out. */
  EXPIRED = 4,
  /** DHCPNAK, or an acknowledgement of another address than ours. */
  REFUSED = 5,
  /** Somebody else uses the address. */
  CONFLICT = 6,
  RELEASED = 7,
  /** STOP: the lease stays valid and recorded, but the client no longer looks after it. */
  STOPPED = 8,
  /** A DHCPINFORM was answered: parameters without an address. */
  INFORMED = 9,
  /** Nobody answered: a DHCPINFORM, or, where the configuration says so, the DHCPREQUEST in REBOOTING. */
  UNANSWERED = 10,
}

/** The client's status record. Addresses are numbers. */
@unmanaged
export class ClientStatus {
  /** `ClientState`. */
  state: u8;
  /** `LeaseChange`: what the last change of `generation` was. */
  change: u8;
  /** Zero. */
  reserved: u16;
  /** Counts every change that a host has to apply. */
  generation: u32;
  /** The address to use, or 0: none, and any that was used before is to be taken away. */
  address: u32;
  /** Subnet mask of the acknowledgement (option 1), or 0 when it had none. */
  subnetMask: u32;
  /** Identifier of the server that leased it; of the one that answered a DHCPINFORM, where there is no lease. */
  serverIdentifier: u32;
  /** Lease time as acknowledged, in seconds; all ones: infinite. */
  leaseSeconds: u32;
  /** End of the lease on the lease clock (seconds since 1970); all ones: never. */
  endsAt: u32;
  /** The address of the last conflict, or 0. */
  conflictAddress: u32;
  /** T1, T2 and the end on the clock of `now`, in milliseconds; all ones: never, or past. */
  renewAt: u64;
  rebindAt: u64;
  expiresAt: u64;
  /** Address of the DHCPACK that holds the parameters, as received; meaningful when `acknowledgementLength` is not 0. */
  acknowledgement: u32;
  /** Its length in bytes; 0: there is none, or `initialise` was told to keep none. */
  acknowledgementLength: u32;
  /** First four bytes of the hardware address that the last conflict came from, in wire order. */
  conflictMac: u32;
  /** Last two bytes of it. */
  conflictMacTail: u16;
  /** DHCPREQUESTs, DHCPDISCOVERs or DHCPINFORMs sent in the present state. */
  tries: u16;
}

if (offsetof<ClientStatus>() != 72) ERROR("ClientStatus must be padded: C and TypeScript see the same size.");

/** The instance's status; null before `initialise`. */
export let status: ClientStatus = changetype<ClientStatus>(0);

/** Reserves the status record. */
export function layOutStatus(): ClientStatus {
  return changetype<ClientStatus>(reserve(1, offsetof<ClientStatus>()));
}

/** Makes `record` the instance's status. */
export function openStatus(record: ClientStatus): void {
  status = record;
}

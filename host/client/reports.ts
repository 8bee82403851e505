/**
 * What a client's loop tells those who apply, print or test it.
 */
import type { ClientState, LeaseChange } from "#layout";

/** The lease as it is after a change. */
export interface LeaseReport {
  readonly change: LeaseChange;
  readonly state: ClientState;
  /** Address to use, as a number; 0: none. */
  readonly address: number;
  /** Subnet mask by option 1, as a number; 0: none given. */
  readonly subnetMask: number;
  readonly serverIdentifier: number;
  /** Lease time in seconds; 4294967295: infinite. */
  readonly leaseSeconds: number;
  /** Milliseconds until the lease ends; Infinity: never. */
  readonly remainingMilliseconds: number;
  readonly conflictAddress: number;
  /** The DHCPACK as received; empty when there is none. */
  readonly acknowledgement: Uint8Array;
  /** The core's record of the lease, to be remembered; empty when it has made none yet. */
  readonly record: Uint8Array;
}

/** What is told about each message, for ladders and logs. */
export interface MessageReport {
  readonly direction: "sent" | "received";
  /** DHCP message type (option 53), or 0. */
  readonly messageType: number;
  /** `Verdict` or `ClientVerdict` of what was received; 0 of what was sent. */
  readonly verdict: number;
  /** Source of what was received, destination of what was sent, as a number. */
  readonly address: number;
}

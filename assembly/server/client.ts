/**
 * Who speaks: the identity and the attributes of the client whose message or record is being handled, as addresses and
 * lengths into the message. The tables (`identity.ts`, `transition.ts`) read them here; nothing outlives the handling of
 * one input.
 *
 * A client is named by its client identifier (option 61), else by `htype` and `chaddr` (RFC 2131 §2, §4.2), within the network
 * on which it speaks: the same client on two networks is two clients.
 */
import { fillZero } from "../wire/bytes";

/** A client's identity and what it said of itself. Its identity stays as it is once a lease has been looked up for it. Addresses need no alignment; those of empty strings mean nothing. */
@unmanaged
export class ClientIdentity {
  /** Number of the network in the image. */
  network: u32;
  /** Hardware type. */
  htype: u8;
  /** Bytes of `chaddr`, 0–16. */
  hlen: u8;
  /** Bytes of the client identifier, its type byte included; 0: none was sent. */
  identifierLength: u8;
  hostNameLength: u8;
  relayInformationLength: u8;
  vendorClassLength: u8;
  /** Zero. */
  reserved: u16;
  /** Address of the hardware address. */
  chaddr: u32;
  /** Address of the client identifier. */
  identifier: u32;
  /** Address of the host name (option 12). */
  hostName: u32;
  /** Address of the relay agent information (option 82), as received. */
  relayInformation: u32;
  /** Address of the vendor class identifier (option 60). */
  vendorClass: u32;
  /** Kept by `identity.ts`: addresses of the buckets of the two indexes, or 0 until they are asked for. */
  identityBucket: u32;
  hardwareBucket: u32;
}

/** The client whose message or record is being handled. */
export const client: ClientIdentity = changetype<ClientIdentity>(memory.data(offsetof<ClientIdentity>(), 4));

/** Forgets the last client: an identity without a key and without attributes, in `network`. */
export function beginClient(network: u32): void {
  fillZero(changetype<usize>(client), offsetof<ClientIdentity>());
  client.network = network;
}

/** Whether the client can be told from others at all: it sent an identifier, or a hardware address. */
export function hasKey(who: ClientIdentity): bool {
  return (u32(who.identifierLength) | u32(who.hlen)) != 0;
}

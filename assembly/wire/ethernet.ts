/**
 * Ethernet headers (RFC 894): destination, source, type. No 802.1Q tag is written or accepted; where a link is tagged,
 * the host serves the interface behind the tag. The frame check sequence, and padding to 60 bytes, are the device's.
 */
import { copyBytes, loadU16, storeU16 } from "./bytes";

/** Bytes of a hardware address. */
export const MAC_SIZE: u32 = 6;

const DESTINATION_MAC_AT: usize = 0;
const SOURCE_MAC_AT: usize = DESTINATION_MAC_AT + MAC_SIZE;
const ETHER_TYPE_AT: usize = SOURCE_MAC_AT + MAC_SIZE;
export const ETHERNET_HEADER_SIZE: u32 = (ETHER_TYPE_AT as u32) + 2;

if (ETHERNET_HEADER_SIZE != 14) ERROR("RFC 894: an Ethernet header is 14 bytes.");

/** Types of what a frame carries. */
export enum EtherType {
  IPV4 = 0x0800,
  ARP = 0x0806,
}

/** What a frame is, or why it is nothing to us. Numbers are stable. */
export enum FrameKind {
  /** Well formed as far as was looked, but neither ARP nor a UDP datagram over IPv4. */
  OTHER = 0,
  /** A whole UDP datagram. */
  DATAGRAM = 1,
  /** An ARP message for IPv4 over Ethernet. */
  ARP = 2,
  /** Lengths or versions of Ethernet, ARP, IPv4 or UDP contradict each other or what was received. */
  BAD_LENGTH = 3,
  /** The IPv4 or the UDP checksum is wrong. */
  BAD_CHECKSUM = 4,
  /** Part of a datagram. */
  FRAGMENT = 5,
}

/** Writes the header at `frame`. MACs are addresses of six bytes; a `destinationMac` of 0 stands for broadcast. */
export function writeEthernet(frame: usize, destinationMac: usize, sourceMac: usize, type: u32): void {
  if (destinationMac) {
    copyBytes(frame + DESTINATION_MAC_AT, destinationMac, MAC_SIZE);
  } else {
    store<u32>(frame, 0xffffffff, DESTINATION_MAC_AT);
    store<u16>(frame, 0xffff, DESTINATION_MAC_AT + 4);
  }
  copyBytes(frame + SOURCE_MAC_AT, sourceMac, MAC_SIZE);
  storeU16(frame + ETHER_TYPE_AT, type);
}

/** Address of the six bytes of the receiver's hardware address. */
export function destinationMacOf(frame: usize): usize {
  return frame + DESTINATION_MAC_AT;
}

/** Address of the six bytes of the sender's hardware address. */
export function sourceMacOf(frame: usize): usize {
  return frame + SOURCE_MAC_AT;
}

/** `EtherType`, or any other, or a length below 1536 (IEEE 802.3). */
export function etherTypeOf(frame: usize): u32 {
  return loadU16(frame + ETHER_TYPE_AT);
}

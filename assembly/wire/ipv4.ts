/**
 * IPv4 headers (RFC 791): written without options; read with them. Fragments are not accepted: what DHCP sends fits the
 * 576 bytes that every host takes, and reassembly would be a table for strangers to fill.
 */
import { loadU16, loadU32, storeU16, storeU32 } from "./bytes";
import { RIGHT_SUM, sumBytes } from "./checksum";
import { FrameKind } from "./ethernet";

const VERSION_AT: usize = 0;
const SERVICE_AT: usize = VERSION_AT + 1;
const TOTAL_LENGTH_AT: usize = SERVICE_AT + 1;
const IDENTIFICATION_AT: usize = TOTAL_LENGTH_AT + 2;
const FRAGMENT_AT: usize = IDENTIFICATION_AT + 2;
const TTL_AT: usize = FRAGMENT_AT + 2;
const PROTOCOL_AT: usize = TTL_AT + 1;
const HEADER_CHECKSUM_AT: usize = PROTOCOL_AT + 1;
const SOURCE_AT: usize = HEADER_CHECKSUM_AT + 2;
const DESTINATION_AT: usize = SOURCE_AT + 4;
export const IPV4_HEADER_SIZE: u32 = (DESTINATION_AT as u32) + 4;

if (IPV4_HEADER_SIZE != 20) ERROR("RFC 791 §3.1: an IPv4 header without options is 20 bytes.");

/** Version 4 and a header of five words. */
const VERSION_AND_SIZE: u32 = (4 << 4) | (IPV4_HEADER_SIZE >>> 2);
/** More fragments, and the fragment's offset: both zero in a whole datagram. */
const FRAGMENT_MASK: u32 = 0x3fff;
/** RFC 1122 §3.2.1.7 leaves it to us; what a relay agent is away takes fewer. */
const TIME_TO_LIVE: u32 = 64;

/** Protocols over IPv4. */
export enum Protocol {
  ICMP = 1,
  UDP = 17,
}

/**
 * Writes the header of a packet with `payloadLength` bytes of payload at `packet`. It may be fragmented on its way, and
 * has the identification 0: two of our datagrams never travel in pieces at once on one path.
 */
export function writeIpv4(packet: usize, protocol: u32, payloadLength: u32, source: u32, destination: u32): void {
  store<u8>(packet, VERSION_AND_SIZE, VERSION_AT);
  store<u8>(packet, 0, SERVICE_AT);
  storeU16(packet + TOTAL_LENGTH_AT, IPV4_HEADER_SIZE + payloadLength);
  storeU32(packet + IDENTIFICATION_AT, 0);
  store<u8>(packet, TIME_TO_LIVE, TTL_AT);
  store<u8>(packet, protocol, PROTOCOL_AT);
  storeU16(packet + HEADER_CHECKSUM_AT, 0);
  storeU32(packet + SOURCE_AT, source);
  storeU32(packet + DESTINATION_AT, destination);
  storeU16(packet + HEADER_CHECKSUM_AT, ~sumBytes(packet, IPV4_HEADER_SIZE));
}

/**
 * Checks the packet in the `length` bytes at `packet`; behind its total length, a link's padding may follow. Returns
 * `FrameKind.DATAGRAM` for a whole UDP datagram, otherwise what it is instead; then the accessors below mean something.
 */
export function checkIpv4(packet: usize, length: u32): FrameKind {
  if (length < IPV4_HEADER_SIZE || load<u8>(packet, VERSION_AT) >>> 4 != 4) return FrameKind.BAD_LENGTH;
  const headerSize = ipv4HeaderSize(packet);
  const totalLength = ipv4TotalLength(packet);
  if (headerSize < IPV4_HEADER_SIZE || headerSize > totalLength || totalLength > length) return FrameKind.BAD_LENGTH;
  if (sumBytes(packet, headerSize) != RIGHT_SUM) return FrameKind.BAD_CHECKSUM;
  if (load<u8>(packet, PROTOCOL_AT) != Protocol.UDP) return FrameKind.OTHER;
  if (loadU16(packet + FRAGMENT_AT) & FRAGMENT_MASK) return FrameKind.FRAGMENT;
  return FrameKind.DATAGRAM;
}

/** Bytes of the header, options included. */
export function ipv4HeaderSize(packet: usize): u32 {
  return (load<u8>(packet, VERSION_AT) & 15) << 2;
}

/** Bytes of the packet, header included. */
export function ipv4TotalLength(packet: usize): u32 {
  return loadU16(packet + TOTAL_LENGTH_AT);
}

/** Source address as a number. */
export function ipv4Source(packet: usize): u32 {
  return loadU32(packet + SOURCE_AT);
}

/** Destination address as a number. */
export function ipv4Destination(packet: usize): u32 {
  return loadU32(packet + DESTINATION_AT);
}

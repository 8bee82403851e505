/**
 * UDP headers (RFC 768) and their checksum over the pseudo-header. Written always, 0 sent as 0xffff; on the way in, 0
 * means that the sender made none.
 */
import { loadU16, storeU16, storeU32 } from "./bytes";
import { fold, RIGHT_SUM, sumBytes } from "./checksum";
import { FrameKind } from "./ethernet";
import { Protocol } from "./ipv4";

const SOURCE_PORT_AT: usize = 0;
const DESTINATION_PORT_AT: usize = SOURCE_PORT_AT + 2;
const LENGTH_AT: usize = DESTINATION_PORT_AT + 2;
const CHECKSUM_AT: usize = LENGTH_AT + 2;
export const UDP_HEADER_SIZE: u32 = (CHECKSUM_AT as u32) + 2;

if (UDP_HEADER_SIZE != 8) ERROR("RFC 768: a UDP header is 8 bytes.");

/**
 * Writes the header of the datagram at `datagram` whose `payloadLength` bytes of payload lie behind the header already.
 */
export function writeUdp(
  datagram: usize,
  payloadLength: u32,
  source: u32,
  sourcePort: u32,
  destination: u32,
  destinationPort: u32,
): void {
  const length = UDP_HEADER_SIZE + payloadLength;
  storeU16(datagram + SOURCE_PORT_AT, sourcePort);
  storeU16(datagram + DESTINATION_PORT_AT, destinationPort);
  storeU32(datagram + LENGTH_AT, length << 16);
  const sum = sumWithPseudoHeader(datagram, length, source, destination);
  // A sum of 0xffff would give the checksum 0, which means none; 0xffff says the same in ones' complement.
  storeU16(datagram + CHECKSUM_AT, sum == RIGHT_SUM ? RIGHT_SUM : ~sum);
}

/**
 * Checks the datagram in the `length` bytes at `datagram` of an IPv4 packet. `checksumTrusted`: the sum is not asked,
 * because the kernel checked it, or it is the part that a checksum-offloading device would have completed (a veth
 * peer's).
 */
export function checkUdp(
  datagram: usize,
  length: u32,
  source: u32,
  destination: u32,
  checksumTrusted: bool,
): FrameKind {
  if (length < UDP_HEADER_SIZE) return FrameKind.BAD_LENGTH;
  const stated = udpLength(datagram);
  if (stated < UDP_HEADER_SIZE || stated > length) return FrameKind.BAD_LENGTH;
  if (checksumTrusted || load<u16>(datagram, CHECKSUM_AT) == 0) return FrameKind.DATAGRAM;
  const sum = sumWithPseudoHeader(datagram, stated, source, destination);
  return sum == RIGHT_SUM ? FrameKind.DATAGRAM : FrameKind.BAD_CHECKSUM;
}

/** Source port. */
export function udpSourcePort(datagram: usize): u32 {
  return loadU16(datagram + SOURCE_PORT_AT);
}

/** Destination port. */
export function udpDestinationPort(datagram: usize): u32 {
  return loadU16(datagram + DESTINATION_PORT_AT);
}

/** Bytes of the datagram, header included. */
export function udpLength(datagram: usize): u32 {
  return loadU16(datagram + LENGTH_AT);
}

/** The sum over a datagram and its pseudo-header: both addresses, the protocol and the length (RFC 768). */
function sumWithPseudoHeader(datagram: usize, length: u32, source: u32, destination: u32): u32 {
  return fold(sumBytes(datagram, length) + fold(source) + fold(destination) + Protocol.UDP + length);
}

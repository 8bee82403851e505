/**
 * Frames: a datagram with all its headers, written in front of a payload that is not moved, and the way back.
 *
 *     ┌────┬──────────┬───────────┬───────┬────────────────────┐
 *     │ 2  │ Ethernet │ IPv4      │ UDP   │ payload            │
 *     │    │ 14       │ 20        │ 8     │ aligned to 4 bytes │
 *     └────┴──────────┴───────────┴───────┴────────────────────┘
 *          └ frame = payload − 42
 *
 * `readFrame` checks every layer before anything of it is used; what it found lies in the variables below until the
 * next call.
 */
import { readArp } from "./arp";
import {
  destinationMacOf,
  ETHERNET_HEADER_SIZE,
  EtherType,
  etherTypeOf,
  FrameKind,
  sourceMacOf,
  writeEthernet,
} from "./ethernet";
import {
  checkIpv4,
  IPV4_HEADER_SIZE,
  ipv4Destination,
  ipv4HeaderSize,
  ipv4Source,
  ipv4TotalLength,
  Protocol,
  writeIpv4,
} from "./ipv4";
import { checkUdp, UDP_HEADER_SIZE, udpDestinationPort, udpLength, udpSourcePort, writeUdp } from "./udp";

/** Bytes of all headers of a datagram's frame. @layout */
export const FRAME_HEADERS_SIZE: u32 = ETHERNET_HEADER_SIZE + IPV4_HEADER_SIZE + UDP_HEADER_SIZE;
/**
 * Bytes to keep in front of a payload for its headers, such that both the room and the payload are aligned to 4 bytes.
 */
export const FRAME_HEADROOM: u32 = (FRAME_HEADERS_SIZE + 3) & ~3;

/** Addresses of the six bytes of each hardware address: found for every frame that is long enough. */
export let frameSourceMac: usize = 0;
export let frameDestinationMac: usize = 0;
/** Addresses as numbers, ports, and the UDP payload: found for `FrameKind.DATAGRAM`. */
export let frameSource: u32 = 0;
export let frameDestination: u32 = 0;
export let frameSourcePort: u32 = 0;
export let frameDestinationPort: u32 = 0;
export let framePayload: usize = 0;
export let framePayloadLength: u32 = 0;

/**
 * Writes Ethernet, IPv4 and UDP headers in front of the `length` bytes at `payload` and returns the frame's address;
 * its length is `length + FRAME_HEADERS_SIZE`. `FRAME_HEADROOM` bytes before the payload must be free. MACs are
 * addresses of six bytes; a `destinationMac` of 0 stands for broadcast. IPv4 addresses and ports are numbers.
 */
export function writeDatagramFrame(
  payload: usize,
  length: u32,
  sourceMac: usize,
  destinationMac: usize,
  source: u32,
  sourcePort: u32,
  destination: u32,
  destinationPort: u32,
): usize {
  const datagram = payload - UDP_HEADER_SIZE;
  const packet = datagram - IPV4_HEADER_SIZE;
  const frame = packet - ETHERNET_HEADER_SIZE;
  writeUdp(datagram, length, source, sourcePort, destination, destinationPort);
  writeIpv4(packet, Protocol.UDP, UDP_HEADER_SIZE + length, source, destination);
  writeEthernet(frame, destinationMac, sourceMac, EtherType.IPV4);
  return frame;
}

/**
 * Says what the `length` bytes at `frame` are. For `FrameKind.DATAGRAM` the variables above are set, for
 * `FrameKind.ARP` also those of `arp.ts`. `checksumTrusted`: the UDP checksum is not asked (`checkUdp`).
 */
export function readFrame(frame: usize, length: u32, checksumTrusted: bool): FrameKind {
  if (length < ETHERNET_HEADER_SIZE) return FrameKind.BAD_LENGTH;
  frameSourceMac = sourceMacOf(frame);
  frameDestinationMac = destinationMacOf(frame);
  const type = etherTypeOf(frame);
  if (type == EtherType.ARP) return readArp(frame, length) ? FrameKind.ARP : FrameKind.BAD_LENGTH;
  if (type != EtherType.IPV4) return FrameKind.OTHER;

  const packet = frame + ETHERNET_HEADER_SIZE;
  const kind = checkIpv4(packet, length - ETHERNET_HEADER_SIZE);
  return kind == FrameKind.DATAGRAM ? readDatagram(packet, checksumTrusted) : kind;
}

/** Takes apart the UDP datagram in a checked IPv4 packet. */
function readDatagram(packet: usize, checksumTrusted: bool): FrameKind {
  const headerSize = ipv4HeaderSize(packet);
  const datagram = packet + headerSize;
  frameSource = ipv4Source(packet);
  frameDestination = ipv4Destination(packet);
  const kind = checkUdp(datagram, ipv4TotalLength(packet) - headerSize, frameSource, frameDestination, checksumTrusted);
  if (kind != FrameKind.DATAGRAM) return kind;
  frameSourcePort = udpSourcePort(datagram);
  frameDestinationPort = udpDestinationPort(datagram);
  framePayload = datagram + UDP_HEADER_SIZE;
  framePayloadLength = udpLength(datagram) - UDP_HEADER_SIZE;
  return FrameKind.DATAGRAM;
}

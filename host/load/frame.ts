/**
 * Ethernet frames as clients on a link send and receive them: a datagram's headers (RFC 894, RFC 791, RFC 768) and ARP's answers
 * (RFC 826). The UDP checksum is left out, which IPv4 allows: the server's kernel would only compute it again.
 */
import { ArpOperation, EtherType, FRAME_HEADERS_SIZE, Protocol } from "#layout";

const MAC_SIZE = 6;
const SOURCE_MAC_AT = MAC_SIZE;
const ETHER_TYPE_AT = SOURCE_MAC_AT + MAC_SIZE;
const ETHERNET_SIZE = ETHER_TYPE_AT + 2;

const IP_AT = ETHERNET_SIZE;
const IP_LENGTH_AT = IP_AT + 2;
const IP_TTL_AT = IP_AT + 8;
const IP_PROTOCOL_AT = IP_TTL_AT + 1;
const IP_CHECKSUM_AT = IP_PROTOCOL_AT + 1;
const IP_SOURCE_AT = IP_CHECKSUM_AT + 2;
const IP_DESTINATION_AT = IP_SOURCE_AT + 4;
const IP_SIZE = 20;
const UDP_AT = IP_AT + IP_SIZE;
const UDP_SIZE = 8;
/** Version 4, a header of five words; time to live 64. */
const VERSION_AND_LENGTH = 0x4500;
const TTL = 64;

const ARP_OPERATION_AT = ETHERNET_SIZE + 6;
const ARP_SENDER_MAC_AT = ARP_OPERATION_AT + 2;
const ARP_SENDER_AT = ARP_SENDER_MAC_AT + MAC_SIZE;
const ARP_TARGET_MAC_AT = ARP_SENDER_AT + 4;
const ARP_TARGET_AT = ARP_TARGET_MAC_AT + MAC_SIZE;
/** Bytes of an ARP frame. */
export const ARP_SIZE = ARP_TARGET_AT + 4;

/** Six bytes, all ones. */
export const BROADCAST_MAC = new Uint8Array(MAC_SIZE).fill(0xff);

/** Where a datagram goes, and where it comes from. Addresses are numbers; hardware addresses six bytes. */
export interface Envelope {
  readonly destinationMac: Uint8Array;
  /** The first two and the last four bytes of the sender's hardware address. */
  readonly macPrefix: number;
  readonly macNumber: number;
  readonly source: number;
  readonly sourcePort: number;
  readonly destination: number;
  readonly destinationPort: number;
}

/** Writes the `FRAME_HEADERS_SIZE` bytes at `at` that go before a payload of so many bytes. */
export function writeHeaders(view: DataView, at: number, payloadLength: number, envelope: Envelope): void {
  const { destinationMac, macPrefix, macNumber, source, destination } = envelope;
  writeEthernet(view, at, destinationMac, macPrefix, macNumber, EtherType.IPV4);
  const length = IP_SIZE + UDP_SIZE + payloadLength;
  view.setUint16(at + IP_AT, VERSION_AND_LENGTH, false);
  view.setUint16(at + IP_LENGTH_AT, length, false);
  view.setUint32(at + IP_LENGTH_AT + 2, 0, false);
  view.setUint8(at + IP_TTL_AT, TTL);
  view.setUint8(at + IP_PROTOCOL_AT, Protocol.UDP);
  view.setUint32(at + IP_SOURCE_AT, source, false);
  view.setUint32(at + IP_DESTINATION_AT, destination, false);
  const fixed = VERSION_AND_LENGTH + length + ((TTL << 8) | Protocol.UDP);
  view.setUint16(at + IP_CHECKSUM_AT, checksum(fixed + halves(source) + halves(destination)), false);
  view.setUint16(at + UDP_AT, envelope.sourcePort, false);
  view.setUint16(at + UDP_AT + 2, envelope.destinationPort, false);
  view.setUint16(at + UDP_AT + 4, UDP_SIZE + payloadLength, false);
  view.setUint16(at + UDP_AT + 6, 0, false);
}

/** What a frame holds, of those that the socket's filter lets through. */
export class Frame {
  /** Where the datagram's payload begins in what was read, and its length; 0: it is no whole datagram. */
  payloadAt = 0;
  payloadLength = 0;
  source = 0;
  /** The address that an ARP request asks for, or 0. */
  wanted = 0;

  /** Takes a frame of `length` bytes at `at` apart. */
  read(view: DataView, at: number, length: number): void {
    this.payloadLength = this.wanted = 0;
    if (length < ARP_SIZE) return;
    const isArp = view.getUint16(at + ETHER_TYPE_AT, false) === EtherType.ARP;
    if (isArp) {
      const asks = view.getUint16(at + ARP_OPERATION_AT, false) === ArpOperation.REQUEST;
      this.wanted = asks ? view.getUint32(at + ARP_TARGET_AT, false) : 0;
      return;
    }
    const headerSize = (view.getUint8(at + IP_AT) & 15) * 4;
    const datagram = IP_AT + headerSize;
    if (headerSize < IP_SIZE || datagram + UDP_SIZE > length) return;
    const udpLength = view.getUint16(at + datagram + 4, false);
    if (udpLength < UDP_SIZE || datagram + udpLength > length) return;
    this.source = view.getUint32(at + IP_SOURCE_AT, false);
    this.payloadAt = at + datagram + UDP_SIZE;
    this.payloadLength = udpLength - UDP_SIZE;
  }
}

/** The six bytes of the hardware address that a frame comes from. */
export function sourceMacOf(view: DataView, at: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at + SOURCE_MAC_AT, MAC_SIZE);
}

/** Writes the answer to the ARP request at `asked`: the wanted address is at the hardware address given in two parts. */
export function writeArpReply(
  view: DataView,
  at: number,
  request: DataView,
  asked: number,
  macPrefix: number,
  macNumber: number,
): void {
  const ETHERNET_AND_IPV4 = 0x00010800;
  const LENGTHS = 0x0604;
  const asker = new Uint8Array(request.buffer, asked + ARP_SENDER_MAC_AT, MAC_SIZE);
  writeEthernet(view, at, asker, macPrefix, macNumber, EtherType.ARP);
  view.setUint32(at + ETHERNET_SIZE, ETHERNET_AND_IPV4, false);
  view.setUint16(at + ETHERNET_SIZE + 4, LENGTHS, false);
  view.setUint16(at + ARP_OPERATION_AT, ArpOperation.REPLY, false);
  view.setUint16(at + ARP_SENDER_MAC_AT, macPrefix, false);
  view.setUint32(at + ARP_SENDER_MAC_AT + 2, macNumber, false);
  view.setUint32(at + ARP_SENDER_AT, request.getUint32(asked + ARP_TARGET_AT, false), false);
  new Uint8Array(view.buffer).set(asker, at + ARP_TARGET_MAC_AT);
  view.setUint32(at + ARP_TARGET_AT, request.getUint32(asked + ARP_SENDER_AT, false), false);
}

if (UDP_AT + UDP_SIZE !== FRAME_HEADERS_SIZE)
  throw new Error("the headers of a frame have another size than the core's");

function writeEthernet(
  view: DataView,
  at: number,
  to: Uint8Array,
  macPrefix: number,
  macNumber: number,
  type: number,
): void {
  for (let index = 0; index < MAC_SIZE; index++) view.setUint8(at + index, to[index]!);
  view.setUint16(at + SOURCE_MAC_AT, macPrefix, false);
  view.setUint32(at + SOURCE_MAC_AT + 2, macNumber, false);
  view.setUint16(at + ETHER_TYPE_AT, type, false);
}

function halves(address: number): number {
  return (address >>> 16) + (address & 0xffff);
}

/** The internet checksum of a sum of 16-bit words. */
function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

// Ethernet, ARP, IPv4 and UDP for tests, built and read independently of the core (RFC 826, RFC 791, RFC 768, RFC 1071).

import assert from "node:assert/strict";
import { address, addressText } from "./messages.js";

/** The Ethernet address of everybody. */
export const BROADCAST_MAC = new Uint8Array(6).fill(255);

const ETHERNET_SIZE = 14;
const IPV4_SIZE = 20;
const UDP_SIZE = 8;
const ARP_SIZE = 28;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;

/** A UDP datagram in an Ethernet frame. */
export interface DatagramFrame {
  destinationMac: Uint8Array;
  sourceMac: Uint8Array;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  payload: Uint8Array;
}

/** An ARP message for IPv4 over Ethernet. */
export interface ArpFrame {
  destinationMac: Uint8Array;
  sourceMac: Uint8Array;
  /** 1: request, 2: reply. */
  operation: number;
  senderMac: Uint8Array;
  sender: string;
  targetMac: Uint8Array;
  target: string;
}

/** The one's complement sum of RFC 1071, not yet complemented. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** The sum over UDP's pseudo header and the datagram (RFC 768). */
function sumOfUdp(source: Uint8Array, destination: Uint8Array, datagram: Uint8Array): number {
  return sum(
    datagram,
    sum(Uint8Array.from([...source, ...destination, 0, 17, datagram.length >>> 8, datagram.length & 255])),
  );
}

/** Builds a frame around a UDP payload; both checksums are right. */
export function buildDatagramFrame(frame: DatagramFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_SIZE + IPV4_SIZE + UDP_SIZE + frame.payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.destinationMac, 0);
  bytes.set(frame.sourceMac, 6);
  view.setUint16(12, ETHERTYPE_IPV4);
  const header = bytes.subarray(ETHERNET_SIZE, ETHERNET_SIZE + IPV4_SIZE);
  header.set([0x45, 0]);
  view.setUint16(ETHERNET_SIZE + 2, bytes.length - ETHERNET_SIZE);
  header.set([64, 17], 8);
  view.setUint32(ETHERNET_SIZE + 12, address(frame.source));
  view.setUint32(ETHERNET_SIZE + 16, address(frame.destination));
  view.setUint16(ETHERNET_SIZE + 10, ~sum(header) & 0xffff);
  const datagram = bytes.subarray(ETHERNET_SIZE + IPV4_SIZE);
  view.setUint16(ETHERNET_SIZE + IPV4_SIZE, frame.sourcePort);
  view.setUint16(ETHERNET_SIZE + IPV4_SIZE + 2, frame.destinationPort);
  view.setUint16(ETHERNET_SIZE + IPV4_SIZE + 4, datagram.length);
  datagram.set(frame.payload, UDP_SIZE);
  const checksum = ~sumOfUdp(header.subarray(12, 16), header.subarray(16, 20), datagram) & 0xffff;
  view.setUint16(ETHERNET_SIZE + IPV4_SIZE + 6, checksum || 0xffff);
  return bytes;
}

/** Reads a frame that must hold a UDP datagram with right lengths and checksums, and nothing behind it. */
export function readDatagramFrame(bytes: Uint8Array): DatagramFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(view.getUint16(12), ETHERTYPE_IPV4, "an IPv4 frame");
  const header = bytes.subarray(ETHERNET_SIZE, ETHERNET_SIZE + IPV4_SIZE);
  assert.equal(header[0], 0x45, "IPv4 with a header of 20 bytes");
  assert.equal(view.getUint16(ETHERNET_SIZE + 2), bytes.length - ETHERNET_SIZE, "the IPv4 total length");
  assert.equal(header[9], 17, "the IPv4 protocol is UDP");
  assert.equal(sum(header), 0xffff, "the IPv4 header checksum");
  const datagram = bytes.subarray(ETHERNET_SIZE + IPV4_SIZE);
  assert.equal(view.getUint16(ETHERNET_SIZE + IPV4_SIZE + 4), datagram.length, "the UDP length");
  if (view.getUint16(ETHERNET_SIZE + IPV4_SIZE + 6) !== 0) {
    assert.equal(sumOfUdp(header.subarray(12, 16), header.subarray(16, 20), datagram), 0xffff, "the UDP checksum");
  }
  return {
    destinationMac: bytes.slice(0, 6),
    sourceMac: bytes.slice(6, 12),
    source: addressText(view.getUint32(ETHERNET_SIZE + 12)),
    destination: addressText(view.getUint32(ETHERNET_SIZE + 16)),
    sourcePort: view.getUint16(ETHERNET_SIZE + IPV4_SIZE),
    destinationPort: view.getUint16(ETHERNET_SIZE + IPV4_SIZE + 2),
    payload: datagram.slice(UDP_SIZE),
  };
}

/** Builds an ARP message in its frame. */
export function buildArpFrame(frame: ArpFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_SIZE + ARP_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.set(frame.destinationMac, 0);
  bytes.set(frame.sourceMac, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  bytes.set([0, 1, 8, 0, 6, 4, 0, frame.operation], ETHERNET_SIZE);
  bytes.set(frame.senderMac, ETHERNET_SIZE + 8);
  view.setUint32(ETHERNET_SIZE + 14, address(frame.sender));
  bytes.set(frame.targetMac, ETHERNET_SIZE + 18);
  view.setUint32(ETHERNET_SIZE + 24, address(frame.target));
  return bytes;
}

/** Reads a frame that must hold ARP for IPv4 over Ethernet. */
export function readArpFrame(bytes: Uint8Array): ArpFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(view.getUint16(12), ETHERTYPE_ARP, "an ARP frame");
  assert.ok(bytes.length >= ETHERNET_SIZE + ARP_SIZE, "a whole ARP message");
  assert.deepEqual([...bytes.subarray(ETHERNET_SIZE, ETHERNET_SIZE + 6)], [0, 1, 8, 0, 6, 4], "IPv4 over Ethernet");
  return {
    destinationMac: bytes.slice(0, 6),
    sourceMac: bytes.slice(6, 12),
    operation: view.getUint16(ETHERNET_SIZE + 6),
    senderMac: bytes.slice(ETHERNET_SIZE + 8, ETHERNET_SIZE + 14),
    sender: addressText(view.getUint32(ETHERNET_SIZE + 14)),
    targetMac: bytes.slice(ETHERNET_SIZE + 18, ETHERNET_SIZE + 24),
    target: addressText(view.getUint32(ETHERNET_SIZE + 24)),
  };
}

/** Whether a frame holds ARP. */
export function isArp(bytes: Uint8Array): boolean {
  return bytes.length >= ETHERNET_SIZE && ((bytes[12]! << 8) | bytes[13]!) === ETHERTYPE_ARP;
}

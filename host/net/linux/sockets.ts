/**
 * Opens the few sockets that DHCP needs on Linux, each with a kernel-side filter where the kernel would hand over more than
 * is wanted. What needs privilege happens here and only here: a server drops it afterwards.
 */
import * as abi from "./abi.js";
import {
  addressOf,
  bindSocket,
  closeDescriptor,
  openSocket,
  setOption,
  setOptionBytes,
  type SystemCallError,
} from "./libc.js";

/**
 * A UDP socket that tells which interface a datagram came by: a wildcard that hears broadcasts on every interface, or one for what
 * is sent to `address`.
 */
export function openDatagramSocket(port: number, address = 0): number {
  return opened(openSocket(abi.AF_INET, abi.SOCK_DGRAM, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_BROADCAST, 1);
    setOption(descriptor, abi.IPPROTO_IP, abi.IP_PKTINFO, 1);
    bindSocket(descriptor, abi.packInternetAddress(address, port), `UDP port ${port}`);
  });
}

/**
 * A UDP socket that swallows what comes to `port` on one interface: the client reads frames, and without it the kernel
 * would answer the server's unicasts with ICMP port unreachable.
 */
export function openSinkSocket(port: number, interfaceName: string): number {
  return opened(openSocket(abi.AF_INET, abi.SOCK_DGRAM, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_REUSEADDR, 1);
    setOptionBytes(descriptor, abi.SOL_SOCKET, abi.SO_BINDTODEVICE, new TextEncoder().encode(`${interfaceName}\0`));
    attachFilter(descriptor, [[RETURN, 0, 0, 0]]);
    bindSocket(descriptor, abi.packInternetAddress(0, port), `UDP port ${port} on ${interfaceName}`);
  });
}

/** An AF_PACKET socket on all interfaces: it sends any frame, and hears ARP if `hearArp`, else nothing. */
export function openFrameSocket(hearArp: boolean): number {
  return opened(openSocket(abi.AF_PACKET, abi.SOCK_RAW, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_IGNORE_OUTGOING, 1);
    if (hearArp) bindSocket(descriptor, abi.packLinkAddress(0, abi.ETH_P_ARP), "ARP on all interfaces");
  });
}

/** An AF_PACKET socket on one interface that hears ARP and datagrams to `port`, and sends any frame. */
export function openLinkSocket(interfaceIndex: number, interfaceName: string, port: number): number {
  return opened(openSocket(abi.AF_PACKET, abi.SOCK_RAW, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_IGNORE_OUTGOING, 1);
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_AUXDATA, 1);
    attachFilter(descriptor, arpOrDatagramTo(port));
    bindSocket(descriptor, abi.packLinkAddress(interfaceIndex, abi.ETH_P_ALL), `frames on ${interfaceName}`);
  });
}

/** Lets a frame socket hear what is sent to other hardware addresses than the interface's, until it is closed. */
export function hearAllFrames(descriptor: number, interfaceIndex: number): void {
  const membership = new DataView(new ArrayBuffer(abi.PacketMembership.byteSize));
  membership.setInt32(abi.PacketMembership.interfaceIndex, interfaceIndex, true);
  membership.setUint16(abi.PacketMembership.type, abi.PACKET_MR_PROMISC, true);
  setOptionBytes(descriptor, abi.SOL_PACKET, abi.PACKET_ADD_MEMBERSHIP, new Uint8Array(membership.buffer));
}

/** Gives a socket room for so many bytes of messages that were not read yet; without CAP_NET_ADMIN, as many as the system allows. */
export function widenReceiveBuffer(descriptor: number, bytes: number): void {
  try {
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_RCVBUFFORCE, bytes);
  } catch (error) {
    if ((error as SystemCallError).code !== "EPERM") throw error;
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_RCVBUF, bytes);
  }
}

/** A raw ICMP socket that hears echo replies only. */
export function openEchoSocket(): number {
  return opened(openSocket(abi.AF_INET, abi.SOCK_RAW, abi.IPPROTO_ICMP), (descriptor) => {
    const ECHO_REPLY = 0;
    setOption(descriptor, abi.SOL_RAW, abi.ICMP_FILTER, ~(1 << ECHO_REPLY));
  });
}

/** A netlink socket that tells when links or IPv4 addresses change. */
export function openChangeSocket(): number {
  const RTMGRP_LINK = 0x1;
  const RTMGRP_IPV4_IFADDR = 0x10;
  return opened(openSocket(abi.AF_NETLINK, abi.SOCK_RAW, 0), (descriptor) => {
    const address = new DataView(new ArrayBuffer(12));
    address.setUint16(0, abi.AF_NETLINK, true);
    address.setUint32(8, RTMGRP_LINK | RTMGRP_IPV4_IFADDR, true);
    bindSocket(descriptor, new Uint8Array(address.buffer), "changes of interfaces");
  });
}

/** A classic BPF instruction: code, jump if true, jump if false, operand. */
type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_HALF_INDEXED = 0x48;
const LOAD_IP_HEADER_LENGTH = 0xb1;
const JUMP_EQUAL = 0x15;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

/** ARP, or IPv4 UDP that is no later fragment and goes to `port`. Offsets count from the Ethernet header. */
function arpOrDatagramTo(port: number): readonly Instruction[] {
  const ETHERTYPE = 12;
  const IP = 14;
  const IP_FRAGMENT = IP + 6;
  const IP_PROTOCOL = IP + 9;
  const UDP_DESTINATION = IP + 2;
  return [
    [LOAD_HALF, 0, 0, ETHERTYPE],
    [JUMP_EQUAL, 8, 0, abi.ETH_P_ARP],
    [JUMP_EQUAL, 0, 8, abi.ETH_P_IP],
    [LOAD_BYTE, 0, 0, IP_PROTOCOL],
    [JUMP_EQUAL, 0, 6, 17],
    [LOAD_HALF, 0, 0, IP_FRAGMENT],
    [JUMP_ANY_BIT, 4, 0, 0x1fff],
    [LOAD_IP_HEADER_LENGTH, 0, 0, IP],
    [LOAD_HALF_INDEXED, 0, 0, UDP_DESTINATION],
    [JUMP_EQUAL, 0, 1, port],
    [RETURN, 0, 0, 0x40000],
    [RETURN, 0, 0, 0],
  ];
}

function attachFilter(descriptor: number, instructions: readonly Instruction[]): void {
  const code = new DataView(new ArrayBuffer(instructions.length * abi.FilterInstruction.byteSize));
  for (const [index, [operation, jumpTrue, jumpFalse, operand]] of instructions.entries()) {
    const at = index * abi.FilterInstruction.byteSize;
    code.setUint16(at + abi.FilterInstruction.code, operation, true);
    code.setUint8(at + abi.FilterInstruction.jumpTrue, jumpTrue);
    code.setUint8(at + abi.FilterInstruction.jumpFalse, jumpFalse);
    code.setUint32(at + abi.FilterInstruction.operand, operand, true);
  }
  const program = new DataView(new ArrayBuffer(abi.FilterProgram.byteSize));
  program.setUint16(abi.FilterProgram.count, instructions.length, true);
  program.setBigUint64(abi.FilterProgram.instructions, BigInt(addressOf(code.buffer)), true);
  setOptionBytes(descriptor, abi.SOL_SOCKET, abi.SO_ATTACH_FILTER, new Uint8Array(program.buffer));
}

/** Hands back the descriptor once `prepare` has succeeded; closes it if it throws. */
function opened(descriptor: number, prepare: (descriptor: number) => void): number {
  try {
    prepare(descriptor);
    return descriptor;
  } catch (error) {
    closeDescriptor(descriptor);
    throw error;
  }
}

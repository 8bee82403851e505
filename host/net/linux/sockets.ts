/**
 * Opens the few sockets that DHCP needs on Linux, each with a kernel-side filter where the kernel would hand over more than
 * is wanted. What needs privilege happens here and only here: a server drops it afterwards.
 */
import * as abi from "./abi.js";
import {
  attachClassFilter,
  attachClassSelector,
  attachFilterOfNothing,
  attachFrameFilter,
  DATAGRAM_CLASS_COUNT,
} from "./filter.js";
import { bindSocket, closeDescriptor, openSocket, setOption, setOptionBytes, type SystemCallError } from "./libc.js";

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

/** Bytes of buffers that a server's sockets get. The kernel counts twice as much against them, for its own bookkeeping. */
const BUFFERS = {
  /**
   * A datagram takes 0.8 to 2.5 KiB of this, so some 3,000 to 10,000 requests of one burst fit: as many as are offered to clients whose
   * relay stands still for some 50 ms, and then all ask at once. A server that answers 10,000 a second, on a slow disk, has read them
   * after a second: what is queued is answered well before its client asks again, after 4 s.
   */
  begun: 8 << 20,
  /** For each class that may wait: little, so that what is answered was asked just now. */
  later: 1 << 20,
  /** The answers of two whole rings, so that a turn's answers find room although none has left the device yet. */
  send: 2 << 20,
} as const;

/**
 * The sockets of a server at `port`, one for each class of `filter.ts`, in the order of the classes; they are sent from by any of
 * them. No datagram reaches two of them.
 */
export function openClassSockets(port: number): number[] {
  // Sockets that share a port would share it with another server of the same user: one that shares with nobody finds that out.
  closeDescriptor(openDatagramSocket(port));
  const sockets: number[] = [];
  try {
    while (sockets.length < DATAGRAM_CLASS_COUNT) sockets.push(openClassSocket(port, sockets.length));
    attachClassSelector(sockets[0]!);
    return sockets;
  } catch (error) {
    for (const descriptor of sockets) closeDescriptor(descriptor);
    throw error;
  }
}

function openClassSocket(port: number, number: number): number {
  return opened(openSocket(abi.AF_INET, abi.SOCK_DGRAM, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_REUSEPORT, 1);
    setOption(descriptor, abi.SOL_SOCKET, abi.SO_BROADCAST, 1);
    setOption(descriptor, abi.IPPROTO_IP, abi.IP_PKTINFO, 1);
    widenReceiveBuffer(descriptor, number === 0 ? BUFFERS.begun : BUFFERS.later);
    widenSendBuffer(descriptor, BUFFERS.send);
    attachClassFilter(descriptor, number);
    bindSocket(descriptor, abi.packInternetAddress(0, port), `UDP port ${port}`);
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
    attachFilterOfNothing(descriptor);
    bindSocket(descriptor, abi.packInternetAddress(0, port), `UDP port ${port} on ${interfaceName}`);
  });
}

/** An AF_PACKET socket on all interfaces: it sends any frame, and hears ARP if `hearArp`, else nothing. */
export function openFrameSocket(hearArp: boolean): number {
  return opened(openSocket(abi.AF_PACKET, abi.SOCK_RAW, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_IGNORE_OUTGOING, 1);
    widenSendBuffer(descriptor, BUFFERS.send);
    if (hearArp) bindSocket(descriptor, abi.packLinkAddress(0, abi.ETH_P_ARP), "ARP on all interfaces");
  });
}

/** An AF_PACKET socket on one interface that hears ARP and datagrams to `port`, and sends any frame. */
export function openLinkSocket(interfaceIndex: number, interfaceName: string, port: number): number {
  return opened(openSocket(abi.AF_PACKET, abi.SOCK_RAW, 0), (descriptor) => {
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_IGNORE_OUTGOING, 1);
    setOption(descriptor, abi.SOL_PACKET, abi.PACKET_AUXDATA, 1);
    attachFrameFilter(descriptor, port);
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
  setWithPrivilege(descriptor, abi.SO_RCVBUFFORCE, abi.SO_RCVBUF, bytes);
}

/** Gives a socket room for so many bytes of messages that have not left yet; without CAP_NET_ADMIN, as many as the system allows. */
export function widenSendBuffer(descriptor: number, bytes: number): void {
  setWithPrivilege(descriptor, abi.SO_SNDBUFFORCE, abi.SO_SNDBUF, bytes);
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

function setWithPrivilege(descriptor: number, forced: number, asked: number, value: number): void {
  try {
    setOption(descriptor, abi.SOL_SOCKET, forced, value);
  } catch (error) {
    if ((error as SystemCallError).code !== "EPERM") throw error;
    setOption(descriptor, abi.SOL_SOCKET, asked, value);
  }
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

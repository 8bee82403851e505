/**
 * Structures of the Linux kernel as it lays them out on 64-bit machines, each offset from the one before, and the constants
 * that go with them. Socket addresses are packed here and nowhere else.
 */

/** `struct iovec`: where bytes lie, and how many. */
export const Iovec = { base: 0, length: 8, byteSize: 16 } as const;

/** `struct mmsghdr`: a message's head for `recvmmsg` and `sendmmsg`. */
export const MessageHeader = {
  name: 0,
  nameLength: 8,
  iovecs: 16,
  iovecCount: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  /** Bytes received or sent, behind the `struct msghdr`. */
  length: 56,
  byteSize: 64,
} as const;

/** `struct cmsghdr`, and what follows it. */
export const ControlHeader = { length: 0, level: 8, type: 12, data: 16 } as const;

/** `struct sockaddr_in`: port and address in network order. */
export const InternetAddress = { family: 0, port: 2, address: 4, byteSize: 16 } as const;

/** `struct sockaddr_ll`: protocol in network order. */
export const LinkAddress = {
  family: 0,
  protocol: 2,
  interfaceIndex: 4,
  hardwareType: 8,
  packetType: 10,
  addressLength: 11,
  address: 12,
  byteSize: 20,
} as const;

/** `struct in_pktinfo`: addresses in network order. */
export const PacketInfo = { interfaceIndex: 0, source: 4, destination: 8, byteSize: 12 } as const;

/** `struct tpacket_auxdata`. */
export const PacketAuxiliary = { status: 0, byteSize: 20 } as const;

/** `struct packet_mreq`. */
export const PacketMembership = { interfaceIndex: 0, type: 4, addressLength: 6, address: 8, byteSize: 16 } as const;

/** Bytes of the control message that says where a message is cut into datagrams (UDP_SEGMENT): a u16. */
export const SEGMENT_SIZE_BYTES = 2;

/** `struct pollfd`. */
export const PollDescriptor = { descriptor: 0, events: 4, happened: 6, byteSize: 8 } as const;

/** `struct ifreq`: a name of up to 15 bytes, then what the request answers. */
export const InterfaceRequest = { name: 0, answer: 16, byteSize: 40, longestName: 15 } as const;

/** `struct sock_filter`, and the `struct sock_fprog` that names a list of them. */
export const FilterInstruction = { code: 0, jumpTrue: 2, jumpFalse: 3, operand: 4, byteSize: 8 } as const;
export const FilterProgram = { count: 0, instructions: 8, byteSize: 16 } as const;

// Address families, socket types and the like, under the names of the kernel's headers.
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const SOL_SOCKET = 1;
export const SOL_UDP = 17;
export const SOL_RAW = 255;
export const SOL_PACKET = 263;
export const SO_REUSEADDR = 2;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const IP_PKTINFO = 8;
export const UDP_SEGMENT = 103;
export const ICMP_FILTER = 1;
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_MR_PROMISC = 1;
export const PACKET_AUXDATA = 8;
export const PACKET_IGNORE_OUTGOING = 23;
/** The kernel left the checksum to a device that never saw the wire, or has found it right. */
export const TP_STATUS_CSUMNOTREADY = 1 << 3;
export const TP_STATUS_CSUM_VALID = 1 << 7;
export const ETH_P_ALL = 0x0003;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const MSG_TRUNC = 0x20;
export const POLLIN = 1;
export const POLLOUT = 4;
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const ARPHRD_ETHER = 1;

/** A control message of `dataSize` bytes, with its head, padded as CMSG_SPACE pads it. */
export function controlSpace(dataSize: number): number {
  return ControlHeader.data + ((dataSize + 7) & ~7);
}

/** A `struct sockaddr_in` for an IPv4 address given as a number. */
export function packInternetAddress(address: number, port: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(InternetAddress.byteSize));
  view.setUint16(InternetAddress.family, AF_INET, true);
  view.setUint16(InternetAddress.port, port, false);
  view.setUint32(InternetAddress.address, address, false);
  return new Uint8Array(view.buffer);
}

/** A `struct sockaddr_ll` for binding to a protocol, on one interface or (index 0) on all. */
export function packLinkAddress(interfaceIndex: number, protocol: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(LinkAddress.byteSize));
  view.setUint16(LinkAddress.family, AF_PACKET, true);
  view.setUint16(LinkAddress.protocol, protocol, false);
  view.setInt32(LinkAddress.interfaceIndex, interfaceIndex, true);
  return new Uint8Array(view.buffer);
}

/** A `struct sockaddr_un` for a path, or for an abstract name that begins with "@". */
export function unixAddress(name: string): Uint8Array {
  const path = Buffer.from(name.startsWith("@") ? `\0${name.slice(1)}` : `${name}\0`);
  const bytes = new Uint8Array(2 + path.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(path, 2);
  return bytes;
}

/**
 * The BOOTP message that carries DHCP (RFC 2131 §2, figure 1), as accessors over its address.
 *
 * A message is checked once (`checkMessage`, which `indexOptions` also asks); after that every field here lies inside
 * it and no accessor can fail. Offsets are a chain, each from the one before, and the total is asserted at compile
 * time. Addresses are numbers (192.0.2.1 is 0xC0000201); `chaddr`, `sname` and `file` are given as the address of their
 * first byte.
 */
import { fillZero, loadU16, loadU32, storeU16, storeU32 } from "./bytes";

// Where each field begins, in bytes from the first of the message.
/** Offset of `op` in a message. @layout */
export const OP_AT: usize = 0;
/** Offset of `htype` in a message. @layout */
export const HTYPE_AT: usize = OP_AT + 1;
/** Offset of `hlen` in a message. @layout */
export const HLEN_AT: usize = HTYPE_AT + 1;
/** Offset of `hops` in a message. @layout */
export const HOPS_AT: usize = HLEN_AT + 1;
/** Offset of `xid` in a message. @layout */
export const XID_AT: usize = HOPS_AT + 1;
export const SECS_AT: usize = XID_AT + 4;
/** Offset of `flags` in a message. @layout */
export const FLAGS_AT: usize = SECS_AT + 2;
/** Offset of `ciaddr` in a message. @layout */
export const CIADDR_AT: usize = FLAGS_AT + 2;
/** Offset of `yiaddr` in a message. @layout */
export const YIADDR_AT: usize = CIADDR_AT + 4;
export const SIADDR_AT: usize = YIADDR_AT + 4;
/** Offset of `giaddr` in a message. @layout */
export const GIADDR_AT: usize = SIADDR_AT + 4;
/** Offset of `chaddr` in a message. @layout */
export const CHADDR_AT: usize = GIADDR_AT + 4;
/** Offset of `sname` in a message. @layout */
export const SNAME_AT: usize = CHADDR_AT + 16;
/** Offset of `file` in a message. @layout */
export const FILE_AT: usize = SNAME_AT + 64;
/** Offset of the cookie in a message, behind `file`. @layout */
export const COOKIE_AT: usize = FILE_AT + 128;
/** Offset of the options field in a message. @layout */
export const OPTIONS_AT: usize = COOKIE_AT + 4;

/** Bytes of the fixed fields, without the cookie. */
export const HEADER_SIZE: u32 = COOKIE_AT as u32;
/** Bytes of `chaddr`: the largest `hlen` there can be. */
export const CHADDR_SIZE: u32 = (SNAME_AT - CHADDR_AT) as u32;
/** Bytes of `sname`. */
export const SNAME_SIZE: u32 = (FILE_AT - SNAME_AT) as u32;
/** Bytes of `file`. */
export const FILE_SIZE: u32 = (COOKIE_AT - FILE_AT) as u32;

/** The four bytes before the options, as a number: 99, 130, 83, 99 (RFC 2131 §3). @layout */
export const COOKIE: u32 = 0x63825363;
/** The broadcast flag, the leftmost bit of `flags` (RFC 2131 §2, figure 2). @layout */
export const BROADCAST_FLAG: u32 = 0x8000;
/** Bytes of the shortest message that is sent: what a BOOTP relay agent may take for granted (RFC 1542 §2.1). @layout */
export const MIN_MESSAGE_SIZE: u32 = 300;
/** Bytes of the longest message that a UDP datagram could carry, and that an index can describe. */
export const MAX_MESSAGE_SIZE: u32 = 0xffff;
/** UDP port on which servers and relay agents listen (RFC 2131 §4.1). */
export const SERVER_PORT: u32 = 67;
/** UDP port on which clients listen (RFC 2131 §4.1). */
export const CLIENT_PORT: u32 = 68;

if (HEADER_SIZE != 236 || OPTIONS_AT != 240)
  ERROR("RFC 2131 §2: the fixed fields are 236 bytes, options begin at 240.");

/** Values of `op`. */
export enum Operation {
  BOOTREQUEST = 1,
  BOOTREPLY = 2,
}

/** Values of option 53 (RFC 2132 §9.6, and the IANA registry). */
export enum MessageType {
  DHCPDISCOVER = 1,
  DHCPOFFER = 2,
  DHCPREQUEST = 3,
  DHCPDECLINE = 4,
  DHCPACK = 5,
  DHCPNAK = 6,
  DHCPRELEASE = 7,
  DHCPINFORM = 8,
  DHCPFORCERENEW = 9,
  DHCPLEASEQUERY = 10,
  DHCPLEASEUNASSIGNED = 11,
  DHCPLEASEUNKNOWN = 12,
  DHCPLEASEACTIVE = 13,
  DHCPBULKLEASEQUERY = 14,
  DHCPLEASEQUERYDONE = 15,
  DHCPACTIVELEASEQUERY = 16,
  DHCPLEASEQUERYSTATUS = 17,
  DHCPTLS = 18,
}

/** Why bytes are no DHCP message. Numbers are stable. */
export enum WireFault {
  NONE = 0,
  /** Shorter than the fixed fields of BOOTP. */
  TOO_SHORT = 1,
  /** No cookie behind the fixed fields: BOOTP without options, or something else. */
  BAD_COOKIE = 2,
  /** `hlen` exceeds the 16 bytes of `chaddr`. */
  BAD_HARDWARE_LENGTH = 3,
  /** `op` is neither BOOTREQUEST nor BOOTREPLY. */
  BAD_OPERATION = 4,
  /** Longer than a UDP datagram can be. */
  TOO_LONG = 5,
}

/** Whether the `length` bytes at `message` have the fixed fields and the cookie of a DHCP message. */
export function checkMessage(message: usize, length: u32): WireFault {
  if (length < HEADER_SIZE) return WireFault.TOO_SHORT;
  if (length > MAX_MESSAGE_SIZE) return WireFault.TOO_LONG;
  if (length < <u32>OPTIONS_AT || loadU32(message + COOKIE_AT) != COOKIE) return WireFault.BAD_COOKIE;
  if (op(message) != Operation.BOOTREQUEST && op(message) != Operation.BOOTREPLY) return WireFault.BAD_OPERATION;
  if (hlen(message) > CHADDR_SIZE) return WireFault.BAD_HARDWARE_LENGTH;
  return WireFault.NONE;
}

/** Zeroes the fixed fields of a message that is to be written: what lay there before must not leave the machine. */
export function clearHeader(message: usize): void {
  fillZero(message, HEADER_SIZE);
}

/**
 * Writes all fields before `sname` of an answer to `request` at `reply`: what table 3 of RFC 2131 takes over (`htype`, `hlen`, `xid`,
 * `flags`, `giaddr`, `chaddr`) word by word as it lies there, the others zero. `sname` and `file` stay what they were.
 */
export function beginAnswer(reply: usize, request: usize): void {
  // A word in memory order: op is its lowest byte, hops its highest.
  store<u32>(reply, (load<u32>(request) & 0x00ffff00) | Operation.BOOTREPLY);
  store<u32>(reply, load<u32>(request, XID_AT), XID_AT);
  store<u32>(reply, load<u32>(request, SECS_AT) & 0xffff0000, SECS_AT);
  store<u64>(reply, 0, CIADDR_AT);
  store<u32>(reply, 0, SIADDR_AT);
  store<u32>(reply, load<u32>(request, GIADDR_AT), GIADDR_AT);
  store<u64>(reply, load<u64>(request, CHADDR_AT), CHADDR_AT);
  store<u64>(reply, load<u64>(request, CHADDR_AT + 8), CHADDR_AT + 8);
}

/** `Operation`. */
export function op(message: usize): u32 {
  return load<u8>(message, OP_AT);
}

/** Hardware type (ARP numbers; 1 is Ethernet). */
export function htype(message: usize): u32 {
  return load<u8>(message, HTYPE_AT);
}

/** Bytes of hardware address in `chaddr`, at most 16 in a checked message. */
export function hlen(message: usize): u32 {
  return load<u8>(message, HLEN_AT);
}

/** Relay agents passed. */
export function hops(message: usize): u32 {
  return load<u8>(message, HOPS_AT);
}

/** Transaction identifier. */
export function xid(message: usize): u32 {
  return loadU32(message + XID_AT);
}

/** Seconds since the client began. */
export function secs(message: usize): u32 {
  return loadU16(message + SECS_AT);
}

/** `BROADCAST_FLAG`, or 0; the other bits are reserved. */
export function flags(message: usize): u32 {
  return loadU16(message + FLAGS_AT);
}

/** The address that the client has and answers for. */
export function ciaddr(message: usize): u32 {
  return loadU32(message + CIADDR_AT);
}

/** The address that the server gives. */
export function yiaddr(message: usize): u32 {
  return loadU32(message + YIADDR_AT);
}

/** The server of the next step of booting. */
export function siaddr(message: usize): u32 {
  return loadU32(message + SIADDR_AT);
}

/** The first relay agent's address on the client's link, or 0. */
export function giaddr(message: usize): u32 {
  return loadU32(message + GIADDR_AT);
}

/** Address of the 16 bytes of the client's hardware address. */
export function chaddr(message: usize): usize {
  return message + CHADDR_AT;
}

/** Address of the 64 bytes of the server's name, or of options under overload. */
export function sname(message: usize): usize {
  return message + SNAME_AT;
}

/** Address of the 128 bytes of the boot file's name, or of options under overload. */
export function file(message: usize): usize {
  return message + FILE_AT;
}

export function setOp(message: usize, value: u32): void {
  store<u8>(message, value, OP_AT);
}

export function setHtype(message: usize, value: u32): void {
  store<u8>(message, value, HTYPE_AT);
}

export function setHlen(message: usize, value: u32): void {
  store<u8>(message, value, HLEN_AT);
}

export function setHops(message: usize, value: u32): void {
  store<u8>(message, value, HOPS_AT);
}

export function setXid(message: usize, value: u32): void {
  storeU32(message + XID_AT, value);
}

export function setSecs(message: usize, value: u32): void {
  storeU16(message + SECS_AT, value);
}

export function setFlags(message: usize, value: u32): void {
  storeU16(message + FLAGS_AT, value);
}

export function setCiaddr(message: usize, value: u32): void {
  storeU32(message + CIADDR_AT, value);
}

export function setYiaddr(message: usize, value: u32): void {
  storeU32(message + YIADDR_AT, value);
}

export function setSiaddr(message: usize, value: u32): void {
  storeU32(message + SIADDR_AT, value);
}

export function setGiaddr(message: usize, value: u32): void {
  storeU32(message + GIADDR_AT, value);
}

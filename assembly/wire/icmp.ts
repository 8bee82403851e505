/**
 * ICMP echo (RFC 792), by which an address behind a relay agent is probed before it is offered (RFC 2131 §2.2). The
 * message only; IPv4 and routing are the host's.
 */
import { loadU16, storeU16, storeU32 } from "./bytes";
import { RIGHT_SUM, sumBytes } from "./checksum";

const TYPE_AT: usize = 0;
const CODE_AT: usize = TYPE_AT + 1;
const CHECKSUM_AT: usize = CODE_AT + 1;
const IDENTIFIER_AT: usize = CHECKSUM_AT + 2;
const SEQUENCE_AT: usize = IDENTIFIER_AT + 2;
/** Bytes of an echo message without data. */
export const ECHO_SIZE: u32 = (SEQUENCE_AT as u32) + 2;

if (ECHO_SIZE != 8) ERROR("RFC 792: an echo message without data is 8 bytes.");

const ECHO_REPLY: u32 = 0;
const ECHO_REQUEST: u32 = 8;

/** Writes an echo request without data at `at` and returns its length, 8. */
export function writeEcho(at: usize, identifier: u32, sequence: u32): u32 {
  storeU32(at, ECHO_REQUEST << 24);
  storeU16(at + IDENTIFIER_AT, identifier);
  storeU16(at + SEQUENCE_AT, sequence);
  storeU16(at + CHECKSUM_AT, ~sumBytes(at, ECHO_SIZE));
  return ECHO_SIZE;
}

/** Whether the `length` bytes at `at` are an echo reply whose checksum is right. */
export function isEchoReply(at: usize, length: u32): bool {
  if (length < ECHO_SIZE || loadU16(at + TYPE_AT) != ECHO_REPLY << 8) return false;
  return sumBytes(at, length) == RIGHT_SUM;
}

/** The identifier of a checked echo message. */
export function echoIdentifier(at: usize): u32 {
  return loadU16(at + IDENTIFIER_AT);
}

/** The sequence number of a checked echo message. */
export function echoSequence(at: usize): u32 {
  return loadU16(at + SEQUENCE_AT);
}

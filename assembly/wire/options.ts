/**
 * The one walk over a message's options (RFC 2131 §4.1, RFC 2132 §2, RFC 3396), and an index of what it found.
 *
 * `indexOptions` reads the options field, then `file`, then `sname` where option 52 says so, and leaves an entry for
 * each code that a role reads (`slotOf`). All other code asks the index; no other reads a length from the wire. It decides:
 *
 * - Nothing outside the message is read. An option whose length byte is missing, or that runs past its field, ends that
 *   field: it and what follows are ignored, what came before counts, and the message is kept (`optionsTruncated`).
 * - A field may lack its END option.
 * - Option 52 counts only in the options field, is asked once, and is ignored in `file` and `sname`.
 * - An option that occurs again is joined, in the order of the walk (RFC 3396 §5 and §7). That is right for all that
 *   may be long, and harmless for the rest: two options 54 give one of 8 bytes, which the check of its length takes as
 *   absent.
 * - The joined options of one message share a buffer that the role supplies (`useJoinBuffer`). One that does not fit any
 *   more is absent (`optionsTooLong`).
 *
 * The index holds one message at a time and points into it: ask for what is needed before the next message is indexed.
 *
 *     entries  16 × u32 │ length and JOINED flag (16) │ offset from the message, or in the join buffer (16) │
 *                        0: the message does not have the option
 *     repeated a bit an entry: options that occurred more than once
 */
import { copyBytes, fillZero, loadU16, loadU32 } from "./bytes";
import { checkMessage, file, FILE_SIZE, OPTIONS_AT, sname, SNAME_SIZE, WireFault } from "./message";

/** Option codes that the core itself uses, by their IANA names. */
export enum OptionCode {
  PAD = 0,
  SUBNET_MASK = 1,
  ROUTER = 3,
  DOMAIN_NAME_SERVER = 6,
  HOST_NAME = 12,
  DOMAIN_NAME = 15,
  INTERFACE_MTU = 26,
  BROADCAST_ADDRESS = 28,
  STATIC_ROUTE = 33,
  REQUESTED_IP_ADDRESS = 50,
  IP_ADDRESS_LEASE_TIME = 51,
  OPTION_OVERLOAD = 52,
  DHCP_MESSAGE_TYPE = 53,
  SERVER_IDENTIFIER = 54,
  PARAMETER_REQUEST_LIST = 55,
  MESSAGE = 56,
  MAXIMUM_DHCP_MESSAGE_SIZE = 57,
  RENEWAL_TIME_VALUE = 58,
  REBINDING_TIME_VALUE = 59,
  VENDOR_CLASS_IDENTIFIER = 60,
  CLIENT_IDENTIFIER = 61,
  TFTP_SERVER_NAME = 66,
  BOOTFILE_NAME = 67,
  USER_CLASS = 77,
  RAPID_COMMIT = 80,
  CLIENT_FQDN = 81,
  RELAY_AGENT_INFORMATION = 82,
  SUBNET_SELECTION = 118,
  CLASSLESS_STATIC_ROUTE = 121,
  END = 255,
}

/** Bits of option 52 (RFC 2132 §9.3). */
export enum Overload {
  FILE = 1,
  SNAME = 2,
}

/** Set in an entry whose data lie in the join buffer. */
const JOINED: u32 = 0x8000;
/** The longest length that an entry states: what exceeds it exceeds the join buffer too. */
const LENGTH_MASK: u32 = 0x7fff;

/** The codes from 50 to 61 follow each other in the index; behind them come three more. */
const RUN_FIRST: u32 = OptionCode.REQUESTED_IP_ADDRESS;
const RUN_COUNT: u32 = OptionCode.CLIENT_IDENTIFIER - RUN_FIRST + 1;
const SLOT_SUBNET_MASK: u32 = RUN_COUNT;
const SLOT_HOST_NAME: u32 = SLOT_SUBNET_MASK + 1;
const SLOT_RELAY_AGENT_INFORMATION: u32 = SLOT_HOST_NAME + 1;
/** The slot of all codes that nobody reads: it never means anything. */
const SLOT_NONE: u32 = SLOT_RELAY_AGENT_INFORMATION + 1;

const ENTRIES_SIZE: u32 = 16 * 4;
const entries = memory.data(16 * 4, 8);

if (SLOT_NONE != 15) ERROR("The index has 16 entries: one for each code that is read, and one for all others.");

let repeated: u32 = 0;
let indexedMessage: usize = 0;
let truncated: bool = false;
let joinBuffer: usize = 0;
let joinSize: u32 = 0;
let joinUsed: u32 = 0;
let tooLongCount: u32 = 0;

/** Gives the `size` bytes at `buffer`, less than 32 KiB, to options that are joined. */
export function useJoinBuffer(buffer: usize, size: u32): void {
  joinBuffer = buffer;
  joinSize = size;
}

/**
 * Indexes the options of the `length` bytes at `message`. The index is empty when it returns a fault: then these are no
 * DHCP message. Options that are malformed are no fault.
 */
export function indexOptions(message: usize, length: u32): WireFault {
  fillZero(entries, ENTRIES_SIZE);
  repeated = joinUsed = tooLongCount = 0;
  truncated = false;
  indexedMessage = message;
  const fault = checkMessage(message, length);
  if (fault != WireFault.NONE) return fault;

  const end = message + length;
  walkField(message + OPTIONS_AT, end, false, false);
  const overload = optionU8(OptionCode.OPTION_OVERLOAD, 0);
  walkOverload(message, overload, false);
  if (repeated != 0) {
    walkField(message + OPTIONS_AT, end, false, true);
    walkOverload(message, overload, true);
  }
  return WireFault.NONE;
}

/** Whether the message has the option, however long. `code` is one that is indexed, here and below. */
export function optionPresent(code: u32): bool {
  return entryOf(code) != 0;
}

/** Whether the message has the option in parts that found no room together: it counts as absent, but was not left out. */
export function optionTooLong(code: u32): bool {
  return hasBit(repeated, slotOf(code)) && entryOf(code) == 0;
}

/** Address of the option's data, or 0 when it is absent. It may lie in the join buffer. */
export function optionAt(code: u32): usize {
  const entry = entryOf(code);
  return entry == 0 ? 0 : dataOf(entry);
}

/** Bytes of the option's data; 0 when it is absent or empty. */
export function optionLength(code: u32): u32 {
  return lengthOf(entryOf(code));
}

/** The option's value where it is exactly one byte, otherwise `fallback`. */
export function optionU8(code: u32, fallback: u32): u32 {
  const entry = entryOf(code);
  return lengthOf(entry) == 1 ? load<u8>(dataOf(entry)) : fallback;
}

/** The option's value where it is exactly two bytes, otherwise `fallback`. */
export function optionU16(code: u32, fallback: u32): u32 {
  const entry = entryOf(code);
  return lengthOf(entry) == 2 ? loadU16(dataOf(entry)) : fallback;
}

/** The option's value where it is exactly four bytes (an address as a number), otherwise `fallback`. */
export function optionU32(code: u32, fallback: u32): u32 {
  const entry = entryOf(code);
  return lengthOf(entry) == 4 ? loadU32(dataOf(entry)) : fallback;
}

/** Whether a field ended in an option that ran past it. */
export function optionsTruncated(): bool {
  return truncated;
}

/** How many options were ignored because what they join to found no room in the join buffer. */
export function optionsTooLong(): u32 {
  return tooLongCount;
}

/** Walks the fields that option 52, whose value is `overload`, gives to options: first `file`, then `sname`. */
function walkOverload(message: usize, overload: u32, joining: bool): void {
  if (overload & Overload.FILE) walkField(file(message), file(message) + FILE_SIZE, true, joining);
  if (overload & Overload.SNAME) walkField(sname(message), sname(message) + SNAME_SIZE, true, joining);
}

/**
 * Walks the options in [at, end). Each turn takes at least one byte, so a field of n bytes takes at most n turns.
 * The first walk fills the index (`note`), the second, where any option is repeated, the join buffer (`join`).
 */
function walkField(at: usize, end: usize, overloaded: bool, joining: bool): void {
  while (at < end) {
    const code: u32 = load<u8>(at);
    at++;
    if (code == OptionCode.PAD) continue;
    if (code == OptionCode.END) return;
    if (at == end || at + 1 + load<u8>(at) > end) {
      truncated = true;
      return;
    }
    const length: u32 = load<u8>(at);
    at++;
    if (!overloaded || code != OptionCode.OPTION_OVERLOAD) {
      const slot = slotOf(code);
      if (!joining) note(slot, at, length);
      else if (hasBit(repeated, slot)) join(slot, at, length);
    }
    at += length;
  }
}

/** Enters an option, or adds to the length of one that is there. */
function note(slot: u32, at: usize, length: u32): void {
  if (slot == SLOT_NONE) return;
  const entryAt = entries + (slot << 2);
  const entry = load<u32>(entryAt);
  if (entry == 0) {
    store<u32>(entryAt, (length << 16) | u32(at - indexedMessage));
    return;
  }
  repeated |= 1 << slot;
  store<u32>(entryAt, (min((entry >>> 16) + length, LENGTH_MASK) << 16) | (entry & 0xffff));
}

/**
 * Takes one part of a repeated option into the join buffer. At the first part the entry still points at that part, and
 * states the whole length: the room is taken then, and the length begins anew from 0 so that it says where the next
 * part goes.
 */
function join(slot: u32, at: usize, length: u32): void {
  const entryAt = entries + (slot << 2);
  let entry = load<u32>(entryAt);
  if (entry == 0) return;
  if (!((entry >>> 16) & JOINED)) {
    const total = entry >>> 16;
    if (joinUsed + total > joinSize) {
      store<u32>(entryAt, 0);
      tooLongCount++;
      return;
    }
    entry = (JOINED << 16) | joinUsed;
    joinUsed += total;
  }
  copyBytes(joinBuffer + (entry & 0xffff) + ((entry >>> 16) & LENGTH_MASK), at, length);
  store<u32>(entryAt, entry + (length << 16));
}

/** The entry of a code, or 0: the message does not have it. (Offset 0 is a message's first field, no option.) */
function entryOf(code: u32): u32 {
  return load<u32>(entries + (slotOf(code) << 2));
}

/** Address of the data that an entry speaks of. */
function dataOf(entry: u32): usize {
  return ((entry >>> 16) & JOINED ? joinBuffer : indexedMessage) + (entry & 0xffff);
}

/** Bytes of them. */
function lengthOf(entry: u32): u32 {
  return (entry >>> 16) & LENGTH_MASK;
}

/** The place of a code in the index. Every code that a role asks for has one. */
function slotOf(code: u32): u32 {
  if (code - RUN_FIRST < RUN_COUNT) return code - RUN_FIRST;
  if (code == OptionCode.SUBNET_MASK) return SLOT_SUBNET_MASK;
  if (code == OptionCode.HOST_NAME) return SLOT_HOST_NAME;
  return code == OptionCode.RELAY_AGENT_INFORMATION ? SLOT_RELAY_AGENT_INFORMATION : SLOT_NONE;
}

function hasBit(bits: u32, slot: u32): bool {
  return ((bits >>> slot) & 1) != 0;
}

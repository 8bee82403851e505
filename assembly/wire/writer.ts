/**
 * The one writer of options (RFC 2131 §4.1, RFC 2132 §2 and §9.3, RFC 3396): it fits them to what the receiver can
 * take.
 *
 * Options go into the options field as long as they fit, then, where the caller allows it (`allowOverload`), into
 * `file` and last into `sname`; option 52 is written at the first spill. A field that was passed by is tried again for
 * each option, so a short one may still find room before a longer one did. Room is always kept for what must come: END
 * of each field, option 52, and the tail.
 *
 * Every put leaves things whole: either the whole option is written, or nothing is and it returns false. For an option
 * without which the message must not leave, say `requireOption(putU32(…))`: a false is kept, and `finishOptions` then
 * returns 0.
 *
 *     putOption(code, …)             optional: dropped when there is no room
 *     requireOption(putOption(…))    mandatory
 *
 * An option of up to 255 bytes is never split: RFC 3396 §4 leaves that open, and many receivers do not join. A longer
 * one is split as RFC 3396 §6 says, its parts in the order in which a receiver walks the fields. Put each code at most
 * once.
 *
 * One message is written at a time. Bytes depend on nothing but the calls: what is not written is zero.
 */
import { copyBytes, fillZero, storeU16, storeU32 } from "./bytes";
import { COOKIE, COOKIE_AT, FILE_AT, FILE_SIZE, MIN_MESSAGE_SIZE, OPTIONS_AT, SNAME_AT, SNAME_SIZE } from "./message";
import { OptionCode, Overload } from "./options";

/** Bytes before an option's data: code and length. */
const OPTION_HEAD: u32 = 2;
/** The most that one option carries. */
const PART_SIZE: u32 = 255;
/** Bytes of option 52. */
const OVERLOAD_OPTION_SIZE: u32 = OPTION_HEAD + 1;
/** Bytes of END. */
const END_SIZE: u32 = 1;

let message: usize = 0;
/** Where the next option goes in each field; `optionsEnd` and the like: the first byte that it may not touch. */
let optionsAt: usize = 0;
let optionsEnd: usize = 0;
let fileAt: usize = 0;
let fileEnd: usize = 0;
let snameAt: usize = 0;
let snameEnd: usize = 0;
/** Where the value of option 52 lies, once it is written. */
let overloadAt: usize = 0;
/** Bytes of the options field kept for the tail; part of what lies behind `optionsEnd`. */
let tailSize: u32 = 0;
let overflowed: bool = false;

/**
 * Begins the options of the message at `at`, which may grow to `messageLimit` bytes of DHCP message (from `op` on,
 * without IP and UDP headers), and writes the cookie. The buffer must hold `messageLimit` bytes, at least
 * `MIN_MESSAGE_SIZE`.
 */
export function startOptions(at: usize, messageLimit: u32): void {
  assert(messageLimit >= MIN_MESSAGE_SIZE);
  message = at;
  storeU32(at + COOKIE_AT, COOKIE);
  optionsAt = at + OPTIONS_AT;
  optionsEnd = at + messageLimit - END_SIZE;
  fileAt = fileEnd = snameAt = snameEnd = 0;
  overloadAt = 0;
  tailSize = 0;
  overflowed = false;
}

/**
 * Lets options spill into `file` and `sname` where these are free of names, and zeroes those. At most once, before the
 * first put and the tail: the room for option 52 is kept from then on.
 */
export function allowOverload(fileFree: bool, snameFree: bool): void {
  assert(optionsAt == message + OPTIONS_AT && tailSize == 0);
  if (fileFree) {
    fileAt = message + FILE_AT;
    fileEnd = fileAt + FILE_SIZE - END_SIZE;
    fillZero(fileAt, FILE_SIZE);
  }
  if (snameFree) {
    snameAt = message + SNAME_AT;
    snameEnd = snameAt + SNAME_SIZE - END_SIZE;
    fillZero(snameAt, SNAME_SIZE);
  }
  if (fileFree || snameFree) optionsEnd -= OVERLOAD_OPTION_SIZE;
}

/**
 * Keeps room at the end of the options field for one option with `length` bytes of data, which `putTail` writes after
 * all others (option 82: RFC 3046 §2.1). Returns false, and keeps none, when there is no room. At most once.
 */
export function reserveTail(length: u32): bool {
  const size = encodedSize(length);
  if (size > roomFor(optionsAt, optionsEnd)) return false;
  tailSize = size;
  optionsEnd -= size;
  return true;
}

/** Writes the option for which `reserveTail` kept room, with the same length. No other may be put after it. */
export function putTail(code: u32, data: usize, length: u32): void {
  assert(encodedSize(length) == tailSize);
  optionsEnd += tailSize;
  tailSize = 0;
  optionsAt = writeParts(optionsAt, code, data, length);
  // Closes every field: option 82 stays the last one.
  optionsEnd = optionsAt;
  fileEnd = fileAt;
  snameEnd = snameAt;
}

/** Writes an option with the `length` bytes at `data`; with a length of 0, an empty one. False when it does not fit. */
export function putOption(code: u32, data: usize, length: u32): bool {
  const to = takeRoom(encodedSize(length));
  if (to == 0) return length > PART_SIZE && spills() && putAcross(code, data, length);
  writeParts(to, code, data, length);
  return true;
}

/**
 * Copies an option that is already encoded: the `size` bytes at `from`, codes and lengths included, in one part or in several
 * of the same code. All parts go into one field. False when they do not fit.
 */
export function putEncoded(from: usize, size: u32): bool {
  const to = takeRoom(size);
  if (to != 0) copyBytes(to, from, size);
  return to != 0;
}

/** Takes `size` bytes in the first field that has as many left, and returns their address, or 0. */
function takeRoom(size: u32): usize {
  const to = optionsAt;
  if (size > roomFor(to, optionsEnd)) return spills() ? takeRoomBeyond(size) : 0;
  optionsAt += size;
  return to;
}

/** Whether `file` or `sname` may hold options. A role that never allows it is built without what asks this. */
function spills(): bool {
  return (fileEnd | snameEnd) != 0;
}

/** The same in `file` or `sname`. */
function takeRoomBeyond(size: u32): usize {
  let to = fileAt;
  if (size <= roomFor(fileAt, fileEnd)) {
    noteOverload(Overload.FILE);
    fileAt += size;
  } else if (size <= roomFor(snameAt, snameEnd)) {
    noteOverload(Overload.SNAME);
    to = snameAt;
    snameAt += size;
  } else {
    to = 0;
  }
  return to;
}

/** Writes an option of one byte. False when it does not fit. */
export function putU8(code: u32, value: u32): bool {
  const to = putHead(code, 1);
  if (to != 0) store<u8>(to, value);
  return to != 0;
}

/** Writes an option of two bytes. False when it does not fit. */
export function putU16(code: u32, value: u32): bool {
  const to = putHead(code, 2);
  if (to != 0) storeU16(to, value);
  return to != 0;
}

/** Writes an option of four bytes, a number or an address. False when it does not fit. */
export function putU32(code: u32, value: u32): bool {
  const to = putHead(code, 4);
  if (to != 0) storeU32(to, value);
  return to != 0;
}

/** Writes code and length of an option of a few bytes; returns where its data go, or 0 when it does not fit. */
function putHead(code: u32, length: u32): usize {
  const to = takeRoom(OPTION_HEAD + length);
  if (to == 0) return 0;
  store<u8>(to, code);
  store<u8>(to, length, 1);
  return to + OPTION_HEAD;
}

/** Says of a put that the message is worth nothing without it. */
export function requireOption(written: bool): void {
  if (!written) overflowed = true;
}

/**
 * Ends every field in use, pads the message with zeros to `MIN_MESSAGE_SIZE`, and returns its length in bytes; 0 when a
 * mandatory option did not fit.
 */
export function finishOptions(): u32 {
  if (overflowed) return 0;
  const overload: u32 = overloadAt ? load<u8>(overloadAt) : 0;
  if (overload & Overload.FILE) store<u8>(fileAt, OptionCode.END);
  if (overload & Overload.SNAME) store<u8>(snameAt, OptionCode.END);
  store<u8>(optionsAt, OptionCode.END);
  const length = u32(optionsAt - message) + END_SIZE;
  if (length >= MIN_MESSAGE_SIZE) return length;
  fillZero(message + length, MIN_MESSAGE_SIZE - length);
  return MIN_MESSAGE_SIZE;
}

/** Bytes that `length` bytes of data take in one field: two more for each 255 begun, and for an empty option. */
function encodedSize(length: u32): u32 {
  if (length <= PART_SIZE) return length + OPTION_HEAD;
  return length + ((length + PART_SIZE - 1) / PART_SIZE) * OPTION_HEAD;
}

/** Bytes left in [at, end): none in a field that is not in use. */
function roomFor(at: usize, end: usize): u32 {
  return u32(end - at);
}

/** How many bytes of data `room` bytes of a field can take, in as many parts as that needs. */
function dataWithin(room: u32): u32 {
  const whole = room / (OPTION_HEAD + PART_SIZE);
  const rest = room % (OPTION_HEAD + PART_SIZE);
  return whole * PART_SIZE + (rest > OPTION_HEAD ? rest - OPTION_HEAD : 0);
}

/**
 * Writes an option in parts of up to 255 bytes from `at` on, where there is room, and returns the first byte behind it.
 */
function writeParts(at: usize, code: u32, data: usize, length: u32): usize {
  do {
    const part = min(length, PART_SIZE);
    store<u8>(at, code);
    store<u8>(at, part, 1);
    copyBytes(at + OPTION_HEAD, data, part);
    at += OPTION_HEAD + part;
    data += part;
    length -= part;
  } while (length != 0);
  return at;
}

/** Splits an option longer than 255 bytes, for which no field is enough, over the options field, `file` and `sname`. */
function putAcross(code: u32, data: usize, length: u32): bool {
  const inOptions = min(dataWithin(roomFor(optionsAt, optionsEnd)), length);
  const inFile = min(dataWithin(roomFor(fileAt, fileEnd)), length - inOptions);
  const inSname = length - inOptions - inFile;
  if (inSname > dataWithin(roomFor(snameAt, snameEnd))) return false;
  // Before anything else goes into the options field: the first spill writes option 52 there, in room kept for it.
  if (inFile) noteOverload(Overload.FILE);
  if (inSname) noteOverload(Overload.SNAME);
  if (inOptions) optionsAt = writeParts(optionsAt, code, data, inOptions);
  if (inFile) fileAt = writeParts(fileAt, code, data + inOptions, inFile);
  if (inSname) snameAt = writeParts(snameAt, code, data + inOptions + inFile, inSname);
  return true;
}

/** Says in option 52 that a field holds options; writes it, in the room kept for it, when it is the first. */
function noteOverload(field: u32): void {
  if (!overloadAt) {
    store<u8>(optionsAt, OptionCode.OPTION_OVERLOAD);
    store<u8>(optionsAt, 1, 1);
    overloadAt = optionsAt + OPTION_HEAD;
    store<u8>(overloadAt, 0);
    optionsAt += OVERLOAD_OPTION_SIZE;
    optionsEnd += OVERLOAD_OPTION_SIZE;
  }
  store<u8>(overloadAt, load<u8>(overloadAt) | field);
}

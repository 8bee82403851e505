/**
 * What the wire specs share: bytes written as hexadecimal text, messages that end where memory ends, and random numbers
 * that a seed repeats.
 */
import { clearHeader, COOKIE, COOKIE_AT, HEADER_SIZE, setHlen, setHtype, setOp } from "../../assembly/wire/message";
import { storeU32 } from "../../assembly/wire/bytes";

/**
 * Writes the bytes that `text` states as pairs of hexadecimal digits, blanks between them as wanted; returns how many.
 */
export function putHex(at: usize, text: string): u32 {
  let count: u32 = 0;
  let high = -1;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character == 32) continue;
    const digit = character < 58 ? character - 48 : (character | 32) - 87;
    assert(digit >= 0 && digit < 16, "not a hexadecimal digit");
    if (high < 0) high = digit;
    else {
      store<u8>(at + count++, (high << 4) | digit);
      high = -1;
    }
  }
  assert(high < 0, "half a byte");
  return count;
}

/** The `count` bytes at `at` as hexadecimal text without blanks. */
export function hexOf(at: usize, count: u32): string {
  let text = "";
  for (let i: u32 = 0; i < count; i++) {
    const byte: u32 = load<u8>(at + i);
    text += String.fromCharCode(hexDigit(byte >>> 4)) + String.fromCharCode(hexDigit(byte & 15));
  }
  return text;
}

function hexDigit(value: u32): i32 {
  return value < 10 ? 48 + value : 87 + value;
}

/**
 * Writes the shortest message that could be one: 240 bytes, op 1, Ethernet, everything else zero, and the cookie. Returns 240.
 */
export function putBase(at: usize): u32 {
  clearHeader(at);
  setOp(at, 1);
  setHtype(at, 1);
  setHlen(at, 6);
  storeU32(at + COOKIE_AT, COOKIE);
  return HEADER_SIZE + 4;
}

/** The first address behind memory, with 65,536 bytes before it that belong to the caller: a read beyond traps. */
export function freshEdge(): usize {
  assert(memory.grow(1) >= 0, "no memory for the test");
  return usize(memory.size()) << 16;
}

/** Turns over bit `bit` of the bytes at `at`, counted from the lowest of the first. */
export function flipBit(at: usize, bit: u32): void {
  const mask: u32 = 1 << (bit & 7);
  store<u8>(at + (bit >>> 3), load<u8>(at + (bit >>> 3)) ^ mask);
}

let randomState: u32 = 1;

/** Begins the sequence of `randomBelow` anew. */
export function seedRandom(seed: u32): void {
  assert(seed != 0, "xorshift never leaves 0");
  randomState = seed;
}

/** A number below `limit` (xorshift32). */
export function randomBelow(limit: u32): u32 {
  randomState ^= randomState << 13;
  randomState ^= randomState >>> 17;
  randomState ^= randomState << 5;
  return randomState % limit;
}

/**
 * Bytes in linear memory: the only place where byte order is swapped.
 *
 * WebAssembly is little-endian and loads from any address; the network is big-endian. Every multi-byte number of a
 * message is read and written here, so that no other file can forget the swap. Copying, clearing and comparing are
 * loops of our own over words: without bulk memory the language's own pull in a memmove larger than this folder.
 */

/** Whether loops take several words a turn; a build that must be small (COMPACT, a client's) does without. */
// @ts-ignore: a name that a build defines, or does not
export const FAST: bool = !isDefined(COMPACT);

/** The low two bytes of `value` in the opposite order. For sums over bytes as they lie in memory (`checksum.ts`). */
export function swapU16(value: u32): u32 {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

/** The four bytes of `value` in the opposite order. */
function swapU32(value: u32): u32 {
  return (rotl<u32>(value, 8) & 0x00ff00ff) | (rotl<u32>(value, 24) & 0xff00ff00);
}

/** The u16 in network order at `at`, which need not be aligned. */
export function loadU16(at: usize): u32 {
  return swapU16(load<u16>(at));
}

/** The u32 in network order at `at`, which need not be aligned. */
export function loadU32(at: usize): u32 {
  return swapU32(load<u32>(at));
}

/** Stores the low 16 bits of `value` in network order at `at`, which need not be aligned. */
export function storeU16(at: usize, value: u32): void {
  store<u16>(at, swapU16(value));
}

/** Stores `value` in network order at `at`, which need not be aligned. */
export function storeU32(at: usize, value: u32): void {
  store<u32>(at, swapU32(value));
}

/** Copies `count` bytes, first to last: the areas may overlap only where `to` is not above `from`. */
export function copyBytes(to: usize, from: usize, count: u32): void {
  const end = from + count;
  for (; from + 8 <= end; from += 8, to += 8) store<u64>(to, load<u64>(from));
  if (FAST && from + 4 <= end) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
  for (; from < end; from++, to++) store<u8>(to, load<u8>(from));
}

/** Zeroes `count` bytes from `at` on. */
export function fillZero(at: usize, count: u32): void {
  const end = at + count;
  if (FAST) {
    for (; at + 32 <= end; at += 32) {
      store<u64>(at, 0);
      store<u64>(at, 0, 8);
      store<u64>(at, 0, 16);
      store<u64>(at, 0, 24);
    }
  }
  for (; at + 8 <= end; at += 8) store<u64>(at, 0);
  for (; at < end; at++) store<u8>(at, 0);
}

/** Whether the `count` bytes at `a` and at `b` are the same. Not for secrets: it returns at the first difference. */
export function equalBytes(a: usize, b: usize, count: u32): bool {
  const end = a + count;
  for (; a + 8 <= end; a += 8, b += 8) if (load<u64>(a) != load<u64>(b)) return false;
  if (FAST && a + 4 <= end) {
    if (load<u32>(a) != load<u32>(b)) return false;
    a += 4;
    b += 4;
  }
  for (; a < end; a++, b++) if (load<u8>(a) != load<u8>(b)) return false;
  return true;
}

/**
 * Orders two byte strings as a dictionary does, each byte as a number, a prefix before what it begins.
 * Returns a negative number, 0 or a positive number as `a` comes before, with or after `b`.
 */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const common = min(aLength, bLength);
  for (let i: u32 = 0; i < common; i++) {
    const difference = i32(load<u8>(a + i)) - i32(load<u8>(b + i));
    if (difference != 0) return difference;
  }
  return i32(aLength > bLength) - i32(aLength < bLength);
}

/** Rounds that end a hash, after the last word. */
const FINAL_ROUNDS: u32 = 3;

/**
 * A 32-bit hash of `count` bytes for the buckets of a table: HalfSipHash-1-3 (Aumasson and Bernstein) under a key made
 * of `seed`.
 *
 * Identifiers are chosen by whoever is on the link. With a hash that mixes without a key, or one whose collisions hold
 * for every seed (Murmur), a machine could send a thousand that fall into one bucket; here it would have to know the
 * seed.
 */
export function hashBytes(at: usize, count: u32, seed: u32): u32 {
  const key = seed ^ 0x9e3779b9;
  let v0 = seed;
  let v1 = key;
  let v2: u32 = 0x6c796765 ^ seed;
  let v3: u32 = 0x74656462 ^ key;
  const wordCount = count >>> 2;
  for (let round: u32 = 0; round <= wordCount + FINAL_ROUNDS; round++) {
    let word: u32 = 0;
    if (round < wordCount) word = load<u32>(at + (round << 2));
    else if (round == wordCount) word = lastWord(at + (wordCount << 2), count);
    else if (round == wordCount + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 += v1;
    v1 = rotl<u32>(v1, 5) ^ v0;
    v0 = rotl<u32>(v0, 16);
    v2 += v3;
    v3 = rotl<u32>(v3, 8) ^ v2;
    v0 += v3;
    v3 = rotl<u32>(v3, 7) ^ v0;
    v2 += v1;
    v1 = rotl<u32>(v1, 13) ^ v2;
    v2 = rotl<u32>(v2, 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}

/** The word that ends a hashed string: its last zero to three bytes, and its length modulo 256 on top. */
function lastWord(at: usize, count: u32): u32 {
  let word = count << 24;
  for (let i: u32 = 0; i < (count & 3); i++) word |= u32(load<u8>(at + i)) << (i << 3);
  return word;
}

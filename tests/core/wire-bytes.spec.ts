/**
 * wire/bytes.ts: byte order, the loops around their eight-byte turns, and the hash against an implementation of its
 * own.
 */
import {
  compareBytes,
  copyBytes,
  equalBytes,
  fillZero,
  hashBytes,
  loadU16,
  loadU32,
  storeU16,
  storeU32,
} from "../../assembly/wire/bytes";

const CANARY: u8 = 0xa5;
const a = memory.data(64, 8);
const b = memory.data(64, 8);

/** Fills 64 bytes with a pattern that begins at `first`. */
function pattern(at: usize, first: u32): void {
  for (let i: u32 = 0; i < 64; i++) store<u8>(at + i, first + i);
}

describe("byte order", () => {
  test("numbers are in network order at any address", () => {
    for (let at = a; at < a + 4; at++) {
      storeU32(at, 0xc0000201);
      expect(load<u8>(at)).toBe(192);
      expect(load<u8>(at + 3)).toBe(1);
      expect(loadU32(at)).toBe(0xc0000201);
      expect(loadU16(at)).toBe(0xc000);
      expect(loadU16(at + 2)).toBe(0x0201);
      storeU16(at, 0x1234);
      expect(load<u8>(at)).toBe(0x12);
      expect(loadU32(at)).toBe(0x12340201);
    }
  });

  test("storeU16 keeps the low 16 bits only", () => {
    pattern(a, 0);
    storeU16(a + 1, 0xfffe0102);
    expect(load<u8>(a)).toBe(0);
    expect(loadU16(a + 1)).toBe(0x0102);
    expect(load<u8>(a + 3)).toBe(3);
  });
});

describe("loops", () => {
  test("copyBytes copies each count and nothing beside it", () => {
    pattern(a, 1);
    for (let count: u32 = 0; count <= 40; count++) {
      memory.fill(b, CANARY, 64);
      copyBytes(b + 3, a + 1, count);
      for (let i: u32 = 0; i < 64; i++) {
        const expected = i >= 3 && i < 3 + count ? load<u8>(a + 1 + i - 3) : CANARY;
        expect(load<u8>(b + i)).toBe(expected);
      }
    }
  });

  test("copyBytes moves an area downwards over itself", () => {
    for (let distance: u32 = 1; distance < 10; distance++) {
      pattern(a, 0);
      copyBytes(a, a + distance, 40);
      for (let i: u32 = 0; i < 40; i++) expect(load<u8>(a + i)).toBe(u8(i + distance));
    }
  });

  test("fillZero clears each count and nothing beside it", () => {
    for (let count: u32 = 0; count <= 40; count++) {
      memory.fill(a, CANARY, 64);
      fillZero(a + 5, count);
      for (let i: u32 = 0; i < 64; i++) expect(load<u8>(a + i)).toBe(i >= 5 && i < 5 + count ? 0 : CANARY);
    }
  });

  test("equalBytes sees a difference at each place, and none behind the end", () => {
    for (let count: u32 = 0; count <= 24; count++) {
      pattern(a, 7);
      pattern(b, 7);
      store<u8>(b + count, 0);
      expect(equalBytes(a, b, count)).toBe(true);
      for (let i: u32 = 0; i < count; i++) {
        pattern(b, 7);
        store<u8>(b + i, load<u8>(b + i) ^ 1);
        expect(equalBytes(a, b, count)).toBe(false);
      }
    }
  });

  test("compareBytes orders by unsigned bytes, a prefix first", () => {
    pattern(a, 100);
    pattern(b, 100);
    expect(compareBytes(a, 5, b, 5)).toBe(0);
    expect(compareBytes(a, 0, b, 0)).toBe(0);
    expect(compareBytes(a, 4, b, 5)).toBeLessThan(0);
    expect(compareBytes(a, 5, b, 4)).toBeGreaterThan(0);
    // What lies behind the shorter one is not asked.
    store<u8>(b + 4, 0xff);
    expect(compareBytes(a, 5, b, 4)).toBeGreaterThan(0);
    expect(compareBytes(b, 4, a, 5)).toBeLessThan(0);
    store<u8>(a + 2, 0x7f);
    store<u8>(b + 2, 0x80);
    expect(compareBytes(a, 9, b, 3)).toBeLessThan(0);
    expect(compareBytes(b, 3, a, 9)).toBeGreaterThan(0);
  });
});

describe("hashBytes", () => {
  test("is HalfSipHash-1-3 as an independent implementation computes it", () => {
    pattern(a, 0);
    expect(hashBytes(a, 0, 0xdeadbeef)).toBe(0xe96eeec6);
    expect(hashBytes(a, 1, 0xdeadbeef)).toBe(0xd840bad7);
    expect(hashBytes(a, 2, 0xdeadbeef)).toBe(0xe3222a40);
    expect(hashBytes(a, 3, 0xdeadbeef)).toBe(0x3ade50b7);
    expect(hashBytes(a, 4, 0xdeadbeef)).toBe(0x311a3e82);
    expect(hashBytes(a, 5, 0xdeadbeef)).toBe(0x45ab4941);
    expect(hashBytes(a, 6, 0xdeadbeef)).toBe(0x2c492223);
    expect(hashBytes(a, 7, 0xdeadbeef)).toBe(0xba2fcabb);
    expect(hashBytes(a, 8, 0xdeadbeef)).toBe(0xa617bfc4);
    expect(hashBytes(a, 19, 0xdeadbeef)).toBe(0x57aec4a5);
    expect(hashBytes(a, 64, 0xdeadbeef)).toBe(0x1843a440);
  });

  test("depends on the seed, the length and every byte", () => {
    pattern(a, 0);
    expect(hashBytes(a, 6, 1)).not.toBe(hashBytes(a, 6, 2));
    fillZero(b, 64);
    expect(hashBytes(b, 4, 1)).not.toBe(hashBytes(b, 5, 1));
    for (let i: u32 = 0; i < 19; i++) {
      pattern(b, 0);
      store<u8>(b + i, load<u8>(b + i) ^ 0x80);
      expect(hashBytes(b, 19, 1)).not.toBe(hashBytes(a, 19, 1));
    }
  });

  test("spreads consecutive hardware addresses over buckets", () => {
    const buckets = memory.data(256 * 4, 4);
    fillZero(buckets, 256 * 4);
    for (let i: u32 = 0; i < 4096; i++) {
      storeU32(a, 0x02000000);
      storeU16(a + 4, i);
      const bucket = buckets + ((hashBytes(a, 6, 0x12345678) & 255) << 2);
      store<u32>(bucket, load<u32>(bucket) + 1);
    }
    // 16 on average: a fair hash stays within these with a probability of all but one in a million.
    for (let i: u32 = 0; i < 256; i++) {
      expect(load<u32>(buckets + (i << 2))).toBeGreaterThan(0);
      expect(load<u32>(buckets + (i << 2))).toBeLessThan(44);
    }
  });
});

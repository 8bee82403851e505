/**
 * Pseudo-random numbers from entropy that the host gives: xorshift64* (Vigna, "An experimental exploration of Marsaglia's
 * xorshift generators, scrambled", 2016). They jitter timers and choose `xid`s; nothing here is a secret key.
 */

let state: u64 = 0x9e3779b97f4a7c15;

/** Mixes 64 bits of entropy into the generator; never leaves it in its one bad state, zero. */
export function addEntropy(low: u32, high: u32): void {
  state ^= (u64(high) << 32) | u64(low);
  if (state == 0) state = 0x9e3779b97f4a7c15;
  for (let round = 0; round < 4; round++) random();
}

/** 32 random bits. */
export function random(): u32 {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return u32((state * 0x2545f4914f6cdd1d) >> 32);
}

/** A number in `[0, bound)`; `bound` of 0 gives 0. The bias is below bound / 2³². */
export function randomBelow(bound: u32): u32 {
  return u32((u64(random()) * u64(bound)) >> 32);
}

// Where the randomness of a run comes from: one seed, printed, from which every choice of every test follows.
//
// `LEASEHOLD_SEED=n npm test -- fuzz` repeats a run exactly. Each test takes a stream of its own, named after it, so that it can
// be repeated alone and tests do not disturb each other.

import { randomInt } from "node:crypto";

/** The seed where a run must not differ from the last one: what a developer's runs find by chance is not for CI to stumble over. */
const CI_SEED = 2131;

/** The seed of this run: another one each time, unless it is given, or CI=true. */
export const seed =
  Number(process.env["LEASEHOLD_SEED"] ?? (process.env["CI"] === "true" ? CI_SEED : randomInt(2 ** 31))) >>> 0;

/** How a failure in a suite is repeated. */
export function howToRepeatSuite(suite: string): string {
  return `LEASEHOLD_SEED=${seed} npm test -- ${suite}`;
}

/** How a failure in this suite is repeated. */
export const howToRepeat = howToRepeatSuite("fuzz");

/** `count`, multiplied by LEASEHOLD_FUZZ_FACTOR for a longer run. */
export function scaled(count: number): number {
  return Math.ceil(count * Number(process.env["LEASEHOLD_FUZZ_FACTOR"] ?? 1));
}

/** A stream of random numbers: sfc32 (Chris Doty-Humphrey, PractRand), seeded by the run's seed and a name. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: string, from = seed) {
    this.#a = from | 0;
    this.#b = 0x9e3779b9;
    this.#c = 0;
    for (const byte of new TextEncoder().encode(name)) this.#c = Math.imul(this.#c ^ byte, 0x01000193);
    for (let round = 0; round < 16; round++) this.u32();
  }

  /** 32 random bits. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number from 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  /** A number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

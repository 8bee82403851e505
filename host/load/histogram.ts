/**
 * How long exchanges took, in memory that does not grow: a histogram whose buckets are as wide as 1/128 of what they hold, so a
 * quantile is never wrong by more than 1/256 of itself.
 *
 * A duration's bucket is read out of its own bits: a double's exponent and the first seven bits of its mantissa.
 */

const MANTISSA_BITS = 7;
/** Bits of a double's upper half that lie below those seven. */
const SHIFT = 20 - MANTISSA_BITS;
/** Exponents of the shortest and the longest duration that are told apart, in milliseconds: 2⁻²⁰ (1 ns) and 2²³ (two hours). */
const LEAST_EXPONENT = -20;
const MOST_EXPONENT = 23;
const EXPONENT_BIAS = 1023;
const FIRST_BUCKET = (LEAST_EXPONENT + EXPONENT_BIAS) << MANTISSA_BITS;
const BUCKETS = (MOST_EXPONENT - LEAST_EXPONENT) << MANTISSA_BITS;

/** Counts durations in milliseconds. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  readonly #number = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#number.buffer);
  #total = 0;
  #longest = 0;

  /**
   * Counts a duration, `weight` times; what is shorter or longer than can be told apart counts as the shortest or the longest
   * that can.
   */
  add(milliseconds: number, weight = 1): void {
    this.#number[0] = Math.max(0, milliseconds);
    // The upper half of a double comes second on the little-endian machines that are served.
    const bucket = (this.#halves[1]! >>> SHIFT) - FIRST_BUCKET;
    const index = Math.min(BUCKETS - 1, Math.max(0, bucket));
    this.#counts[index]! += weight;
    this.#total += weight;
    if (milliseconds > this.#longest) this.#longest = milliseconds;
  }

  /** How many durations were counted. */
  get total(): number {
    return this.#total;
  }

  /** The longest of them, exactly; 0 when there was none. */
  get longest(): number {
    return this.#longest;
  }

  /** The duration that `part` (0 to 1) of all did not exceed, within 1/256 of itself; 0 when there was none. */
  quantile(part: number): number {
    const rank = Math.max(1, Math.ceil(part * this.#total));
    let seen = 0;
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.#counts[index]!;
      if (seen >= rank) return Math.min(this.#longest, middleOf(index));
    }
    return this.#longest;
  }
}

/** The middle of a bucket, in milliseconds. */
function middleOf(index: number): number {
  const exponent = (index >> MANTISSA_BITS) + LEAST_EXPONENT;
  const step = index & ((1 << MANTISSA_BITS) - 1);
  return 2 ** exponent * (1 + (step + 0.5) / (1 << MANTISSA_BITS));
}

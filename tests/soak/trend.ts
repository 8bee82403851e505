// Whether a server that has run for a while takes more and more memory or descriptors, or answers later and later.
//
// What comes first is left out: a server's memory fills while it gets its first leases. Of the rest, the first quarter is
// compared with the last one, by their medians: one sample that is out of line, as every busy machine gives them, decides nothing.

/** The share of a run at its beginning that is no measure. */
const WARM_UP = 0.2;

/** Fewer values than this in a quarter say nothing. */
const FEWEST = 2;

/** How much a median may grow: by a factor, and by an amount on top, for small numbers. */
export interface Allowance {
  readonly factor: number;
  readonly amount: number;
}

/** A first and a last quarter, as medians. */
export interface Trend {
  readonly first: number;
  readonly last: number;
  /** Whether the last is larger than is allowed. */
  readonly grows: boolean;
}

/** Values of one kind, in the order of time: how their last quarter stands to their first one; null: there are too few to say. */
export function trendOf(values: readonly number[], { factor, amount }: Allowance): Trend | null {
  const rest = values.slice(Math.floor(values.length * WARM_UP));
  const quarter = Math.floor(rest.length / 4);
  if (quarter < FEWEST) return null;
  const [first, last] = [median(rest.slice(0, quarter)), median(rest.slice(-quarter))];
  return { first, last, grows: last > first * factor + amount };
}

/** The value in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

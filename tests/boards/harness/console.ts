/**
 * What firmware says on its console: lines of a word and `name=value` pairs (`boards/common/log.h`), and the report that it gives
 * when it is asked for one.
 */

/** A line of firmware. */
export interface ConsoleLine {
  readonly word: string;
  readonly values: ReadonlyMap<string, string>;
}

/** What firmware reports of itself. */
export interface Report {
  /** `received`, `sent`, `traps`, and what its board adds, such as `stack` and `lost`. */
  readonly figures: ReadonlyMap<string, number>;
  /** How often each verdict came about, by its number. */
  readonly counters: ReadonlyMap<number, number>;
}

/** Reads a line; null when it is none of firmware's. */
export function readLine(text: string): ConsoleLine | null {
  const [word, ...pairs] = text.trim().split(" ");
  if (word === undefined || !/^[a-z]+$/.test(word)) return null;
  const values = pairs.map((pair) => /^([a-z_]+)=(\S*)$/.exec(pair));
  if (values.some((found) => found === null)) return null;
  return { word, values: new Map(values.map((found) => [found![1]!, found![2]!])) };
}

/** Reads the lines of a report, the last of which is `report end=0`. */
export function readReport(lines: readonly ConsoleLine[]): Report {
  const figures = lines.filter(({ word, values }) => word === "report" && !values.has("end"));
  const counters = lines.filter(({ word }) => word === "counter");
  return {
    figures: new Map(figures.flatMap(({ values }) => [...values].map(([name, value]) => [name, Number(value)]))),
    counters: new Map(counters.map(({ values }) => [Number(values.get("verdict")), Number(values.get("count"))])),
  };
}

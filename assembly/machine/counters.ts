/**
 * One counter for each verdict, in a table whose address the control block gives: entry n counts verdict n below 40, and
 * the role's own verdict `base + n − 40` from there. They wrap at 2³²; hosts add up differences.
 */
import { reserve } from "./memory";
import { COMMON_VERDICT_COUNT } from "./verdict";

let table: usize = 0;
let roleBase: u32 = 0;
let counterCount: u32 = 0;

/** Reserves the counters of a role whose own verdicts are `base` … `base + ownCount − 1`; returns the table's address. */
export function layOutCounters(base: u32, ownCount: u32): usize {
  roleBase = base;
  counterCount = COMMON_VERDICT_COUNT + ownCount;
  table = reserve(counterCount, sizeof<u32>());
  return table;
}

/** Adds one to a verdict's counter. */
export function count(verdict: u32): void {
  const entry = verdict < COMMON_VERDICT_COUNT ? verdict : verdict - roleBase + COMMON_VERDICT_COUNT;
  assert(entry < counterCount);
  const at = table + entry * sizeof<u32>();
  store<u32>(at, load<u32>(at) + 1);
}

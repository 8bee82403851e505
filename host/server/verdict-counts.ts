/**
 * Counts of verdicts over a server's whole life. An instance counts modulo 2³² and from zero; totals go on over the
 * exchange of instances.
 */
import { COMMON_VERDICT_COUNT } from "#layout";
import type { Core } from "../core/core.js";

/** How often each verdict was given. */
export class VerdictCounts {
  readonly #totals = new Map<number, number>();
  #seen = new Uint32Array(0);

  /** Adds what an instance has counted since it was last asked. Ask more often than a counter can go round. */
  absorb(core: Core): void {
    const { counterCount, verdictBase } = core.control;
    if (this.#seen.length !== counterCount) this.#seen = new Uint32Array(counterCount);
    for (let entry = 0; entry < counterCount; entry++) {
      const verdict = entry < COMMON_VERDICT_COUNT ? entry : verdictBase + entry - COMMON_VERDICT_COUNT;
      const count = core.counter(verdict);
      const difference = (count - this.#seen[entry]!) >>> 0;
      if (difference === 0) continue;
      this.#seen[entry] = count;
      this.#totals.set(verdict, (this.#totals.get(verdict) ?? 0) + difference);
    }
  }

  /** Goes on from the totals of another instance, for one that has counted nothing yet. */
  continueFrom(earlier: VerdictCounts): void {
    for (const [verdict, total] of earlier.#totals) this.#totals.set(verdict, total);
  }

  /** Totals by verdict number; verdicts that were never given are absent. */
  get totals(): ReadonlyMap<number, number> {
    return this.#totals;
  }
}

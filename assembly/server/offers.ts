/**
 * How many unanswered offers (and probes before offers) each source holds. What a source is, and how many it may hold, is
 * decided elsewhere (`sources.ts`, `Network.offerLimit`); here they are only counted, as leases enter and leave the states.
 */

/** Numbers that a source can have: a lease remembers its own in one byte. */
export const OFFER_SOURCE_COUNT: u32 = 64;

const held = memory.data(64 * 4, 4);

if (OFFER_SOURCE_COUNT != 64) ERROR("The table of offers states its size twice.");

/** Offers that `source` holds now. */
export function offersHeld(source: u32): u32 {
  return load<u32>(entryOf(source));
}

/** Counts one more offer for `source`. */
export function takeOffer(source: u32): void {
  store<u32>(entryOf(source), offersHeld(source) + 1);
}

/** Counts one offer less for `source`. */
export function giveBackOffer(source: u32): void {
  assert(offersHeld(source) != 0);
  store<u32>(entryOf(source), offersHeld(source) - 1);
}

function entryOf(source: u32): usize {
  assert(source < OFFER_SOURCE_COUNT);
  return held + source * sizeof<u32>();
}

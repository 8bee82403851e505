/**
 * Where messages come from, as one of 64 numbers: a bound on what one attacker behind one port can hold.
 *
 * A source is an interface and, behind a relay agent, its `giaddr` and option 82 (the circuit): what a client cannot
 * choose. Sources are hashed; two that share a number share its limits, which is a nuisance to neither as long as no one attacks.
 *
 * - Unanswered offers: `Network.offerLimit` at a time (`offers.ts` counts them by the source that a lease remembers).
 * - Declined addresses: as many, in one quarantine time. Each costs the pool an address, so a client that declines
 *   whatever it gets would empty it (RFC 2131 §4.3.3 has no such bound).
 */
import { leaseClock } from "../machine/time";
import { random } from "../machine/random";
import { fillZero, hashBytes } from "../wire/bytes";
import { giaddr } from "../wire/message";
import { client } from "./client";
import { message, slot } from "./exchange";
import { OFFER_SOURCE_COUNT } from "./offers";

/** What one source has declined lately. */
@unmanaged
class Declines {
  /** Lease clock when the present quarantine time began to be counted. */
  since: u32;
  /** Addresses declined since then. */
  count: u32;
}

const declines = memory.data(64 * 8, 4);
/** What a source is hashed from: interface, `giaddr`, hash of option 82. */
const key = memory.data(12, 4);
let seed: u32 = 0;

if (offsetof<Declines>() != 8 || OFFER_SOURCE_COUNT != 64) ERROR("The table of declines states its size twice.");

/** Chooses the seed, so that nobody can aim at another's number. */
export function openSources(): void {
  seed = random();
  fillZero(declines, OFFER_SOURCE_COUNT * offsetof<Declines>());
}

/** The number of the source of the message in hand. */
export function sourceOfMessage(): u32 {
  store<u32>(key, slot.interfaceIndex);
  store<u32>(key, giaddr(message), 4);
  store<u32>(key, hashBytes(client.relayInformation, client.relayInformationLength, seed), 8);
  return hashBytes(key, 12, seed) & (OFFER_SOURCE_COUNT - 1);
}

/** Counts a decline from `source`; false, and nothing counted, when it had `limit` in the last `quarantineSeconds`. */
export function mayDecline(source: u32, limit: u32, quarantineSeconds: u32): bool {
  const entry = changetype<Declines>(declines + source * offsetof<Declines>());
  if (leaseClock() - entry.since >= quarantineSeconds) {
    entry.since = leaseClock();
    entry.count = 0;
  }
  if (entry.count >= limit) return false;
  entry.count++;
  return true;
}

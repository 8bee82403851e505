/**
 * Which offer is taken (RFC 2131 §4.4.1 leaves it to the client). Only the best so far is kept, in three numbers.
 *
 * In this order: the preferred server's, one of the address that was asked for, the longest lease, the first that came. A server
 * that did not answer the last DHCPREQUEST comes after all others, so that one that offers and then falls silent
 * cannot keep the client from the rest.
 */
import { settings } from "./settings";

/** The best offer so far; `offerServer` 0: none. */
export let offerAddress: u32 = 0;
export let offerServer: u32 = 0;
let offerSeconds: u32 = 0;

/** Address that a DHCPDISCOVER asks for, or 0. */
export let wantedAddress: u32 = 0;
/** Server that left a DHCPREQUEST unanswered, or 0. */
let silentServer: u32 = 0;

/** Asks for `address` from now on; 0: for the configured one. */
export function want(address: u32): void {
  wantedAddress = address ? address : settings.requestedAddress;
}

/** Asks for no address that is known to be in use by somebody else. */
export function shun(address: u32): void {
  wantedAddress = settings.requestedAddress == address ? 0 : settings.requestedAddress;
}

/** Remembers that `server` did not answer. */
export function noteSilence(server: u32): void {
  silentServer = server;
}

/** Forgets all offers: a new DHCPDISCOVER is on its way. */
export function forgetOffers(): void {
  offerServer = 0;
}

/** Keeps the offer if it is better than the one kept; returns whether it is. */
export function considerOffer(server: u32, address: u32, seconds: u32): bool {
  if (offerServer && !isBetter(server, address, seconds)) return false;
  offerServer = server;
  offerAddress = address;
  offerSeconds = seconds;
  return true;
}

/** Whether no later offer can be better, or none is waited for. */
export function offerDecides(): bool {
  if (settings.offerWindowMilliseconds == 0) return true;
  return offerServer == settings.preferredServer && offerServer != silentServer;
}

function isBetter(server: u32, address: u32, seconds: u32): bool {
  const rank = rankOf(server, address);
  const kept = rankOf(offerServer, offerAddress);
  return rank != kept ? rank > kept : seconds > offerSeconds;
}

/** The first criteria as one number, the most important in the highest bit. */
function rankOf(server: u32, address: u32): u32 {
  const answers: u32 = u32(server != silentServer) << 2;
  const preferred: u32 = u32(server == settings.preferredServer) << 1;
  return answers | preferred | u32(address == wantedAddress);
}

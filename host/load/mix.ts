/**
 * Which client makes the next exchange, and which exchange: shares of renewals and releases, drawn by a generator that begins the
 * same at each run, so that two runs ask the same.
 */
import type { Clients } from "./clients.js";
import { Say } from "./question.js";

/** How many clients are looked at for one that has an address, before one without acquires one instead. */
const MOST_LOOKED_AT = 64;

/** Shares of all exchanges, in percent. */
export interface Shares {
  readonly renew: number;
  readonly release: number;
}

/**
 * Chooses. Each place of the window has clients of its own, every `window`-th, and takes them in turn: so a client never has two
 * exchanges under way.
 */
export class Mix {
  /** What was chosen last. */
  client = 0;
  say: Say = Say.DISCOVER;

  readonly #clients: Clients;
  readonly #shares: Shares;
  readonly #window: number;
  readonly #next: Uint32Array;
  #random = 0x9e3779b9;

  /** There must be at least as many clients as places. */
  constructor(clients: Clients, shares: Shares, window: number) {
    this.#clients = clients;
    this.#shares = shares;
    this.#window = window;
    this.#next = Uint32Array.from({ length: window }, (_, place) => place);
  }

  /** Chooses the next exchange of a place: `client` and `say` are set. */
  choose(place: number, now: number): void {
    this.say = this.#draw();
    this.client = this.#advance(place);
    if (this.say === Say.DISCOVER) return;
    for (let looked = 1; this.#clients.addressOf(this.client, now) === 0; looked++) {
      if (looked === MOST_LOOKED_AT) {
        this.say = Say.DISCOVER;
        return;
      }
      this.client = this.#advance(place);
    }
  }

  #draw(): Say {
    const { renew, release } = this.#shares;
    const percent = (this.#nextRandom() / 2 ** 32) * 100;
    if (percent < renew) return Say.RENEW;
    return percent < renew + release ? Say.RELEASE : Say.DISCOVER;
  }

  #advance(place: number): number {
    const client = this.#next[place]!;
    const next = client + this.#window;
    this.#next[place] = next < this.#clients.count ? next : place;
    return client;
  }

  /** Marsaglia's xorshift: 32 bits. */
  #nextRandom(): number {
    let value = this.#random;
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    this.#random = value;
    return value >>> 0;
  }
}

/**
 * A load on a DHCP server: many clients, and when each of them begins its next exchange.
 *
 * Closed loop: as many exchanges are under way as the window has places; each that ends makes room for the next, so the server sets
 * the pace. Open loop: exchanges are due at instants that nothing shifts. One that finds no place waits for one, and its latency
 * counts from the instant at which it was due: a server that stands still for a second is seen by all that were due in it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Answer } from "./answer.js";
import type { Clients } from "./clients.js";
import { Exchanges } from "./exchanges.js";
import { Mix, type Shares } from "./mix.js";
import { type Report, Tally } from "./tally.js";
import { BATCH, type Way } from "./way.js";

/** How often questions without an answer are looked for, and signals are heard, in milliseconds. */
const LOOK_MILLISECONDS = 100;
/** Longest wait for something to read, in milliseconds. */
const LONGEST_WAIT = 10;
/** Exchanges begun between two looks at what has arrived. */
const MOST_BEGUN = BATCH;
/** Exchanges that never began are counted one by one up to so many, then in as many equal groups. */
const MOST_COUNTED = 1_000_000;

/** What a load is to do. */
export interface LoadPlan {
  /** The server's address as a number; 0: that of the first offer. */
  readonly server: number;
  /** Exchanges under way at the same time: exactly so many in a closed loop, at most so many in an open one. At most `MOST_PLACES`. */
  readonly window: number;
  /** Exchanges a second of an open loop; null: a closed loop. */
  readonly rate: number | null;
  readonly seconds: number;
  readonly shares: Shares;
}

/** One load. */
export class Load {
  readonly #plan: LoadPlan;
  readonly #way: Way;
  readonly #tally = new Tally();
  readonly #exchanges: Exchanges;
  readonly #answer = new Answer();
  /** Idle places in the order in which they became idle; open loop only. */
  readonly #idle: Uint32Array;
  #firstIdle = 0;
  #idleCount = 0;
  #begun = 0;
  #stopped = false;
  /** Whether new exchanges begin. */
  #isAsking = true;
  #start = 0;
  /** Exchanges that are due in all; open loop only. */
  readonly #dueCount: number;

  /** There must be at least as many clients as places of the window. */
  constructor(plan: LoadPlan, way: Way, clients: Clients) {
    const { server, window, shares } = plan;
    this.#plan = plan;
    // Less than a part of one is what a product of decimal fractions is off.
    this.#dueCount = Math.ceil(plan.seconds * (plan.rate ?? 0) - 1e-6);
    this.#way = way;
    this.#idle = new Uint32Array(window);
    const mix = new Mix(clients, shares, window);
    const onIdle = (place: number, now: number) => this.#onIdle(place, now);
    this.#exchanges = new Exchanges({ way, clients, mix, tally: this.#tally, server, window, onIdle });
  }

  /** Ends the load within a moment; what was seen until then is reported. */
  stop(): void {
    this.#stopped = true;
  }

  /** Asks for as long as planned, and reports. */
  async run(): Promise<Report> {
    const { rate, seconds, window } = this.#plan;
    this.#start = performance.now();
    for (let place = 0; place < window; place++) this.#onIdle(place, this.#start);
    this.#way.flush();
    const end = this.#start + seconds * 1000;
    await this.#drive(() => performance.now() < end);
    this.#isAsking = false;
    const stopped = performance.now();
    // What is under way in a closed loop is as much at its end as ever; in an open loop it was due, and has to be seen.
    if (rate !== null) {
      if (!this.#stopped) this.#countUnbegun(stopped);
      await this.#drive(() => this.#exchanges.active > 0);
      this.#exchanges.giveUpAll(performance.now());
    }
    return this.#tally.report((performance.now() - this.#start) / 1000, this.#way.statistics);
  }

  async #drive(goesOn: () => boolean): Promise<void> {
    let looked = performance.now();
    while (!this.#stopped && goesOn()) {
      const count = this.#way.receive();
      const now = performance.now();
      for (let index = 0; index < count; index++) {
        if (this.#way.open(index)) this.#take(now);
      }
      this.#beginDue(now);
      if (now - looked >= LOOK_MILLISECONDS) {
        looked = now;
        this.#exchanges.retry(now);
        await nextTurn();
      }
      this.#way.flush();
      const wait = count < BATCH ? this.#mayWait() : 0;
      if (wait > 0) this.#way.wait(wait);
    }
  }

  #take(now: number): void {
    const { received, at, length } = this.#way;
    this.#exchanges.take(this.#answer, this.#answer.read(received, at, length), now);
  }

  #onIdle(place: number, now: number): void {
    if (this.#plan.rate !== null) {
      this.#idle[(this.#firstIdle + this.#idleCount++) % this.#idle.length] = place;
      return;
    }
    // A release is over at once.
    while (this.#isAsking && !this.#exchanges.begin(place, now, now));
  }

  /** When the next exchange of an open loop is due. */
  #nextDue(): number {
    return this.#start + (this.#begun * 1000) / (this.#plan.rate ?? 1);
  }

  #beginDue(now: number): void {
    if (this.#plan.rate === null || !this.#isAsking) return;
    for (let count = 0; count < MOST_BEGUN && this.#idleCount > 0; count++) {
      const due = this.#nextDue();
      if (due > now || this.#begun >= this.#dueCount) return;
      this.#begun++;
      const place = this.#idle[this.#firstIdle]!;
      this.#firstIdle = (this.#firstIdle + 1) % this.#idle.length;
      this.#idleCount--;
      if (!this.#exchanges.begin(place, due, now)) this.#onIdle(place, now);
    }
  }

  /** How long there is nothing to do but to read, in milliseconds. */
  #mayWait(): number {
    if (this.#plan.rate === null || !this.#isAsking || this.#idleCount === 0) return LONGEST_WAIT;
    return Math.min(LONGEST_WAIT, this.#nextDue() - performance.now());
  }

  /** Exchanges that were due before the end and found no place: each counts with the time it has waited until `now`. */
  #countUnbegun(now: number): void {
    const unbegun = this.#dueCount - this.#begun;
    this.#tally.unbegun = unbegun;
    const group = Math.max(1, Math.ceil(unbegun / MOST_COUNTED));
    while (this.#begun < this.#dueCount) {
      this.#tally.latencies.add(now - this.#nextDue(), Math.min(group, this.#dueCount - this.#begun));
      this.#begun += group;
    }
  }
}

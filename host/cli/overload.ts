/**
 * Overload in the log: datagrams that the system dropped because the server had not read what came before, told at most once a
 * minute. Where they are dropped, discoveries have waited behind requests (`host/net/linux/filter.ts`), so these are new clients first.
 */
import type { TransportStatistics } from "../net/transport.js";
import type { Log } from "./log.js";

/** How often the count is looked at, in milliseconds. */
const LOOK_MILLISECONDS = 2000;

/** Shortest time between two lines, in milliseconds. */
const QUIET_MILLISECONDS = 60_000;

/** Tells the log of overload. */
export class OverloadReporter {
  readonly #log: Log;
  readonly #statistics: Pick<TransportStatistics, "overflowed">;
  readonly #timer: NodeJS.Timeout;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log, statistics: Pick<TransportStatistics, "overflowed">) {
    this.#log = log;
    this.#statistics = statistics;
    this.#timer = setInterval(() => this.#look(QUIET_MILLISECONDS), LOOK_MILLISECONDS);
    this.#timer.unref();
  }

  /** Tells what has not been told yet, and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#look(0);
  }

  #look(quietMilliseconds: number): void {
    const total = this.#statistics.overflowed;
    const count = total - this.#told;
    const now = performance.now();
    if (count <= 0 || now - this.#toldAt < quietMilliseconds) return;
    this.#told = total;
    this.#toldAt = now;
    const message = `${count} datagrams were dropped unread, ${total} since the start: more arrives than can be answered.`;
    this.#log.warning(
      "overloaded",
      `${message} Clients ask again; leases are extended before new clients are served.`,
      {
        count,
        total,
      },
    );
  }
}

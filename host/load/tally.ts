/**
 * What a load has seen, as numbers that only grow, and the report that is made of them at its end.
 */
import type { TransportStatistics } from "../net/transport.js";
import type { Fault } from "./faults.js";
import { Histogram } from "./histogram.js";

/** What a load found out. Durations are milliseconds. */
export interface Report {
  /** How long questions were asked, in seconds. */
  readonly seconds: number;
  /** Exchanges that were brought to their end: acquired + renewed + released. */
  readonly exchanges: number;
  readonly perSecond: number;
  /** DHCPDISCOVER to DHCPACK. */
  readonly acquired: number;
  /** DHCPREQUEST from a client with an address, to DHCPACK. */
  readonly renewed: number;
  /** DHCPRELEASE, which has no answer. */
  readonly released: number;
  readonly messages: { readonly sent: number; readonly received: number };
  /** Questions asked again, because no answer came in time. */
  readonly retries: number;
  /** Exchanges given up: no answer to any of a question's retries, or none before the end. */
  readonly unanswered: number;
  /** Exchanges that were due, but never begun: all places were taken. Only at a fixed rate. */
  readonly unbegun: number;
  /** Answers to questions that were asked again and answered before. */
  readonly late: number;
  /** Wrong answers. */
  readonly wrong: number;
  readonly reasons: Partial<Record<Fault, number>>;
  /** Messages that could not be sent or received, by the system's name for the error. */
  readonly failed: Readonly<Record<string, number>>;
  readonly milliseconds: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
}

/** The numbers, while they grow. */
export class Tally {
  readonly latencies = new Histogram();
  readonly reasons = new Map<Fault, number>();
  acquired = 0;
  renewed = 0;
  released = 0;
  received = 0;
  retries = 0;
  unanswered = 0;
  unbegun = 0;
  late = 0;

  /** Counts a wrong answer. */
  blame(fault: Fault): void {
    this.reasons.set(fault, (this.reasons.get(fault) ?? 0) + 1);
  }

  /** The report. @param seconds how long questions were asked */
  report(seconds: number, statistics: TransportStatistics): Report {
    const { latencies, acquired, renewed, released, received, retries, unanswered, unbegun, late } = this;
    const exchanges = acquired + renewed + released;
    const rounded = (milliseconds: number) => Number(milliseconds.toPrecision(4));
    return {
      seconds: rounded(seconds),
      exchanges,
      perSecond: Math.round(exchanges / seconds),
      acquired,
      renewed,
      released,
      messages: { sent: statistics.sent, received },
      retries,
      unanswered,
      unbegun,
      late,
      wrong: [...this.reasons.values()].reduce((sum, count) => sum + count, 0),
      reasons: Object.fromEntries(this.reasons),
      failed: Object.fromEntries(statistics.failed),
      milliseconds: {
        p50: rounded(latencies.quantile(0.5)),
        p99: rounded(latencies.quantile(0.99)),
        p999: rounded(latencies.quantile(0.999)),
        max: rounded(latencies.longest),
      },
    };
  }
}

/**
 * Refusals in the log: what was not answered, or answered with no, counted by verdict and told at most once a minute each, so that a
 * flood of bad messages fills no disk. The core counts anyway; this only reads the totals now and then.
 */
import { ServerVerdict, Verdict } from "#layout";
import { explainServerVerdict } from "../core/verdicts/server.js";
import type { Log } from "./log.js";

/** How often the totals are looked at, in milliseconds. */
const LOOK_MILLISECONDS = 2000;

/** Shortest time between two lines about one verdict, in milliseconds. */
const QUIET_MILLISECONDS = 60_000;

/** Verdicts that an operator wants to hear of. Not among them: what is answered, and what concerns others. */
const reported: ReadonlySet<number> = new Set<number>([
  Verdict.UNKNOWN_INTERFACE,
  Verdict.TRUNCATED,
  Verdict.TOO_SHORT,
  Verdict.NO_COOKIE,
  Verdict.BAD_HARDWARE_LENGTH,
  Verdict.NO_MESSAGE_TYPE,
  Verdict.UNEXPECTED_MESSAGE_TYPE,
  Verdict.BAD_FRAME,
  Verdict.BAD_CHECKSUM,
  Verdict.FRAGMENT,
  Verdict.TRANSMIT_FULL,
  Verdict.STORE_BEHIND,
  Verdict.ANSWER_TOO_LARGE,
  Verdict.ANSWER_STALE,
  Verdict.OPTION_TOO_LONG,
  Verdict.OPTION_TRUNCATED,
  ServerVerdict.OFFERED_UNRESERVED,
  ServerVerdict.DECLINED,
  ServerVerdict.REFUSED_WRONG_NETWORK,
  ServerVerdict.REFUSED_WRONG_ADDRESS,
  ServerVerdict.REFUSED_TAKEN,
  ServerVerdict.REFUSED_BY_CONFIGURATION,
  ServerVerdict.REFUSED_UNKNOWN_CLIENT,
  ServerVerdict.NO_SUBNET,
  ServerVerdict.NO_IDENTITY,
  ServerVerdict.NO_SERVER_ADDRESS,
  ServerVerdict.NO_FREE_ADDRESS,
  ServerVerdict.OFFERS_CAPPED,
  ServerVerdict.PROBES_FULL,
  ServerVerdict.IDENTIFIERS_FULL,
  ServerVerdict.UNKNOWN_CLIENT,
  ServerVerdict.NO_REQUESTED_ADDRESS,
  ServerVerdict.NO_SERVER_IDENTIFIER,
  ServerVerdict.NOT_THE_HOLDER,
  ServerVerdict.DECLINES_CAPPED,
  ServerVerdict.NO_CLIENT_ADDRESS,
  ServerVerdict.PROBE_ANSWERED,
  ServerVerdict.RELAY_INFORMATION_OMITTED,
]);

/** Tells the log of refusals. */
export class RefusalReporter {
  readonly #log: Log;
  readonly #totals: () => ReadonlyMap<number, number>;
  readonly #told = new Map<number, { count: number; at: number }>();
  readonly #timer: NodeJS.Timeout;

  /** @param totals how often each verdict was given since the start */
  constructor(log: Log, totals: () => ReadonlyMap<number, number>) {
    this.#log = log;
    this.#totals = totals;
    this.#timer = setInterval(() => this.#look(QUIET_MILLISECONDS), LOOK_MILLISECONDS);
    this.#timer.unref();
  }

  /** Tells what has not been told yet, and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#look(0);
  }

  #look(quietMilliseconds: number): void {
    const now = performance.now();
    for (const [verdict, total] of this.#totals()) {
      if (!reported.has(verdict)) continue;
      const told = this.#told.get(verdict);
      const count = total - (told?.count ?? 0);
      if (count === 0 || (told && now - told.at < quietMilliseconds)) continue;
      this.#told.set(verdict, { count: total, at: now });
      const { name, sentence, advice } = explainServerVerdict(verdict);
      const since = told ? ` in ${Math.round((now - told.at) / 1000)} s` : "";
      this.#log.info("refused", `${name} ${count} times${since}: ${sentence}.${advice && ` ${advice}.`}`, {
        verdict,
        verdictName: name,
        count,
        total,
      });
    }
  }
}

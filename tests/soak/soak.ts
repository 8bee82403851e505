// A soak: the server as it is shipped under loads that change, for as long as is wanted.
//
// Three loads take turns, each a process of its own whose clients begin anew: new clients only, a mix that asks as fast as it is
// answered, and a mix at a fixed rate, far below what the server can do. Latencies are only judged in the last one: in the others they say how
// many ask at once.

import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "../../host/load/tally.js";
import { type Sample, SoakSite } from "./soak-site.js";
import { type Allowance, trendOf } from "./trend.js";

/** How a soak is run. */
export interface SoakPlan {
  readonly seconds: number;
  /** How many clients there are; at most as many as there are addresses. */
  readonly clients: number;
  /** Seconds of one load. */
  readonly roundSeconds: number;
  /** Seconds from one look at the process to the next. */
  readonly sampleSeconds: number;
  /** Is told of every load. */
  readonly onRound: (round: Round) => void;
}

/** One load, and the process at its end. */
export interface Round {
  readonly name: string;
  /** Seconds since the start of the soak. */
  readonly at: number;
  readonly report: Report;
  readonly sample: Sample;
  /** Snapshots that were seen so far. */
  readonly snapshots: number;
}

/** What a soak found. */
export interface SoakResult {
  readonly rounds: readonly Round[];
  readonly samples: readonly Sample[];
  readonly snapshots: number;
  /** Lines that say how each quantity went. */
  readonly trends: readonly string[];
  /** What is wrong, as sentences; empty: nothing is. */
  readonly findings: readonly string[];
}

/** Exchanges a second of the steady load. */
const STEADY_RATE = 1000;

/** The loads that take turns, by their names: options of `leasehold load`. */
const LOADS: Readonly<Record<string, readonly string[]>> = {
  new: ["--window", "64"],
  full: ["--window", "256", "--renew", "50", "--release", "15"],
  steady: ["--rate", `${STEADY_RATE}`, "--renew", "60", "--release", "10"],
};

/** What counts as growing. Memory goes up and down by what the engine has not collected yet; latencies, with all that runs on the machine. */
const MEMORY: Allowance = { factor: 1.1, amount: 4096 };
const DESCRIPTORS: Allowance = { factor: 1, amount: 1 };
const MEDIAN_LATENCY: Allowance = { factor: 2, amount: 0.5 };
const TAIL_LATENCY: Allowance = { factor: 3, amount: 2 };

/** Runs one. */
export function soak(plan: SoakPlan): Promise<SoakResult> {
  return SoakSite.use((site) => new Soak(plan, site).run());
}

class Soak {
  readonly #rounds: Round[] = [];
  readonly #samples: Sample[] = [];
  #snapshots = 0;
  #over = false;

  constructor(
    private readonly plan: SoakPlan,
    private readonly site: SoakSite,
  ) {}

  async run(): Promise<SoakResult> {
    const looking = this.#look();
    try {
      await this.#loadInTurns();
    } finally {
      this.#over = true;
      await looking;
    }
    const wrong = [...this.#wrongAnswers(), ...(await this.site.stop())];
    const { trends, growing } = this.#judge();
    return {
      rounds: this.#rounds,
      samples: this.#samples,
      snapshots: this.#snapshots,
      trends,
      findings: [...wrong, ...growing],
    };
  }

  /** Looks at the process again and again. */
  async #look(): Promise<void> {
    for (let last = ""; !this.#over; await sleep(this.plan.sampleSeconds * 1000)) {
      const sample = this.site.sample();
      this.#samples.push(sample);
      if (sample.snapshot !== last) this.#snapshots++;
      last = sample.snapshot;
    }
  }

  async #loadInTurns(): Promise<void> {
    const { seconds, clients, roundSeconds, onRound } = this.plan;
    const began = performance.now();
    const elapsed = () => (performance.now() - began) / 1000;
    const names = Object.keys(LOADS);
    for (let count = 0; elapsed() < seconds; count++) {
      const name = names[count % names.length]!;
      const common = ["--clients", `${clients}`, "--seconds", `${roundSeconds}`];
      const report = await this.site.load(...common, ...LOADS[name]!);
      const round = { name, at: elapsed(), report, sample: this.site.sample(), snapshots: this.#snapshots };
      this.#rounds.push(round);
      onRound(round);
    }
  }

  #wrongAnswers(): string[] {
    const wrong = this.#rounds.filter(({ report }) => report.wrong > 0);
    return wrong.map(
      ({ name, at, report }) =>
        `${report.wrong} wrong answers in the load "${name}" that ended at ${at.toFixed(0)} s: ${JSON.stringify(report.reasons)}`,
    );
  }

  /** Says how each quantity went, and which ones grew. */
  #judge(): { trends: string[]; growing: string[] } {
    const steady = this.#rounds.filter(({ name }) => name === "steady").map(({ report }) => report.milliseconds);
    const quantities: [string, number[], Allowance][] = [
      ["resident memory, KiB", this.#samples.map(({ residentKibibytes }) => residentKibibytes), MEMORY],
      ["descriptors", this.#samples.map(({ descriptors }) => descriptors), DESCRIPTORS],
      ["steady p50, ms", steady.map(({ p50 }) => p50), MEDIAN_LATENCY],
      ["steady p99, ms", steady.map(({ p99 }) => p99), TAIL_LATENCY],
    ];
    const trends: string[] = [];
    const growing: string[] = [];
    for (const [what, values, allowance] of quantities) {
      const trend = trendOf(values, allowance);
      if (trend === null) {
        trends.push(`${what}: too few values to judge (${values.length})`);
        continue;
      }
      const line = `${what}: ${trend.first} in the first quarter, ${trend.last} in the last`;
      trends.push(line);
      if (trend.grows) growing.push(`it grows: ${line}`);
    }
    return { trends, growing };
  }
}

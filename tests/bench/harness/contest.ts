/**
 * A contest: every server does the same, in turns, so that a machine whose speed drifts slows all of them alike. One that can't
 * is left out, with the reason.
 */
import { Arena, type Plan, Templates } from "./arena.js";
import { buildLoad } from "./programs.js";
import type { BenchOptions } from "./options.js";
import type { Rival } from "../rivals/rival.js";

/** What one server did in all rounds. */
export interface Entry<Measured> {
  readonly rival: Rival;
  readonly plan: Plan;
  readonly measured: Measured[];
}

/** Runs contests, and remembers who was left out. */
export class Contest {
  /** Why servers are missing in the tables. */
  readonly absent: string[] = [];
  readonly #options: BenchOptions;
  readonly #templates: Templates;
  readonly #loadProgram: string;

  private constructor(options: BenchOptions) {
    this.#options = options;
    this.#loadProgram = buildLoad();
    this.#templates = new Templates(this.#loadProgram);
  }

  /** Builds what is needed, lets `body` run contests, and removes everything. */
  static async hold(options: BenchOptions, body: (contest: Contest) => Promise<void>): Promise<void> {
    const contest = new Contest(options);
    try {
      for (const { build } of options.rivals) await build?.();
      await body(contest);
    } finally {
      contest.#templates.close();
    }
  }

  /** Measures every server by one plan, in rounds. `what` names the plan where somebody is left out. */
  async run<Measured>(
    what: string,
    plan: Plan,
    measure: (arena: Arena, rival: Rival) => Promise<Measured>,
  ): Promise<Entry<Measured>[]> {
    const entries: Entry<Measured>[] = [];
    for (const rival of this.#options.rivals) {
      const reason = rival.unable?.(plan) ?? null;
      if (reason === null) entries.push({ rival, plan, measured: [] });
      else this.#leaveOut(rival, what, reason);
    }
    const failed = new Set<Rival>();
    for (let round = 1; round <= this.#options.rounds; round++) {
      for (const { rival, measured } of entries) {
        if (failed.has(rival)) continue;
        console.log(`${what}, round ${round}: ${rival.name}`);
        try {
          measured.push(await this.#measureOnce(rival, plan, measure));
        } catch (error) {
          failed.add(rival);
          this.#leaveOut(rival, what, (error as Error).message.split("\n")[0]!);
          // What can't be measured of our own is a fault of ours.
          if (rival.isOurs) {
            console.error(error);
            process.exitCode = 1;
          }
        }
      }
    }
    return entries.filter(({ rival }) => !failed.has(rival));
  }

  async #measureOnce<Measured>(
    rival: Rival,
    plan: Plan,
    measure: (arena: Arena, rival: Rival) => Promise<Measured>,
  ): Promise<Measured> {
    const template = plan.held ? await this.#templates.of(rival, plan.size) : null;
    const arena = new Arena(rival, plan, this.#loadProgram, template);
    try {
      return await measure(arena, rival);
    } finally {
      await arena.close();
    }
  }

  #leaveOut(rival: Rival, what: string, reason: string): void {
    this.absent.push(`${rival.name} is left out at ${what}: ${reason}.`);
    console.log(this.absent.at(-1));
  }
}

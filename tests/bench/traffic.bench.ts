/**
 * Other traffic than the whole ladder through one relay: renewals only, clients on the link itself, and a thousand subnets behind as
 * many relays; the whole ladder through one relay is beside them. Exchanges a second with 512 under way.
 */
import { Contest, type Entry } from "./harness/contest.js";
import { conclude, median, type Cell } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import type { Plan } from "./harness/arena.js";
import type { LoadReport, LoadWishes } from "./harness/load.js";

const WINDOW = 512;
const WARM_UP_SECONDS = 1;
const SUBNETS = 1000;

/** A kind of traffic. */
interface Kind {
  readonly key: string;
  readonly name: string;
  readonly plan: Pick<Plan, "onLink">;
  readonly subnets: number;
  readonly wishes: Partial<LoadWishes>;
}

const kinds: readonly Kind[] = [
  { key: "relayed", name: "whole ladder, one relay", plan: {}, subnets: 1, wishes: {} },
  { key: "renew", name: "renewals only, one relay", plan: {}, subnets: 1, wishes: { renew: 100 } },
  { key: "link", name: "whole ladder, on the link", plan: { onLink: true }, subnets: 1, wishes: {} },
  { key: "subnets", name: "whole ladder, 1,000 subnets", plan: {}, subnets: SUBNETS, wishes: {} },
];

const options = readOptions({ leases: [10_000], seconds: 3, rounds: 3 });
const [leases] = options.leases;
const window = Math.min(WINDOW, leases!);
await Contest.hold(options, async (contest) => {
  const columns: { kind: Kind; entries: Entry<LoadReport>[] }[] = [];
  for (const kind of kinds) {
    const plan = { size: { leases: leases!, subnets: kind.subnets }, held: true, ...kind.plan };
    const entries = await contest.run(kind.name, plan, async (arena) => {
      await arena.start();
      await arena.load({ window, seconds: WARM_UP_SECONDS, ...kind.wishes });
      return arena.load({ window, seconds: options.seconds, ...kind.wishes });
    });
    columns.push({ kind, entries });
  }
  const rateOf = (key: string, entries: readonly Entry<LoadReport>[]): Cell => {
    const entry = entries.find(({ rival }) => rival.key === key);
    return entry ? median(entry.measured.map(({ perSecond }) => perSecond)) : null;
  };
  const wrong = columns.flatMap(({ entries }) => entries.flatMap(({ measured }) => measured.map((one) => one.wrong)));
  const rows = options.rivals.map(({ key, name }) => {
    return [name, ...columns.map(({ entries }) => rateOf(key, entries))];
  });
  conclude(options, lookAtMachine(), {
    tables: [
      {
        title: `exchanges a second, ${window} at once, ${leases!.toLocaleString("en-US")} leases held`,
        columns: ["server", ...kinds.map(({ name }) => name)],
        rows,
      },
    ],
    notes: [`${wrong.reduce((sum, count) => sum + count, 0)} wrong answers in all.`, ...contest.absent],
    data: rows.map(([name, ...rates]) => ({
      name,
      ...Object.fromEntries(kinds.map(({ key }, at) => [key, rates[at]])),
    })),
  });
});

/**
 * The whole server beside its rivals, through a relay, at several numbers of leases that are held already: known clients climb the whole
 * ladder, in a pseudo-random order. Exchanges a second with 512 and with 64 under way, and the latency at half of what each can do.
 *
 * Ours make every lease durable before its DHCPACK; the others run as they come.
 */
import { Contest, type Entry } from "./harness/contest.js";
import { type Aim, conclude, median, type Table } from "./harness/findings.js";
import type { LoadReport } from "./harness/load.js";
import { lookAtMachine, type Machine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import { microsecondsEach, type ProcessorTime, processorTime } from "./harness/processes.js";
import type { Arena } from "./harness/arena.js";

const LARGE_WINDOW = 512;
const SMALL_WINDOW = 64;
const WARM_UP_SECONDS = 1;

/** One server, one round. */
interface Measured {
  readonly large: LoadReport;
  readonly small: LoadReport;
  readonly half: LoadReport;
  /** Of the large window, for an exchange. */
  readonly microseconds: ProcessorTime;
}

async function measure(arena: Arena, seconds: number, leases: number): Promise<Measured> {
  await arena.start();
  await arena.load({ window: SMALL_WINDOW, seconds: WARM_UP_SECONDS });
  const before = processorTime(arena.pid);
  const large = await arena.load({ window: Math.min(leases, LARGE_WINDOW), seconds });
  const microseconds = microsecondsEach(before, processorTime(arena.pid), large.exchanges);
  const small = await arena.load({ window: SMALL_WINDOW, seconds });
  const capacity = Math.max(large.perSecond, small.perSecond);
  const half = await arena.load({ rate: Math.max(1, Math.round(capacity / 2)), seconds });
  return { large, small, half, microseconds };
}

/** A server's medians. */
interface Summary {
  readonly leases: number;
  readonly key: string;
  readonly name: string;
  readonly large: number;
  readonly small: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly user: number;
  readonly system: number;
  readonly wrong: number;
}

function summarise({ rival, plan, measured }: Entry<Measured>): Summary {
  const of = (pick: (one: Measured) => number) => median(measured.map(pick));
  const reports = measured.flatMap(({ large, small, half }) => [large, small, half]);
  return {
    leases: plan.size.leases,
    key: rival.key,
    name: rival.name,
    large: of(({ large }) => large.perSecond),
    small: of(({ small }) => small.perSecond),
    p50: of(({ half }) => half.milliseconds.p50),
    p99: of(({ half }) => half.milliseconds.p99),
    p999: of(({ half }) => half.milliseconds.p999),
    user: of(({ microseconds }) => microseconds.user),
    system: of(({ microseconds }) => microseconds.system),
    wrong: reports.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

function tableOf(leases: number, summaries: readonly Summary[]): Table {
  return {
    title: `${leases.toLocaleString("en-US")} leases held: exchanges a second, and milliseconds at half of it`,
    columns: ["server", "512 at once", "64 at once", "p50", "p99", "p99.9", "CPU µs each", "wrong answers"],
    rows: summaries.map(({ name, large, small, p50, p99, p999, user, system, wrong }) => {
      return [name, large, small, p50, p99, p999, `${user.toFixed(1)} + ${system.toFixed(1)}`, wrong];
    }),
  };
}

/** The aims that compare servers at one size; those whose servers were not measured are left out. */
function aimsAt(leases: number, summaries: readonly Summary[], { syncMilliseconds }: Machine): Aim[] {
  const find = (key: string) => summaries.find((summary) => summary.key === key);
  const [own, inMemory, kea, limit] = ["leasehold", "volatile", "kea", "responder"].map(find);
  const at = `at ${leases.toLocaleString("en-US")} leases`;
  const aims: Aim[] = [];
  const add = (aim: string, figure: number, least: number, shown: string) =>
    aims.push({ aim: `${at}: ${aim}`, measured: shown, met: figure >= least });
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  if (own && kea) {
    const times = own.large / kea.large;
    add("at least 6 × Kea's rate, ours synced", times, 6, `${times.toFixed(1)} ×`);
    const most = kea.p99 + syncMilliseconds.p50;
    const shown = `${own.p99.toPrecision(3)} ms of ${most.toPrecision(3)} ms`;
    add("p99 at half load below Kea's and one sync", most - own.p99, 0, shown);
  }
  if (own && limit) {
    const part = own.large / limit.large;
    add("at least 65 % of the bare responder, synced", part, 0.65, percent(part));
  }
  if (inMemory && limit) {
    const part = inMemory.large / limit.large;
    add("at least 85 % of the bare responder, in memory", part, 0.85, percent(part));
  }
  return aims;
}

/** The rate with the most leases beside that with the fewest. */
function flatness(summaries: readonly Summary[]): Aim[] {
  const own = summaries.filter(({ key }) => key === "leasehold");
  const [first, last] = [own[0], own.at(-1)];
  if (!first || !last || first === last) return [];
  const part = last.large / first.large;
  const [few, many] = [first.leases, last.leases].map((leases) => leases.toLocaleString("en-US"));
  const measured = `${Math.round(part * 100)} %`;
  return [{ aim: `at ${many} leases at least 90 % of the rate at ${few}`, measured, met: part >= 0.9 }];
}

const options = readOptions({ leases: [1_000, 100_000, 1_000_000], seconds: 3, rounds: 3 });
await Contest.hold(options, async (contest) => {
  const machine = lookAtMachine();
  const entries: Entry<Measured>[] = [];
  for (const leases of options.leases) {
    const plan = { size: { leases, subnets: 1 }, held: true };
    const what = `${leases.toLocaleString("en-US")} leases`;
    entries.push(...(await contest.run(what, plan, (arena) => measure(arena, options.seconds, leases))));
  }
  const all = entries.map(summarise);
  const sizes = options.leases.map((leases) => all.filter((summary) => summary.leases === leases));
  conclude(options, machine, {
    tables: sizes.map((summaries, index) => tableOf(options.leases[index]!, summaries)),
    aims: [...sizes.flatMap((one, index) => aimsAt(options.leases[index]!, one, machine)), ...flatness(all)],
    notes: contest.absent,
    data: all,
  });
});

/**
 * What an exchange costs the server's process, user and system, with 512 under way; and where Leasehold's time goes: shares by what is
 * being done, and every stack as a flame graph in `build/bench/leasehold.svg` (folded stacks beside it, for other tools).
 */
import { writeFileSync } from "node:fs";
import { Arena, type Plan, Templates } from "./harness/arena.js";
import { Contest, type Entry } from "./harness/contest.js";
import { conclude, median, type Table } from "./harness/findings.js";
import { drawFlameGraph } from "./harness/flame-graph.js";
import { lookAtMachine } from "./harness/machine.js";
import { type BenchOptions, readOptions } from "./harness/options.js";
import { microsecondsEach, type ProcessorTime, processorTime } from "./harness/processes.js";
import { buildLoad, root } from "./harness/programs.js";
import { record, type Stacks } from "./harness/stacks.js";
import { leasehold } from "./rivals/leasehold.js";
import type { Rival } from "./rivals/rival.js";

const WINDOW = 512;
const WARM_UP_SECONDS = 2;

/** What a stack is about: the first that fits. */
const activities: readonly (readonly [name: string, frame: RegExp])[] = [
  ["store: writing and syncing", /fdatasync|fsync|pwrite|uv__fs_|vfs_write/],
  ["receiving", /recvmmsg|recvmsg/],
  ["sending", /sendmmsg|sendmsg/],
  ["waiting for events", /epoll/],
  ["the core", /wasm/i],
  ["garbage collection", /v8::internal::(Heap|Scavenger|MarkCompact|Sweeper)/],
  ["compiling", /v8::internal::(compiler|maglev|baseline|interpreter|Compiler)/],
  ["the host's JavaScript", /^(LazyCompile|Function|JS|Script|Builtin|Eval):|\.js:\d+/],
];

interface Measured {
  readonly rate: number;
  readonly microseconds: ProcessorTime;
}

function tableOfCosts(entries: readonly Entry<Measured>[]): Table {
  return {
    title: "processor time of the server for an exchange of four messages, in microseconds",
    columns: ["server", "exchanges a second", "user", "system", "both"],
    rows: entries.map(({ rival, measured }) => {
      const of = (pick: (one: Measured) => number) => Number(median(measured.map(pick)).toFixed(1));
      const [user, system] = [of((one) => one.microseconds.user), of((one) => one.microseconds.system)];
      return [rival.name, of((one) => one.rate), user, system, Number((user + system).toFixed(1))];
    }),
  };
}

function tableOfActivities(stacks: Stacks): Table {
  const counts = new Map<string, number>([...activities.map(([name]): [string, number] => [name, 0]), ["other", 0]]);
  let total = 0;
  for (const [stack, count] of stacks) {
    const frames = stack.split(";");
    const [name] = activities.find(([, pattern]) => frames.some((frame) => pattern.test(frame))) ?? ["other"];
    counts.set(name, counts.get(name)! + count);
    total += count;
  }
  return {
    title: `where Leasehold's time goes: shares of ${total.toLocaleString("en-US")} samples`,
    columns: ["activity", "percent"],
    rows: [...counts].map(([name, count]) => [name, Number(((count / total) * 100).toFixed(1))]),
  };
}

/** Leasehold, telling `perf` the names of its functions. */
const named: Rival = {
  ...leasehold,
  start(job) {
    const { command, args } = leasehold.start(job);
    return { command, args: ["--perf-basic-prof", ...args] };
  },
};

async function watch(options: BenchOptions, plan: Plan): Promise<Stacks> {
  const program = buildLoad();
  const templates = new Templates(program);
  const arena = new Arena(named, plan, program, await templates.of(leasehold, plan.size));
  try {
    await arena.start();
    await arena.load({ window: WINDOW, seconds: WARM_UP_SECONDS });
    const loading = arena.load({ window: WINDOW, seconds: options.seconds + 1 });
    const stacks = await record(arena.pid, options.seconds);
    await loading;
    return stacks;
  } finally {
    await arena.close();
    templates.close();
  }
}

const options = readOptions({
  rivals: ["leasehold", "volatile", "native", "kea", "responder"],
  leases: [10_000],
  seconds: 3,
  rounds: 3,
});
await Contest.hold(options, async (contest) => {
  const plan = { size: { leases: options.leases[0]!, subnets: 1 }, held: true };
  const entries = await contest.run("the whole ladder", plan, async (arena): Promise<Measured> => {
    await arena.start();
    await arena.load({ window: WINDOW, seconds: WARM_UP_SECONDS });
    const before = processorTime(arena.pid);
    const { exchanges, perSecond } = await arena.load({ window: WINDOW, seconds: options.seconds });
    return { rate: perSecond, microseconds: microsecondsEach(before, processorTime(arena.pid), exchanges) };
  });
  const stacks = await watch(options, plan);
  const folded = [...stacks].map(([stack, count]) => `${stack} ${count}\n`).join("");
  writeFileSync(`${root}build/bench/leasehold.folded`, folded);
  writeFileSync(`${root}build/bench/leasehold.svg`, drawFlameGraph(stacks));
  const tables = [tableOfCosts(entries), tableOfActivities(stacks)];
  conclude(options, lookAtMachine(), {
    tables,
    notes: ["The flame graph is `build/bench/leasehold.svg`.", ...contest.absent],
    data: tables,
  });
});

/**
 * Whether a second server process on subnets of its own pays on this machine: two servers in two networks, each with a load of its own,
 * beside one server with one load. As many exchanges are under way in both cases, and nothing is pinned to a core.
 */
import { Arena, type Plan, Templates } from "./harness/arena.js";
import { type Cell, conclude, median } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import { processorTime } from "./harness/processes.js";
import { buildLoad } from "./harness/programs.js";
import type { Rival } from "./rivals/rival.js";

const WINDOW = 512;
const WARM_UP_SECONDS = 1;

/** What some servers did together. */
interface Together {
  readonly rate: number;
  /** Processor time of servers and loads, for an exchange. */
  readonly serverMicroseconds: number;
  readonly loadMicroseconds: number;
}

/** Opens so many arenas, and loads all of them at the same time. */
async function measure(
  rival: Rival,
  count: number,
  seconds: number,
  leases: number,
  program: string,
): Promise<Together> {
  const plan: Plan = { size: { leases: leases / count, subnets: 1 }, held: true, unpinned: true };
  const templates = new Templates(program);
  const arenas: Arena[] = [];
  const used = () =>
    arenas.reduce((sum, { pid }) => {
      const { user, system } = processorTime(pid);
      return sum + user + system;
    }, 0);
  try {
    for (let index = 0; index < count; index++) {
      const arena = new Arena(rival, plan, program, await templates.of(rival, plan.size));
      arenas.push(arena);
      await arena.start();
    }
    const window = WINDOW / count;
    const load = (length: number) => Promise.all(arenas.map((arena) => arena.load({ window, seconds: length })));
    await load(WARM_UP_SECONDS);
    const before = used();
    const reports = await load(seconds);
    const after = used();
    const exchanges = reports.reduce((sum, report) => sum + report.exchanges, 0);
    const loads = reports.reduce((sum, { processorSeconds: { user, system } }) => sum + user + system, 0);
    return {
      rate: reports.reduce((sum, { perSecond }) => sum + perSecond, 0),
      serverMicroseconds: ((after - before) * 1e6) / exchanges,
      loadMicroseconds: (loads * 1e6) / exchanges,
    };
  } finally {
    for (const arena of arenas) await arena.close();
    templates.close();
  }
}

const options = readOptions({ rivals: ["leasehold", "native"], leases: [20_000], seconds: 3, rounds: 3 });
const program = buildLoad();
const rows: Cell[][] = [];
const notes: string[] = [];
for (const rival of options.rivals) {
  await rival.build?.();
  const results: Together[][] = [[], []];
  for (let round = 1; round <= options.rounds; round++) {
    for (const [index, of] of results.entries()) {
      console.log(`round ${round}: ${index + 1} × ${rival.name}`);
      of.push(await measure(rival, index + 1, options.seconds, options.leases[0]!, program));
    }
  }
  const [one, two] = results.map((all) => {
    const of = (pick: (together: Together) => number) => Number(median(all.map(pick)).toFixed(1));
    const { rate, serverMicroseconds, loadMicroseconds } = {
      rate: of((together) => together.rate),
      serverMicroseconds: of((together) => together.serverMicroseconds),
      loadMicroseconds: of((together) => together.loadMicroseconds),
    };
    return [Math.round(rate), serverMicroseconds, loadMicroseconds] as const;
  });
  rows.push([`1 × ${rival.name}`, ...one!], [`2 × ${rival.name}`, ...two!]);
  notes.push(`${rival.name}: two processes do ${(two![0] / one![0]).toFixed(2)} × what one does.`);
}
conclude(options, lookAtMachine(), {
  tables: [
    {
      title: `${WINDOW} exchanges under way in all, ${options.leases[0]!.toLocaleString("en-US")} leases held in all`,
      columns: ["servers", "exchanges a second", "CPU µs of the servers each", "of the loads"],
      rows,
    },
  ],
  notes,
  data: rows,
});

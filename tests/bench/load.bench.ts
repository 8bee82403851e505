/**
 * The load itself: whether it finds out a server that lies, in each way that it knows of; and what an exchange costs it beside what one
 * costs our servers, so that it is known not to be what limits them, and the bare responder. Ends with an error when a lie is not found out.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Contest } from "./harness/contest.js";
import { conclude, median } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import { microsecondsEach, processorTime } from "./harness/processes.js";
import { Arena } from "./harness/arena.js";
import { buildLoad } from "./harness/programs.js";
import { SERVER } from "./harness/network.js";
import type { Rival } from "./rivals/rival.js";

const LIAR = fileURLToPath(new URL("../linux/lying-server.js", import.meta.url));
const CLIENTS = 200;
const WINDOWS = [512, 64];

/** Each lie of the lying server, and by which name it has to be found out; null: it does not lie. */
const lies: readonly (readonly [lie: string, reason: string | null])[] = [
  ["none", null],
  ["server-identifier", "server-identifier"],
  ["one-address", "held-by-another"],
  ["hardware-address", "hardware-address"],
  ["no-lease-time", "lease-time"],
  ["twice", "unasked"],
  ["refuse", "refused"],
  ["cut-short", "malformed"],
];

/** The lying server. */
function liar(lie: string): Rival {
  const start = () => ({ command: process.execPath, args: [LIAR, SERVER, lie] });
  return { key: lie, name: `a server that lies: ${lie}`, holding: "none", start };
}

async function checkLies(): Promise<void> {
  const program = buildLoad();
  for (const [lie, reason] of lies) {
    const arena = new Arena(liar(lie), { size: { leases: CLIENTS, subnets: 1 }, held: false }, program, null);
    try {
      await arena.startSilently();
      const { reasons, exchanges } = await arena.load({ window: 8, seconds: 1 });
      assert.deepEqual(Object.keys(reasons), reason === null ? [] : [reason], lie);
      if (reason === null) assert.ok(exchanges > CLIENTS, "an honest server is no liar");
    } finally {
      await arena.close();
    }
  }
}

const options = readOptions({ rivals: ["leasehold", "native", "responder"], leases: [20_000], seconds: 2, rounds: 3 });
await checkLies();
await Contest.hold(options, async (contest) => {
  const size = { leases: options.leases[0]!, subnets: 1 };
  const entries = await contest.run("one relay", { size, held: true }, async (arena) => {
    await arena.start();
    const measured = [];
    for (const window of WINDOWS) {
      const before = processorTime(arena.pid);
      const report = await arena.load({ window, seconds: options.seconds });
      const server = microsecondsEach(before, processorTime(arena.pid), report.exchanges);
      const load = microsecondsEach({ user: 0, system: 0 }, report.processorSeconds, report.exchanges);
      measured.push({
        rate: report.perSecond,
        server: server.user + server.system,
        load: load.user + load.system,
      });
    }
    return measured;
  });
  const rows = entries.flatMap(({ rival, measured }) =>
    WINDOWS.map((window, index) => {
      const of = (pick: (one: { rate: number; server: number; load: number }) => number) =>
        Number(median(measured.map((round) => pick(round[index]!))).toFixed(1));
      return [rival.name, window, of(({ rate }) => rate), of(({ server }) => server), of(({ load }) => load)] as const;
    }),
  );
  // The bare responder does less than any server has to: it is shown, and nothing is aimed at.
  const judged = rows.filter(([name]) => entries.some(({ rival }) => rival.name === name && rival.isOurs));
  conclude(options, lookAtMachine(), {
    tables: [
      {
        title: "processor time for an exchange, in microseconds",
        columns: ["server", "exchanges at once", "a second", "the server's", "the load's"],
        rows,
      },
    ],
    aims: judged.map(([name, window, , server, load]) => ({
      aim: `${name}, ${window} at once: an exchange costs the load at most half of what it costs the server`,
      measured: `${Math.round((load / server) * 100)} %`,
      met: load <= server / 2,
    })),
    notes: [`${lies.length - 1} ways of lying were found out, each by its name.`, ...contest.absent],
    data: rows,
  });
});

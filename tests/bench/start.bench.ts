/**
 * From the start of a server's process to its first lease, and the memory that it then has in use, with nothing and with many leases to
 * begin with: a client asks every 5 ms from before the start on. Where nothing is held there is room for a thousand leases, and the
 * first one is new: some servers probe its address first.
 *
 * Responder and in-memory server are left out unless they are asked for: they have nothing to restore.
 */
import { Contest, type Entry } from "./harness/contest.js";
import { type Aim, conclude, median, type Table } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";
import { residentBytes } from "./harness/processes.js";

const ROOM_WITHOUT_LEASES = 1000;
const MEBIBYTE = 2 ** 20;
/** What a start with a million leases may take. */
const AIM_MILLISECONDS = 2000;

/** One server's medians. */
interface Summary {
  readonly leases: number;
  readonly key: string;
  readonly name: string;
  readonly milliseconds: number;
  readonly mebibytes: number;
}

interface Measured {
  readonly milliseconds: number;
  readonly bytes: number;
}

function summarise(leases: number, { rival, measured }: Entry<Measured>): Summary {
  const milliseconds = median(measured.map((one) => one.milliseconds));
  const mebibytes = median(measured.map((one) => one.bytes)) / MEBIBYTE;
  return { leases, key: rival.key, name: rival.name, milliseconds, mebibytes };
}

function tableOf(leases: number, summaries: readonly Summary[]): Table {
  return {
    title: `${leases.toLocaleString("en-US")} leases at the start`,
    columns: ["server", "ms to the first lease", "MiB in use"],
    rows: summaries.map(({ name, milliseconds, mebibytes }) => [
      name,
      Math.round(milliseconds),
      Number(mebibytes.toFixed(1)),
    ]),
  };
}

/** Aims hold for the largest number of leases. */
function aimsOf(summaries: readonly Summary[], leases: number): Aim[] {
  const find = (key: string) => summaries.find((summary) => summary.key === key && summary.leases === leases);
  const [own, kea] = [find("leasehold"), find("kea")];
  const at = `at ${leases.toLocaleString("en-US")} leases`;
  const aims: Aim[] = [];
  if (own) {
    const measured = `${(own.milliseconds / 1000).toFixed(2)} s`;
    aims.push({ aim: `${at}: serving in less than 2 s`, measured, met: own.milliseconds < AIM_MILLISECONDS });
  }
  if (own && kea) {
    const part = own.mebibytes / kea.mebibytes;
    const measured = `${Math.round(part * 100)} %`;
    aims.push({ aim: `${at}: memory at most a quarter of Kea's`, measured, met: part <= 0.25 });
  }
  return aims;
}

const options = readOptions({
  rivals: ["leasehold", "portable", "native", "kea", "dhcpd", "dnsmasq", "udhcpd", "npm"],
  leases: [0, 100_000, 1_000_000],
  seconds: 1,
  rounds: 3,
});
await Contest.hold(options, async (contest) => {
  const summaries: Summary[] = [];
  for (const leases of options.leases) {
    const held = leases > 0;
    const plan = { size: { leases: held ? leases : ROOM_WITHOUT_LEASES, subnets: 1 }, held, onlyStarted: true };
    const what = `${leases.toLocaleString("en-US")} leases`;
    const entries = await contest.run(what, plan, async (arena) => {
      const milliseconds = await arena.start();
      return { milliseconds, bytes: residentBytes(arena.pid) };
    });
    summaries.push(...entries.map((entry) => summarise(leases, entry)));
  }
  conclude(options, lookAtMachine(), {
    tables: options.leases.map((leases) => {
      return tableOf(
        leases,
        summaries.filter((summary) => summary.leases === leases),
      );
    }),
    aims: aimsOf(summaries, Math.max(...options.leases)),
    notes: contest.absent,
    data: summaries,
  });
});

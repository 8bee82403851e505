/**
 * How long a snapshot keeps the event loop from other work, and how long a server with as many leases takes to restore them: the
 * journal on the disk, the core and what joins them, in this process, without sockets.
 *
 * While a snapshot is written clients renew their leases, a batch a turn. What counts is the time from one turn of the event loop to
 * the next, beside that of as many turns without a snapshot: a pause is the snapshot's own where only it makes one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openClock } from "../../host/clock.js";
import { Histogram } from "../../host/load/histogram.js";
import { openInstance } from "../../host/server/opening.js";
import { writeSnapshot } from "../../host/server/snapshot.js";
import { UnservedLeases } from "../../host/server/unserved.js";
import { openJournal } from "../../host/store/journal.js";
import { CoreLoad, everyClient, randomClients } from "./core-load.js";
import { type Aim, conclude, median } from "./harness/findings.js";
import { lookAtMachine } from "./harness/machine.js";
import { readOptions } from "./harness/options.js";

/** What a snapshot may keep a server from other work for, and what a start with a million leases may take, in milliseconds. */
const AIM_PAUSE = 5;
const AIM_RESTORE = 2000;

/** A round's figures, in milliseconds. */
interface Measured {
  readonly snapshot: number;
  /** The longest turn, and the one that one of a thousand exceeds, while the snapshot was written. */
  readonly longest: number;
  readonly p999: number;
  /** The longest of as many turns without a snapshot. */
  readonly longestWithout: number;
  readonly restore: number;
}

/** Takes turns of the event loop, each with a batch of renewals, until `isOver`; returns how long they took. */
async function turns(load: CoreLoad, isOver: (count: number) => boolean): Promise<Histogram> {
  const clients = randomClients(load.core.inputSlotCount, load.leaseCount, 1);
  const lengths = new Histogram();
  for (let before = performance.now(); !isOver(lengths.total); ) {
    load.renew(clients);
    await nextTurn();
    const now = performance.now();
    lengths.add(now - before);
    before = now;
  }
  return lengths;
}

/** Writes a snapshot of all leases, then restores them, in a folder of its own. */
async function measure(load: CoreLoad, folder: string): Promise<Measured> {
  const store = await openJournal(folder);
  for await (const _ of store.replay());
  // The load calls every record durable as soon as it is made.
  const committer = { whenDurable: async () => true };
  let over = false;
  const began = performance.now();
  const written = writeSnapshot({ core: load.core, unserved: new UnservedLeases() }, store, committer, () => false);
  const ended = written.then((committed) => {
    over = true;
    if (!committed) throw new Error("the snapshot was not committed");
    return performance.now() - began;
  });
  const lengths = await turns(load, () => over);
  const snapshot = await ended;
  const without = await turns(load, (count) => count >= lengths.total);
  await store.close();
  const restoring = performance.now();
  const opened = await openInstance(load.plan, () => openJournal(folder), await openClock());
  const restore = performance.now() - restoring;
  await opened.store.close();
  const { longest } = lengths;
  return { snapshot, longest, p999: lengths.quantile(0.999), longestWithout: without.longest, restore };
}

const options = readOptions({ leases: [100_000, 1_000_000], seconds: 1, rounds: 5 });
const rows = [];
const aims: Aim[] = [];
for (const leases of options.leases) {
  const load = new CoreLoad(leases);
  load.exchange(everyClient(leases));
  const measured: Measured[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const folder = mkdtempSync(join(tmpdir(), "leasehold-bench-snapshot-"));
    try {
      measured.push(await measure(load, folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const of = (key: keyof Measured) => Number(median(measured.map((one) => one[key])).toPrecision(3));
  rows.push([leases, of("snapshot"), of("p999"), of("longest"), of("longestWithout"), of("restore")]);
  const at = `${leases.toLocaleString("en-US")} leases`;
  const [pause, restore] = [of("longest"), of("restore")];
  aims.push({
    aim: `${at}: no pause over ${AIM_PAUSE} ms`,
    measured: `${pause} ms`,
    met: pause <= AIM_PAUSE,
  });
  aims.push({ aim: `${at}: restored in less than 2 s`, measured: `${restore} ms`, met: restore < AIM_RESTORE });
}
conclude(options, lookAtMachine(), {
  tables: [
    {
      title: "milliseconds; turns of the event loop while a snapshot is written, and without one",
      columns: ["leases", "snapshot", "turn p99.9", "longest turn", "longest without", "restored in"],
      rows,
    },
  ],
  aims,
  data: rows,
});

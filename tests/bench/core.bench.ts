/**
 * The server core alone: time a message from one lease to a million, for clients on the link (answers are Ethernet frames with their
 * checksums), behind a relay agent, and renewing; and memory a lease.
 * Ends with an error when the time a message at a million leases exceeds that at one by more than half. `--json`: one object.
 */
import { cpus } from "node:os";
import { CoreLoad, everyClient, randomClients, RELAY } from "./core-load.js";

/** How much slower a message may be at a million leases than at one. */
const FLAT_WITHIN = 1.5;
const EXCHANGES = 50_000;
const ROUNDS = 7;

/** What clients do, and how many of an exchange's messages the server receives. */
const kinds = [
  { name: "on the link", received: 2, run: (load: CoreLoad, clients: Uint32Array) => load.exchange(clients) },
  { name: "relayed", received: 2, run: (load: CoreLoad, clients: Uint32Array) => load.exchange(clients, RELAY) },
  { name: "renewing", received: 1, run: (load: CoreLoad, clients: Uint32Array) => load.renew(clients) },
] as const;

const loads = [1, 1_000, 100_000, 1_000_000].map((leaseCount) => {
  const load = new CoreLoad(leaseCount);
  load.exchange(everyClient(leaseCount));
  return load;
});

// Alternating, and the median of each: a machine whose speed drifts slows all of them alike.
const subjects = loads.flatMap((load) => kinds.map((kind) => ({ load, kind, samples: [] as number[] })));
for (let round = 0; round <= ROUNDS; round++) {
  for (const { load, kind, samples } of subjects) {
    const clients = randomClients(EXCHANGES, load.leaseCount, round + 1);
    load.insideNanoseconds = 0;
    load.messageCount = 0;
    kind.run(load, clients);
    if (round > 0) samples.push(load.insideNanoseconds / load.messageCount);
  }
}

const rows = subjects.map(({ load, kind, samples }) => {
  const nanoseconds = samples.sort((one, other) => one - other)[samples.length >> 1]!;
  return {
    clients: kind.name,
    leases: load.leaseCount,
    nanosecondsPerMessage: Math.round(nanoseconds),
    exchangesPerSecond: Math.round(1e9 / (kind.received * nanoseconds)),
  };
});
const ratios = kinds.map(({ name }) => {
  const times = rows.filter(({ clients }) => clients === name).map((row) => row.nanosecondsPerMessage);
  return { clients: name, ratio: times.at(-1)! / times[0]! };
});
const memory = loads.map(({ core }) => core.memoryUsed);
const bytesPerLease = (memory[3]! - memory[2]!) / (1_000_000 - 100_000);
const machine = cpus()[0]?.model ?? "?";

if (process.argv.includes("--json")) {
  console.log(JSON.stringify({ machine, node: process.version, rows, ratios, bytesPerLease }));
} else {
  console.log(`server.wasm alone, random known clients in batches of ${loads[0]!.core.inputSlotCount}; ${machine}`);
  console.table(rows);
  console.log(`memory: ${bytesPerLease.toFixed(2)} bytes a lease`);
  for (const { clients, ratio } of ratios) {
    console.log(
      `${clients}: a message at 1,000,000 leases takes ${ratio.toFixed(2)} × that at 1 (limit ${FLAT_WITHIN})`,
    );
  }
}
if (ratios.some(({ ratio }) => ratio > FLAT_WITHIN)) process.exitCode = 1;

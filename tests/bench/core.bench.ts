/**
 * The server core alone: time a message from one lease to a million, memory a lease, and how long it takes to restore them.
 * Ends with an error when the time a message at a million leases exceeds that at one by more than half.
 */
import { cpus } from "node:os";
import { CoreLoad, everyClient, randomClients } from "./core-load.js";

/** How much slower a message may be at a million leases than at one. */
const FLAT_WITHIN = 1.5;
const EXCHANGES = 200_000;
const ROUNDS = 5;

const sizes = [1, 1_000, 100_000, 1_000_000];
const loads = sizes.map((leaseCount) => {
  const load = new CoreLoad(leaseCount);
  load.exchange(everyClient(leaseCount));
  return load;
});

// Alternating, and the median of each: a machine whose speed drifts slows all of them alike.
const samples = new Map<CoreLoad, number[]>(loads.map((load) => [load, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const load of loads) {
    const clients = randomClients(EXCHANGES, load.leaseCount, round + 1);
    load.insideNanoseconds = 0;
    load.messageCount = 0;
    load.exchange(clients);
    if (round > 0) samples.get(load)?.push(load.insideNanoseconds / load.messageCount);
  }
}

const table = loads.map((load) => {
  const times = samples.get(load)!.sort((one, other) => one - other);
  const nanoseconds = times[times.length >> 1]!;
  return {
    leases: load.leaseCount,
    "ns a message": Math.round(nanoseconds),
    "exchanges a second": Math.round(1e9 / (2 * nanoseconds)),
    "bytes of memory": load.core.memoryUsed,
  };
});
console.log(`server.wasm alone, DHCPDISCOVER and DHCPREQUEST of random known clients; ${cpus()[0]?.model ?? "?"}`);
console.table(table);
const [least, most] = [table[0]!, table.at(-1)!];
const perLease = (most["bytes of memory"] - table[2]!["bytes of memory"]) / (1_000_000 - 100_000);
console.log(`memory: ${perLease.toFixed(2)} bytes a lease`);
const ratio = most["ns a message"] / least["ns a message"];
console.log(`time a message at 1,000,000 leases: ${ratio.toFixed(2)} × that at 1 (limit ${FLAT_WITHIN})`);
if (ratio > FLAT_WITHIN) process.exitCode = 1;

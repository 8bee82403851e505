/**
 * DHCP servers that are measured beside each other, and how: over a veth pair, one relay with many clients in one namespace, the
 * server in another; in the same run, alternating. Needs root and the packages of the test suites.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";

const SERVER = "10.77.0.1";
const RELAY = "10.77.0.2";
const CLIENTS = 20_000;
const WINDOW = 64;
const SECONDS = 5;
const ROUNDS = 3;

const command = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

/** What one run of the load printed, and what it cost the server. */
interface Result {
  readonly exchanges: number;
  readonly perSecond: number;
  readonly retries: number;
  readonly wrong: number;
  readonly milliseconds: { readonly p50: number; readonly p99: number; readonly p999: number };
  /** Processor time of the server's process for one exchange of four messages, in microseconds. */
  readonly processorMicroseconds: number;
}

/** A server to be measured. */
export interface Rival {
  readonly name: string;
  /** Starts it for 10.77.0.0/16 on eth0 of a host; resolves when it serves. */
  start(lab: Lab, host: string, folder: string): Promise<Program>;
}

/** The configuration of Leasehold's servers. */
export function rivalConfiguration(): object {
  const subnet = { subnet: "10.77.0.0/16", pools: ["10.77.1.0-10.77.255.0"], leaseTime: "1h", probe: false };
  return { interfaces: ["eth0"], subnets: [subnet] };
}

/** `leasehold serve`. */
export const leasehold: Rival = {
  name: "Leasehold, every ACK durable first",
  async start(lab, host, folder) {
    const file = join(folder, "leasehold.jsonc");
    writeFileSync(file, JSON.stringify(rivalConfiguration()));
    const program = lab.start(host, process.execPath, [command, "serve", file, "--state", join(folder, "state")]);
    await program.line(/ready/i);
    return program;
  },
};

/** Kea, as it comes. */
export const kea: Rival = {
  name: "Kea, lease file on, not synced",
  async start(lab, host, folder) {
    const file = join(folder, "kea.json");
    const subnet = { subnet: "10.77.0.0/16", pools: [{ pool: "10.77.1.0-10.77.255.0" }] };
    const Dhcp4 = {
      "interfaces-config": { interfaces: ["eth0"], "dhcp-socket-type": "udp" },
      "lease-database": { type: "memfile", persist: true, name: join(folder, "kea.csv"), "lfc-interval": 0 },
      "valid-lifetime": 3600,
      subnet4: [subnet],
      loggers: [{ name: "kea-dhcp4", severity: "WARN", output_options: [{ output: "stdout" }] }],
    };
    writeFileSync(file, JSON.stringify({ Dhcp4 }));
    const program = lab.start(host, "kea-dhcp4", ["-c", file], {
      KEA_LOCKFILE_DIR: folder,
      KEA_PIDFILE_DIR: folder,
      KEA_LOGGER_DESTINATION: "stdout",
    });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return program;
  },
};

/** What a load is told. */
export interface LoadSettings {
  readonly server: string;
  readonly relay: string;
  readonly clients: number;
  readonly window: number;
  readonly seconds: number;
}

/** The command line of a program that loads a server and prints a `Result`. */
export type Load = (settings: LoadSettings) => readonly [command: string, ...args: string[]];

/** `leasehold load`. */
export const loadByLeasehold: Load = ({ server, relay, clients, window, seconds }) => {
  const numbers = ["--clients", `${clients}`, "--window", `${window}`, "--seconds", `${seconds}`];
  return [process.execPath, command, "load", "--relay", relay, "--server", server, ...numbers, "--json"];
};

async function measure(rival: Rival, round: number, load: Load): Promise<Result> {
  const lab = new Lab();
  try {
    const host = lab.addHost("server");
    const source = lab.addHost("load");
    lab.connectDirectly(host, "eth0", `${SERVER}/16`, source, "eth0", `${RELAY}/16`);
    const folder = join(lab.folder, `${round}`);
    mkdirSync(folder, { mode: 0o700 });
    const { pid } = await rival.start(lab, host, folder);
    const before = processorSeconds(pid);
    const settings = { server: SERVER, relay: RELAY, clients: CLIENTS, window: WINDOW, seconds: SECONDS };
    const printed = lab.run(source, ...load(settings));
    const result = JSON.parse(printed) as Result;
    return { ...result, processorMicroseconds: ((processorSeconds(pid) - before) * 1e6) / result.exchanges };
  } finally {
    await lab.close();
  }
}

/** Processor time that a process and all its threads have used, in seconds: user and system, of /proc/PID/stat. */
function processorSeconds(pid: number): number {
  const TICKS_A_SECOND = 100;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Measures servers, alternating, prints a table of medians, and returns exchanges a second by the rivals' names. */
export async function compare(rivals: readonly Rival[], load: Load): Promise<ReadonlyMap<string, number>> {
  const results = new Map<string, Result[]>(rivals.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const rival of rivals) results.get(rival.name)?.push(await measure(rival, round, load));
  }
  console.log(
    `exchanges of four messages through a relay, ${WINDOW} at once, ${CLIENTS} clients; ${cpus()[0]?.model ?? "?"}`,
  );
  const medians = [...results].map(([name, all]): [string, Result] => {
    const sorted = all.sort((one, other) => one.perSecond - other.perSecond);
    return [name, sorted[sorted.length >> 1]!];
  });
  console.table(
    medians.map(([name, { perSecond, processorMicroseconds, retries, wrong, milliseconds }]) => ({
      server: name,
      "exchanges a second": perSecond,
      "p50 ms": milliseconds.p50,
      "p99 ms": milliseconds.p99,
      "processor µs an exchange": Math.round(processorMicroseconds * 10) / 10,
      retries,
      wrong,
    })),
  );
  return new Map(medians.map(([name, { perSecond }]) => [name, perSecond]));
}

/**
 * The whole server over a veth pair beside Kea, in the same run, alternating: one relay with many clients in one namespace, the
 * server in another. Leasehold makes every lease durable before its DHCPACK; Kea runs as it comes, its lease file on (it
 * does not sync it). Needs root and the packages of the test suites.
 */
import { mkdirSync, writeFileSync } from "node:fs";
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
const loadProgram = fileURLToPath(new URL("relay-load.js", import.meta.url));

/** What one run of the load printed. */
interface Result {
  readonly perSecond: number;
  readonly retries: number;
  readonly wrong: number;
  readonly milliseconds: { readonly p50: number; readonly p99: number; readonly p999: number };
}

interface Rival {
  readonly name: string;
  start(lab: Lab, host: string, folder: string): Promise<Program>;
}

const leasehold: Rival = {
  name: "Leasehold, every ACK durable first",
  async start(lab, host, folder) {
    const file = join(folder, "leasehold.jsonc");
    writeFileSync(
      file,
      JSON.stringify({
        interfaces: ["eth0"],
        subnets: [{ subnet: "10.77.0.0/16", pools: ["10.77.1.0-10.77.255.0"], leaseTime: "1h", probe: false }],
      }),
    );
    const program = lab.start(host, process.execPath, [command, "serve", file, "--state", join(folder, "state")]);
    await program.line(/ready/i);
    return program;
  },
};

const kea: Rival = {
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

async function measure(rival: Rival, round: number): Promise<Result> {
  const lab = new Lab();
  try {
    const host = lab.addHost("server");
    const load = lab.addHost("load");
    lab.connectDirectly(host, "eth0", `${SERVER}/16`, load, "eth0", `${RELAY}/16`);
    const folder = join(lab.folder, `${round}`);
    mkdirSync(folder, { mode: 0o700 });
    await rival.start(lab, host, folder);
    const args = [loadProgram, SERVER, RELAY, CLIENTS, WINDOW, SECONDS].map(String);
    return JSON.parse(lab.run(load, process.execPath, ...args)) as Result;
  } finally {
    await lab.close();
  }
}

// `npm run bench -- server -- kea` runs one alone.
const asked = process.argv.slice(2);
const rivals = [leasehold, kea].filter(
  ({ name }) => asked.length === 0 || asked.some((word) => name.toLowerCase().startsWith(word)),
);
const results = new Map<string, Result[]>(rivals.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const rival of rivals) results.get(rival.name)?.push(await measure(rival, round));
}
console.log(
  `exchanges of four messages through a relay, ${WINDOW} at once, ${CLIENTS} clients; ${cpus()[0]?.model ?? "?"}`,
);
const median = (of: Result[]) => [...of].sort((one, other) => one.perSecond - other.perSecond)[of.length >> 1]!;
console.table(
  rivals.map(({ name }) => {
    const { perSecond, retries, wrong, milliseconds } = median(results.get(name)!);
    return {
      server: name,
      "exchanges a second": perSecond,
      "p50 ms": milliseconds.p50,
      "p99 ms": milliseconds.p99,
      retries,
      wrong,
    };
  }),
);
if (rivals.length === 2) {
  const ratio = median(results.get(leasehold.name)!).perSecond / median(results.get(kea.name)!).perSecond;
  console.log(`Leasehold: ${ratio.toFixed(2)} × Kea`);
}

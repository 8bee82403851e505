/**
 * A server and those who load it, for the test of overload: a cable between two hosts, the server on one core, the loads on another.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatAddress, parseAddress } from "../../host/core/address.js";
import { askControl, controlPath } from "../../host/server/control.js";
import type { LoadReport } from "../bench/harness/load.js";
import { residentBytes } from "../bench/harness/processes.js";
import { buildLoad } from "../bench/harness/programs.js";
import { Lab } from "../interop/harness/lab.js";
import { eventually, type Program } from "../interop/harness/program.js";
import { COMMAND, type Status } from "./harness.js";

const SERVER = "10.0.0.1";
/** The relay of the crowd that floods the server; its clients get addresses of 10.0.0.0/9. */
const CROWD = "10.0.0.2";
/** Relays of which one is that of the settled clients, with a subnet of their own: 10.128.0.0/9. */
const SETTLED = ["10.128.0.2", "10.128.0.3", "10.128.0.4", "10.128.0.5", "10.128.0.6"];
/** What the first settled client holds. */
const FIRST_HELD = "10.129.0.0";

/** Clients of the crowd: as many as may have an exchange under way. */
export const CROWD_COUNT = 65_536;
const SETTLED_COUNT = 4096;

/** Exchanges under way in a closed loop: enough that the server, not a way to and fro, sets the pace. */
const WINDOW = 512;

/** The site. */
export class OverloadSite {
  readonly #lab = new Lab();
  readonly #load = buildLoad();
  readonly #serverHost = this.#lab.addHost("server");
  readonly #loadHost = this.#lab.addHost("load");
  readonly #state = join(this.#lab.folder, "state");
  readonly #cores = allowedCores();
  #server!: Program;
  #settledRelay!: string;

  /** Runs `body` at a server that is ready and whose settled clients have their leases, and removes everything whatever happens. */
  static async use(body: (site: OverloadSite) => Promise<void>): Promise<void> {
    const site = new OverloadSite();
    try {
      await site.#serve();
      await site.#settle();
      await body(site);
    } catch (error) {
      (error as Error).message += `\n${site.#lab.report()}`;
      throw error;
    } finally {
      await site.#lab.close();
    }
  }

  async #serve(): Promise<void> {
    this.#lab.connectDirectly(this.#serverHost, "lan0", `${SERVER}/8`, this.#loadHost, "eth0", `${CROWD}/8`);
    for (const relay of SETTLED) this.#lab.run(this.#loadHost, "ip", "address", "add", `${relay}/8`, "dev", "eth0");
    const link = Number(this.#lab.run(this.#serverHost, "cat", "/sys/class/net/lan0/ifindex"));
    this.#settledRelay = SETTLED.find((relay) => laterClassOf(relay, link) !== laterClassOf(CROWD, link))!;
    const file = join(this.#lab.folder, "leasehold.jsonc");
    const subnets = [
      { subnet: "10.0.0.0/9", pools: [poolOf("10.1.0.0", CROWD_COUNT)] },
      { subnet: "10.128.0.0/9", pools: [poolOf(FIRST_HELD, SETTLED_COUNT)] },
    ];
    writeFileSync(
      file,
      JSON.stringify({ interfaces: ["lan0"], probe: false, leaseTime: { default: 43_200 }, subnets }),
    );
    mkdirSync(this.#state, { mode: 0o700 });
    const args = [COMMAND, "serve", file, "--state", this.#state];
    this.#server = this.#lab.start(this.#serverHost, ...this.#pinned(0, process.execPath, args));
    await this.#server.line(/ready: serving/);
    const state = () => this.#lab.run(this.#loadHost, "cat", "/sys/class/net/eth0/operstate").trim();
    await eventually("the cable is in", () => state() === "up");
  }

  async #settle(): Promise<void> {
    const args = ["--held", FIRST_HELD, "--fill", "--clients", `${SETTLED_COUNT}`, "--seconds", "60"];
    const { acquired, wrong } = await this.#run(this.#settledRelay, args);
    if (acquired !== SETTLED_COUNT || wrong > 0) throw new Error("the settled clients did not get their leases");
  }

  /** The crowd asks as fast as it is answered: what the server can do. */
  peak(seconds: number): Promise<LoadReport> {
    return this.#run(CROWD, ["--clients", `${CROWD_COUNT}`, "--window", `${WINDOW}`, "--seconds", `${seconds}`]);
  }

  /** The crowd begins `rate` exchanges a second whatever is answered; each asks once, and gives up after `patience` seconds. */
  flood(rate: number, patience: number, seconds: number): Promise<LoadReport> {
    const args = ["--clients", `${CROWD_COUNT}`, "--window", `${CROWD_COUNT}`, "--rate", `${rate}`];
    return this.#run(CROWD, [...args, "--retry", `${patience}`, "--attempts", "1", "--seconds", `${seconds}`]);
  }

  /** The crowd's relay, quietly: each exchange asks once, and gives up after a second. */
  calm(rate: number, seconds: number): Promise<LoadReport> {
    const args = ["--clients", `${CROWD_COUNT}`, "--rate", `${rate}`, "--attempts", "1", "--seconds", `${seconds}`];
    return this.#run(CROWD, args);
  }

  /** Settled clients that renew, `renew` percent of them, or come back; each exchange asks once, and gives up after a second. */
  settled(rate: number, renew: number, seconds: number): Promise<LoadReport> {
    const args = ["--held", FIRST_HELD, "--clients", `${SETTLED_COUNT}`, "--rate", `${rate}`, "--renew", `${renew}`];
    return this.#run(this.#settledRelay, [...args, "--attempts", "1", "--seconds", `${seconds}`]);
  }

  async #run(relay: string, args: readonly string[]): Promise<LoadReport> {
    const whole = ["--server", SERVER, "--relay", relay, ...args];
    const program = this.#lab.start(this.#loadHost, ...this.#pinned(1, this.#load, whole));
    await program.ended;
    const line = program.lines.find((text) => text.startsWith("{"));
    if (line === undefined) throw new Error(program.report());
    return JSON.parse(line) as LoadReport;
  }

  /** What the server says of itself. */
  async status(): Promise<Status> {
    for await (const item of askControl(controlPath(this.#state), "status")) return item as Status;
    throw new Error("the server has no status");
  }

  /** Bytes of memory that the server has in use. */
  get residentBytes(): number {
    return residentBytes(this.#server.pid);
  }

  /** Puts a command on a core of its own, where there are two. */
  #pinned(number: number, command: string, args: readonly string[]): [command: string, args: readonly string[]] {
    const core = this.#cores[number];
    return this.#cores.length < 2 ? [command, args] : ["taskset", ["--cpu-list", `${core}`, command, ...args]];
  }
}

/** The cores that this process may use. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]!;
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The class of a relay's discoveries among those that may wait, as `host/net/linux/filter.ts` has it. */
function laterClassOf(relay: string, interfaceIndex: number): number {
  return Math.imul(parseAddress(relay)! ^ interfaceIndex, 0x9e3779b1) >>> 30;
}

/** A pool of so many addresses. */
function poolOf(first: string, count: number): string {
  return `${first}-${formatAddress(parseAddress(first)! + count - 1)}`;
}

// A server as it is shipped and a loading host on a cable, for a soak.

import fs from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Report } from "../../host/load/tally.js";
import { Lab } from "../interop/harness/lab.js";
import { eventually, type Program } from "../interop/harness/program.js";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

/** More addresses than a soak has clients. Leases that nobody renews end in the course of it. */
const configuration = JSON.stringify({
  probe: false,
  leaseTime: { default: 300 },
  subnets: [{ subnet: "10.0.0.0/8", pools: ["10.1.0.0-10.2.255.255"], offersPerSource: 1000 }],
});

/** What the system says of the server's process and its folder. */
export interface Sample {
  /** Resident memory, in KiB. */
  readonly residentKibibytes: number;
  readonly descriptors: number;
  /** The newest snapshot's name; empty: there is none. */
  readonly snapshot: string;
}

/** The two hosts. */
export class SoakSite {
  readonly #lab = new Lab();
  readonly #server = this.#lab.addHost("server");
  readonly #clients = this.#lab.addHost("clients");
  readonly #file = join(this.#lab.folder, "leasehold.jsonc");
  readonly #state = join(this.#lab.folder, "state");
  #program!: Program;

  /** Runs `body` with a server that is ready, and removes everything whatever happens. */
  static async use<T>(body: (site: SoakSite) => Promise<T>): Promise<T> {
    const site = new SoakSite();
    try {
      await site.#serve();
      return await body(site);
    } catch (error) {
      (error as Error).message += `\n${site.#lab.report()}`;
      throw error;
    } finally {
      await site.#lab.close();
    }
  }

  async #serve(): Promise<void> {
    this.#lab.connectDirectly(this.#server, "lan0", "10.0.0.1/8", this.#clients, "eth0", "10.0.0.2/8");
    fs.writeFileSync(this.#file, configuration);
    const args = [main, "serve", this.#file, "--state", this.#state];
    this.#program = this.#lab.start(this.#server, process.execPath, args);
    await this.#program.line(/ready: serving/);
    const state = () => this.#lab.run(this.#clients, "cat", "/sys/class/net/eth0/operstate").trim();
    await eventually("the cable is in", () => state() === "up");
  }

  /**
   * A load of clients behind a relay that begin anew, from its start to its end; it must end well. On the link itself the system's own table
   * of neighbours would end it: it holds 1,024 by default, for all namespaces together.
   */
  async load(...options: string[]): Promise<Report> {
    const args = [main, "load", "--relay", "10.0.0.2", "--server", "10.0.0.1", "--json", ...options];
    const program = this.#lab.start(this.#clients, process.execPath, args);
    const code = await program.ended;
    const line = program.lines.find((text) => text.startsWith("{"));
    if (line === undefined || (code !== 0 && code !== 1)) throw new Error(`the load failed:\n${program.report()}`);
    return JSON.parse(line) as Report;
  }

  /** How the server's process stands. */
  sample(): Sample {
    if (this.#program.over) throw new Error(`the server has ended:\n${this.#program.report()}`);
    const process = `/proc/${this.#program.pid}`;
    const status = fs.readFileSync(join(process, "status"), "utf8");
    return {
      residentKibibytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]),
      descriptors: fs.readdirSync(join(process, "fd")).length,
      snapshot: fs.readdirSync(this.#state).find((name) => /^snapshot-\d+\.journal$/.test(name)) ?? "",
    };
  }

  /** Stops the server, and checks its journal. @returns what is wrong with either, as sentences */
  async stop(): Promise<string[]> {
    this.#program.signal("SIGTERM");
    const code = await this.#program.ended;
    const wrong = code === 0 ? [] : [`the server ended with ${code}:\n${this.#program.report()}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, "journal", "check", this.#state], {
      encoding: "utf8",
    });
    if (status !== 0) wrong.push(`the journal is not intact: ${stdout}${stderr}`);
    return wrong;
  }
}

/**
 * A link with Leasehold's own server on it, for tests of the Linux hosts.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "../../host/load/tally.js";
import { askControl, controlPath } from "../../host/server/control.js";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";

/** The compiled `leasehold` command. */
export const COMMAND = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

/** The part of `leasehold serve`'s status that matters here. */
export interface Status {
  readonly transport: {
    readonly received: number;
    readonly sent: number;
    readonly overflowed: number;
    /** Calls that failed, by the system's name for the error. */
    readonly failed: Readonly<Record<string, number>>;
  };
}

/** What a load reported, and its exit code. */
export type Loaded = Report & { readonly code: number | string };

/** One link: a server at 192.0.2.1/24 on `eth0` of one host, and a host with `eth0` and no address. */
export class OneLink {
  readonly lab = new Lab();
  readonly link = this.lab.addLink("link");
  readonly server = this.lab.addHost("server");
  readonly client = this.lab.addHost("client");
  readonly #state = join(this.lab.folder, "server");

  constructor() {
    this.lab.connect(this.server, "eth0", this.link, "192.0.2.1/24");
    this.lab.connect(this.client, "eth0", this.link);
  }

  /** Starts the server with settings of the subnet 192.0.2.0/24 beside its pool and more arguments, and waits until it serves. */
  async serve(subnet: object = {}, ...more: string[]): Promise<Program> {
    const file = join(this.lab.folder, "server.jsonc");
    const whole = { subnet: "192.0.2.0/24", pools: ["192.0.2.100-192.0.2.199"], probe: false, ...subnet };
    writeFileSync(file, JSON.stringify({ interfaces: ["eth0"], subnets: [whole] }));
    const log = more.includes("--log") ? [] : ["--log", "debug"];
    const args = [COMMAND, "serve", file, "--state", this.#state, ...log, ...more];
    const program = this.lab.start(this.server, process.execPath, args);
    await program.line(/ready/);
    return program;
  }

  /** What the server says of itself. */
  async status(): Promise<Status> {
    for await (const item of askControl(controlPath(this.#state), "status")) return item as Status;
    throw new Error("the server has no status");
  }

  /** Starts the client on eth0. Its resolver's file is the lab's own. */
  lease(...args: string[]): Program {
    return this.lab.start(this.client, process.execPath, this.leaseArguments(...args));
  }

  /** What follows `node` on the client's command line. */
  leaseArguments(...args: string[]): string[] {
    const state = join(this.lab.folder, "client");
    const own = [
      "--interface",
      "eth0",
      "--state",
      state,
      "--resolver",
      this.resolver,
      "--start-delay",
      "0",
      "--ladder",
    ];
    return [COMMAND, "lease", ...own, ...args];
  }

  get resolver(): string {
    return join(this.lab.folder, "resolv.conf");
  }

  /** The client's routes, as `ip route` prints them. */
  routes(): string {
    return this.lab.run(this.client, "ip", "-4", "route");
  }
}

/** One link whose client's host loads the server, from 192.0.2.2/24. */
export class LoadedLink extends OneLink {
  /** Options of a load through a relay. */
  static readonly BY_RELAY = ["--relay", "192.0.2.2", "--server", "192.0.2.1"];

  /** Runs `body` on a link of its own, and removes the link whatever happens. */
  static async use(body: (on: LoadedLink) => Promise<void>): Promise<void> {
    const on = new LoadedLink();
    try {
      on.lab.run(on.client, "ip", "address", "add", "192.0.2.2/24", "dev", "eth0");
      await body(on);
    } catch (error) {
      console.error(on.lab.report());
      throw error;
    } finally {
      await on.lab.close();
    }
  }

  /** Loads the server with 200 clients, unless other options say otherwise. */
  async load(seconds: number, ...args: string[]): Promise<Loaded> {
    const all = [COMMAND, "load", "--seconds", `${seconds}`, "--clients", "200", "--json", ...args];
    const program = this.lab.start(this.client, process.execPath, all);
    const code = await program.ended;
    const line = program.lines.find((text) => text.startsWith("{"));
    assert.ok(line, program.report());
    return { ...(JSON.parse(line) as Report), code };
  }
}

/**
 * A link with Leasehold's own server on it, for tests of the Linux hosts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";

/** The compiled `leasehold` command. */
export const COMMAND = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

/** One link: a server at 192.0.2.1/24 on `eth0` of one host, and a host with `eth0` and no address. */
export class OneLink {
  readonly lab = new Lab();
  readonly link = this.lab.addLink("link");
  readonly server = this.lab.addHost("server");
  readonly client = this.lab.addHost("client");

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
    const args = [COMMAND, "serve", file, "--state", join(this.lab.folder, "server"), ...log, ...more];
    const program = this.lab.start(this.server, process.execPath, args);
    await program.line(/ready/);
    return program;
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

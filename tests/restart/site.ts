// A lab with one server host and one relay agent's host on a cable, for `leasehold serve` as it is shipped.

import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Lab } from "../interop/harness/lab.js";
import type { Program } from "../interop/harness/program.js";
import { POOL, SERVER_ADDRESS } from "./bustle.js";
import { type Link, openLinkIn } from "./link.js";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

const RELAY_ADDRESS = "192.0.2.2";

/** The configuration of every server in this suite; its leases outlast any test. */
export const configuration = JSON.stringify({
  probe: false,
  leaseTime: { default: 3600 },
  subnets: [{ subnet: "192.0.0.0/20", pools: [`${POOL.first}-${POOL.last}`], offersPerSource: 1000 }],
});

/** Why nothing can be served here, or null. */
function obstacle(packages: Readonly<Record<string, string>>): string | null {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return "want of root";
  for (const [command, name] of Object.entries({ ip: "iproute2", ...packages })) {
    if (spawnSync("which", [command]).status !== 0) return `want of a package: ${name}`;
  }
  return null;
}

/** The site of one test. */
export class Site {
  readonly lab = new Lab();
  readonly #host = this.lab.addHost("server");
  readonly #relay = this.lab.addHost("relay");
  readonly #file = join(this.lab.folder, "leasehold.jsonc");
  /** The server's state folder, unless the test puts it elsewhere. */
  state = join(this.lab.folder, "state");
  /** The way to the server, whichever runs. */
  link!: Link;

  /**
   * Runs `body` at a site of its own, and removes the site whatever happens.
   * @param packages Debian packages that it needs, by a command of each
   */
  static async use(
    context: TestContext,
    packages: Readonly<Record<string, string>>,
    body: (site: Site) => Promise<void>,
  ): Promise<void> {
    const reason = obstacle(packages);
    if (reason !== null) return context.skip(reason);
    const site = new Site();
    try {
      site.lab.connectDirectly(site.#host, "lan0", `${SERVER_ADDRESS}/20`, site.#relay, "eth0", `${RELAY_ADDRESS}/20`);
      fs.writeFileSync(site.#file, configuration);
      site.link = await openLinkIn(site.#relay, RELAY_ADDRESS, SERVER_ADDRESS);
      await body(site);
    } catch (error) {
      (error as Error).message += `\n${site.lab.report()}`;
      throw error;
    } finally {
      site.link?.close();
      await site.lab.close();
    }
  }

  /** Starts `leasehold serve`, with more options. */
  start(environment: NodeJS.ProcessEnv = {}, ...options: string[]): Program {
    const args = [main, "serve", this.#file, "--state", this.state, ...options];
    return this.lab.start(this.#host, process.execPath, args, environment);
  }

  /** Starts it and waits until it serves. */
  async serve(environment: NodeJS.ProcessEnv = {}): Promise<Program> {
    const program = this.start(environment);
    await program.line(/ready: serving/);
    return program;
  }

  /** What `leasehold leases` shows of the running server. */
  leases(): { state: string }[] {
    const args = [main, "leases", "--state", this.state, "--json"];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as { state: string }[];
  }

  /** What `leasehold journal check` says of the store; its exit code is 0 when all is well. */
  checkJournal(): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, "journal", "check", this.state], {
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  }
}

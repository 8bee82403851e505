/**
 * One server on one core, the load on another, a veth pair between their namespaces: where everything is measured.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ip, Lab } from "../../interop/harness/lab.js";
import type { Program } from "../../interop/harness/program.js";
import type { Rival } from "../rivals/rival.js";
import { type LoadReport, type LoadWishes, loadArguments } from "./load.js";
import { RELAY, SERVER, type Size } from "./network.js";
import { processorTime } from "./processes.js";

const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** The longest that a server may take to answer for the first time, or to give all clients their leases. */
const PATIENCE_SECONDS = 120;
/** Before a load a server has to have been idle for so long: what the load before it left under way is not answered to this one. */
const PAUSE_MILLISECONDS = 300;
const MOST_PAUSES = 100;
/** What an idle server may use in a pause, in seconds. */
const IDLE_SECONDS = 0.01;
const FILL_WINDOW = 256;

/** What an arena is opened for. */
export interface Plan {
  readonly size: Size;
  readonly held: boolean;
  readonly onLink?: boolean;
  /** The server is started and asked once, and no more. */
  readonly onlyStarted?: boolean;
  /** Programs stay where the kernel puts them. */
  readonly unpinned?: boolean;
}

/** Folders with leases in them, made once for each server and size. */
export class Templates {
  readonly #folder = mkdtempSync(join(tmpdir(), "leasehold-bench-"));
  readonly #made = new Map<string, Promise<string>>();
  readonly #loadProgram: string;

  constructor(loadProgram: string) {
    this.#loadProgram = loadProgram;
  }

  /** The folder of a server's leases at a size; null: it keeps none in files. */
  async of(rival: Rival, size: Size): Promise<string | null> {
    if (rival.holding === "none" || rival.holding === "each-start") return null;
    const key = `${rival.key}-${size.leases}-${size.subnets}`;
    const made = this.#made.get(key) ?? this.#make(join(this.#folder, key), rival, size);
    this.#made.set(key, made);
    return made;
  }

  async #make(folder: string, rival: Rival, size: Size): Promise<string> {
    mkdirSync(folder, { mode: 0o700 });
    if (typeof rival.holding === "object") {
      rival.holding.files(folder, size);
      return folder;
    }
    const arena = new Arena(rival, { size, held: false }, this.#loadProgram, null);
    try {
      await arena.start();
      await arena.fill();
      await arena.stop();
      execFileSync("cp", ["-a", `${arena.folder}/.`, folder]);
    } finally {
      await arena.close();
    }
    return folder;
  }

  /** Removes them. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A server and its load. */
export class Arena {
  readonly #lab = new Lab();
  readonly #rival: Rival;
  readonly #plan: Plan;
  readonly #loadProgram: string;
  readonly #serverHost: string;
  readonly #loadHost: string;
  #server: Program | null = null;
  /** The server's files. */
  readonly folder: string;

  /** @param template a folder whose files the server finds at its start */
  constructor(rival: Rival, plan: Plan, loadProgram: string, template: string | null) {
    this.#rival = rival;
    this.#plan = plan;
    this.#loadProgram = loadProgram;
    this.#serverHost = this.#lab.addHost("server");
    this.#loadHost = this.#lab.addHost("load");
    this.#connect();
    this.folder = join(this.#lab.folder, "files");
    mkdirSync(this.folder, { mode: 0o700 });
    if (template !== null) execFileSync("cp", ["-a", `${template}/.`, this.folder]);
  }

  #connect(): void {
    const prefix = this.#plan.size.subnets > 1 ? 16 : 8;
    const [server, load] = [`${SERVER}/${prefix}`, `${RELAY}/${prefix}`];
    this.#lab.connectDirectly(this.#serverHost, "eth0", server, this.#loadHost, "eth0", load);
    if (this.#plan.size.subnets === 1) return;
    // All relays' addresses are this machine's, without being listed one by one.
    ip("-n", this.#serverHost, "route", "add", "10.128.0.0/9", "via", RELAY);
    ip("-n", this.#loadHost, "route", "add", "local", "10.128.0.0/9", "dev", "lo");
  }

  /** The server's process. */
  get pid(): number {
    return this.#server!.pid;
  }

  /** Everything that the programs printed. */
  report(): string {
    return this.#lab.report();
  }

  /** Starts the server, and fills it where it forgets; returns the milliseconds until it answered. */
  async start(): Promise<number> {
    const { size, held, onLink = false } = this.#plan;
    const { command, args, environment } = this.#rival.start({ size, held, onLink, folder: this.folder });
    const keeps = held && this.#rival.holding !== "each-start";
    const asking = this.load({ untilAnswered: true, held: keeps, clients: 1, seconds: PATIENCE_SECONDS });
    await sleep(PAUSE_MILLISECONDS);
    const began = performance.now();
    this.#server = this.#lab.start(this.#serverHost, ...this.#pinned(SERVER_CORE, command, args), environment);
    const gone = this.#server.ended.then((how) => {
      throw new Error(`${this.#rival.name} ended: ${how}\n${this.report()}`);
    });
    gone.catch(() => {});
    const { acquired, reasons } = await Promise.race([asking, gone]);
    const milliseconds = performance.now() - began;
    if (acquired === 0) {
      const faults = Object.keys(reasons).join(", ");
      throw new Error(
        faults === "" ? `no lease within ${PATIENCE_SECONDS} s` : `its first answer was wrong: ${faults}`,
      );
    }
    if (held && this.#rival.holding === "each-start") await this.fill();
    return milliseconds;
  }

  /** Starts a server that may answer wrongly: it has to print a line with "ready". */
  async startSilently(): Promise<void> {
    const { size, held } = this.#plan;
    const { command, args } = this.#rival.start({ size, held, onLink: false, folder: this.folder });
    this.#server = this.#lab.start(this.#serverHost, ...this.#pinned(SERVER_CORE, command, args));
    await this.#server.line(/ready/);
  }

  /** Lets every client acquire its lease. */
  async fill(): Promise<void> {
    const { acquired, wrong } = await this.load({ fill: true, window: FILL_WINDOW, seconds: PATIENCE_SECONDS });
    const { leases } = this.#plan.size;
    if (acquired !== leases || wrong > 0)
      throw new Error(`${acquired} of ${leases} clients got their leases, ${wrong} answers were wrong`);
  }

  /** Loads the server. */
  async load(wishes: LoadWishes): Promise<LoadReport> {
    await this.#idle();
    const { size, held, onLink = false } = this.#plan;
    const args = loadArguments(size, { onLink, held, ...wishes }, this.#rival.needs ?? {});
    const program = this.#lab.start(this.#loadHost, ...this.#pinned(LOAD_CORE, this.#loadProgram, args));
    await program.ended;
    const line = program.lines.find((text) => text.startsWith("{"));
    if (line === undefined) throw new Error(program.report());
    return JSON.parse(line) as LoadReport;
  }

  async #idle(): Promise<void> {
    const used = () => {
      const { user, system } = processorTime(this.pid);
      return user + system;
    };
    for (let pause = 0; pause < MOST_PAUSES && this.#server !== null; pause++) {
      const before = used();
      await sleep(PAUSE_MILLISECONDS);
      if (used() - before <= IDLE_SECONDS) return;
    }
  }

  #pinned(core: number, command: string, args: readonly string[]): [command: string, args: string[]] {
    return this.#plan.unpinned ? [command, [...args]] : ["taskset", ["--cpu-list", `${core}`, command, ...args]];
  }

  /** Ends the server in good order. */
  async stop(): Promise<void> {
    await this.#server?.end();
  }

  /** Ends and removes everything. */
  close(): Promise<void> {
    return this.#lab.close();
  }
}

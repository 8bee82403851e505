/**
 * A network of hosts on this machine: network namespaces, one bridge for each link, veth pairs between them. Everything a lab
 * makes carries its own prefix and is removed when it closes; traffic never leaves it.
 *
 * What a run that was killed left behind is removed by the next one: a namespace's name holds the pid of its maker.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.js";

let labs = 0;

/** Namespaces of labs: the pid of the process that made them, the number of its lab, the host's name. */
const LAB_NAMESPACE = /^lh(\d+)x\d+-/;

/** Where a host's interface is plugged in. */
interface Plug {
  readonly port: string;
  link: string;
}

/** A network that a test builds and tears down. */
export class Lab {
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #programs: Program[] = [];
  readonly #plugs = new Map<string, Plug>();
  /** A folder for files of this lab; removed with it. */
  readonly folder: string;

  constructor() {
    if (labs === 0) removeLeftovers();
    this.#prefix = `lh${process.pid}x${labs++}`;
    this.folder = mkdtempSync(join(tmpdir(), "leasehold-lab-"));
  }

  /** Adds a host, a namespace with loopback up, and returns its namespace's name. */
  addHost(name: string): string {
    const namespace = `${this.#prefix}-${name}`;
    ip("netns", "add", namespace);
    this.#namespaces.push(namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    return namespace;
  }

  /** Adds a link: a bridge in a namespace of its own. */
  addLink(name: string): string {
    const namespace = this.addHost(name);
    ip("-n", namespace, "link", "add", "br0", "type", "bridge", "forward_delay", "0");
    ip("-n", namespace, "link", "set", "br0", "up");
    return namespace;
  }

  /**
   * Connects a host to a link by an interface that is up.
   * @param address with prefix length ("192.0.2.1/24"), or none
   * @param mac hardware address, or none for a random one
   */
  connect(host: string, interfaceName: string, link: string, address?: string, mac?: string): void {
    const port = `p${this.#plugs.size}`;
    ip("-n", link, "link", "add", port, "type", "veth", "peer", "name", interfaceName, "netns", host);
    if (mac !== undefined) ip("-n", host, "link", "set", interfaceName, "address", mac);
    ip("-n", link, "link", "set", port, "master", "br0", "up");
    if (address !== undefined) ip("-n", host, "address", "add", address, "dev", interfaceName);
    ip("-n", host, "link", "set", interfaceName, "up");
    this.#plugs.set(`${host} ${interfaceName}`, { port, link });
  }

  /** Connects two hosts by a cable: one veth pair, no bridge. Addresses are with prefix length. */
  connectDirectly(
    one: string,
    oneName: string,
    oneAddress: string,
    other: string,
    otherName: string,
    otherAddress: string,
  ): void {
    ip("-n", one, "link", "add", oneName, "type", "veth", "peer", "name", otherName, "netns", other);
    for (const [host, name, address] of [
      [one, oneName, oneAddress],
      [other, otherName, otherAddress],
    ] as const) {
      ip("-n", host, "address", "add", address, "dev", name);
      ip("-n", host, "link", "set", name, "up");
    }
  }

  /** Lets the kernel fill in checksums before a frame is captured, as it would before it leaves a real card. */
  writeChecksums(host: string, interfaceName: string): void {
    this.run(host, "ethtool", "--offload", interfaceName, "tx", "off");
  }

  /** Pulls a host's cable out: its interface loses carrier. */
  unplug(host: string, interfaceName: string): void {
    const { port, link } = this.#plug(host, interfaceName);
    ip("-n", link, "link", "set", port, "nomaster", "down");
  }

  /** Plugs a host's cable into a link, the same or another. */
  plug(host: string, interfaceName: string, link: string): void {
    const plug = this.#plug(host, interfaceName);
    if (plug.link !== link) ip("-n", plug.link, "link", "set", plug.port, "netns", link);
    plug.link = link;
    ip("-n", link, "link", "set", plug.port, "master", "br0", "up");
  }

  #plug(host: string, interfaceName: string): Plug {
    const plug = this.#plugs.get(`${host} ${interfaceName}`);
    if (plug === undefined) throw new Error(`${host} has no interface ${interfaceName}`);
    return plug;
  }

  /**
   * Starts a program in a host's namespace.
   * @param input "pipe" for a program that is written to
   */
  start(
    host: string,
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    input: "ignore" | "pipe" = "ignore",
  ): Program {
    const whole = ["netns", "exec", host, command, ...args];
    const options = { env: { ...process.env, ...environment }, cwd: this.folder };
    const child =
      input === "pipe"
        ? spawn("ip", whole, { ...options, stdio: ["pipe", "pipe", "pipe"] })
        : spawn("ip", whole, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const program = new Program(child, `${command} ${args.join(" ")}`);
    this.#programs.push(program);
    return program;
  }

  /** Runs a command in a host's namespace to its end and returns what it printed; throws when it fails. */
  run(host: string, command: string, ...args: string[]): string {
    return execFileSync("ip", ["netns", "exec", host, command, ...args], { encoding: "utf8", cwd: this.folder });
  }

  /** The IPv4 addresses on an interface, without prefix length. */
  addressesOf(host: string, interfaceName: string): string[] {
    const text = execFileSync("ip", ["-n", host, "-j", "-4", "address", "show", "dev", interfaceName], {
      encoding: "utf8",
    });
    const [state] = JSON.parse(text) as { addr_info?: { local: string }[] }[];
    return (state?.addr_info ?? []).map((entry) => entry.local);
  }

  /** Everything that the programs of this lab printed: what a failed test shows. */
  report(): string {
    return this.#programs.map((program) => program.report()).join("\n");
  }

  /** Ends every program that is still running, by its pid. */
  async endPrograms(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
  }

  /** Ends every program that is still running, and removes everything that was made. */
  async close(): Promise<void> {
    await this.endPrograms();
    for (const namespace of this.#namespaces.reverse()) removeNamespace(namespace);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs iproute2's `ip`. */
export function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Ends what still runs in a namespace of a lab, and removes it. */
function removeNamespace(namespace: string): void {
  const pids = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  for (const pid of pids.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  ip("netns", "delete", namespace);
}

/** Removes the namespaces of labs whose makers are gone. */
function removeLeftovers(): void {
  const listed = execFileSync("ip", ["-j", "netns", "list"], { encoding: "utf8" });
  for (const { name } of JSON.parse(listed || "[]") as { name: string }[]) {
    const maker = LAB_NAMESPACE.exec(name)?.[1];
    if (maker !== undefined && !isAlive(Number(maker))) removeNamespace(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

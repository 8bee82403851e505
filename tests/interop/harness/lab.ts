/**
 * A network of hosts on this machine: network namespaces, one bridge for each link, veth pairs between them. Everything a lab
 * makes carries its own prefix and is removed when it closes; traffic never leaves it.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "./program.js";

let labs = 0;

/** A network that a test builds and tears down. */
export class Lab {
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #programs: Program[] = [];
  /** A folder for files of this lab; removed with it. */
  readonly folder: string;

  constructor() {
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
    const port = `p${this.#portCount++}`;
    ip("-n", link, "link", "add", port, "type", "veth", "peer", "name", interfaceName, "netns", host);
    if (mac !== undefined) ip("-n", host, "link", "set", interfaceName, "address", mac);
    ip("-n", link, "link", "set", port, "master", "br0", "up");
    if (address !== undefined) ip("-n", host, "address", "add", address, "dev", interfaceName);
    ip("-n", host, "link", "set", interfaceName, "up");
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

  #portCount = 0;

  /** Starts a program in a host's namespace. */
  start(host: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
    const child = spawn("ip", ["netns", "exec", host, command, ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.folder,
    });
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

  /** Ends every program that is still running, by its pid, and removes everything that was made. */
  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
    for (const namespace of this.#namespaces.reverse()) ip("netns", "delete", namespace);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs iproute2's `ip`. */
export function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

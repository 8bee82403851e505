/**
 * Tells the system's resolver what a lease says of name servers: through systemd-resolved where it manages the machine's
 * resolv.conf, else by writing the file, whose former content comes back when the lease ends.
 */
import { execFile } from "node:child_process";
import { lstat, open, readFile, readlink, rename, unlink, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { formatAddress } from "../core/address.js";
import type { Parameters } from "./parameters.js";

const run = promisify(execFile);

/** First line of a file that was written here. */
const MARK = "# Written by leasehold for";

/** The resolver's settings for one interface. */
export class Resolver {
  readonly #path: string;
  readonly #interfaceName: string;

  /** @param path the resolver's file, normally /etc/resolv.conf */
  constructor(path: string, interfaceName: string) {
    this.#path = path;
    this.#interfaceName = interfaceName;
  }

  /** Makes the name servers of `parameters` the resolver's; without any, what was set before is taken back. */
  async apply(parameters: Parameters): Promise<void> {
    if (parameters.domainNameServers.length === 0) return this.withdraw();
    if (await this.#managedByResolved()) await this.#tellResolved(parameters);
    else await this.#writeFile(parameters);
  }

  /** Takes back what `apply` set. */
  async withdraw(): Promise<void> {
    if (await this.#managedByResolved()) {
      await run("resolvectl", ["revert", this.#interfaceName]);
      return;
    }
    const present = await readOrNull(this.#path);
    if (!present?.startsWith(`${MARK} ${this.#interfaceName}\n`)) return;
    const former = await readOrNull(this.#saved);
    if (former === null) await unlink(this.#path);
    else {
      await this.#replace(former);
      await unlink(this.#saved);
    }
  }

  get #saved(): string {
    return `${this.#path}.before-leasehold`;
  }

  async #managedByResolved(): Promise<boolean> {
    const file = await lstat(this.#path).catch(() => null);
    return file?.isSymbolicLink() === true && (await readlink(this.#path)).includes("systemd/resolve");
  }

  async #tellResolved(parameters: Parameters): Promise<void> {
    await run("resolvectl", ["dns", this.#interfaceName, ...parameters.domainNameServers.map(formatAddress)]);
    const domains = searchList(parameters);
    if (domains.length > 0) await run("resolvectl", ["domain", this.#interfaceName, ...domains]);
  }

  async #writeFile(parameters: Parameters): Promise<void> {
    const present = await readOrNull(this.#path);
    // Only the first to write saves the file: what another interface's client wrote is not the user's.
    if (present !== null && !present.startsWith(MARK)) await writeFile(this.#saved, present, { mode: 0o644 });
    const lines = [`${MARK} ${this.#interfaceName}`];
    const domains = searchList(parameters);
    if (domains.length > 0) lines.push(`search ${domains.join(" ")}`);
    for (const server of parameters.domainNameServers) lines.push(`nameserver ${formatAddress(server)}`);
    await this.#replace(`${lines.join("\n")}\n`);
  }

  /** Replaces the file whole, so that nobody reads half of it. */
  async #replace(text: string): Promise<void> {
    const temporary = `${this.#path}.leasehold-new`;
    const file = await open(temporary, "w", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
  }
}

function searchList(parameters: Parameters): readonly string[] {
  if (parameters.domainSearch.length > 0) return parameters.domainSearch;
  return parameters.domainName === undefined ? [] : [parameters.domainName];
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Runs the user's program when the lease changes: an absolute path with an argument vector, the lease in its environment, a
 * time limit, and never a shell. Text that a server chose reaches the environment only where it is made of
 * letters, digits, dots, hyphens and underscores; everything else is there as hexadecimal.
 */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { formatAddress } from "../core/address.js";
import { UserError } from "../user-error.js";
import { type Parameters, formatRoute } from "./parameters.js";

/** What a hook is told. */
export interface HookEvent {
  /** "acquired", "extended", "resumed", "expired", "refused", "conflict", "released", "stopped", "informed". */
  readonly event: string;
  readonly interfaceName: string;
  /** The address, as a number, or 0. */
  readonly address: number;
  /** The server's identifier, as a number, or 0. */
  readonly serverIdentifier: number;
  /** Lease time in seconds. */
  readonly leaseSeconds: number;
  readonly parameters: Parameters | null;
}

/** How long a hook may take, in milliseconds. */
export const HOOK_TIME_LIMIT_MILLISECONDS = 30_000;

/** A hook that was checked. */
export class Hook {
  readonly #path: string;
  readonly #arguments: readonly string[];

  private constructor(path: string, values: readonly string[]) {
    this.#path = path;
    this.#arguments = values;
  }

  /** Checks the program at `path`. Throws a `UserError` when it is not absolute, not a file, or others may change it. */
  static async open(path: string, values: readonly string[] = []): Promise<Hook> {
    await checkHook(path);
    return new Hook(path, values);
  }

  /** Runs the hook, checked anew; resolves to null, or to a sentence that says how it failed. */
  async run(event: HookEvent): Promise<string | null> {
    try {
      await checkHook(this.#path);
    } catch (error) {
      return (error as Error).message;
    }
    const options = {
      env: hookEnvironment(event),
      timeout: HOOK_TIME_LIMIT_MILLISECONDS,
      killSignal: "SIGKILL" as const,
      cwd: "/",
      maxBuffer: 64 * 1024,
    };
    return new Promise((resolve) => {
      execFile(this.#path, [...this.#arguments], options, (error) => {
        if (error === null) resolve(null);
        else if (error.killed) resolve(`hook ${this.#path} was ended: it took longer than 30 s or printed too much`);
        else
          resolve(
            `hook ${this.#path} failed: ${error.code === undefined ? `signal ${error.signal}` : `exit ${error.code}`}`,
          );
      });
    });
  }
}

/** The environment of a hook: nothing of our own but PATH. */
export function hookEnvironment(event: HookEvent): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    LEASEHOLD_EVENT: event.event,
    LEASEHOLD_INTERFACE: event.interfaceName,
  };
  const set = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== "") environment[`LEASEHOLD_${name}`] = value;
  };
  if (event.address !== 0) set("ADDRESS", formatAddress(event.address));
  if (event.serverIdentifier !== 0) set("SERVER_IDENTIFIER", formatAddress(event.serverIdentifier));
  if (event.parameters === null) return environment;
  const given = event.parameters;
  set("LEASE_SECONDS", event.leaseSeconds === 0 ? undefined : String(event.leaseSeconds));
  set("PREFIX_LENGTH", given.prefixLength === undefined ? undefined : String(given.prefixLength));
  set("ROUTES", given.routes.map(formatRoute).join(", "));
  set("DOMAIN_NAME_SERVERS", given.domainNameServers.map(formatAddress).join(" "));
  set("NTP_SERVERS", given.networkTimeServers.map(formatAddress).join(" "));
  set("DOMAIN_NAME", given.domainName);
  set("DOMAIN_SEARCH", given.domainSearch.join(" "));
  set("HOST_NAME", given.hostName);
  set("INTERFACE_MTU", given.interfaceMtu === undefined ? undefined : String(given.interfaceMtu));
  for (const [code, value] of given.options) set(`OPTION_${code}`, Buffer.from(value).toString("hex"));
  return environment;
}

async function checkHook(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new UserError(`hook ${path}: give an absolute path`);
  const file = await statOrExplain(path);
  if (!file.isFile()) throw new UserError(`hook ${path} is not a file`);
  if ((file.mode & 0o111) === 0) throw new UserError(`hook ${path} is not executable: chmod u+x ${path}`);
  const uid = process.getuid?.() ?? 0;
  for (const part of [path, dirname(path)]) {
    const { mode, uid: owner } = await statOrExplain(part);
    const sticky = part !== path && (mode & 0o1000) !== 0;
    if ((mode & 0o022) !== 0 && !sticky) {
      throw new UserError(`hook ${path} refused: others may write to ${part}; chmod go-w ${part}`);
    }
    if (owner !== 0 && owner !== uid) throw new UserError(`hook ${path} refused: ${part} belongs to another user`);
  }
}

async function statOrExplain(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw new UserError(`hook ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
}

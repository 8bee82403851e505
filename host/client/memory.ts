/**
 * What a client remembers between runs: its core's newest lease record, and the DHCPACK behind it, so that an unexpired
 * lease can be asked for again (INIT-REBOOT) and, when nobody answers, be used until it ends.
 *
 * One small JSON file for each interface, replaced whole: written under another name, synced, renamed, folder synced. A
 * file that cannot be read is reported and treated as absent; the lease it held can be had anew.
 */
import { mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf } from "../reasons.js";

/** What is remembered. */
export interface Remembered {
  /** The core's record (kind CLIENT_LEASE), or empty: no lease. */
  readonly record: Uint8Array;
  /** The DHCPACK as received, or empty. */
  readonly acknowledgement: Uint8Array;
}

const VERSION = 1;

/** The memory of one interface's client. */
export class LeaseMemory {
  readonly path: string;

  /** @param folder made with mode 0700 when missing @param interfaceName a valid interface name: no slash in it */
  constructor(folder: string, interfaceName: string) {
    this.path = join(folder, `client-${interfaceName}.json`);
  }

  /** What is remembered, or null; `complain` hears why a file that is there is not used. */
  async recall(complain: (sentence: string) => void): Promise<Remembered | null> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      complain(`${this.path} can't be read: ${reasonOf(error)}; it is not used`);
      return null;
    }
    const remembered = parse(text);
    if (remembered === null) complain(`${this.path} is damaged or of another version; it is not used`);
    return remembered;
  }

  /** Replaces what is remembered; durable when the promise resolves. */
  async remember(what: Remembered): Promise<void> {
    const folder = dirname(this.path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify({ version: VERSION, record: hex(what.record), acknowledgement: hex(what.acknowledgement) })}\n`;
    const temporary = `${this.path}.new`;
    const file = await open(temporary, "w", 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.path);
    const directory = await open(folder, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** Forgets everything. */
  async forget(): Promise<void> {
    await unlink(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function parse(text: string): Remembered | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { version, record, acknowledgement } = (value ?? {}) as Record<string, unknown>;
  if (version !== VERSION || !isHex(record) || !isHex(acknowledgement)) return null;
  return { record: Buffer.from(record, "hex"), acknowledgement: Buffer.from(acknowledgement, "hex") };
}

function isHex(value: unknown): value is string {
  return typeof value === "string" && /^([0-9a-f]{2})*$/.test(value);
}

/**
 * Policies of the image: resolved settings as records, equal ones once, and the byte strings they point to, equal ones once.
 *
 * A million addresses with one policy cost 60 bytes for it; a thousand reservations with host names of their own cost a
 * policy and an options string each.
 */
import { Policy, PolicyFlag, PolicyLayout } from "#layout";
import type { Resolved } from "./resolve.js";

/** Bytes behind the tables, equal strings once. */
export class ByteArea {
  readonly #places = new Map<string, number>();
  readonly #parts: Buffer[] = [];
  length = 0;

  /** Offset in the area of `bytes`; 0 for none. */
  add(bytes: Uint8Array): number {
    if (bytes.length === 0) return 0;
    const buffer = Buffer.from(bytes);
    const key = buffer.toString("latin1");
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.length);
    this.#parts.push(buffer);
    this.length += buffer.length;
    return this.length - buffer.length;
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Encodes options by code; a value of more than 255 bytes becomes several of one code (RFC 3396). */
export function encodeOptions(options: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const parts: number[] = [];
  for (const [code, value] of [...options].sort(([a], [b]) => a - b)) {
    for (let at = 0; at === 0 || at < value.length; at += 255) {
      const piece = value.subarray(at, at + 255);
      parts.push(code, piece.length, ...piece);
    }
  }
  return Uint8Array.from(parts);
}

/** Collects policies, equal ones once. */
export class PolicyTable {
  readonly records: Uint8Array[] = [];
  readonly #known = new Map<string, number>();
  readonly #ofResolved = new Map<Resolved, number>();
  readonly #bytes: ByteArea;

  constructor(bytes: ByteArea) {
    this.#bytes = bytes;
  }

  /** Writes the records behind each other from `place` on, their strings lying in the byte area at `bytes`. */
  writeTo(view: DataView, place: number, bytes: number): void {
    const policy = new Policy(view, place);
    for (const record of this.records) {
      new Uint8Array(view.buffer, view.byteOffset + policy.base, record.length).set(record);
      if (policy.snameLength > 0) policy.sname += bytes;
      if (policy.fileLength > 0) policy.file += bytes;
      if (policy.optionsLength > 0) policy.options += bytes;
      if (policy.alwaysCount > 0) policy.always += bytes;
      policy.base += PolicyLayout.byteSize;
    }
  }

  /** Index of the policy that these settings come to. */
  add(settings: Resolved): number {
    const known = this.#ofResolved.get(settings);
    if (known !== undefined) return known;
    const record = this.#encode(settings);
    const key = Buffer.from(record).toString("latin1");
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.records.push(record) - 1;
      this.#known.set(key, index);
    }
    this.#ofResolved.set(settings, index);
    return index;
  }

  #encode(settings: Resolved): Uint8Array {
    const record = new Uint8Array(PolicyLayout.byteSize);
    const policy = new Policy(new DataView(record.buffer), 0);
    const options = encodeOptions(settings.options);
    const always = [...settings.always].filter((code) => settings.options.has(code)).sort((a, b) => a - b);
    const [serverName, bootFile] = [Buffer.from(settings.serverName), Buffer.from(settings.bootFile)];
    policy.flags = (settings.authoritative ? PolicyFlag.AUTHORITATIVE : 0) | (settings.probe ? PolicyFlag.PROBE : 0);
    policy.leaseSeconds = settings.leaseSeconds;
    policy.minimumLeaseSeconds = settings.minimumLeaseSeconds;
    policy.maximumLeaseSeconds = settings.maximumLeaseSeconds;
    policy.renewalFraction = settings.renewalFraction;
    policy.rebindingFraction = settings.rebindingFraction;
    policy.offerSeconds = settings.offerSeconds;
    policy.quarantineSeconds = settings.quarantineSeconds;
    policy.probeMilliseconds = settings.probeMilliseconds;
    policy.siaddr = settings.nextServer;
    policy.sname = this.#bytes.add(serverName);
    policy.snameLength = serverName.length;
    policy.file = this.#bytes.add(bootFile);
    policy.fileLength = bootFile.length;
    policy.options = this.#bytes.add(options);
    policy.optionsLength = options.length;
    policy.always = this.#bytes.add(Uint8Array.from(always));
    policy.alwaysCount = always.length;
    return record;
  }
}

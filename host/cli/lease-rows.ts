/**
 * Leases as rows: what `leasehold leases` shows, made of records, whether a running server exports them or a journal is read.
 */
import { LeaseState, nameOfLeaseState, RecordKind, ServerStatus } from "#layout";
import type { Configuration } from "../config/compile.js";
import { formatAddress, formatHardware } from "../core/address.js";
import { ServerImage } from "../core/image.js";
import { clockOffsetOf, kindOfRecord, type Lease, readLease, recordsIn } from "../core/record.js";
import type { TransportStatistics } from "../net/transport.js";
import type { Server } from "../server/server.js";
import { escapeBytes } from "../escape.js";

/** A lease that does not end. */
const NEVER = 0xffffffff;

/** A lease as programs read it. Texts that clients chose are escaped. */
export interface LeaseRow {
  readonly address: string;
  /** "bound", "expired", "released", "quarantined", "offered" … */
  readonly state: string;
  /** When it ends or ended, as ISO 8601; null: never. */
  readonly ends: string | null;
  readonly hardwareAddress: string;
  readonly clientIdentifier: string | null;
  readonly hostName: string | null;
  readonly vendorClass: string | null;
  /** Option 82 as the relay sent it, in hexadecimal. */
  readonly relayInformation: string | null;
  /** "dynamic", "reserved", "unserved" (in no pool any more); null where no configuration is at hand. */
  readonly origin: string | null;
}

/** What origins are told by. */
export type OriginOf = (address: number) => LeaseRow["origin"];

/** Tells origins by a configuration. */
export function originsBy({ image, reserved }: Configuration): OriginOf {
  const served = new ServerImage(image);
  return (address) => {
    if (reserved.has(address)) return "reserved";
    return served.serves(address) ? "dynamic" : "unserved";
  };
}

/** Makes a row. @param offset what the wall clock exceeds the lease clock by, in seconds @param now the wall clock in seconds */
export function rowOf(lease: Lease, offset: number, now: number, originOf: OriginOf): LeaseRow {
  const ends = lease.endsAt === NEVER ? null : lease.endsAt + offset;
  const hasEnded = lease.state === LeaseState.BOUND && ends !== null && ends <= now;
  const state = hasEnded ? LeaseState.EXPIRED : lease.state;
  const text = (bytes: Uint8Array) => (bytes.length === 0 ? null : escapeBytes(bytes));
  const hexadecimal = (bytes: Uint8Array) => (bytes.length === 0 ? null : formatHardware(bytes));
  return {
    address: formatAddress(lease.address),
    state: (nameOfLeaseState(state) ?? `state ${state}`).toLowerCase(),
    ends: ends === null ? null : `${new Date(ends * 1000).toISOString().slice(0, 19)}Z`,
    hardwareAddress: `${lease.htype === 1 ? "" : `${lease.htype}/`}${formatHardware(lease.chaddr)}`,
    clientIdentifier: hexadecimal(lease.identifier),
    hostName: text(lease.hostName),
    vendorClass: text(lease.vendorClass),
    relayInformation: hexadecimal(lease.relayInformation),
    origin: originOf(lease.address),
  };
}

/** The leases of a running server, slice by slice while it serves. */
export async function* leaseItems(server: Server, configuration: Configuration): AsyncGenerator<LeaseRow> {
  const originOf = originsBy(configuration);
  for await (const records of server.exportRecords()) {
    const now = Math.floor(Date.now() / 1000);
    const offset = server.shards[0]?.instance.core.control.wallOffset ?? 0;
    // The records are a view on the core's memory, valid until the server takes its next turn.
    const leases = [...recordsIn(records)].flatMap((record) => readLease(record) ?? []);
    for (const lease of leases) if (lease.state !== LeaseState.FREE) yield rowOf(lease, offset, now, originOf);
  }
}

/** The leases in blobs of records, the last record of an address counting. */
export async function rowsIn(blobs: AsyncIterable<Uint8Array>, originOf: OriginOf): Promise<LeaseRow[]> {
  const leases = new Map<number, Lease>();
  let offset = 0;
  for await (const blob of blobs) {
    for (const record of recordsIn(blob)) {
      if (kindOfRecord(record) === RecordKind.CLOCK) offset = clockOffsetOf(record);
      const lease = readLease(record);
      if (!lease) continue;
      if (lease.state === LeaseState.FREE) leases.delete(lease.address);
      else leases.set(lease.address, lease);
    }
  }
  const now = Math.floor(Date.now() / 1000);
  return [...leases.values()].map((lease) => rowOf(lease, offset, now, originOf));
}

/** What a running server is doing, as one item; `transport` is what its network has counted. */
export function statusItems(server: Server, configuration: Configuration, transport: TransportStatistics): object[] {
  const core = server.shards[0]?.instance.core;
  if (!core) return [];
  const status = new ServerStatus(core.view, core.control.status);
  const { free, offered, probing, bound, released, expired, quarantined } = status;
  return [
    {
      networks: configuration.names.networks,
      addresses: { free, offered, probing, bound, released, expired, quarantined },
      unserved: server.unservedCount,
      memoryBytes: core.memoryUsed,
      verdicts: Object.fromEntries(server.verdicts),
      transport: { ...transport, failed: Object.fromEntries(transport.failed) },
    },
  ];
}

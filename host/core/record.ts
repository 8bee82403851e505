/**
 * The records that a core makes durable, as a host reads them: to tell which belong to an address, and to list leases. Hosts
 * never make or change a record.
 */
import {
  AttributeTag,
  ClockRecord,
  LeaseRecord,
  LeaseRecordLayout,
  type LeaseState,
  RecordHeadLayout,
  RecordKind,
} from "#layout";

/** Bytes that are no whole records: a store gave back something else than it was given. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/**
 * Bytes of the record at `at` of whole records; `view` is the view of all of them.
 * @throws {RecordError} its size is impossible
 */
export function recordSizeAt(view: DataView, at: number): number {
  const size = at + 2 <= view.byteLength ? view.getUint16(at, true) : 0;
  if (size < RecordHeadLayout.byteSize || size % 4 !== 0 || at + size > view.byteLength) {
    throw new RecordError(`a record of ${size} bytes at ${at} of ${view.byteLength}`);
  }
  return size;
}

/**
 * The address of the lease whose record, of `size` bytes, is at `at`; null: it is no lease's record. For walks over a great many records:
 * nothing is made for one.
 */
export function leaseAddressAt(view: DataView, at: number, size: number): number | null {
  if (view.getUint8(at + RecordHeadLayout.kind) !== RecordKind.LEASE || size < LeaseRecordLayout.byteSize) return null;
  return view.getUint32(at + LeaseRecordLayout.address, true);
}

/**
 * Walks over whole records and gives each as a view on the same bytes, until the next one is asked for.
 * @throws {RecordError} a size is impossible
 */
export function* recordsIn(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const size = recordSizeAt(view, at);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** What a lease's record says. Times are seconds of the lease clock; bytes are copies. */
export interface Lease {
  readonly address: number;
  readonly state: LeaseState;
  readonly recordedAt: number;
  /** All ones: never. */
  readonly endsAt: number;
  readonly htype: number;
  readonly chaddr: Uint8Array;
  /** Client identifier (option 61, its type byte included); empty: the client sends none. */
  readonly identifier: Uint8Array;
  readonly hostName: Uint8Array;
  /** Option 82 as received. */
  readonly relayInformation: Uint8Array;
  readonly vendorClass: Uint8Array;
}

/** The kind of a record (`RecordKind`). */
export function kindOfRecord(record: Uint8Array): number {
  return record[RecordHeadLayout.kind]!;
}

/** The state in a lease's record (`LeaseState`). */
export function stateOfRecord(record: Uint8Array): number {
  return record[LeaseRecordLayout.state]!;
}

/** In a record of the clock: seconds by which the wall clock exceeds the lease clock from then on. */
export function clockOffsetOf(record: Uint8Array): number {
  return new ClockRecord(new DataView(record.buffer, record.byteOffset, record.byteLength), 0).offset;
}

/** Reads a lease's record; null for a record of another kind. */
export function readLease(record: Uint8Array): Lease | null {
  const head = new LeaseRecord(new DataView(record.buffer, record.byteOffset, record.byteLength), 0);
  if (head.kind !== RecordKind.LEASE) return null;
  const chaddrEnd = LeaseRecordLayout.byteSize + head.hlen;
  const identifierEnd = chaddrEnd + head.identifierLength;
  const attributes = attributesIn(record.subarray(identifierEnd));
  const attribute = (tag: number) => attributes.get(tag) ?? new Uint8Array(0);
  return {
    address: head.address,
    state: head.state as LeaseState,
    recordedAt: head.at,
    endsAt: head.endsAt,
    htype: head.htype,
    chaddr: record.slice(LeaseRecordLayout.byteSize, chaddrEnd),
    identifier: record.slice(chaddrEnd, identifierEnd),
    hostName: attribute(AttributeTag.HOST_NAME),
    relayInformation: attribute(AttributeTag.RELAY_INFORMATION),
    vendorClass: attribute(AttributeTag.VENDOR_CLASS),
  };
}

/** Tagged attributes, up to the padding. */
function attributesIn(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  for (let at = 0; at + 2 <= bytes.length && bytes[at] !== 0; ) {
    const end = at + 2 + bytes[at + 1]!;
    attributes.set(bytes[at]!, bytes.slice(at + 2, end));
    at = end;
  }
  return attributes;
}

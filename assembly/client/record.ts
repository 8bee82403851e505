/**
 * The client's lease as a record of the journal, and back: what makes INIT-REBOOT possible after a restart (RFC 2131 §3.2).
 *
 *     ┌───────────────────┬────────┬───────────────────┬──────┐
 *     │ ClientLeaseRecord │ chaddr │ client identifier │ 0–3  │   a multiple of 4 bytes; 44 with Ethernet and
 *     │ 28 bytes          │ hlen   │ identifierLength  │ zero │   an identifier of 7
 *     └───────────────────┴────────┴───────────────────┴──────┘
 *
 * The last record wins; nothing waits for it, since a client promises nothing. Its times are wall-clock seconds. A record
 * of another client identifier, or, without one, of another hardware address, is another client's and is not used: its
 * lease is not ours to keep.
 */
import { equalBytes } from "../wire/bytes";
import { CHADDR_SIZE } from "../wire/message";
import { control } from "../machine/control";
import { count } from "../machine/counters";
import {
  beginJournalRecord,
  commitJournalRecord,
  journalTakes,
  putRecordByte,
  putRecordBytes,
  putRecordWord,
  RECORD_VERSION,
  RecordHead,
  RecordKind,
} from "../machine/journal";
import { INFINITE_SECONDS, leaseClock, startLeaseClock, wallOffset } from "../machine/time";
import { isHostAddress } from "./address";
import { leaseAddress, recall } from "./lease";
import { want } from "./offers";
import { chaddrAt, hardwareLength, hardwareType, identifierAt, identifyBy, settings } from "./settings";
import { status } from "./status";
import { ClientVerdict } from "./verdict";

/** `state` of a lease that is held, and of one that is not any more. */
const BOUND: u32 = 3;
const FREE: u32 = 0;

/** The fixed part of a record; `chaddr` and the client identifier follow. */
@unmanaged
export class ClientLeaseRecord extends RecordHead {
  /** The address, as a number. */
  address: u32;
  /** When the lease ends, in seconds since 1970; all ones: never. */
  endsAt: u32;
  /** 3: the lease is held; 0: it is not any more. */
  state: u8;
  htype: u8;
  hlen: u8;
  identifierLength: u8;
  /** The server that leased it, as a number. */
  serverIdentifier: u32;
  /** Lease time as acknowledged, in seconds. */
  leaseSeconds: u32;
}

/** What `restore` answers. Numbers are stable. */
export enum ClientRestoreStatus {
  OK = 0,
  /** `restore` came before `configure`, or after its finishing call. */
  NOT_NOW = 2,
  /** A record that is no whole one or leases an address that no machine can have, or more bytes than the transfer area holds. */
  DAMAGED = 3,
  /** A record of a later version. */
  LATER_VERSION = 4,
}

let restoredAt: u32 = 0;
let restoredEnd: u32 = 0;
let restoredSeconds: u32 = 0;
let restoredServer: u32 = 0;
let restoredAddress: u32 = 0;

/** Bytes of the record of a client with a hardware address and an identifier of these lengths. */
export function recordSize(hlen: u32, identifierLength: u32): u32 {
  return (offsetof<ClientLeaseRecord>() + hlen + identifierLength + 3) & ~3;
}

/** Records the lease as it is now. */
export function recordLease(): void {
  writeRecord(BOUND);
}

/** Records that the address is not leased any more. */
export function recordLoss(): void {
  writeRecord(FREE);
}

/**
 * Writes a record. A host that never says what is durable is no hindrance: it takes what was written after each call, so
 * what lies there is old, and the newest record is the one that counts.
 */
function writeRecord(held: u32): void {
  if (control.journalSize == 0) return;
  const size = recordSize(hardwareLength, settings.identifierLength);
  if (!journalTakes(size)) control.journalDurable = control.journalHead;
  beginJournalRecord(RecordKind.CLIENT_LEASE, leaseClock() + wallOffset);
  putRecordWord(leaseAddress);
  putRecordWord(endOnWallClock());
  putRecordByte(held);
  putRecordByte(hardwareType);
  putRecordByte(hardwareLength);
  putRecordByte(settings.identifierLength);
  putRecordWord(status.serverIdentifier);
  putRecordWord(status.leaseSeconds);
  putRecordBytes(chaddrAt, hardwareLength);
  putRecordBytes(identifierAt(), settings.identifierLength);
  commitJournalRecord();
}

/** End of the lease in wall-clock seconds; one beyond their range is as good as infinite. */
function endOnWallClock(): u32 {
  const end = i64(status.endsAt) + i64(wallOffset);
  return status.endsAt == INFINITE_SECONDS ? INFINITE_SECONDS : u32(max<i64>(0, min<i64>(end, i64(INFINITE_SECONDS))));
}

/** Takes the records in the `length` bytes at `control.transfer`; the last lease of ours wins. */
export function takeRecords(length: u32): ClientRestoreStatus {
  if (length > control.transferSize) return ClientRestoreStatus.DAMAGED;
  for (let offset: u32 = 0; offset < length; ) {
    control.refusedAt = offset;
    const record = changetype<ClientLeaseRecord>(usize(control.transfer) + offset);
    const size: u32 = offset + offsetof<ClientLeaseRecord>() > length ? 0 : record.size;
    if (size < offsetof<ClientLeaseRecord>() || (size & 3) != 0 || offset + size > length) {
      return ClientRestoreStatus.DAMAGED;
    }
    if (u32(record.version) != RECORD_VERSION || u32(record.kind) != RecordKind.CLIENT_LEASE)
      return ClientRestoreStatus.LATER_VERSION;
    const keysSize = u32(record.hlen) + record.identifierLength;
    if (record.hlen > CHADDR_SIZE || offsetof<ClientLeaseRecord>() + keysSize > size) {
      return ClientRestoreStatus.DAMAGED;
    }
    if (record.state == BOUND && !isHostAddress(record.address)) return ClientRestoreStatus.DAMAGED;
    takeRecord(record);
    offset += size;
  }
  control.refusedAt = 0;
  return ClientRestoreStatus.OK;
}

function takeRecord(record: ClientLeaseRecord): void {
  restoredAddress = 0;
  if (!isOurs(record)) {
    count(ClientVerdict.RECORD_OF_ANOTHER);
    return;
  }
  restoredAt = record.at;
  if (record.state != BOUND) return;
  restoredAddress = record.address;
  restoredEnd = record.endsAt;
  restoredSeconds = record.leaseSeconds;
  restoredServer = record.serverIdentifier;
}

/**
 * Whether the record was made by a client of our identity (RFC 2131 §4.2). Where that is the interface's hardware address, which
 * is not known yet, the record's is taken for it until the interface says otherwise (`takeInterface`).
 */
function isOurs(record: ClientLeaseRecord): bool {
  const keys = changetype<usize>(record) + offsetof<ClientLeaseRecord>();
  const identifierLength: u32 = record.identifierLength;
  if (identifierLength != settings.identifierLength) return false;
  if (identifierLength) return equalBytes(keys + record.hlen, identifierAt(), identifierLength);
  if (hardwareLength == 0) identifyBy(record.htype, record.hlen, keys);
  return record.hlen == hardwareLength && equalBytes(keys, chaddrAt, hardwareLength);
}

/**
 * Ends restoring: starts the lease clock at the wall clock, or at the newest record where that is later (or where there is no
 * wall clock), and takes over the lease that was found, if it has not ended.
 */
export function finishRestoring(wallClock: u32): void {
  startLeaseClock(max(wallClock, restoredAt), 0);
  if (!restoredAddress) return;
  if (restoredEnd <= leaseClock()) {
    count(ClientVerdict.RECORD_EXPIRED);
    want(restoredAddress);
    return;
  }
  const left = restoredEnd == INFINITE_SECONDS ? INFINITE_SECONDS : restoredEnd - leaseClock();
  recall(restoredAddress, restoredServer, restoredSeconds, left);
}

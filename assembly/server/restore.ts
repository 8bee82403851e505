/**
 * Restoring: whole records in, tables out, in slices.
 *
 * Records come in the order in which they were made, and the last one of an address wins. Indexes by identity grow with
 * them, so that an identity that turns up at a second address leaves the first: of two records the later is right. When all
 * are in, the lease clock starts; what ended meanwhile goes through the wheel into the free queues by the ordinary expiry, in the order
 * in which it ended, and then the others enter the wheel. Each call does a bounded part of that (`RestoreStatus.MORE`).
 *
 * Records come from outside (a file, another instance): each is proved before anything of it is used. What it costs to be
 * wrong decides what is refused: a record that cannot be understood might be a promise, so restoring stops there;
 * an address that no range holds is counted and left alone, for that is what a changed configuration does.
 */
import { control } from "../machine/control";
import { RECORD_VERSION, RecordHead, RecordKind } from "../machine/journal";
import { setWallOffset, startLeaseClock, wallOffset } from "../machine/time";
import { beginClient, client, hasKey } from "./client";
import { expireLeases } from "./expiry";
import { dropIdentity, findBinding, takeIdentity } from "./identity";
import { ATTRIBUTE_HEAD, AttributeTag, dropAttributes, identityFits, takeAttributes } from "./holder";
import { isAvailable, leaseAt, LeaseState, networkOfLease } from "./lease";
import { ClockRecord, LeaseRecord, MAXIMUM_HLEN, MUST_UNDERSTAND } from "./record";
import { lookAheadRecords } from "./look-ahead";
import { imageHeader, leaseIndexOf, NO_LEASE } from "./scopes";
import { placeEnded, placeRunning, restoreState } from "./transition";

/** What `restore` says. Numbers are stable. */
export enum RestoreStatus {
  /** Done: the records were taken, or restoring has ended. */
  OK = 0,
  /** A part of ending is done: call again with no bytes. */
  MORE = 1,
  /** Not now: nothing is configured yet, restoring has begun to end, or more bytes than the transfer area holds. */
  NOT_NOW = 2,
  /** A record is shorter than its kind, not a multiple of 4 bytes, or runs past the bytes given. */
  BAD_SIZE = 3,
  /** A record of another version: made by a later release. */
  UNKNOWN_VERSION = 4,
  /** A record of a kind that a server does not keep. */
  UNKNOWN_KIND = 5,
  /** A field is out of range, a lease without anybody is BOUND, or lengths contradict the record's size. */
  BAD_RECORD = 6,
  /** An attribute that must be understood and is not: made by a later release. */
  UNKNOWN_ATTRIBUTE = 7,
  /** The arena cannot hold a client's identifier: more attribute blocks are needed. */
  NO_ATTRIBUTE_BLOCKS = 8,
}

/** Leases placed, and steps of expiry done, by one call. */
const SLICE: u32 = 16384;

/** Latest lease clock that a record may carry (a day before 2³² seconds): the clock starts there and must be able to go on. */
const LATEST_RECORD: u32 = u32.MAX_VALUE - 86400;

/** How far restoring has come. */
const enum Phase {
  TAKING,
  PLACING_ENDED,
  EXPIRING,
  PLACING_RUNNING,
  DONE,
}

let phase: Phase = Phase.TAKING;
let placed: u32 = 0;
let newestRecord: u32 = 0;
/** The lease at which the search for blocks to take back goes on. */
let reclaimed: u32 = 0;

/** Records of addresses that no range holds. */
export let unservedRecords: u32 = 0;

/** Whether restoring has ended, so that messages may be handled. */
export function isRestored(): bool {
  return phase == Phase.DONE;
}

/** Begins restoring: nothing has come yet. */
export function openRestore(): void {
  phase = Phase.TAKING;
  placed = 0;
  newestRecord = 0;
  reclaimed = 0;
  unservedRecords = 0;
}

/**
 * Takes `byteCount` bytes of whole records from the transfer area; 0 bytes: ends restoring, one slice a call, with the wall clock in
 * seconds since 1970 (0: there is none). Where it refuses, `control.refusedAt` is the offset of the record in these bytes, and the
 * instance is of no further use.
 */
export function restoreSlice(byteCount: u32, wallClock: u32): RestoreStatus {
  if (byteCount == 0) return finish(wallClock);
  if (phase != Phase.TAKING || byteCount > control.transferSize) return RestoreStatus.NOT_NOW;
  let offset: u32 = 0;
  let ahead: usize = control.transfer;
  while (offset < byteCount) {
    const at = control.transfer + offset;
    if (at >= ahead) ahead = lookAheadRecords(at, control.transfer + byteCount);
    const status = takeRecord(at, byteCount - offset);
    if (status != RestoreStatus.OK) {
      control.refusedAt = offset;
      return status;
    }
    offset += changetype<RecordHead>(at).size;
  }
  return RestoreStatus.OK;
}

/** Takes the record at `at`, which has at most `available` bytes. */
function takeRecord(at: usize, available: u32): RestoreStatus {
  if (available < offsetof<RecordHead>()) return RestoreStatus.BAD_SIZE;
  const head = changetype<RecordHead>(at);
  if (head.version != RECORD_VERSION) return RestoreStatus.UNKNOWN_VERSION;
  if (head.size > available || (head.size & 3) != 0) return RestoreStatus.BAD_SIZE;
  let status = RestoreStatus.UNKNOWN_KIND;
  if (head.kind == RecordKind.LEASE) status = takeLease(changetype<LeaseRecord>(at));
  else if (head.kind == RecordKind.CLOCK) status = takeClock(changetype<ClockRecord>(at));
  if (status == RestoreStatus.OK) newestRecord = max(newestRecord, head.at);
  return status;
}

function takeClock(record: ClockRecord): RestoreStatus {
  if (record.size != offsetof<ClockRecord>()) return RestoreStatus.BAD_SIZE;
  if (record.at > LATEST_RECORD) return RestoreStatus.BAD_RECORD;
  setWallOffset(record.offset);
  return RestoreStatus.OK;
}

function takeLease(record: LeaseRecord): RestoreStatus {
  if (record.size < offsetof<LeaseRecord>()) return RestoreStatus.BAD_SIZE;
  const index = leaseIndexOf(record.address);
  beginClient(index == NO_LEASE ? 0 : networkOfLease(index));
  const status = readClient(record);
  if (status != RestoreStatus.OK) return status;
  if (index == NO_LEASE) {
    unservedRecords++;
    return RestoreStatus.OK;
  }
  dropIdentity(index);
  if (hasKey(client)) {
    if (!identityFits(index) && !makeRoom(index, max(newestRecord, record.at)))
      return RestoreStatus.NO_ATTRIBUTE_BLOCKS;
    const older = findBinding();
    if (older != NO_LEASE) leave(older);
    takeIdentity(index);
    takeAttributes(index);
  }
  restoreState(index, record.state, record.endsAt);
  return RestoreStatus.OK;
}

/** Takes a lease away from a client that a later record gives another one. */
function leave(index: u32): void {
  const lease = leaseAt(index);
  dropIdentity(index);
  if (lease.state == LeaseState.BOUND) restoreState(index, LeaseState.RELEASED, newestRecord);
}

/**
 * Takes arena blocks back until the current client's identity fits the lease at `index`; false: it does not even so. First from
 * leases that ended by `at`: an offer of such a lease to somebody else did the same while the server ran, and offers are not
 * recorded. Then from attributes, which are left out where there is no room for them in any case.
 */
function makeRoom(index: u32, at: u32): bool {
  const leaseCount = imageHeader().leaseCount;
  for (let looked: u32 = 0; looked < 2 * leaseCount; looked++) {
    if (looked < leaseCount) forgetEnded(reclaimed, at);
    else if (leaseAt(reclaimed).attributes != 0) dropAttributes(reclaimed);
    reclaimed = reclaimed + 1 == leaseCount ? 0 : reclaimed + 1;
    if (identityFits(index)) return true;
  }
  return false;
}

/** Forgets whose the lease was, if it takes blocks and ended by `at`. */
function forgetEnded(index: u32, at: u32): void {
  const lease = leaseAt(index);
  const ended = lease.state == LeaseState.BOUND ? lease.endsAt <= at : isAvailable(index);
  if (!ended || lease.attributes == 0) return;
  dropIdentity(index);
  if (lease.state == LeaseState.BOUND) restoreState(index, LeaseState.EXPIRED, lease.endsAt);
}

/** Proves the record's fields and sets `client` to whom it speaks of. */
function readClient(record: LeaseRecord): RestoreStatus {
  if (!isRecorded(record.state) || record.at > LATEST_RECORD) return RestoreStatus.BAD_RECORD;
  const chaddr = changetype<usize>(record) + offsetof<LeaseRecord>();
  const identifier = chaddr + record.hlen;
  const attributes = identifier + record.identifierLength;
  const end = changetype<usize>(record) + record.size;
  if (record.hlen > u8(MAXIMUM_HLEN) || attributes > end) return RestoreStatus.BAD_RECORD;
  client.htype = record.htype;
  client.hlen = record.hlen;
  client.chaddr = u32(chaddr);
  client.identifierLength = record.identifierLength;
  client.identifier = u32(identifier);
  const mayHaveKey = record.state != LeaseState.FREE && record.state != LeaseState.QUARANTINED;
  if (hasKey(client) ? !mayHaveKey : record.state == LeaseState.BOUND) return RestoreStatus.BAD_RECORD;
  return readAttributes(attributes, end);
}

/** Whether a lease is ever recorded in that state. */
function isRecorded(state: u32): bool {
  return state <= u32(LeaseState.QUARANTINED) && state != LeaseState.OFFERED && state != LeaseState.PROBING;
}

/** Reads the attributes up to their end, a zero or the record's end, behind which there are only zeros. */
function readAttributes(at: usize, end: usize): RestoreStatus {
  while (at < end && load<u8>(at) != 0) {
    const tag: u32 = load<u8>(at);
    if (at + ATTRIBUTE_HEAD > end) return RestoreStatus.BAD_RECORD;
    const length = load<u8>(at + 1);
    at += ATTRIBUTE_HEAD;
    if (at + length > end) return RestoreStatus.BAD_RECORD;
    if (!readAttribute(tag, at, length)) return RestoreStatus.UNKNOWN_ATTRIBUTE;
    at += length;
  }
  for (; at < end; at++) if (load<u8>(at) != 0) return RestoreStatus.BAD_RECORD;
  return RestoreStatus.OK;
}

/** Notes one attribute; one that is unknown is passed over, unless its tag forbids that (false). */
function readAttribute(tag: u32, value: usize, length: u8): bool {
  if (tag == AttributeTag.HOST_NAME) {
    client.hostName = u32(value);
    client.hostNameLength = length;
  } else if (tag == AttributeTag.RELAY_INFORMATION) {
    client.relayInformation = u32(value);
    client.relayInformationLength = length;
  } else if (tag == AttributeTag.VENDOR_CLASS) {
    client.vendorClass = u32(value);
    client.vendorClassLength = length;
  } else {
    return (tag & MUST_UNDERSTAND) == 0;
  }
  return true;
}

/** Does the next part of ending. */
function finish(wallClock: u32): RestoreStatus {
  if (phase == Phase.TAKING) {
    startLeaseClock(startOfClock(wallClock), wallOffset);
    control.wallOffset = wallOffset;
    phase = Phase.PLACING_ENDED;
  } else if (phase == Phase.EXPIRING) {
    if (!expireLeases(SLICE)) phase = Phase.PLACING_RUNNING;
  } else if (phase != Phase.DONE) {
    placeSlice();
  }
  return phase == Phase.DONE ? RestoreStatus.OK : RestoreStatus.MORE;
}

/** The later of the wall clock, corrected, and the newest record: a lease may last longer, never shorter. */
function startOfClock(wallClock: u32): u32 {
  const corrected = i64(wallClock) - i64(wallOffset);
  return u32(max(min(corrected, i64(LATEST_RECORD)), i64(newestRecord)));
}

/** Places the next leases; behind the last one, the next phase begins. */
function placeSlice(): void {
  const leaseCount = imageHeader().leaseCount;
  const end = min(leaseCount, placed + SLICE);
  if (phase == Phase.PLACING_ENDED) for (; placed < end; placed++) placeEnded(placed);
  else for (; placed < end; placed++) placeRunning(placed);
  if (placed < leaseCount) return;
  placed = 0;
  phase = phase == Phase.PLACING_ENDED ? Phase.EXPIRING : Phase.DONE;
}

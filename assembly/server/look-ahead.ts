/**
 * A look ahead over a batch of inputs, or of records: which places of the tables they will ask for, so that memory brings them all at
 * once. On a large table nearly every message waits for memory two or three times, each time for nothing else to do; asked for
 * together, the places of a whole batch come in little more time than those of one message.
 *
 * This is a guess and nothing else: it reads and decides nothing. A message or record whose guess is wrong, or that is none at all, is
 * handled as ever. Nothing outside the received length is read.
 */
import { InputKind, InputSlot, payloadOf } from "../machine/input";
import { RecordHead, RecordKind } from "../machine/journal";
import { Ring } from "../machine/transmit";
import { interfaceAt } from "../machine/interface";
import { control } from "../machine/control";
import { FRAME_HEADERS_SIZE } from "../wire/frame";
import { chaddr, CHADDR_SIZE, giaddr, hlen, OPTIONS_AT } from "../wire/message";
import { OptionCode } from "../wire/options";
import { bucketOfHardware, bucketOfKey } from "./identity";
import { Lease, leaseCount, networkOfLease } from "./lease";
import { LeaseRecord } from "./record";
import { leaseIndexOf, networkOfSubnet, NO_INDEX, NO_LEASE, subnetOf } from "./scopes";

/** Leases from which on a table is larger than the caches near a processor: for fewer there is nothing to bring. */
const LARGE_TABLE: u32 = 4096;

/** Places of the tables that a record asks for, one of each index, and how many of several records are asked for together. */
const PLACES_A_RECORD: u32 = 2;
const PLACES: u32 = 64;

/** What was read ahead, added up: a sum that is kept is a read that no compiler leaves out. */
let sum: u32 = 0;

/**
 * Brings in what the inputs in slots 0 … `count` − 1 will need. Three rounds, each a short loop of reads that do not depend on each other:
 * the messages, their buckets, the first lease of each. A slot's own spare word keeps its place between the rounds.
 */
export function lookAhead(count: u32): void {
  if (leaseCount < LARGE_TABLE || count < 2) return;
  for (let index: u32 = 0; index < count; index++) {
    const slot = slotAt(index);
    slot.reservedWords = u64(bucketAhead(slot));
  }
  for (let index: u32 = 0; index < count; index++) {
    const slot = slotAt(index);
    if (slot.reservedWords != 0) slot.reservedWords = u64(load<u32>(usize(slot.reservedWords)));
  }
  for (let index: u32 = 0; index < count; index++) {
    const slot = slotAt(index);
    readLease(usize(slot.reservedWords));
    slot.reservedWords = 0;
  }
}

/**
 * Brings in what the next records in [at, end) will need, in the same three rounds. The places are noted where the first answer will
 * be put when restoring has ended, which has room for them.
 * @returns the address of the first record that was not looked at, or `end` where there is nothing to look at
 */
export function lookAheadRecords(at: usize, end: usize): usize {
  if (leaseCount < LARGE_TABLE) return end;
  const places: usize = changetype<Ring>(control.ready).buffers;
  let count: u32 = 0;
  let next = at;
  while (count + PLACES_A_RECORD <= PLACES && next + offsetof<RecordHead>() <= end) {
    const record = changetype<LeaseRecord>(next);
    const size = u32(record.size);
    if (size < offsetof<RecordHead>() || next + size > end) break;
    if (record.kind == RecordKind.LEASE && size >= offsetof<LeaseRecord>()) {
      count += putPlaces(record, places + (count << 2));
    }
    next += size;
  }
  for (let index: u32 = 0; index < count; index++) {
    const place = places + (index << 2);
    store<u32>(place, load<u32>(load<u32>(place)));
  }
  for (let index: u32 = 0; index < count; index++) {
    const place = places + (index << 2);
    readLease(load<u32>(place));
    store<u32>(place, 0);
  }
  return next == at ? end : next;
}

/** Notes at `place` the buckets of the client of a whole record; returns how many. */
function putPlaces(record: LeaseRecord, place: usize): u32 {
  const index = leaseIndexOf(record.address);
  const chaddr = changetype<usize>(record) + offsetof<LeaseRecord>();
  const hardwareLength: u32 = record.hlen;
  const identifier = chaddr + hardwareLength;
  const length: u32 = record.identifierLength;
  if (index == NO_LEASE || identifier + length > changetype<usize>(record) + record.size) return 0;
  const network = networkOfLease(index);
  const byHardware = bucketOfHardware(chaddr, hardwareLength, network);
  const byIdentity =
    length == 0 ? bucketOfKey(chaddr, hardwareLength, network) : bucketOfKey(identifier, length, network);
  store<u32>(place, u32(byHardware));
  store<u32>(place, u32(byIdentity), sizeof<u32>());
  return PLACES_A_RECORD;
}

/** Reads both ends of a lease, which may lie in two lines of the cache; nothing at 0. */
function readLease(lease: usize): void {
  if (lease != 0) sum += load<u32>(lease) + load<u32>(lease + offsetof<Lease>("identifierEnd"));
}

function slotAt(index: u32): InputSlot {
  return changetype<InputSlot>(control.inputs + index * control.inputStride);
}

/** Address of the bucket of the client that the input in `slot` seems to come from, or 0. */
function bucketAhead(slot: InputSlot): usize {
  const headers: u32 = u32(slot.kind) == u32(InputKind.FRAME) ? FRAME_HEADERS_SIZE : 0;
  if (headers == 0 && u32(slot.kind) != u32(InputKind.DATAGRAM)) return 0;
  const length = slot.length;
  if (length > control.inputPayloadSize || length < headers + u32(OPTIONS_AT)) return 0;
  const link = interfaceAt(slot.interfaceIndex);
  if (link === null) return 0;
  const message = payloadOf(slot) + headers;
  const relay = giaddr(message);
  const subnet = subnetOf(relay == 0 ? link.address : relay);
  if (subnet == NO_INDEX) return 0;
  const identifier = identifierAhead(message + OPTIONS_AT, payloadOf(slot) + length);
  if (identifier != 0) return bucketOfKey(identifier + 1, load<u8>(identifier), networkOfSubnet(subnet));
  return bucketOfKey(chaddr(message), min(hlen(message), CHADDR_SIZE), networkOfSubnet(subnet));
}

/** Address of the length of the first client identifier among the options in [at, end), 0 when there is none, or an empty one. */
function identifierAhead(at: usize, end: usize): usize {
  while (at + 1 < end) {
    const code: u32 = load<u8>(at);
    at++;
    if (code == OptionCode.PAD) continue;
    const length: u32 = load<u8>(at);
    const next = at + 1 + length;
    if (code == OptionCode.END || next > end) return 0;
    if (code == OptionCode.CLIENT_IDENTIFIER) return length == 0 ? 0 : at;
    at = next;
  }
  return 0;
}

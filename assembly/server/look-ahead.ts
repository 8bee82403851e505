/**
 * A look ahead over a batch of inputs: which places of the tables its messages will ask for, so that memory brings them all at
 * once. On a large table nearly every message waits for memory two or three times, each time for nothing else to do; asked for
 * together, the places of a whole batch come in little more time than those of one message.
 *
 * This is a guess and nothing else: it reads and decides nothing. A message whose guess is wrong, or that is none at all, is
 * handled as ever. Nothing outside the received length is read.
 */
import { InputKind, InputSlot, payloadOf } from "../machine/input";
import { interfaceAt } from "../machine/interface";
import { control } from "../machine/control";
import { FRAME_HEADERS_SIZE } from "../wire/frame";
import { chaddr, CHADDR_SIZE, giaddr, hlen, OPTIONS_AT } from "../wire/message";
import { OptionCode } from "../wire/options";
import { bucketOfKey } from "./identity";
import { Lease, leaseCount } from "./lease";
import { networkOfSubnet, NO_INDEX, subnetOf } from "./scopes";

/** Leases from which on a table is larger than the caches near a processor: for fewer there is nothing to bring. */
const LARGE_TABLE: u32 = 4096;

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
    const lease = usize(slot.reservedWords);
    // Both ends: a lease may lie in two lines of the cache.
    if (lease != 0) sum += load<u32>(lease) + load<u32>(lease + offsetof<Lease>("identifierEnd"));
    slot.reservedWords = 0;
  }
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

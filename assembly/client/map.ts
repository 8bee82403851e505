/**
 * The client's memory, from top to bottom, laid out once from the limits that `initialise` is given.
 *
 *     ┌─────────┬────────┬──────────┬───────────┬────────┬────────────┬───────────────┬─────────┬────────┬─────────┬──────────┐
 *     │ control │ status │ counters │ interface │ chaddr │ server MAC │ configuration │ journal │ DHCPACK │ inputs │ transmit │
 *     │         │        │ n × 4    │           │ 16     │ 6          │               │ (0)     │ (0)     │        │ rings    │
 *     └─────────┴────────┴──────────┴───────────┴────────┴────────────┴───────────────┴─────────┴────────┴─────────┴──────────┘
 *
 * Where memory is short: no journal, no DHCPACK kept, one slot, one message.
 */
import { MIN_MESSAGE_SIZE } from "../wire/message";
import { FRAME_HEADERS_SIZE } from "../wire/frame";
import { useJoinBuffer } from "../wire/options";
import { Control, layOutControl, openControl, Role } from "../machine/control";
import { layOutCounters } from "../machine/counters";
import { InputSlot } from "../machine/input";
import { layOutInterfaces } from "../machine/interface";
import { layOutJournal } from "../machine/journal";
import { beginLayout, clearLayout, layoutSize, reserve } from "../machine/memory";
import { layOutRing, openRing } from "../machine/transmit";
import { CLIENT_VERDICT_BASE, COMMON_VERDICT_COUNT } from "../machine/verdict";
import { layOutAcknowledgement, layOutServerMac, openLease } from "./lease";
import { layOutIdentity, openIdentity } from "./settings";
import { layOutStatus, openStatus } from "./status";
import { CLIENT_VERDICT_COUNT } from "./verdict";

/** The least that a client must be able to receive: the UDP payload of a 576-byte datagram (RFC 2131 §2), in a frame. */
const SMALLEST_INPUT: u32 = 548 + FRAME_HEADERS_SIZE + 2;
/** The least that a journal must hold: the record of a client with a short identifier. */
const SMALLEST_JOURNAL: u32 = 64;
/** What a client reads of an answer is short; a long option that comes in parts counts as absent. */
const JOIN_SIZE: u32 = 64;

let needed: u32 = 0;

/** Bytes that the last layout needs; all ones: the limits are absurd. 0: they were refused for another reason. */
export function bytesNeeded(): u32 {
  return needed;
}

/** Lays out the memory for these limits, and opens all its parts if it fits `memoryBytes`; null: refused, nothing was written. */
export function layOut(
  memoryBytes: u32,
  configurationSize: u32,
  inputSlotCount: u32,
  inputPayloadSize: u32,
  transmitSlotCount: u32,
  transmitPayloadSize: u32,
  journalSize: u32,
  acknowledgementSize: u32,
): Control | null {
  needed = 0;
  if (inputSlotCount == 0 || inputPayloadSize < SMALLEST_INPUT || (inputPayloadSize & 3) != 0) return null;
  if (!isPowerOfTwo(transmitSlotCount) || transmitPayloadSize < MIN_MESSAGE_SIZE || (transmitPayloadSize & 3) != 0) {
    return null;
  }
  if (journalSize != 0 && (!isPowerOfTwo(journalSize) || journalSize < SMALLEST_JOURNAL)) return null;
  if (acknowledgementSize != 0 && acknowledgementSize < inputPayloadSize) return null;

  const stride = u64(offsetof<InputSlot>()) + inputPayloadSize;
  if (stride + 8 > u64(u32.MAX_VALUE)) return null;
  const inputStride = (u32(stride) + 7) & ~7;
  beginLayout();
  const block = layOutControl();
  const status = layOutStatus();
  const counters = layOutCounters(CLIENT_VERDICT_BASE, CLIENT_VERDICT_COUNT);
  layOutInterfaces(1);
  const identity = layOutIdentity();
  const serverMac = layOutServerMac();
  const joined = reserve(1, JOIN_SIZE);
  const image = reserve(1, configurationSize);
  const journal = layOutJournal(journalSize);
  const acknowledgement = layOutAcknowledgement(acknowledgementSize);
  const inputs = reserve(inputSlotCount, inputStride);
  const ready = layOutRing(transmitSlotCount, transmitPayloadSize);
  const waiting = layOutRing(0, transmitPayloadSize);
  needed = layoutSize();
  if (needed > memoryBytes || needed == u32.MAX_VALUE) return null;

  clearLayout();
  openControl(block, Role.CLIENT);
  openStatus(status);
  useJoinBuffer(joined, JOIN_SIZE);
  openIdentity(identity);
  openLease(serverMac, acknowledgement, acknowledgementSize);
  openRing(ready, transmitSlotCount, transmitPayloadSize);
  openRing(waiting, 0, transmitPayloadSize);
  block.memoryUsed = needed;
  block.inputs = u32(inputs);
  block.inputSlotCount = inputSlotCount;
  block.inputStride = inputStride;
  block.inputPayloadSize = inputPayloadSize;
  block.ready = u32(changetype<usize>(ready));
  block.waiting = u32(changetype<usize>(waiting));
  block.transmitPayloadSize = transmitPayloadSize;
  block.journal = u32(journal);
  block.journalSize = journalSize;
  block.counters = u32(counters);
  block.counterCount = COMMON_VERDICT_COUNT + CLIENT_VERDICT_COUNT;
  block.verdictBase = CLIENT_VERDICT_BASE;
  block.interfaceCount = 1;
  block.image = u32(image);
  block.imageSize = configurationSize;
  block.transfer = u32(inputs);
  block.transferSize = inputSlotCount * inputStride;
  block.status = u32(changetype<usize>(status));
  return block;
}

function isPowerOfTwo(value: u32): bool {
  return value != 0 && (value & (value - 1)) == 0;
}

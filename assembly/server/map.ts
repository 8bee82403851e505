/**
 * The memory of a server, from top to bottom: every table it will ever use, in this order, from the limits that `initialise` is
 * given. Nothing is reserved anywhere else, and nothing is written before the whole is known to fit.
 *
 *     ┌─────────┬────────┬──────────┬───────┬────────────┬───────┬───────┬─────────┬────────┬────────┬────────┬─────────┬───────┬────────┐
 *     │ control │ status │ counters │ wheel │ interfaces │ pools │ image │ journal │ inputs │ probes │ rings  │ indexes │ arena │ leases │
 *     └─────────┴────────┴──────────┴───────┴────────────┴───────┴───────┴─────────┴────────┴────────┴────────┴─────────┴───────┴────────┘
 *
 *     bytes = A + image + journal + 62 · leases + 32 · attribute blocks + 16 · pools + 20 · interfaces
 *           + (64 + input payload) · input slots + (88 + input payload) · probes
 *           + (84 + transmit payload) · (ready slots + waiting slots), sizes rounded up to 8
 *
 * A is what the module has in any case: static data, control block, status, counters and wheel. The README states it, a test
 * holds the formula to what `initialise` says.
 */
import { FRAME_HEADERS_SIZE } from "../wire/frame";
import { useJoinBuffer } from "../wire/options";
import { Control, layOutControl, openControl, Role } from "../machine/control";
import { layOutCounters } from "../machine/counters";
import { InputSlot } from "../machine/input";
import { layOutInterfaces } from "../machine/interface";
import { layOutJournal } from "../machine/journal";
import { beginLayout, clearLayout, layoutSize, reserve } from "../machine/memory";
import { random } from "../machine/random";
import { layOutRing, openRing } from "../machine/transmit";
import { COMMON_VERDICT_COUNT, SERVER_VERDICT_BASE } from "../machine/verdict";
import { layOutWheel, openWheel } from "../machine/wheel";
import { layOutAttributes, openAttributes } from "./attributes";
import { layOutPools, openPools } from "./freequeue";
import { layOutIdentity, openIdentity } from "./identity";
import { layOutLeases } from "./lease";
import { layOutProbes } from "./probe";
import { ClockRecord, longestChange, longestRecord } from "./record";
import { openRestore } from "./restore";
import { openSources } from "./sources";
import { layOutStatus, openStatus } from "./status";
import { SERVER_VERDICT_COUNT } from "./verdict";

/** The least that an input must hold: the UDP payload of a 576-byte datagram (RFC 2131 §2), in a frame. */
const SMALLEST_INPUT: u32 = 548 + FRAME_HEADERS_SIZE + 2;

/** The most that one datagram can hold: beyond it a slot is a mistake, and sizes no longer sum up in 64 bits. */
const LARGEST_PAYLOAD: u32 = 0x10000;

/** What the server must be able to send: the UDP payload of a 576-byte datagram. */
const SMALLEST_TRANSMIT: u32 = 548;

/** Bytes that the joined options of one message share (RFC 3396): an identifier, what a relay adds, and long names. */
const JOIN_SIZE: u32 = 1024;

let needed: u32 = 0;

/** Bytes that the last layout needs; all ones: more than there can be. 0: the limits were refused whatever the memory. */
export function bytesNeeded(): u32 {
  return needed;
}

/** Lays out the memory for these limits, and opens all tables if it fits `memoryBytes`; null: refused, nothing was written. */
export function layOut(
  memoryBytes: u32,
  imageSize: u32,
  leaseCount: u32,
  attributeBlockCount: u32,
  poolCount: u32,
  interfaceCount: u32,
  inputSlotCount: u32,
  inputPayloadSize: u32,
  readySlotCount: u32,
  waitingSlotCount: u32,
  transmitPayloadSize: u32,
  journalSize: u32,
  probeCount: u32,
): Control | null {
  needed = 0;
  if (!isPayload(inputPayloadSize, SMALLEST_INPUT) || !isPayload(transmitPayloadSize, SMALLEST_TRANSMIT)) return null;
  if (!isPowerOfTwo(readySlotCount) || !isPowerOfTwo(waitingSlotCount) || !isPowerOfTwo(journalSize)) return null;
  if (journalSize < longestChange(attributeBlockCount) || interfaceCount == 0) return null;
  const inputStride: u32 = (offsetof<InputSlot>() + inputPayloadSize + 7) & ~7;
  if (u64(inputStride) * u64(inputSlotCount) < u64(longestExport(attributeBlockCount))) return null;

  beginLayout();
  const block = layOutControl();
  const status = layOutStatus();
  const counters = layOutCounters(SERVER_VERDICT_BASE, SERVER_VERDICT_COUNT);
  layOutWheel();
  const joined = reserve(1, JOIN_SIZE);
  layOutInterfaces(interfaceCount);
  const pools = layOutPools(poolCount);
  const image = reserve(1, imageSize);
  const journal = layOutJournal(journalSize);
  const inputs = reserve(inputSlotCount, inputStride);
  layOutProbes(probeCount, inputPayloadSize);
  const ready = layOutRing(readySlotCount, transmitPayloadSize);
  const waiting = layOutRing(waitingSlotCount, transmitPayloadSize);
  layOutIdentity(leaseCount);
  layOutAttributes(attributeBlockCount);
  layOutLeases(leaseCount);
  needed = layoutSize();
  if (needed > memoryBytes || needed == u32.MAX_VALUE) return null;

  clearLayout();
  openControl(block, Role.SERVER);
  openStatus(status, pools);
  useJoinBuffer(joined, JOIN_SIZE);
  openRing(ready, readySlotCount, transmitPayloadSize);
  openRing(waiting, waitingSlotCount, transmitPayloadSize);
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
  block.counterCount = COMMON_VERDICT_COUNT + SERVER_VERDICT_COUNT;
  block.verdictBase = SERVER_VERDICT_BASE;
  block.interfaceCount = interfaceCount;
  block.image = u32(image);
  block.imageSize = imageSize;
  block.transfer = u32(inputs);
  block.transferSize = inputSlotCount * inputStride;
  block.status = u32(changetype<usize>(status));
  return block;
}

/** Opens the tables that `layOut` reserved; the entropy must have been given, for their seeds. */
export function openTables(): void {
  openWheel();
  openPools();
  openAttributes();
  openIdentity(random());
  openSources();
  openRestore();
}

/** Bytes that an export must be able to write at once: the clock's record and the longest lease. */
function longestExport(blockCount: u32): u32 {
  return offsetof<ClockRecord>() + longestRecord(blockCount);
}

function isPayload(size: u32, least: u32): bool {
  return size >= least && size <= LARGEST_PAYLOAD && (size & 3) == 0;
}

function isPowerOfTwo(value: u32): bool {
  return value != 0 && (value & (value - 1)) == 0;
}

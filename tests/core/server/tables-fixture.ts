/**
 * A server's tables over the sample image, for the specs of leases, records and restoring, and the clients that hold them.
 */
import { control, layOutControl, openControl, Role } from "../../../assembly/machine/control";
import { layOutCounters } from "../../../assembly/machine/counters";
import { layOutJournal } from "../../../assembly/machine/journal";
import { beginLayout, reserve } from "../../../assembly/machine/memory";
import { leaseClock, setNow, setWallOffset } from "../../../assembly/machine/time";
import { SERVER_VERDICT_BASE } from "../../../assembly/machine/verdict";
import { layOutWheel, openWheel } from "../../../assembly/machine/wheel";
import { layOutAttributes, openAttributes } from "../../../assembly/server/attributes";
import { beginClient, client } from "../../../assembly/server/client";
import { expireLeases } from "../../../assembly/server/expiry";
import { layOutPools, openPools } from "../../../assembly/server/freequeue";
import { layOutIdentity, openIdentity } from "../../../assembly/server/identity";
import { layOutLeases } from "../../../assembly/server/lease";
import { giveBackOffer, OFFER_SOURCE_COUNT, offersHeld } from "../../../assembly/server/offers";
import { openRestore, restoreSlice, RestoreStatus } from "../../../assembly/server/restore";
import { openImage } from "../../../assembly/server/scopes";
import { countLeases, layOutStatus, openStatus } from "../../../assembly/server/status";
import { sample, SAMPLE_LEASES, SAMPLE_POOLS, writeSample } from "./image-sample";

export const BLOCKS: u32 = 200;
export const JOURNAL_SIZE: u32 = 4096;
export const TRANSFER_SIZE: u32 = 32768;
/** When the lease clock of a fresh instance starts. */
export const START: u32 = 1700000000;

const AREA_SIZE: u32 = 65536;
const area = memory.data(65536, 8);
let milliseconds: u64 = 0;

/** Lays out and opens the tables, with nothing restored yet. */
export function openTables(blockCount: u32 = BLOCKS): void {
  writeSample();
  openImage(sample);
  memory.fill(area, 0, AREA_SIZE);
  beginLayout(area);
  const block = layOutControl();
  const status = layOutStatus();
  const counters = layOutCounters(SERVER_VERDICT_BASE, 60);
  layOutWheel();
  const pools = layOutPools(SAMPLE_POOLS);
  const journal = layOutJournal(JOURNAL_SIZE);
  const transfer = reserve(TRANSFER_SIZE, 1);
  layOutIdentity(SAMPLE_LEASES);
  layOutAttributes(blockCount);
  layOutLeases(SAMPLE_LEASES);
  assert(reserve(0, 1) <= area + AREA_SIZE, "the area is too small");
  openControl(block, Role.SERVER);
  openStatus(status, pools);
  countLeases(SAMPLE_LEASES);
  block.status = u32(changetype<usize>(status));
  block.counters = u32(counters);
  block.journal = u32(journal);
  block.journalSize = JOURNAL_SIZE;
  block.transfer = u32(transfer);
  block.transferSize = TRANSFER_SIZE;
  setWallOffset(0);
  openWheel();
  openPools();
  openAttributes();
  openIdentity(0x5eed);
  openRestore();
  for (let source: u32 = 0; source < OFFER_SOURCE_COUNT; source++)
    while (offersHeld(source) != 0) giveBackOffer(source);
}

/** Ends restoring with this wall clock; returns how many calls it took. */
export function finishRestoring(wallClock: u32): u32 {
  let calls: u32 = 1;
  while (restoreSlice(0, wallClock) == RestoreStatus.MORE) calls++;
  return calls;
}

/** Tables with nothing in them, at `START`. */
export function freshTables(blockCount: u32 = BLOCKS): void {
  openTables(blockCount);
  finishRestoring(START);
}

/** Lets time pass, and handles what ends. */
export function pass(seconds: u32): void {
  milliseconds += u64(seconds) * 1000;
  setNow(u32(milliseconds), u32(milliseconds >> 32));
  while (expireLeases(3)) {}
}

/** Says that the whole journal is durable. */
export function makeDurable(): void {
  control.journalDurable = control.journalHead;
}

/** The lease clock `seconds` from now. */
export function after(seconds: u32): u32 {
  return leaseClock() + seconds;
}

const chaddrBytes = memory.data(16, 4);
const identifierBytes = memory.data(256, 4);
const hostNameBytes = memory.data(256, 4);

/**
 * Makes client number `who` the current one, on `network`: `hlen` bytes of hardware address and `identifierLength` bytes of identifier
 * (0: none), all of them functions of the number and different for different numbers.
 */
export function speak(who: u32, network: u32 = 0, hlen: u8 = 6, identifierLength: u8 = 0): void {
  beginClient(network);
  for (let i: u32 = 0; i < 16; i++) store<u8>(chaddrBytes + i, 0x20 + i);
  for (let i: u32 = 0; i < 256; i++) store<u8>(identifierBytes + i, i * 7);
  // The number comes last, where only a comparison of the whole sees it.
  if (hlen != 0) store<u8>(chaddrBytes + hlen - 1, who);
  if (identifierLength != 0) store<u8>(identifierBytes + identifierLength - 1, who);
  client.htype = 1;
  client.hlen = hlen;
  client.chaddr = u32(chaddrBytes);
  client.identifierLength = identifierLength;
  client.identifier = u32(identifierBytes);
}

/** Gives the current client a host name of `length` bytes, each of them `letter`. */
export function nameHost(length: u8, letter: u8): void {
  memory.fill(hostNameBytes, letter, length);
  client.hostName = u32(hostNameBytes);
  client.hostNameLength = length;
}

/**
 * The DHCP client (RFC 2131 §4.4): its boundary, and nothing else. One instance serves one interface.
 *
 * A host calls `initialise`, puts a `ClientConfiguration` at `control.image` and calls `configure`, hands records to `restore` (at least
 * its finishing call), tells of the interface by an input, and sends the command START. From then on it hands over what arrives, comes back at
 * `control.deadline`, sends what lies in the ready ring, and applies what `ClientStatus` says.
 */
import { checkConfiguration } from "./client/check";
import { ClientConfiguration, ClientConfigurationFault } from "./client/configuration";
import { handleInput } from "./client/inputs";
import { bytesNeeded, layOut } from "./client/map";
import { want } from "./client/offers";
import { ClientRestoreStatus, finishRestoring, takeRecords } from "./client/record";
import { isConfigured, useSettings } from "./client/settings";
import { runTimers } from "./client/timers";
import { control } from "./machine/control";
import { InputSlot } from "./machine/input";
import { addEntropy } from "./machine/random";
import { leaseClockRuns, setNow } from "./machine/time";

/** Lays out the memory; returns the address of `Control`, or 0: refused (see `memoryNeeded`). Succeeds once. */
export function initialise(
  memoryBytes: u32,
  configurationSize: u32,
  inputSlotCount: u32,
  inputPayloadSize: u32,
  transmitSlotCount: u32,
  transmitPayloadSize: u32,
  journalSize: u32,
  acknowledgementSize: u32,
  seedLow: u32,
  seedHigh: u32,
): u32 {
  if (changetype<usize>(control) != 0) return 0;
  const block = layOut(
    memoryBytes,
    configurationSize,
    inputSlotCount,
    inputPayloadSize,
    transmitSlotCount,
    transmitPayloadSize,
    journalSize,
    acknowledgementSize,
  );
  addEntropy(seedLow, seedHigh);
  return u32(changetype<usize>(block));
}

/** Bytes of memory that the last `initialise` needed; 0: its limits were refused whatever the memory; all ones: they are absurd. */
export function memoryNeeded(): u32 {
  return bytesNeeded();
}

/** Takes the configuration at `control.image`; returns a `ClientConfigurationFault`. Succeeds once. */
export function configure(length: u32): u32 {
  if (changetype<usize>(control) == 0 || isConfigured()) return ClientConfigurationFault.NOT_NOW;
  const record = changetype<ClientConfiguration>(usize(control.image));
  const fault = checkConfiguration(record, length);
  if (fault != ClientConfigurationFault.NONE) return fault;
  useSettings(record);
  want(0);
  return ClientConfigurationFault.NONE;
}

/**
 * Takes the records in the first `byteCount` bytes at `control.transfer`; with 0 it ends restoring and starts the lease clock
 * from `wallClock` (seconds since 1970, 0: unknown). Returns a `ClientRestoreStatus`.
 */
export function restore(byteCount: u32, wallClock: u32, nowLow: u32, nowHigh: u32): u32 {
  if (!isConfigured() || leaseClockRuns()) return ClientRestoreStatus.NOT_NOW;
  setNow(nowLow, nowHigh);
  if (byteCount != 0) return takeRecords(byteCount);
  finishRestoring(wallClock);
  return ClientRestoreStatus.OK;
}

/** Handles slots 0 … count − 1, in order. */
export function handleInputs(count: u32, nowLow: u32, nowHigh: u32): void {
  setNow(nowLow, nowHigh);
  assert(count <= control.inputSlotCount);
  for (let i: u32 = 0; i < count; i++)
    handleInput(changetype<InputSlot>(usize(control.inputs) + i * control.inputStride));
}

/** Lets happen whose time has come. */
export function handleTimeout(nowLow: u32, nowHigh: u32): void {
  setNow(nowLow, nowHigh);
  if (isConfigured() && leaseClockRuns()) runTimers();
}

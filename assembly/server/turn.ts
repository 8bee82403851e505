/**
 * The calls of a server's life: configured once, restored once, then turn after turn of inputs and time. After each, the control
 * block says when time will bring something next.
 */
import { control } from "../machine/control";
import { InputSlot } from "../machine/input";
import { addEntropy } from "../machine/random";
import { setNow } from "../machine/time";
import { expireLeases, nextLeaseDeadline } from "./expiry";
import { checkImage } from "./image-check";
import { ImageFault, imageFaultAt } from "./image-fault";
import { endProbes, handleInput } from "./inputs";
import { leaseCount, reserveLease } from "./lease";
import { lookAhead } from "./look-ahead";
import { poolCount } from "./freequeue";
import { layOut, openTables } from "./map";
import { nextProbeDeadline } from "./probe";
import { isRestored, restoreSlice, RestoreStatus } from "./restore";
import { imageHeader, leaseIndexOf, NO_LEASE, reservationAt } from "./scopes";
import { countLeases, refreshStatus } from "./status";

/** Steps of expiry that one call does: enough to keep up, few enough to keep datagrams from waiting. */
const EXPIRY_STEPS: u32 = 256;

let configured: bool = false;

let initialised: bool = false;

/**
 * Lays out the memory for these limits, within `memoryBytes` from address 0. Returns the address of `Control`, or 0: too little memory
 * (`memoryNeeded` says how much it takes), limits that cannot be, or a second success.
 */
export function initialise(
  memoryBytes: u32,
  imageSize: u32,
  leases: u32,
  attributeBlocks: u32,
  pools: u32,
  interfaces: u32,
  inputSlots: u32,
  inputPayloadSize: u32,
  readySlots: u32,
  waitingSlots: u32,
  transmitPayloadSize: u32,
  journalSize: u32,
  probes: u32,
  seedLow: u32,
  seedHigh: u32,
): u32 {
  if (initialised) return 0;
  const block = layOut(
    memoryBytes,
    imageSize,
    leases,
    attributeBlocks,
    pools,
    interfaces,
    inputSlots,
    inputPayloadSize,
    readySlots,
    waitingSlots,
    transmitPayloadSize,
    journalSize,
    probes,
  );
  if (block === null) return 0;
  addEntropy(seedLow, seedHigh);
  openTables();
  initialised = true;
  return u32(changetype<usize>(block));
}

/**
 * Takes the configuration image, `imageLength` bytes at `control.image`, once. Returns 0, or the `ImageFault` found at
 * `control.refusedAt`.
 */
export function configure(imageLength: u32): u32 {
  assert(!configured);
  const fault =
    imageLength > control.imageSize ? ImageFault.SIZE : checkImage(control.image, imageLength, leaseCount, poolCount);
  if (fault != ImageFault.NONE) {
    control.refusedAt = imageFaultAt;
    return fault;
  }
  const reservationCount = imageHeader().reservationCount;
  for (let index: u32 = 0; index < reservationCount; index++) {
    const lease = leaseIndexOf(reservationAt(index).address);
    if (lease != NO_LEASE) reserveLease(lease);
  }
  countLeases(imageHeader().leaseCount);
  configured = true;
  return 0;
}

/** Takes `byteCount` bytes of records from the transfer area; 0 bytes: ends restoring, a slice a call. Returns a `RestoreStatus`. */
export function restore(byteCount: u32, wallClock: u32, nowLow: u32, nowHigh: u32): u32 {
  if (!configured) return RestoreStatus.NOT_NOW;
  setNow(nowLow, nowHigh);
  const status = restoreSlice(byteCount, wallClock);
  if (isRestored()) endTurn();
  return status;
}

/** Handles the inputs in slots 0 … `count` − 1, in that order, at the instant given. */
export function handleInputs(count: u32, nowLow: u32, nowHigh: u32): void {
  assert(count <= control.inputSlotCount);
  setNow(nowLow, nowHigh);
  if (isRestored()) lookAhead(count);
  for (let index: u32 = 0; index < count; index++) {
    handleInput(changetype<InputSlot>(control.inputs + index * control.inputStride));
  }
  endTurn();
}

/** Handles what is due at the instant given, a bounded part of it. */
export function handleTimeout(nowLow: u32, nowHigh: u32): void {
  setNow(nowLow, nowHigh);
  if (!isRestored()) return;
  endProbes();
  expireLeases(EXPIRY_STEPS);
  endTurn();
}

/** Says when the next call is wanted: what one call left undone is due already. */
function endTurn(): void {
  refreshStatus();
  if (isRestored()) control.deadline = min(nextLeaseDeadline(), nextProbeDeadline());
}

/**
 * The control block: the one record whose address crosses the boundary. Everything else a host needs is an address or a
 * number in it. The same for all roles; `status` leads to what only one role has.
 *
 * Polling is reading: `deadline` says when `handleTimeout` wants to be called, the rings what there is to send, `journalHead` what
 * there is to make durable.
 */
import { reserve } from "./memory";

/** Version of the boundary: hosts refuse a module of another one. @layout */
export const BOUNDARY_VERSION: u32 = 1;

/** "LSHD", read as a little-endian u32. @layout */
export const CONTROL_MAGIC: u32 = 0x4448534c;

/** Which role a module plays. */
export enum Role {
  CLIENT = 1,
  SERVER = 2,
  RELAY = 3,
}

/** The control block. "Host" marks the fields a host writes; all others are the core's. */
@unmanaged
export class Control {
  /** `CONTROL_MAGIC`. */
  magic: u32;
  /** `BOUNDARY_VERSION`. */
  boundaryVersion: u16;
  /** `Role`. */
  role: u16;
  /** When `handleTimeout` wants to be called, in milliseconds of the host's clock; all ones: not at all. Past: now. */
  deadline: u64;
  /** Bytes from address 0 that the instance uses, for good. */
  memoryUsed: u32;
  /** Address of the first `InputSlot`. */
  inputs: u32;
  /** How many slots there are: the largest batch. */
  inputSlotCount: u32;
  /** Bytes from one slot to the next. */
  inputStride: u32;
  /** Bytes of payload that a slot holds. */
  inputPayloadSize: u32;
  /** Address of the `Ring` of answers that may leave at once. */
  ready: u32;
  /** Address of the `Ring` of answers that wait for the journal. */
  waiting: u32;
  /** Largest DHCP message that the core writes, in bytes. */
  transmitPayloadSize: u32;
  /** Address of the journal's ring. */
  journal: u32;
  /** Bytes of the journal's ring, a power of two; 0 where a role keeps no journal. */
  journalSize: u32;
  /** Journal bytes ever produced, modulo 2³²: the position of the journal's head. */
  journalHead: u32;
  /** Journal bytes known to be durable, modulo 2³² (the last `InputKind.DURABLE`). */
  journalDurable: u32;
  /** Address of the u32 counters, one a verdict. */
  counters: u32;
  /** Number of counters. */
  counterCount: u32;
  /** First verdict number of the role: counter 40 counts it. */
  verdictBase: u32;
  /** Number of interfaces that the table holds. */
  interfaceCount: u32;
  /** Address where the host puts the configuration image before `configure`. Host. */
  image: u32;
  /** Bytes reserved for the image. */
  imageSize: u32;
  /** Address of the area that `restore` reads and `exportRecords` writes. Host, before `restore`. */
  transfer: u32;
  /** Bytes of that area. */
  transferSize: u32;
  /** Bytes that the last `exportRecords` wrote there. */
  transferLength: u32;
  /** Offset in the image or in the restored bytes where the last refusal was found. */
  refusedAt: u32;
  /** Address of the role's status record (`ServerStatus`, `ClientStatus`). */
  status: u32;
  /** Seconds by which the wall clock exceeds the lease clock, as i32. */
  wallOffset: i32;
}

/** The instance's control block; null before `initialise`. */
export let control: Control = changetype<Control>(0);

/** Reserves the control block: the first thing of every layout. */
export function layOutControl(): Control {
  return changetype<Control>(reserve(1, offsetof<Control>()));
}

/** Makes `block` the instance's control block. */
export function openControl(block: Control, role: Role): void {
  control = block;
  block.magic = CONTROL_MAGIC;
  block.boundaryVersion = u16(BOUNDARY_VERSION);
  block.role = u16(role);
  block.deadline = u64.MAX_VALUE;
}

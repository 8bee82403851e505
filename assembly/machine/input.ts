/**
 * Inputs: everything that the core is told after it is configured, as slots of one size in one array.
 *
 * The host fills slots 0 … count − 1 and calls `handleInputs(count, now)`, which handles them in that order and writes a verdict
 * into each. A trace of slots, with the times of the calls, is the complete history of an instance.
 *
 *     slot   ┌──────────────────────────────┬─────────────────────────────┐
 *            │ InputSlot (64 bytes)         │ payload (inputPayloadSize)  │   × inputSlotCount, `inputStride` apart
 *            └──────────────────────────────┴─────────────────────────────┘
 */

/** What a slot holds. Numbers are stable; new kinds are added at the end. */
export enum InputKind {
  NONE = 0,
  /** Payload: a UDP payload, with its addresses and ports in the slot. */
  DATAGRAM = 1,
  /** Payload: an Ethernet frame, from its destination address on, without the frame check sequence. */
  FRAME = 2,
  /** `address` answered a probe (`value` 1) or did not (`value` 0, optional: the core's own time-out says the same). */
  PROBE_RESULT = 3,
  /** Payload: an `InterfaceChange` for `interfaceIndex`. */
  INTERFACE = 4,
  /** `value`: a role's command; payload: its argument. */
  COMMAND = 5,
  /** `value`: the journal is durable up to this position. */
  DURABLE = 6,
  /** `value`: the wall clock at this instant, in seconds since 1970. */
  WALL_CLOCK = 7,
  /** `value`, `moreValue`: 64 bits of entropy. */
  ENTROPY = 8,
}

/** Bits of `InputSlot.flags`, set by the host. */
export enum InputFlag {
  /** The datagram or frame was longer than the slot. */
  TRUNCATED = 1,
  /** The UDP checksum need not be checked: the kernel did, or left it to a device that never saw the wire (veth). */
  CHECKSUM_TRUSTED = 2,
}

/** The head of a slot. Upper half: what the host says; lower half: what the core answers. */
@unmanaged
export class InputSlot {
  /** `InputKind`. */
  kind: u8;
  /** `InputFlag`s. */
  flags: u8;
  /** Zero. */
  reserved: u16;
  /** Bytes of payload. */
  length: u32;
  /** The host's number of the interface it arrived on, below `interfaceCount`. */
  interfaceIndex: u32;
  /** IPv4 source of a datagram, as a number (192.0.2.1 is 0xC0000201). */
  sourceAddress: u32;
  /** IPv4 destination of a datagram, as a number. */
  destinationAddress: u32;
  /** UDP source port of a datagram. */
  sourcePort: u16;
  /** UDP destination port of a datagram. */
  destinationPort: u16;
  /** What a kind needs besides: see `InputKind`. */
  value: u32;
  /** The second half of a 64-bit value. */
  moreValue: u32;

  /** `Verdict`, or a role's own. */
  verdict: u16;
  /** DHCP message type received (option 53), or 0. */
  messageType: u8;
  /** DHCP message type of the answer, or 0 for silence. */
  answerType: u8;
  /** `Scope`: what `scopeIndex` counts. */
  scope: u32;
  /** Index, in the configuration image, of the subnet, pool, reservation … that decided. */
  scopeIndex: u32;
  /** The IPv4 address that the verdict speaks of (a host's PROBE_RESULT: the address probed), or 0. */
  address: u32;
  /** Lease time of the answer in seconds, or 0. */
  leaseSeconds: u32;
  /** `xid` of the message, or 0. */
  xid: u32;
  /** Zero; the core's own while it handles a batch. */
  reservedWords: u64;
}

/** Addresses where the payload of a slot begins. */
export function payloadOf(slot: InputSlot): usize {
  return changetype<usize>(slot) + offsetof<InputSlot>();
}

if (offsetof<InputSlot>() != 64) ERROR("An InputSlot is 64 bytes: hosts place the payload right behind it.");

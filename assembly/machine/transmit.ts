/**
 * Two rings of outgoing messages: answers that may leave at once, and answers that wait for a journal position.
 *
 * A ring's counters run freely and are compared by difference; entry n lies at n modulo `count`. The core fills at `head`; the host sends
 * from `tail` up to `released` and moves `tail`. In the ready ring `released` follows `head` at once; in the waiting ring
 * it stops at the first entry whose position is not durable yet, so a host that obeys `released` cannot answer before
 * the record. Entries of length 0 were dropped after all (they waited too long): the host skips them.
 *
 *     buffer ┌───────────────┬──────────────────────────────────────┐
 *            │ headroom 44 B │ DHCP message (transmitPayloadSize)   │
 *            └──┬────────────┴──────────────────────────────────────┘
 *               └ with a frame, `payload` points here: Ethernet, IPv4 and UDP headers precede the message
 */
import { fillZero } from "../wire/bytes";
import { FRAME_HEADROOM } from "../wire/frame";
import { count } from "./counters";
import { reserve } from "./memory";
import { now } from "./time";
import { Verdict } from "./verdict";

/** Bytes before a message: Ethernet 14, IPv4 20 and UDP 8, rounded up so that the message is aligned to 4 bytes. @layout */
export const TRANSMIT_HEADROOM: u32 = FRAME_HEADROOM;

/** An answer older than this is not worth sending: the client has asked again (RFC 2131 §4.1, first retransmission). */
export const STALE_AFTER_MILLISECONDS: u32 = 4000;

/** What a descriptor's payload is. Numbers are stable. */
export enum TransmitKind {
  NONE = 0,
  /** A UDP payload; the descriptor says from and to where. */
  DATAGRAM = 1,
  /** An Ethernet frame, from its destination address on. */
  FRAME = 2,
  /** An ICMP echo request, to be routed to `destinationAddress`; a reply comes back as `InputKind.PROBE_RESULT`. */
  ECHO = 3,
}

/** One outgoing message. */
@unmanaged
export class TransmitDescriptor {
  /** `TransmitKind`. */
  kind: u8;
  /** DHCP message type (option 53) of what is sent, or 0. */
  messageType: u8;
  /** UDP source port. */
  sourcePort: u16;
  /** UDP destination port. */
  destinationPort: u16;
  /** Last two bytes of the receiver's hardware address, in wire order; used with `destinationMac`. */
  destinationMacTail: u16;
  /** Bytes at `payload`; 0: dropped after all. */
  length: u32;
  /** Address of the first byte to send. */
  payload: u32;
  /** The host's number of the interface to send on. */
  interfaceIndex: u32;
  /** IPv4 source as a number, or 0 when the host should choose. */
  sourceAddress: u32;
  /** IPv4 destination as a number. */
  destinationAddress: u32;
  /** First four bytes of the receiver's hardware address, in wire order; zero where the IP stack resolves it. */
  destinationMac: u32;
  /** Journal position that must be durable before this leaves; meaningful in the waiting ring. */
  position: u32;
  /** Low word of the instant it was made, in milliseconds. */
  madeAt: u32;
}

/** A ring: where its parts lie, and its counters. */
@unmanaged
export class Ring {
  /** Address of the first descriptor. */
  descriptors: u32;
  /** Address of the first message buffer, headroom included. */
  buffers: u32;
  /** Bytes from one message buffer to the next. */
  bufferStride: u32;
  /** Entries, a power of two. */
  count: u32;
  /** Entries ever made; the core's. */
  head: u32;
  /** Entries ever allowed to leave; the core's. */
  released: u32;
  /** Entries ever sent; the host's. */
  tail: u32;
  /** Zero. */
  reserved: u32;
}

/** Reserves a ring of `count` entries (a power of two) with messages of up to `payloadSize` bytes (a multiple of 4). */
export function layOutRing(count: u32, payloadSize: u32): Ring {
  const ring = changetype<Ring>(reserve(1, offsetof<Ring>()));
  reserve(count, offsetof<TransmitDescriptor>());
  reserve(count, TRANSMIT_HEADROOM + payloadSize);
  return ring;
}

/** Fills in a ring that `layOutRing` reserved with the same arguments, once the memory is cleared. */
export function openRing(ring: Ring, count: u32, payloadSize: u32): void {
  const descriptors = (changetype<usize>(ring) + offsetof<Ring>() + 7) & ~7;
  ring.descriptors = u32(descriptors);
  ring.buffers = u32((descriptors + count * offsetof<TransmitDescriptor>() + 7) & ~7);
  ring.bufferStride = TRANSMIT_HEADROOM + payloadSize;
  ring.count = count;
}

/** Whether the host has left no place for one more message. */
export function ringIsFull(ring: Ring): bool {
  return ring.head - ring.tail >= ring.count;
}

/** Where the next entry's message begins, behind its headroom; the ring must not be full. */
export function nextMessage(ring: Ring): usize {
  assert(!ringIsFull(ring));
  return ring.buffers + (ring.head & (ring.count - 1)) * ring.bufferStride + TRANSMIT_HEADROOM;
}

/** The next entry's descriptor, zeroed; it becomes part of the ring by `commitReady` or `commitWaiting`. */
export function nextDescriptor(ring: Ring): TransmitDescriptor {
  const descriptor = descriptorAt(ring, ring.head);
  fillZero(changetype<usize>(descriptor), offsetof<TransmitDescriptor>());
  descriptor.madeAt = u32(now);
  return descriptor;
}

/** Lets the next entry of the ready ring leave. */
export function commitReady(ring: Ring): void {
  ring.head++;
  ring.released = ring.head;
}

/** Puts the next entry of the waiting ring behind journal position `position`. */
export function commitWaiting(ring: Ring, position: u32): void {
  descriptorAt(ring, ring.head).position = position;
  ring.head++;
}

/**
 * Lets leave what waited for positions up to `durable`, in order; what waited too long is dropped and counted.
 * Positions are compared by signed difference.
 */
export function releaseWaiting(ring: Ring, durable: u32): void {
  while (ring.released != ring.head) {
    const descriptor = descriptorAt(ring, ring.released);
    if (i32(descriptor.position - durable) > 0) return;
    if (u32(now) - descriptor.madeAt > STALE_AFTER_MILLISECONDS) {
      descriptor.length = 0;
      count(Verdict.ANSWER_STALE);
    }
    ring.released++;
  }
}

function descriptorAt(ring: Ring, index: u32): TransmitDescriptor {
  return changetype<TransmitDescriptor>(ring.descriptors + (index & (ring.count - 1)) * offsetof<TransmitDescriptor>());
}

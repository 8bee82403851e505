/**
 * What has arrived and was not read yet, for transports that are handed one message at a time. Bounded: when the host
 * cannot keep up, the newest messages are dropped and counted, as a kernel's socket buffer does.
 */
import { InputFlag, type InputKind, type InputSlot } from "#layout";
import type { Core } from "../core/core.js";

/** A datagram or a frame on its way to a core. Addresses are numbers; what is not known is 0. */
export interface Arrival {
  /** `InputKind.DATAGRAM` or `InputKind.FRAME`. */
  readonly kind: InputKind;
  /** `InputFlag`s. */
  readonly flags: number;
  /** The transport's number of the interface it arrived on. */
  readonly interfaceIndex: number;
  readonly sourceAddress: number;
  readonly destinationAddress: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly bytes: Uint8Array;
}

/** Messages that a mailbox holds before it drops. */
export const MAILBOX_LIMIT = 1024;

/** A bounded queue of arrivals. */
export class Mailbox {
  #arrivals: Arrival[] = [];
  #first = 0;

  /** Messages that wait. */
  get length(): number {
    return this.#arrivals.length - this.#first;
  }

  /** Takes a message in; false when there is no room. */
  put(arrival: Arrival): boolean {
    if (this.length >= MAILBOX_LIMIT) return false;
    this.#arrivals.push(arrival);
    return true;
  }

  /** Moves messages into the slots of `core`, from slot `first` on; returns how many. */
  fill(core: Core, first: number): number {
    let filled = 0;
    while (this.length > 0 && first + filled < core.inputSlotCount) {
      const arrival = this.#arrivals[this.#first++]!;
      writeHead(core.freshSlot(first + filled), arrival, core.inputPayloadSize);
      core.setPayload(first + filled, arrival.bytes);
      filled++;
    }
    if (this.#first === this.#arrivals.length) {
      this.#arrivals = [];
      this.#first = 0;
    }
    return filled;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#arrivals = [];
    this.#first = 0;
  }
}

function writeHead(slot: InputSlot, arrival: Arrival, payloadSize: number): void {
  slot.kind = arrival.kind;
  slot.flags = arrival.bytes.length > payloadSize ? arrival.flags | InputFlag.TRUNCATED : arrival.flags;
  slot.interfaceIndex = arrival.interfaceIndex;
  slot.sourceAddress = arrival.sourceAddress;
  slot.destinationAddress = arrival.destinationAddress;
  slot.sourcePort = arrival.sourcePort;
  slot.destinationPort = arrival.destinationPort;
}

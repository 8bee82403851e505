/**
 * How a load's messages travel: what clients on a link and clients behind a relay have in common. Messages are read many a system
 * call into slots of this file's own memory, and composed in a ring of buffers that is as long as what may wait to be sent.
 */
import { InputSlotLayout } from "#layout";
import { addressOf, closeDescriptor, errnoName, waitForDescriptors } from "../net/linux/libc.js";
import { POLLIN, PollDescriptor } from "../net/linux/abi.js";
import { ReceiveBatch, type SlotMemory } from "../net/linux/receive-batch.js";
import { SendBatch } from "../net/linux/send-batch.js";
import { widenReceiveBuffer } from "../net/linux/sockets.js";
import { countFailure, newTransportStatistics } from "../net/transport.js";
import type { Fields, Say } from "./question.js";

/** Messages read by one call, and messages that may wait to be sent. */
export const BATCH = 256;

const SLOT_SIZE = 2048;
const BUFFER_SIZE = 512;
/** Room for answers that were not read yet, in bytes. */
const RECEIVE_BUFFER = 8 << 20;

/** Memory divided as a core's input slots are. */
class Slots implements SlotMemory {
  readonly inputSlotCount = BATCH;
  readonly inputPayloadSize = SLOT_SIZE;
  readonly bytes = new Uint8Array(BATCH * (InputSlotLayout.byteSize + SLOT_SIZE));
  slotAddress(index: number): number {
    return index * (InputSlotLayout.byteSize + SLOT_SIZE);
  }
}

/** A socket, and the messages on their way through it. */
export abstract class Way {
  readonly statistics = newTransportStatistics();
  /** The memory that answers are read into. */
  readonly received: DataView;
  /** Where in `received` the answer begins that was opened last, its length, and who sent it. */
  at = 0;
  length = 0;
  source = 0;

  protected readonly descriptor: number;
  protected readonly batch: ReceiveBatch;
  protected readonly sending = new SendBatch(this.statistics);
  /** The ring of messages to be sent. */
  protected readonly bytes = new Uint8Array(BATCH * BUFFER_SIZE);
  protected readonly view = new DataView(this.bytes.buffer);
  readonly #slots = new Slots();
  readonly #base = addressOf(this.bytes.buffer);
  readonly #poll = new DataView(new ArrayBuffer(PollDescriptor.byteSize));
  readonly #pollAddress = addressOf(this.#poll.buffer);
  #waiting = 0;

  /** @param descriptor the socket, which is closed with this */
  constructor(descriptor: number) {
    this.descriptor = descriptor;
    this.batch = new ReceiveBatch(this.#slots);
    this.received = new DataView(this.#slots.bytes.buffer);
    this.#poll.setInt32(PollDescriptor.descriptor, descriptor, true);
    this.#poll.setInt16(PollDescriptor.events, POLLIN, true);
    widenReceiveBuffer(descriptor, RECEIVE_BUFFER);
  }

  /** Sends what a client says, with the next `flush` at the latest. */
  abstract say(say: Say, fields: Fields): void;

  /** Opens what came into a slot: `at`, `length` and `source` are set, or false says that it concerns no client's questions. */
  abstract open(index: number): boolean;

  /** Reads what is there; returns how many slots were filled, from the first. A failure is counted. */
  receive(): number {
    const count = this.batch.receive(this.descriptor, 0);
    if (count >= 0) return count;
    const code = errnoName(-count);
    if (code !== "EAGAIN" && code !== "EINTR") countFailure(this.statistics, { code });
    return 0;
  }

  /** Sends what waits. */
  flush(): void {
    this.sending.flush();
    this.#waiting = 0;
  }

  /** Waits until there is something to read, and not longer. */
  wait(milliseconds: number): void {
    waitForDescriptors(this.#pollAddress, 1, milliseconds * 1000);
  }

  /** Gives the socket up. */
  close(): void {
    closeDescriptor(this.descriptor);
  }

  /** Offset in `bytes` of the next buffer to compose a message in. */
  protected nextBuffer(): number {
    if (this.#waiting === BATCH) this.flush();
    return this.#waiting++ * BUFFER_SIZE;
  }

  /** The address in this process of an offset in `bytes`. */
  protected addressIn(offset: number): number {
    return this.#base + offset;
  }

  /** Offset in `received` of what came into a slot. */
  protected slotAt(index: number): number {
    return this.#slots.slotAddress(index) + InputSlotLayout.byteSize;
  }
}

/**
 * Reads datagrams or frames straight into a core's input slots, as many a system call as there are. Message heads, socket
 * addresses and control buffers lie in one block of memory beside the core, made once: head n always points to slot n.
 */
import { InputSlotLayout } from "#layout";
import type { Core } from "../../core/core.js";
import { controlSpace, Iovec, MessageHeader } from "./abi.js";
import { addressOf, receiveMessages } from "./libc.js";

const NAME_SPACE = 32;
const CONTROL_SPACE = controlSpace(24);

/** Where a batch is read to: a core, or any memory divided into slots like a core's. */
export type SlotMemory = Pick<Core, "bytes" | "inputSlotCount" | "inputPayloadSize" | "slotAddress">;

/** The heads for all slots of one core. */
export class ReceiveBatch {
  /** The block of heads and buffers; `nameAt` and `controlAt` are offsets in it. */
  readonly view: DataView;
  readonly #base: number;
  readonly #count: number;
  /** The heads that the kernel has written to since they were made ready: from the first to before the last. */
  #usedFrom = 0;
  #usedEnd = 0;

  constructor(core: SlotMemory) {
    this.#count = core.inputSlotCount;
    const each = MessageHeader.byteSize + Iovec.byteSize + NAME_SPACE + CONTROL_SPACE;
    this.view = new DataView(new ArrayBuffer(this.#count * each));
    this.#base = addressOf(this.view.buffer);
    this.#usedEnd = this.#count;
    const memory = addressOf(core.bytes.buffer);
    for (let index = 0; index < this.#count; index++) {
      const header = index * MessageHeader.byteSize;
      const iovec = this.#iovecAt(index);
      this.#setPointer(header + MessageHeader.name, this.#base + this.nameAt(index));
      this.#setPointer(header + MessageHeader.iovecs, this.#base + iovec);
      this.#setPointer(header + MessageHeader.iovecCount, 1);
      this.#setPointer(header + MessageHeader.control, this.#base + this.controlAt(index));
      this.#setPointer(iovec + Iovec.base, memory + core.slotAddress(index) + InputSlotLayout.byteSize);
      this.#setPointer(iovec + Iovec.length, core.inputPayloadSize);
    }
  }

  /**
   * Reads into slots from `first` to before `end`, at most to the last; returns how many, or −errno ("nothing there" is −EAGAIN). What the heads say of
   * earlier messages is gone afterwards.
   */
  receive(descriptor: number, first: number, end = this.#count): number {
    const count = Math.min(end, this.#count) - first;
    if (count <= 0) return 0;
    this.#makeReady();
    const received = receiveMessages(descriptor, this.#base + first * MessageHeader.byteSize, count);
    this.#usedFrom = first;
    this.#usedEnd = Math.min(this.#count, first + Math.max(received, 0) + 1);
    return received;
  }

  /** Bytes received into slot `index`. */
  length(index: number): number {
    return this.view.getUint32(index * MessageHeader.byteSize + MessageHeader.length, true);
  }

  /** Flags of the message in slot `index`: MSG_TRUNC and others. */
  flags(index: number): number {
    return this.view.getUint32(index * MessageHeader.byteSize + MessageHeader.flags, true);
  }

  /** Offset of the sender's socket address of slot `index`. */
  nameAt(index: number): number {
    return this.#count * (MessageHeader.byteSize + Iovec.byteSize) + index * NAME_SPACE;
  }

  /** Offset of the first control message of slot `index`. */
  controlAt(index: number): number {
    return this.#count * (MessageHeader.byteSize + Iovec.byteSize + NAME_SPACE) + index * CONTROL_SPACE;
  }

  /** Bytes of control messages that came with slot `index`. */
  controlLength(index: number): number {
    return this.view.getUint32(index * MessageHeader.byteSize + MessageHeader.controlLength, true);
  }

  /** The kernel writes what it used over what it may use, so the heads that it used are written anew, and no others. */
  #makeReady(): void {
    for (let index = this.#usedFrom; index < this.#usedEnd; index++) {
      const header = index * MessageHeader.byteSize;
      this.view.setUint32(header + MessageHeader.nameLength, NAME_SPACE, true);
      this.view.setUint32(header + MessageHeader.controlLength, CONTROL_SPACE, true);
    }
  }

  #iovecAt(index: number): number {
    return this.#count * MessageHeader.byteSize + index * Iovec.byteSize;
  }

  #setPointer(at: number, value: number): void {
    this.view.setBigUint64(at, BigInt(value), true);
  }
}

/** One batch for each core that a transport has met: after a reload it is another core's slots that are filled. */
export class ReceiveBatches {
  readonly #batches = new WeakMap<Core, ReceiveBatch>();

  of(core: Core): ReceiveBatch {
    let batch = this.#batches.get(core);
    if (batch === undefined) {
      batch = new ReceiveBatch(core);
      this.#batches.set(core, batch);
    }
    return batch;
  }
}

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

  constructor(core: SlotMemory) {
    this.#count = core.inputSlotCount;
    const each = MessageHeader.byteSize + Iovec.byteSize + NAME_SPACE + CONTROL_SPACE;
    this.view = new DataView(new ArrayBuffer(this.#count * each));
    this.#base = addressOf(this.view.buffer);
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

  /** Reads into slots `first` and on; returns how many, or −errno ("nothing there" is −EAGAIN). */
  receive(descriptor: number, first: number): number {
    const count = this.#count - first;
    if (count <= 0) return 0;
    for (let index = first; index < this.#count; index++) {
      // The kernel writes what it used over what it may use, whether or not the message came.
      const header = index * MessageHeader.byteSize;
      this.view.setUint32(header + MessageHeader.nameLength, NAME_SPACE, true);
      this.view.setUint32(header + MessageHeader.controlLength, CONTROL_SPACE, true);
    }
    return receiveMessages(descriptor, this.#base + first * MessageHeader.byteSize, count);
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

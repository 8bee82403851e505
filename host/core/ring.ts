/**
 * A view of one of the core's two transmit rings, from the side that sends (`assembly/machine/transmit.ts`).
 *
 * The core fills at its head; a host sends the entries from the tail up to `released`, in order, and moves the tail. The
 * view hands out one descriptor accessor that it moves: nothing is allocated for a message.
 */
import { Ring, TransmitDescriptor, TransmitDescriptorLayout } from "#layout";

/** The sending side of a transmit ring. */
export class RingView {
  readonly #ring: Ring;
  readonly #descriptor: TransmitDescriptor;
  readonly #descriptors: number;
  readonly #mask: number;
  /** Entries that the ring holds, a power of two. */
  readonly count: number;

  /** @param view over the whole memory @param base address of the `Ring` */
  constructor(view: DataView, base: number) {
    this.#ring = new Ring(view, base);
    this.count = this.#ring.count;
    this.#descriptors = this.#ring.descriptors;
    this.#descriptor = new TransmitDescriptor(view, this.#descriptors);
    this.#mask = this.count - 1;
  }

  /** Entries that may leave now. */
  get pending(): number {
    return (this.#ring.released - this.#ring.tail) >>> 0;
  }

  /** Entries that wait for the journal; always 0 in the ready ring. */
  get held(): number {
    return (this.#ring.head - this.#ring.released) >>> 0;
  }

  /** Entries that the core may still make before some have been taken out. */
  get room(): number {
    return this.count - ((this.#ring.head - this.#ring.tail) >>> 0);
  }

  /**
   * The descriptor `offset` entries behind the tail. The same object every time: read it before the next call. Its
   * `payload` is an address in the core's memory; a `length` of 0 is an entry that was dropped after all: skip it.
   * @param offset below `pending`
   */
  at(offset: number): TransmitDescriptor {
    const index = (this.#ring.tail + offset) & this.#mask;
    this.#descriptor.base = this.#descriptors + index * TransmitDescriptorLayout.byteSize;
    return this.#descriptor;
  }

  /** Takes the first `count` entries out: they are sent, or never will be. */
  advance(count: number): void {
    if (count < 0 || count > this.pending) throw new RangeError(`${count} entries taken, ${this.pending} may leave`);
    this.#ring.tail = (this.#ring.tail + count) >>> 0;
  }
}

/**
 * Says when a descriptor has something to read. Node has no way to watch a descriptor that is not one of its own streams
 * without reading from it, so one `poll` waits on a thread of Node's pool. It is armed only when everything was read dry: under
 * load nothing is polled, and idle it costs one wake-up in half a minute.
 */
import { POLLIN, PollDescriptor } from "./abi.js";
import { addressOf, clearEvent, closeDescriptor, openEvent, pollDescriptors, signalEvent } from "./libc.js";

/** Longest wait of one poll: a bound for a wake-up that was lost, not a rhythm. */
const LONGEST_WAIT_MILLISECONDS = 30_000;

/** Watches a fixed list of descriptors. */
export class Poller {
  readonly #view: DataView;
  readonly #count: number;
  readonly #wake: number;
  readonly #onReadable: (descriptors: readonly number[]) => void;
  #waiting: Promise<void> | null = null;
  #closed = false;

  /** Watches `descriptors`, which stay the caller's, and calls `onReadable` with those that have something to read. */
  constructor(descriptors: readonly number[], onReadable: (descriptors: readonly number[]) => void) {
    this.#wake = openEvent();
    this.#count = descriptors.length + 1;
    this.#view = new DataView(new ArrayBuffer(this.#count * PollDescriptor.byteSize));
    for (const [index, descriptor] of [...descriptors, this.#wake].entries()) {
      const at = index * PollDescriptor.byteSize;
      this.#view.setInt32(at + PollDescriptor.descriptor, descriptor, true);
      this.#view.setInt16(at + PollDescriptor.events, POLLIN, true);
    }
    this.#onReadable = onReadable;
  }

  /** Waits for the next thing to read, once; does nothing while a wait is under way. */
  arm(): void {
    if (this.#closed || this.#waiting !== null) return;
    this.#waiting = this.#wait();
  }

  /** Ends the wait. The descriptors may be closed once this has resolved. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    signalEvent(this.#wake);
    await this.#waiting;
    closeDescriptor(this.#wake);
  }

  async #wait(): Promise<void> {
    const at = addressOf(this.#view.buffer);
    const ready = await pollDescriptors(at, this.#count, LONGEST_WAIT_MILLISECONDS);
    this.#waiting = null;
    if (this.#closed) return;
    if (ready <= 0) this.arm();
    else this.#onReadable(this.#readable());
  }

  #readable(): number[] {
    const found: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      const at = index * PollDescriptor.byteSize;
      // Errors and hang-ups are reported unasked; reading the descriptor is what tells and clears them.
      if (this.#view.getInt16(at + PollDescriptor.happened, true) === 0) continue;
      const descriptor = this.#view.getInt32(at + PollDescriptor.descriptor, true);
      if (descriptor === this.#wake) clearEvent(descriptor);
      else found.push(descriptor);
    }
    return found;
  }
}

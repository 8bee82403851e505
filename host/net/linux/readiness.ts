/**
 * When a Linux transport is to be read: what its two kinds have in common. Sockets are polled only when all of them were read
 * dry; changes of interfaces come by a socket of their own, beside the others.
 */
import { countFailure, type Transport } from "../transport.js";
import type { InterfaceWatch } from "./interfaces.js";
import { errnoName } from "./libc.js";
import { Poller } from "./poller.js";
import type { ReceiveBatch } from "./receive-batch.js";

/** Wakes a transport's owner, and reads its sockets. */
export class Readiness {
  readonly #transport: Transport;
  readonly #watch: InterfaceWatch;
  readonly #readInterfaces: () => void;
  readonly #poller: Poller;

  /** Watches `descriptors` and the changes that `watch` hears of; `readInterfaces` is called before the owner is told of those. */
  constructor(transport: Transport, descriptors: readonly number[], watch: InterfaceWatch, readInterfaces: () => void) {
    this.#transport = transport;
    this.#watch = watch;
    this.#readInterfaces = readInterfaces;
    this.#poller = new Poller([...descriptors, watch.changes], (readable) => this.#wake(readable));
    this.#poller.arm();
  }

  /** Reads what is there into a batch's slots from `first` on; a failure is counted and reads as nothing. */
  read(batch: ReceiveBatch, descriptor: number, first: number): number {
    const count = batch.receive(descriptor, first);
    if (count >= 0) return count;
    const code = errnoName(-count);
    if (code !== "EAGAIN" && code !== "EINTR") countFailure(this.#transport.statistics, { code });
    return 0;
  }

  /** Ends a round of reading: waits for more where all was read, comes back at once where the slots were too few. */
  settle(readDry: boolean): void {
    if (readDry) this.#poller.arm();
    else setImmediate(() => this.#transport.onReadable?.());
  }

  /** Ends the watch; the sockets may be closed afterwards. */
  async close(): Promise<void> {
    await this.#poller.close();
    this.#watch.close();
  }

  #wake(readable: readonly number[]): void {
    if (readable.includes(this.#watch.changes)) {
      this.#watch.drain();
      this.#readInterfaces();
      this.#transport.onInterfacesChanged?.();
    }
    if (readable.length === 1 && readable[0] === this.#watch.changes) this.#poller.arm();
    else if (this.#transport.onReadable !== null) this.#transport.onReadable();
    else setImmediate(() => this.#poller.arm());
  }
}

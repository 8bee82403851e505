/**
 * When a Linux transport is to be read: what its two kinds have in common. Sockets are polled only when all of them were read
 * dry; changes of interfaces come by a socket of their own, beside the others.
 */
import { countFailure, type Transport } from "../transport.js";
import type { InterfaceWatch } from "./interfaces.js";
import { errnoName } from "./libc.js";
import { Poller } from "./poller.js";
import type { ReceiveBatch } from "./receive-batch.js";

/** How often an owner that has just received something looks again, and finds nothing, before the sockets are polled. */
const LOOKS_BEFORE_WAITING = 2;

/** Rounds of reading without a poll after which changes of interfaces are looked for. */
const ROUNDS_BETWEEN_CHANGES = 256;

/** Wakes a transport's owner, and reads its sockets. */
export class Readiness {
  readonly #transport: Transport;
  readonly #watch: InterfaceWatch;
  readonly #readInterfaces: () => void;
  readonly #poller: Poller;
  #looksLeft = 0;
  #roundsUnpolled = 0;

  /** Watches `descriptors` and the changes that `watch` hears of; `readInterfaces` is called before the owner is told of those. */
  constructor(transport: Transport, descriptors: readonly number[], watch: InterfaceWatch, readInterfaces: () => void) {
    this.#transport = transport;
    this.#watch = watch;
    this.#readInterfaces = readInterfaces;
    this.#poller = new Poller([...descriptors, watch.changes], (readable) => this.#wake(readable));
    this.#poller.arm();
  }

  /** Reads what is there into a batch's slots from `first` to before `end`; a failure is counted and reads as nothing. */
  read(batch: ReceiveBatch, descriptor: number, first: number, end?: number): number {
    const count = batch.receive(descriptor, first, end);
    if (count >= 0) return count;
    const code = errnoName(-count);
    if (code !== "EAGAIN" && code !== "EINTR") countFailure(this.#transport.statistics, { code });
    return 0;
  }

  /**
   * Ends a round of reading that filled `received` slots: looks again at once where there may be more, and waits where a few looks
   * found nothing. Handing the wait to the poll's thread and back costs more than a look.
   * @param readDry false: the slots were too few for all that is there
   */
  settle(readDry: boolean, received: number): void {
    if (received > 0) this.#looksLeft = LOOKS_BEFORE_WAITING;
    if (readDry && this.#looksLeft-- <= 0) {
      this.#poller.arm();
      return;
    }
    // Nothing is polled meanwhile: under load, changes of interfaces are looked for now and then.
    if (++this.#roundsUnpolled % ROUNDS_BETWEEN_CHANGES === 0) this.#takeChanges();
    setImmediate(() => this.#transport.onReadable?.());
  }

  /** Ends the watch; the sockets may be closed afterwards. */
  async close(): Promise<void> {
    await this.#poller.close();
    this.#watch.close();
  }

  #wake(readable: readonly number[]): void {
    if (readable.includes(this.#watch.changes)) this.#takeChanges();
    if (readable.length === 1 && readable[0] === this.#watch.changes) this.#poller.arm();
    else if (this.#transport.onReadable !== null) this.#transport.onReadable();
    else setImmediate(() => this.#poller.arm());
  }

  #takeChanges(): void {
    if (!this.#watch.drain()) return;
    this.#readInterfaces();
    this.#transport.onInterfacesChanged?.();
  }
}

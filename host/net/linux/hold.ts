/**
 * Whether requests are to be read now. An answer to a request waits in a ring of the core until its record is durable; while that ring is
 * full, a request that was read would be refused, and what its client has gone through so far would be in vain.
 *
 * Nothing asks again and again meanwhile: a commit that is under way wants the processor. What is sent from the ring makes room, and
 * that is when the owner is woken.
 */
import type { RingView } from "../../core/ring.js";

/**
 * How long requests are left to the kernel, in milliseconds: many a commit, and much less than a client waits (4 s, RFC 2131 §4.1). A
 * store that takes longer has failed: the core is given the requests then, refuses them and counts that.
 */
const LONGEST_HOLD_MILLISECONDS = 1000;

/** Holds requests back while there is no room for their answers. */
export class Hold {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | null = null;
  /** The ring was full for too long: it is not waited for until it has had room again. */
  #givenUp = false;

  /** @param wake called, in a turn of its own, when requests may be read again */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** How many requests may be read: as many as answers fit into the ring of those that wait. At 0, `wake` is called later. */
  roomIn(waiting: RingView): number {
    const { room, count } = waiting;
    if (room > 0) this.#givenUp = false;
    else if (this.#givenUp) return count;
    else this.#timer ??= setTimeout(() => this.#giveUp(), LONGEST_HOLD_MILLISECONDS);
    return room;
  }

  /** Entries have been taken out of the ring. */
  roomMade(): void {
    if (this.#timer === null) return;
    this.end();
    setImmediate(this.#wake);
  }

  /** Wakes nobody any more. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #giveUp(): void {
    this.#timer = null;
    this.#givenUp = true;
    this.#wake();
  }
}

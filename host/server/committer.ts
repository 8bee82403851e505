/**
 * Joins one instance's journal to its store: whatever records have gathered when no commit is under way become one blob and one commit.
 *
 * While a commit is under way the core goes on receiving and answering; what needs a record waits in its ring. So under load
 * each commit carries what the last one's duration gathered, and the store's speed decides the size of batches by itself.
 *
 *     records ──▶ ring ──▶ blob ──▶ append ──▶ "durable": the position becomes an input, answers leave
 *                                          └─▶ "retry": the same blob again, later; nothing leaves meanwhile
 *                                          └─▶ "fenced": never again; the server stops
 */
import type { ServerCore } from "../core/server.js";
import type { Store } from "../store/store.js";

/** Pauses between attempts to append a blob that the store could not take, in milliseconds: doubled from the first to the last. */
const FIRST_RETRY_MILLISECONDS = 50;
const LAST_RETRY_MILLISECONDS = 2000;

/** What a committer tells its server. */
export interface CommitObserver {
  /** More is durable than before. */
  durable(): void;
  /** The store could not take a blob and will be asked again; called once until it takes one. */
  behind(): void;
  /** The store takes blobs again. */
  caughtUp(): void;
  /** The store is lost for this process: by another's claim ("fenced"), or because it failed in a way it should not. */
  lost(cause: "fenced" | Error): void;
}

/** Appends the journal of one instance to one store. */
export class Committer {
  readonly #core: ServerCore;
  readonly #store: Store;
  readonly #observer: CommitObserver;
  readonly #waiting: { position: number; resolve: (durable: boolean) => void }[] = [];
  #underWay: Promise<void> | null = null;
  #durable: number;
  #retrying = false;
  #ended = false;
  #wakeRetry: (() => void) | null = null;

  /** Called with each blob before it is appended: a second instance is fed what the first one records. */
  onBlob: ((blob: Uint8Array) => void) | null = null;

  constructor(core: ServerCore, store: Store, observer: CommitObserver) {
    this.#core = core;
    this.#store = store;
    this.#observer = observer;
    this.#durable = core.control.journalDurable;
  }

  /** The journal position up to which the store has everything. */
  get durable(): number {
    return this.#durable;
  }

  /** Whether the store could not take the last blob that it was given. */
  get retrying(): boolean {
    return this.#retrying;
  }

  /** Whether nothing is under way, nor waits to be. */
  get idle(): boolean {
    return this.#underWay === null && this.#core.journalPending === 0;
  }

  /** Begins a commit if there is something to commit and none is under way. */
  pump(): void {
    if (this.#underWay || this.#ended) return;
    const blob = this.#core.takeJournal();
    if (!blob) return;
    const position = this.#core.journalHead;
    this.onBlob?.(blob);
    this.#underWay = this.#commit(blob, position).finally(() => {
      this.#underWay = null;
      if (!this.#ended) this.#observer.durable();
    });
  }

  /** Resolves when everything up to `position` is durable: true; or when it never will be: false. */
  whenDurable(position: number): Promise<boolean> {
    if (this.#reached(position)) return Promise.resolve(true);
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push({ position, resolve }));
  }

  /** Commits nothing more, and waits for the commit under way. What the store could not take is given up. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#wakeRetry?.();
    await this.#underWay;
    this.#settle();
  }

  async #commit(blob: Uint8Array, position: number): Promise<void> {
    for (let pause = FIRST_RETRY_MILLISECONDS; ; pause = Math.min(2 * pause, LAST_RETRY_MILLISECONDS)) {
      const outcome = await this.#store.append(blob).catch((error: Error) => error);
      if (outcome === "durable") break;
      if (outcome !== "retry") return this.#lose(outcome);
      if (this.#ended) return;
      if (!this.#retrying) this.#observer.behind();
      this.#retrying = true;
      await this.#pause(pause);
      if (this.#ended) return;
    }
    if (this.#retrying) this.#observer.caughtUp();
    this.#retrying = false;
    this.#durable = position;
    this.#settle();
  }

  #lose(cause: "fenced" | Error): void {
    this.#ended = true;
    this.#settle();
    this.#observer.lost(cause);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #reached(position: number): boolean {
    return ((this.#durable - position) | 0) >= 0;
  }

  /** Answers those who wait for a position that is reached, or never will be. */
  #settle(): void {
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const { position, resolve } = this.#waiting[at]!;
      if (!this.#reached(position) && !this.#ended) continue;
      this.#waiting.splice(at, 1);
      resolve(this.#reached(position));
    }
  }
}

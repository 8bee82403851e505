/**
 * One instance of the core with the store that keeps its promises: what a server host loops over.
 *
 *     inputs ──▶ handleInputs ──▶ verdicts ──▶ answers that may leave ──▶ commit what was recorded
 *       ▲ durable, clock, interfaces, entropy, then datagrams                  │
 *       └──────────────────────── "durable up to here" ◀───────────────────────┘
 *
 * A turn is synchronous and handles one batch; instances are exchanged only between two turns.
 */
import { InputKind } from "#layout";
import { CoreTrap } from "../core/trap.js";
import type { InterfaceState, Transport } from "../net/transport.js";
import type { Store } from "../store/store.js";
import { type CommitObserver, Committer } from "./committer.js";
import type { ServerEvents } from "./events.js";
import { putDurable, putEntropy, putInterface, putWallClock } from "../core/inputs.js";
import type { ServerInstance } from "./instance.js";
import { writeSnapshot } from "./snapshot.js";
import { VerdictCounts } from "./verdict-counts.js";

/** Shortest time from the beginning of one snapshot to the next: one that failed is not tried again at once. */
const SNAPSHOT_PAUSE_MILLISECONDS = 10_000;

/** Which network of the image is served on an interface: its index, or `NETWORK_BY_ADDRESS`. */
export type NetworkOfInterface = (name: string) => number;

/** What a shard is made of. */
export interface ShardParts {
  readonly instance: ServerInstance;
  readonly store: Store;
  readonly networkOf: NetworkOfInterface;
  readonly events: ServerEvents;
  readonly commits: CommitObserver;
}

/** An (instance, store) pair. */
export class Shard {
  readonly instance: ServerInstance;
  readonly store: Store;
  readonly committer: Committer;
  readonly counts = new VerdictCounts();
  readonly #networkOf: NetworkOfInterface;
  readonly #events: ServerEvents;
  readonly #commits: CommitObserver;
  #untold: InterfaceState[] = [];
  #wallSeconds: number | null = null;
  #wantsEntropy = false;
  #snapshot: Promise<void> | null = null;
  #snapshotNotBefore = 0;
  #ended = false;

  /** While true, nothing is received and nothing that is due is done: the instance comes to rest, for another to take its place. */
  paused = false;

  constructor({ instance, store, networkOf, events, commits }: ShardParts) {
    this.instance = instance;
    this.store = store;
    this.committer = new Committer(instance.core, store, commits);
    this.#networkOf = networkOf;
    this.#events = events;
    this.#commits = commits;
  }

  /** Tells the core of interfaces with the next batch. */
  tellInterfaces(states: readonly InterfaceState[]): void {
    this.#untold.push(...states);
  }

  /** Tells the core what the wall clock shows, with the next batch. */
  tellWallClock(seconds: number): void {
    this.#wallSeconds = seconds;
  }

  /** Gives the core fresh entropy with the next batch. */
  refreshEntropy(): void {
    this.#wantsEntropy = true;
  }

  /** When a turn is wanted next, in milliseconds of the clock. */
  get deadline(): number {
    return this.paused ? Number.POSITIVE_INFINITY : this.instance.core.deadline;
  }

  /** Whether everything that was recorded is durable, and every answer has left. */
  get atRest(): boolean {
    const { core } = this.instance;
    return (
      this.committer.idle && !this.#owesDurable && core.waiting.held + core.waiting.pending + core.ready.pending === 0
    );
  }

  /**
   * One turn: a batch of inputs, what is due, answers out, records to the store.
   * @returns whether there is more to do at once
   * @throws {CoreTrap} the instance has ended; nothing that it made in this turn has left
   */
  turn(transport: Transport, now: number): boolean {
    const { core } = this.instance;
    const own = this.#putOwnInputs();
    const count = own + (this.paused ? 0 : transport.receive(core, own));
    if (count > 0) {
      core.handleInputs(count, now);
      this.#tellJudged(own, count);
    }
    if (this.deadline <= now) this.#handleTimeout(now);
    transport.send(core, core.ready);
    transport.send(core, core.waiting);
    this.committer.pump();
    this.#snapshotIfWanted(now);
    return count === core.inputSlotCount || this.deadline <= now;
  }

  /** Commits nothing more and gives up a snapshot under way. Records that no commit was begun for are lost to the store. */
  async end(): Promise<void> {
    this.#ended = true;
    this.counts.absorb(this.instance.core);
    await this.committer.end();
    await this.#snapshot;
  }

  get #owesDurable(): boolean {
    return this.committer.durable !== this.instance.core.control.journalDurable;
  }

  /** Writes the host's own inputs into the first slots, at most to the last one; returns how many. */
  #putOwnInputs(): number {
    const { core } = this.instance;
    let count = 0;
    if (this.#owesDurable) putDurable(core, count++, this.committer.durable);
    if (this.paused) return count;
    if (this.#wallSeconds !== null) putWallClock(core, count++, this.#wallSeconds);
    this.#wallSeconds = null;
    if (this.#wantsEntropy) putEntropy(core, count++);
    this.#wantsEntropy = false;
    const told = this.#untold.splice(0, core.inputSlotCount - count);
    for (const state of told) putInterface(core, count++, state, this.#networkOf(state.name));
    return count;
  }

  /** Reports the verdicts on what came from the network; the host's own inputs are the first `own` slots. */
  #tellJudged(own: number, count: number): void {
    const { judged } = this.#events;
    if (!judged) return;
    const { core } = this.instance;
    for (let index = own; index < count; index++) {
      const { kind } = core.slot(index);
      if (kind === InputKind.DATAGRAM || kind === InputKind.FRAME) judged.call(this.#events, core, index);
    }
  }

  /** Does what is due, and tells of the messages that come of it. */
  #handleTimeout(now: number): void {
    const { core } = this.instance;
    const before = core.ready.pending;
    core.handleTimeout(now);
    for (let offset = before; this.#events.offered && offset < core.ready.pending; offset++) {
      if (core.ready.at(offset).messageType !== 0) this.#events.offered(core, offset);
    }
  }

  #snapshotIfWanted(now: number): void {
    if (this.#snapshot || this.paused || this.committer.retrying || now < this.#snapshotNotBefore) return;
    if (!this.store.wantsSnapshot) return;
    this.#snapshotNotBefore = now + SNAPSHOT_PAUSE_MILLISECONDS;
    this.#snapshot = writeSnapshot(this.instance, this.store, this.committer, () => this.#ended)
      .then((committed) => {
        if (committed) this.#events.snapshotTaken?.();
      })
      .catch((error: Error) => {
        // A trap also meets the next turn, which deals with it.
        if (!(error instanceof CoreTrap)) this.#commits.lost(error);
      })
      .finally(() => {
        this.#snapshot = null;
      });
  }
}

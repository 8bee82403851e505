/**
 * The server host: a loop that joins a transport, a clock, and a list of (instance, store), a list of one to begin with.
 *
 * Nothing runs while nothing happens. The loop takes a turn when something has arrived, when a commit has ended, and at the core's deadline,
 * at most 30 s later: a clock that was wrong about how long it sleeps does no harm then, and a set wall clock is noticed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { NETWORK_BY_ADDRESS } from "#layout";
import { type Clock, WallClockWatch } from "../clock.js";
import { type InterfaceState, sameInterfaceState } from "../core/inputs.js";
import { CoreTrap } from "../core/trap.js";
import type { Transport } from "../net/transport.js";
import type { Store } from "../store/store.js";
import { UserError } from "../user-error.js";
import type { CommitObserver } from "./committer.js";
import type { ServerEnd, ServerEvents } from "./events.js";
import { type Opened, openInstance } from "./opening.js";
import { prepareSuccessor } from "./reload.js";
import type { ServerParts, ServerPlan } from "./parts.js";
import { Shard } from "./shard.js";
import { slicesOf } from "./snapshot.js";
import { Traps } from "./traps.js";

/** Longest sleep, in milliseconds. */
const LONGEST_SLEEP = 30_000;

/** How often the core gets fresh entropy, and the wall clock whether it seems to have been set or not, in milliseconds. */
const REFRESH_INTERVAL = 600_000;

/** How long stopping waits for the store to take what was recorded, in milliseconds. */
const STOP_PATIENCE = 5000;

export type { ServerParts, ServerPlan };

/** A running server. */
export class Server {
  readonly #parts: ServerParts;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #events: ServerEvents;
  readonly #watch: WallClockWatch;
  readonly #traps: Traps;
  #plan: ServerPlan;
  #shards: Shard[] = [];
  #told = new Map<number, InterfaceState>();
  #turnWanted = false;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #refreshAt = 0;
  /** The exchange of an instance that is under way: a reload, or the recovery from a trap. */
  #exchange: Promise<void> | null = null;
  #state: "serving" | "stopping" | "ended" = "serving";
  #finish!: (end: ServerEnd) => void;

  /** Settles when the server has ended, for whatever reason; never rejects. */
  readonly ended: Promise<ServerEnd>;

  private constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#plan = parts.plan;
    this.#transport = parts.transport;
    this.#clock = parts.clock;
    this.#events = parts.events ?? {};
    this.#watch = new WallClockWatch(parts.clock);
    this.#traps = new Traps(parts.diagnosisFolder, parts.clock);
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /**
   * Restores the leases of the store and begins to serve. The transport is the server's from now on; on failure it is left as it is.
   * @throws {UserError} the plan, the store or what it holds cannot be used
   */
  static async start(parts: ServerParts): Promise<Server> {
    const server = new Server(parts);
    server.#install(await openInstance(parts.plan, parts.openStore, parts.clock));
    parts.transport.onReadable = () => server.#wake();
    parts.transport.onInterfacesChanged = () => server.#interfacesChanged();
    server.#interfacesChanged();
    return server;
  }

  /**
   * Serves by another plan from now on. What runs goes on until the new instance is ready; on failure it goes on for good.
   * @throws {UserError} nothing has changed
   */
  async reload(plan: ServerPlan): Promise<void> {
    const [shard] = this.#shards;
    if (this.#exchange || !shard)
      throw new UserError("The server is busy reloading, recovering or stopping.", "Try again.");
    await this.#exchanging(this.#replace(shard, plan));
  }

  /** Ends in good order: what was recorded is made durable, its answers leave, transport and store are closed. */
  async stop(): Promise<ServerEnd> {
    if (this.#state === "serving") {
      this.#state = "stopping";
      await this.#exchange?.catch(() => {});
      await this.#comeToRest();
      this.#end("stopped", "The server stopped.");
    }
    return this.ended;
  }

  /** How often each verdict was given since the start, by number. */
  get verdicts(): ReadonlyMap<number, number> {
    const [shard] = this.#shards;
    shard?.counts.absorb(shard.instance.core);
    return shard?.counts.totals ?? new Map();
  }

  /** Addresses of the store that the configuration does not serve. */
  get unservedCount(): number {
    return this.#shards.reduce((sum, { instance }) => sum + instance.unserved.count, 0);
  }

  /** The (instance, store) pairs that serve now; empty while an instance is being replaced after a trap. */
  get shards(): readonly Shard[] {
    return this.#shards;
  }

  /** All leases as slices of records, while the server serves; each is valid until the next one is asked for. */
  async *exportRecords(): AsyncGenerator<Uint8Array> {
    for (const { instance } of this.#shards) yield* slicesOf(instance);
  }

  /** Notes that an exchange is under way: only one is, and a stop waits for it. */
  async #exchanging(exchange: Promise<void>): Promise<void> {
    this.#exchange = exchange;
    try {
      await exchange;
    } finally {
      if (this.#exchange === exchange) this.#exchange = null;
      this.#wake();
    }
  }

  /** Puts an instance by another plan in the place of a shard's. */
  async #replace(shard: Shard, plan: ServerPlan): Promise<void> {
    const gone = () => this.#state !== "serving" || !this.#shards.includes(shard);
    // The clocks as told: no record tells the successor of a step that the first one has not heard of.
    const instance = await prepareSuccessor(shard, plan, this.#watch.asTold, gone);
    this.#plan = plan;
    this.#shards = [];
    await shard.end();
    if (this.#state === "ended") return shard.store.close();
    this.#install({ instance, store: shard.store }, shard);
  }

  #install({ instance, store }: Opened, earlier?: Shard): void {
    const networkOf = this.#plan.networkOf ?? (() => NETWORK_BY_ADDRESS);
    const shard = new Shard({ instance, store, networkOf, events: this.#events, commits: this.#commitObserver(store) });
    if (earlier) shard.counts.continueFrom(earlier.counts);
    shard.tellInterfaces([...this.#told.values()]);
    shard.tellWallClock(this.#wallSeconds);
    this.#shards = [shard];
    if (instance.unserved.count > 0) this.#events.unserved?.(instance.unserved.count);
    this.#wake();
  }

  #commitObserver(store: Store): CommitObserver {
    return {
      durable: () => this.#wake(),
      behind: () => this.#events.storeBehind?.(store.statistics.lastFault),
      caughtUp: () => this.#events.storeCaughtUp?.(),
      lost: (cause) => {
        if (cause === "fenced")
          this.#end("fenced", "Another server took over the store: this one must not answer any more.");
        else this.#end("failed", `The store failed: ${cause.message}`);
      },
    };
  }

  #interfacesChanged(): void {
    for (const state of this.#transport.interfaces()) {
      const told = this.#told.get(state.index);
      if (told && sameInterfaceState(told, state)) continue;
      this.#told.set(state.index, state);
      for (const shard of this.#shards) shard.tellInterfaces([state]);
      this.#events.interfaceChanged?.(state);
    }
    this.#wake();
  }

  /** Takes a turn as soon as what is being read has been read: several datagrams become one batch. */
  #wake(): void {
    if (this.#turnWanted || this.#state === "ended") return;
    this.#turnWanted = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#turnWanted = false;
    if (this.#state === "ended") return;
    const now = this.#clock.now();
    this.#tellTime(now);
    let more = false;
    for (const shard of this.#shards) {
      try {
        more = shard.turn(this.#transport, now) || more;
      } catch (error) {
        if (error instanceof CoreTrap) void this.#exchanging(this.#recover(shard, error));
        else this.#end("failed", `The server failed: ${(error as Error).stack}`);
      }
    }
    if (more) this.#wake();
    else this.#sleep(now);
  }

  /** Tells the shards of a set wall clock, and refreshes what they know of time and chance, when it is time. */
  #tellTime(now: number): void {
    // During an exchange nobody would hear of a step: it is found afterwards.
    const stepped = this.#exchange ? null : this.#watch.stepped();
    if (stepped !== null) this.#events.clockStepped?.(stepped);
    const refresh = now >= this.#refreshAt;
    if (refresh) this.#refreshAt = now + REFRESH_INTERVAL;
    for (const shard of this.#shards) {
      if (refresh || stepped !== null) shard.tellWallClock(this.#wallSeconds);
      if (refresh) shard.refreshEntropy();
      if (refresh) shard.counts.absorb(shard.instance.core);
    }
  }

  get #wallSeconds(): number {
    return Math.floor(this.#clock.wall() / 1000);
  }

  /** Arranges a turn for when the next shard wants one. A timer that fires early does no harm, so it is only moved forward. */
  #sleep(now: number): void {
    let deadline = now + LONGEST_SLEEP;
    for (const shard of this.#shards) deadline = Math.min(deadline, shard.deadline);
    if (this.#timer && this.#timerAt <= deadline && this.#timerAt > now) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#wake();
      },
      Math.max(0, deadline - now),
    );
  }

  /** Replaces an instance that trapped by one restored from the store. What the old one had not made durable never happened. */
  async #recover(shard: Shard, trap: CoreTrap): Promise<void> {
    this.#shards = this.#shards.filter((other) => other !== shard);
    const file = await this.#traps.note(trap);
    this.#events.trapped?.(trap, file);
    if (this.#traps.tooMany)
      return this.#end("failed", `${trap.message} It has happened several times within a minute.`);
    try {
      await shard.end();
      await shard.store.close();
      const opened = await openInstance(this.#plan, this.#parts.openStore, this.#watch.asTold);
      if (this.#state !== "serving") return await opened.store.close();
      this.#install(opened, shard);
      this.#events.recovered?.();
    } catch (error) {
      this.#end("failed", `After a trap the leases could not be restored: ${(error as Error).message}`);
    }
  }

  /** Receives nothing more and waits until everything recorded is durable and answered, but not for ever. */
  async #comeToRest(): Promise<void> {
    const until = this.#clock.now() + STOP_PATIENCE;
    for (const shard of this.#shards) shard.paused = true;
    while (this.#shards.some((shard) => !shard.atRest) && this.#clock.now() < until) {
      this.#wake();
      await sleep(1);
    }
  }

  /** Ends at once: nothing is sent from here on. */
  #end(reason: ServerEnd["reason"], message: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    if (this.#timer) clearTimeout(this.#timer);
    this.#transport.onReadable = null;
    this.#transport.onInterfacesChanged = null;
    void this.#close().then(
      () => this.#finish({ reason, message }),
      (error: Error) => this.#finish({ reason: "failed", message: `${message} ${error.message}` }),
    );
  }

  async #close(): Promise<void> {
    await this.#transport.close();
    for (const shard of this.#shards) {
      await shard.end();
      await shard.store.close();
    }
  }
}

/**
 * The client's host: a loop that joins one interface's transport, its core and what is done with the lease.
 *
 * The core decides everything; the loop brings it what arrives and the time, sends what it wrote, keeps its newest record, and
 * tells `onChange` when the lease is another one. Changes are handed over one after the other: applying one may take the
 * system a while, and the next must not overtake it.
 */
import { ClientCommand, ClientState, ClientStatus, InputKind, type LeaseChange, NETWORK_BY_ADDRESS } from "#layout";
import type { Clock } from "../clock.js";
import { WallClockWatch } from "../clock.js";
import type { ClientCore } from "../core/client.js";
import { putCommand, putDurable, putInterface, putWallClock } from "../core/inputs.js";
import type { Transport } from "../net/transport.js";
import type { LeaseReport, MessageReport } from "./reports.js";

/** What a client host is made of. */
export interface ClientParts {
  readonly core: ClientCore;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Called for each change of the lease, one after the other. A rejection ends the loop. */
  readonly onChange: (report: LeaseReport) => Promise<void>;
  readonly onMessage?: (report: MessageReport) => void;
}

/** Longest sleep: timers of Node fire at once beyond 2³¹ ms, and the wall clock is looked at as often. */
const LONGEST_SLEEP_MILLISECONDS = 30_000;

/** A client on one interface. */
export class ClientHost {
  readonly #core: ClientCore;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #onChange: ClientParts["onChange"];
  readonly #onMessage: ClientParts["onMessage"];
  readonly #wallClock: WallClockWatch;
  readonly #status: ClientStatus;
  #generation: number;
  #record: Uint8Array = new Uint8Array(0);
  #changes: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #fail: (error: unknown) => void = () => {};
  /** Rejects when applying a change, or the core, failed; the loop is over then. Resolves when it is closed. */
  readonly finished: Promise<void>;
  #finish: () => void = () => {};
  #onSettled: () => void = () => {};

  /** @param parts whose core is configured and restored */
  constructor(parts: ClientParts) {
    this.#core = parts.core;
    this.#transport = parts.transport;
    this.#clock = parts.clock;
    this.#onChange = parts.onChange;
    this.#onMessage = parts.onMessage;
    this.#wallClock = new WallClockWatch(parts.clock);
    this.#status = new ClientStatus(parts.core.view, parts.core.control.status);
    this.#generation = this.#status.generation;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.finished.catch(() => {});
  }

  /** Begins: tells the core of the interface, then gives it a command (START or INFORM), or leaves it stopped. */
  start(command?: ClientCommand, address?: number): void {
    this.#transport.onReadable = () => this.#guard(() => this.#receive());
    this.#transport.onInterfacesChanged = () => this.#guard(() => this.#tellInterface());
    this.#guard(() => {
      this.#tellInterface();
      if (command !== undefined) this.#command(command, address);
      this.#receive();
    });
  }

  /** Gives the core a command while it runs: RENEW, RELEASE, STOP. */
  command(command: ClientCommand): void {
    this.#guard(() => this.#command(command));
  }

  /**
   * Stops the client, giving the lease back first if `release`; resolves when the last message has left and the last
   * change was handed over.
   */
  async halt(release: boolean): Promise<void> {
    if (release) this.command(ClientCommand.RELEASE);
    // Where there is no lease to give back, the command was refused.
    if (this.state !== ClientState.RELEASING) this.command(ClientCommand.STOP);
    while (!this.#stopped && this.state !== ClientState.STOPPED) {
      await new Promise<void>((resolve) => {
        this.#onSettled = resolve;
      });
    }
    await this.#changes;
  }

  /** The client's state now. */
  get state(): ClientState {
    return this.#status.state as ClientState;
  }

  /** Ends the loop once all changes were handed over. */
  async close(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#changes;
    await this.#transport.close();
    this.#finish();
  }

  #guard(body: () => void): void {
    if (this.#stopped) return;
    try {
      body();
      this.#settle();
    } catch (error) {
      this.#end(error);
    }
  }

  #end(error: unknown): void {
    this.#stopped = true;
    this.#onSettled();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#fail(error);
  }

  #receive(): void {
    const count = this.#transport.receive(this.#core, 0);
    if (count > 0) this.#handle(count);
  }

  #tellInterface(): void {
    const [state] = this.#transport.interfaces();
    if (state === undefined) return;
    putInterface(this.#core, 0, state, NETWORK_BY_ADDRESS);
    this.#handle(1);
  }

  #command(command: ClientCommand, address?: number): void {
    const argument = address === undefined ? undefined : new Uint8Array(Uint32Array.of(address).buffer);
    putCommand(this.#core, 0, command, argument);
    this.#handle(1);
  }

  #handle(count: number): void {
    this.#core.handleInputs(count, this.#clock.now());
    for (let index = 0; index < count; index++) {
      const slot = this.#core.slot(index);
      if (slot.kind !== InputKind.FRAME && slot.kind !== InputKind.DATAGRAM) continue;
      const { kind, messageType, verdict, sourceAddress } = slot;
      const framed = kind === InputKind.FRAME && messageType !== 0;
      const address = framed
        ? this.#core.view.getUint32(this.#core.payloadAddress(index) + FRAME_SOURCE_AT, false)
        : sourceAddress;
      this.#onMessage?.({ direction: "received", messageType, verdict, address });
    }
    this.#drain();
  }

  /** Sends first, applies afterwards: a DHCPRELEASE leaves from the address that it gives up. */
  #drain(): void {
    for (const ring of [this.#core.ready, this.#core.waiting]) {
      if (ring.pending === 0) continue;
      for (let offset = 0; this.#onMessage && offset < ring.pending; offset++) {
        const { messageType, destinationAddress } = ring.at(offset);
        if (messageType === 0) continue;
        this.#onMessage({ direction: "sent", messageType, verdict: 0, address: destinationAddress });
      }
      this.#transport.send(this.#core, ring);
    }
    this.#keepRecord();
    if (this.#status.generation !== this.#generation) this.#report();
  }

  /** Takes the newest record out of the journal; nothing waits for it, so it counts as kept at once. */
  #keepRecord(): void {
    const blob = this.#core.takeJournal();
    if (blob === null) return;
    this.#record = lastRecord(blob);
    putDurable(this.#core, 0, this.#core.journalHead);
    this.#core.handleInputs(1, this.#clock.now());
  }

  #report(): void {
    const status = this.#status;
    this.#generation = status.generation;
    const expires = BigInt(status.expiresAt);
    const from = status.acknowledgement;
    const report: LeaseReport = {
      change: status.change as LeaseChange,
      state: status.state as ClientState,
      address: status.address,
      subnetMask: status.subnetMask,
      serverIdentifier: status.serverIdentifier,
      leaseSeconds: status.leaseSeconds,
      remainingMilliseconds:
        expires === NEVER ? Number.POSITIVE_INFINITY : Math.max(0, Number(expires) - this.#clock.now()),
      conflictAddress: status.conflictAddress,
      acknowledgement: this.#core.bytes.slice(from, from + status.acknowledgementLength),
      record: this.#record,
    };
    this.#changes = this.#changes.then(() => this.#onChange(report)).catch((error: unknown) => this.#end(error));
  }

  /** Sleeps until the core wants to be called, or the wall clock is due to be looked at. */
  #settle(): void {
    this.#onSettled();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#stopped) return;
    const wait = Math.min(Math.max(0, this.#core.deadline - this.#clock.now()), LONGEST_SLEEP_MILLISECONDS);
    this.#timer = setTimeout(() => this.#guard(() => this.#wake()), wait);
  }

  #wake(): void {
    const seconds = this.#wallClock.stepped();
    if (seconds !== null) {
      putWallClock(this.#core, 0, seconds);
      this.#handle(1);
    }
    if (this.#core.deadline <= this.#clock.now()) {
      this.#core.handleTimeout(this.#clock.now());
      this.#drain();
    }
  }
}

/** Where the IPv4 source lies in a frame: behind the Ethernet header and 12 bytes of the IPv4 header. */
const FRAME_SOURCE_AT = 14 + 12;

const NEVER = 0xffff_ffff_ffff_ffffn;

/** The last whole record of a blob; each begins with its size as u16. */
function lastRecord(blob: Uint8Array): Uint8Array {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
  let at = 0;
  let last = 0;
  while (at + 2 <= blob.length) {
    last = at;
    at += view.getUint16(at, true) || blob.length;
  }
  return blob.slice(last, at);
}

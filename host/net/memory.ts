/**
 * A link in memory that joins cores: for tests, for simulation, and for programs that run both ends in one process.
 *
 * It is a hub. What a station sends, every other station hears at once, datagram or Ethernet frame as it was sent; a
 * receiver takes what concerns it, as on a real one. `carry` sees each message first and may lose it; a simulation that wants
 * delay, doubling or reordering loses it there and delivers it later by `deliver`.
 */
import { InputFlag, InputKind, type LinkMode, TransmitKind } from "#layout";
import type { Core } from "../core/core.js";
import type { RingView } from "../core/ring.js";
import { Mailbox } from "./mailbox.js";
import { type InterfaceState, newTransportStatistics, type Transport } from "./transport.js";

/** A message on the link. */
export interface LinkMessage {
  /** `TransmitKind.DATAGRAM` or `TransmitKind.FRAME`. */
  readonly kind: number;
  readonly sourceAddress: number;
  readonly destinationAddress: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly bytes: Uint8Array;
}

/** What a station says of its interface; the rest is as on an Ethernet link. */
export interface StationOptions {
  readonly name: string;
  readonly linkMode: LinkMode;
  /** Six bytes. */
  readonly mac: Uint8Array;
  /** Own address as a number, 0 for none. */
  readonly address?: number;
  readonly prefixLength?: number;
}

/** A hub. */
export class MemoryLink {
  readonly #stations: MemoryStation[] = [];
  /** Sees each message before it is heard; false: it is lost. */
  carry: (message: LinkMessage, from: MemoryStation) => boolean = () => true;

  /** Puts a new station on the link. */
  join(options: StationOptions): MemoryStation {
    const station = new MemoryStation(options, (message) => {
      if (this.carry(message, station)) this.deliver(message, station);
    });
    this.#stations.push(station);
    return station;
  }

  /** Lets every station hear a message, except the one it comes from, if any. */
  deliver(message: LinkMessage, from: MemoryStation | null = null): void {
    for (const station of this.#stations) if (station !== from) station.hear(message);
  }
}

/** One end of a link, with one interface. */
export class MemoryStation implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly statistics = newTransportStatistics();
  readonly #mailbox = new Mailbox();
  readonly #pass: (message: LinkMessage) => void;
  #state: InterfaceState;
  #open = true;

  /** Stations are made by `MemoryLink.join`. */
  constructor(options: StationOptions, pass: (message: LinkMessage) => void) {
    this.#pass = pass;
    this.#state = {
      index: 0,
      up: true,
      htype: 1,
      mtu: 1500,
      address: 0,
      prefixLength: 0,
      ...options,
    };
  }

  interfaces(): readonly InterfaceState[] {
    return [this.#state];
  }

  /** Changes what is said of the interface: an address was set, the link went down. */
  change(change: Partial<Omit<InterfaceState, "index">>): void {
    this.#state = { ...this.#state, ...change };
    this.onInterfacesChanged?.();
  }

  /** Takes a message from the link. */
  hear(message: LinkMessage): void {
    if (!this.#open || !this.#state.up) return;
    const arrival = {
      ...message,
      kind: message.kind === TransmitKind.FRAME ? InputKind.FRAME : InputKind.DATAGRAM,
      flags: message.kind === TransmitKind.FRAME ? 0 : InputFlag.CHECKSUM_TRUSTED,
      interfaceIndex: 0,
    };
    if (!this.#mailbox.put(arrival)) this.statistics.dropped++;
    this.onReadable?.();
  }

  receive(core: Core, first: number): number {
    const filled = this.#mailbox.fill(core, first);
    this.statistics.received += filled;
    return filled;
  }

  send(core: Core, ring: RingView): number {
    const count = ring.pending;
    for (let offset = 0; offset < count; offset++) {
      const descriptor = ring.at(offset);
      if (descriptor.length === 0 || descriptor.kind === TransmitKind.ECHO) continue;
      this.statistics.sent++;
      this.#pass({
        kind: descriptor.kind,
        sourceAddress: descriptor.sourceAddress || this.#state.address,
        destinationAddress: descriptor.destinationAddress,
        sourcePort: descriptor.sourcePort,
        destinationPort: descriptor.destinationPort,
        bytes: core.bytes.slice(descriptor.payload, descriptor.payload + descriptor.length),
      });
    }
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#mailbox.clear();
  }
}

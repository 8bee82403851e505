/**
 * A link made of real UDP sockets on loopback, at ports that need no rights: for `npm start`, and for trying things out without root.
 *
 * Loopback has no broadcast, and every socket on it shares one address, so it cannot carry DHCP as it is: a server could
 * not be found, and an answer to a leased address would go nowhere. This transport is a hub instead, as
 * `memory.ts` is one: a station sends what it has, wherever its core wants it to go, to every station it knows, and each takes what
 * concerns it. The DHCP messages are what they would be on a link, byte for byte; only addresses and ports beneath them are loopback's.
 * The core is told the ports it would see on a link (67 and 68).
 *
 * A station knows the ports it was given and those it has heard from, so a server needs to know none and its clients only the server's.
 */
import { InputFlag, InputKind, LinkMode, TransmitKind } from "#layout";
import type { Core } from "../core/core.js";
import type { RingView } from "../core/ring.js";
import { DatagramSocket } from "./datagram.js";
import { Mailbox } from "./mailbox.js";
import { type InterfaceState, newTransportStatistics, type Transport } from "./transport.js";

const LOOPBACK = 0x7f000001;
const SERVER_PORT = 67;
const CLIENT_PORT = 68;

/** Stations that one station sends to: who is heard later is not answered. */
export const STATION_LIMIT = 64;

/** One station. */
export interface LoopbackOptions {
  readonly role: "server" | "client";
  /** UDP port on 127.0.0.1; 0: any that is free. */
  readonly port: number;
  /** Ports of stations to send to from the start. */
  readonly stations?: readonly number[];
  /** Hardware address, 6 bytes. */
  readonly mac: Uint8Array;
  /** The address on the link as a number, 0 for none yet, and its prefix's length. */
  readonly address?: number;
  readonly prefixLength?: number;
}

/** A station on loopback. */
export class LoopbackTransport implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly statistics = newTransportStatistics();
  readonly #mailbox = new Mailbox();
  readonly #role: LoopbackOptions["role"];
  readonly #stations: Set<number>;
  #state: InterfaceState;
  #socket: DatagramSocket | null = null;

  private constructor(options: LoopbackOptions) {
    this.#role = options.role;
    this.#stations = new Set(options.stations);
    this.#state = {
      index: 0,
      name: "loopback",
      up: true,
      linkMode: LinkMode.DATAGRAM,
      htype: 1,
      mac: options.mac,
      address: options.address ?? 0,
      prefixLength: options.prefixLength ?? 0,
      mtu: 1500,
    };
  }

  /** Opens a station. @throws {UserError} the port cannot be had */
  static async open(options: LoopbackOptions): Promise<LoopbackTransport> {
    const transport = new LoopbackTransport(options);
    const binding = { address: LOOPBACK, port: options.port, shared: false };
    transport.#socket = await DatagramSocket.bind(binding, transport.statistics, (bytes, from) =>
      transport.#hear(bytes, from.port),
    );
    return transport;
  }

  /** The UDP port on 127.0.0.1. */
  get port(): number {
    return this.#socket?.port ?? 0;
  }

  interfaces(): readonly InterfaceState[] {
    return [this.#state];
  }

  /** Sets the address on the link, or takes it away with 0. */
  setAddress(address: number, prefixLength: number): void {
    this.#state = { ...this.#state, address, prefixLength };
    this.onInterfacesChanged?.();
  }

  receive(core: Core, first: number): number {
    const filled = this.#mailbox.fill(core, first);
    this.statistics.received += filled;
    return filled;
  }

  send(core: Core, ring: RingView): number {
    const count = ring.pending;
    for (let offset = 0; offset < count; offset++) {
      const { kind, length, payload } = ring.at(offset);
      if (length === 0 || kind !== TransmitKind.DATAGRAM) continue;
      for (const port of this.#stations) {
        this.#socket?.send(core.bytes.subarray(payload, payload + length), LOOPBACK, port);
      }
    }
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    this.#mailbox.clear();
    await socket?.close();
  }

  #hear(bytes: Uint8Array, fromPort: number): void {
    if (this.#stations.size < STATION_LIMIT) this.#stations.add(fromPort);
    const server = this.#role === "server";
    const taken = this.#mailbox.put({
      kind: InputKind.DATAGRAM,
      flags: InputFlag.CHECKSUM_TRUSTED,
      interfaceIndex: 0,
      sourceAddress: 0,
      destinationAddress: 0,
      sourcePort: server ? CLIENT_PORT : SERVER_PORT,
      destinationPort: server ? SERVER_PORT : CLIENT_PORT,
      bytes,
    });
    if (!taken) this.statistics.dropped++;
    this.onReadable?.();
  }
}

/**
 * A link made of real UDP sockets on loopback, at ports that need no rights: for `npm start`, and for trying things out without root.
 *
 * Loopback has no broadcast, and every socket on it shares one address, so it cannot carry DHCP as it is: a server could
 * not be found, and an answer to a leased address would go nowhere. This transport is a hub instead, as
 * `memory.ts` is one: a station sends what it has, wherever its core wants it to go, to every station it knows, and each takes what
 * concerns it. The DHCP messages are what they would be on a link, byte for byte; only addresses and ports beneath them are loopback's.
 * The core is told the ports it would see on a link (67 and 68).
 *
 * A station knows the stations it was given and those it has heard from, so a server needs to know none and its clients only the
 * server. A server listens on two ports, one for what is broadcast and one for what is sent to it alone: a client that
 * renews does the latter, one that rebinds the former (RFC 2131 §4.4.5).
 */
import { InputFlag, InputKind, LinkMode, TransmitKind } from "#layout";
import type { Core } from "../core/core.js";
import type { RingView } from "../core/ring.js";
import { DatagramSocket } from "./datagram.js";
import { Mailbox } from "./mailbox.js";
import { type InterfaceState, newTransportStatistics, type Transport } from "./transport.js";

const LOOPBACK = 0x7f000001;
const BROADCAST = 0xffffffff;
const SERVER_PORT = 67;
const CLIENT_PORT = 68;

/** Stations that one station sends to: who is heard later is not answered. */
export const STATION_LIMIT = 64;

/** Where a station hears: UDP ports on 127.0.0.1. */
export interface StationPorts {
  /** For broadcasts; 0 when opening: any that is free. */
  readonly broadcast: number;
  /** For what is sent to it alone; a client's is the same. */
  readonly unicast: number;
}

/** One station. */
export interface LoopbackOptions {
  readonly role: "server" | "client";
  /** Ports to listen on; any that are free by default. */
  readonly ports?: StationPorts;
  /** Stations to send to from the start. */
  readonly stations?: readonly StationPorts[];
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
  /** Ports to send to, by the port that a station broadcasts at. */
  readonly #stations: Map<number, StationPorts>;
  #state: InterfaceState;
  /** The first hears broadcasts and sends; a server's second hears unicasts. */
  #sockets: DatagramSocket[] = [];

  private constructor(options: LoopbackOptions) {
    this.#role = options.role;
    this.#stations = new Map(options.stations?.map((ports) => [ports.broadcast, ports]));
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
    const { broadcast, unicast } = options.ports ?? { broadcast: 0, unicast: 0 };
    try {
      await transport.#bind(broadcast, BROADCAST);
      if (options.role === "server") await transport.#bind(unicast, options.address ?? 0);
    } catch (error) {
      await transport.close();
      throw error;
    }
    return transport;
  }

  /** The ports it listens on. */
  get ports(): StationPorts {
    const [broadcast, unicast = broadcast] = this.#sockets.map(({ port }) => port);
    return { broadcast: broadcast ?? 0, unicast: unicast ?? 0 };
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
      const { kind, length, payload, destinationAddress } = ring.at(offset);
      if (length === 0 || kind !== TransmitKind.DATAGRAM) continue;
      const bytes = core.bytes.subarray(payload, payload + length);
      for (const { broadcast, unicast } of this.#stations.values()) {
        this.#sockets[0]?.send(bytes, LOOPBACK, destinationAddress === BROADCAST ? broadcast : unicast);
      }
    }
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    const sockets = this.#sockets;
    this.#sockets = [];
    this.#mailbox.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  /** Opens a port; what arrives there was sent to `destinationAddress`, as far as the core is concerned. */
  async #bind(port: number, destinationAddress: number): Promise<void> {
    const binding = { address: LOOPBACK, port, shared: false };
    const socket = await DatagramSocket.bind(binding, this.statistics, (bytes, from) =>
      this.#hear(bytes, from.port, destinationAddress),
    );
    this.#sockets.push(socket);
  }

  #hear(bytes: Uint8Array, port: number, destinationAddress: number): void {
    const known = [...this.#stations.values()].some(({ broadcast, unicast }) => port === broadcast || port === unicast);
    if (!known && this.#stations.size < STATION_LIMIT) this.#stations.set(port, { broadcast: port, unicast: port });
    const server = this.#role === "server";
    const taken = this.#mailbox.put({
      kind: InputKind.DATAGRAM,
      flags: InputFlag.CHECKSUM_TRUSTED,
      interfaceIndex: 0,
      sourceAddress: 0,
      destinationAddress,
      sourcePort: server ? CLIENT_PORT : SERVER_PORT,
      destinationPort: server ? SERVER_PORT : CLIENT_PORT,
      bytes,
    });
    if (!taken) this.statistics.dropped++;
    this.onReadable?.();
  }
}

/**
 * The transport for any system that Node runs on: UDP by `node:dgram`, without system calls of our own.
 *
 * Two kinds of socket share the DHCP port. A wildcard socket hears broadcasts. For each interface a socket bound to the
 * interface's own address hears unicasts and sends: the system picks the interface of a limited broadcast by the
 * socket's source address, so an answer leaves where it belongs.
 *
 *     0.0.0.0:67 ◀── broadcasts, of whichever interface        192.0.2.1:67 ◀──▶ lan0      198.51.100.1:67 ◀──▶ lan1
 *
 * What it cannot do, because `node:dgram` does not tell the interface that a datagram arrived on, nor sends frames:
 * - Broadcasts of clients that have no address yet are told apart only where one interface is served. Where several are, a
 *   broadcast is placed by its source address (a relay, a client that renews); one without a source (0.0.0.0) is dropped and counted.
 * - A client without an address is answered by broadcast (`LinkMode.DATAGRAM`).
 * - Addresses cannot be probed, and an interface without an IPv4 address cannot be used.
 * The Linux transport (`linux/`) has none of these limits.
 */
import { networkInterfaces } from "node:os";
import type { RemoteInfo } from "node:dgram";
import { InputFlag, InputKind, LinkMode, TransmitKind } from "#layout";
import { parseAddress } from "../core/address.js";
import type { Core } from "../core/core.js";
import type { RingView } from "../core/ring.js";
import { UserError } from "../user-error.js";
import { DatagramSocket } from "./datagram.js";
import { type FoundInterface, type InterfaceSource, inSubnet, sameInterface, usableInterfaces } from "./interfaces.js";
import { Mailbox } from "./mailbox.js";
import { countFailure, type InterfaceState, newTransportStatistics, type Transport } from "./transport.js";

const BROADCAST = 0xffffffff;

/** How often interfaces are looked at, in milliseconds: Node does not tell when they change. */
const INTERFACE_POLL_MILLISECONDS = 5000;

/** The UDP ports of DHCP (RFC 2131 §4.1): 67 and 68, unless a test or a peculiar network has others. */
export interface DhcpPorts {
  readonly server: number;
  readonly client: number;
}

/** The ports as the core knows them. */
export const STANDARD_PORTS: DhcpPorts = { server: 67, client: 68 };

/** What to serve. */
export interface PortableOptions {
  readonly role: "server" | "client";
  /** Names; by default every interface that has an IPv4 address and is not loopback. */
  readonly interfaces?: readonly string[];
  /** The ports really used; the core is shown the standard ones in their place. */
  readonly ports?: DhcpPorts;
  /** Where interfaces are looked up; the system by default. */
  readonly source?: InterfaceSource;
  /** How often, in milliseconds; 5000 by default. */
  readonly pollMilliseconds?: number;
}

interface Served {
  state: InterfaceState;
  socket: DatagramSocket | null;
}

/** UDP over `node:dgram`. */
export class PortableTransport implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly statistics = newTransportStatistics();
  readonly #options: PortableOptions;
  readonly #ports: DhcpPorts;
  readonly #source: InterfaceSource;
  readonly #mailbox = new Mailbox();
  readonly #served: Served[] = [];
  #wildcard: DatagramSocket | null = null;
  #poll: NodeJS.Timeout | null = null;
  #refreshing = false;
  #closed = false;

  private constructor(options: PortableOptions) {
    this.#options = options;
    this.#ports = options.ports ?? STANDARD_PORTS;
    this.#source = options.source ?? networkInterfaces;
  }

  /** Opens the sockets. @throws {UserError} the port cannot be had, or a named interface has no IPv4 address */
  static async open(options: PortableOptions): Promise<PortableTransport> {
    const transport = new PortableTransport(options);
    try {
      await transport.#open();
    } catch (error) {
      await transport.close();
      throw error;
    }
    return transport;
  }

  interfaces(): readonly InterfaceState[] {
    return this.#served.map(({ state }) => state);
  }

  receive(core: Core, first: number): number {
    const filled = this.#mailbox.fill(core, first);
    this.statistics.received += filled;
    return filled;
  }

  send(core: Core, ring: RingView): number {
    const count = ring.pending;
    for (let offset = 0; offset < count; offset++) {
      const { kind, length, payload, interfaceIndex, destinationAddress, destinationPort } = ring.at(offset);
      if (length === 0) continue;
      const socket = this.#served[interfaceIndex]?.socket;
      if (kind !== TransmitKind.DATAGRAM) countFailure(this.statistics, { code: "ENOTSUP" });
      else if (!socket) countFailure(this.statistics, { code: "ENETDOWN" });
      else
        socket.send(
          core.bytes.subarray(payload, payload + length),
          destinationAddress,
          this.#realPort(destinationPort),
        );
    }
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#poll) clearInterval(this.#poll);
    this.#mailbox.clear();
    const sockets = [this.#wildcard, ...this.#served.map(({ socket }) => socket)];
    this.#wildcard = null;
    for (const served of this.#served) served.socket = null;
    await Promise.all(sockets.map((socket) => socket?.close()));
  }

  async #open(): Promise<void> {
    const { interfaces } = this.#options;
    const port = this.#ownPort;
    await this.#claimPort();
    this.#wildcard = await DatagramSocket.bind({ address: 0, port, shared: true }, this.statistics, (bytes, from) =>
      this.#hear(bytes, from, this.#arrivedOn(from.address), BROADCAST),
    );
    await this.#refresh();
    const missing = interfaces?.find((name) => !this.#served.some(({ state }) => state.name === name && state.up));
    if (missing !== undefined) {
      throw new UserError(
        `Interface ${missing} does not exist or has no IPv4 address.`,
        `Interfaces with one: ${
          usableInterfaces(this.#source)
            .map(({ name }) => name)
            .join(", ") || "none"
        }.`,
      );
    }
    this.#poll = setInterval(() => this.#lookAgain(), this.#options.pollMilliseconds ?? INTERFACE_POLL_MILLISECONDS);
    this.#poll.unref();
  }

  get #ownPort(): number {
    return this.#ports[this.#options.role];
  }

  /** Sharing a port among our sockets would let another server share it as well, unnoticed: look first whether it is free. */
  async #claimPort(): Promise<void> {
    const binding = { address: 0, port: this.#ownPort, shared: false };
    const probe = await DatagramSocket.bind(binding, this.statistics, () => {});
    await probe.close();
  }

  /** Looks at the system's interfaces; opens and closes sockets as they came and went. */
  async #refresh(): Promise<void> {
    const present = usableInterfaces(this.#source).filter(
      ({ name, internal }) => this.#options.interfaces?.includes(name) ?? !internal,
    );
    let changed = false;
    for (const served of this.#served) {
      if (served.socket && !present.some(({ name }) => name === served.state.name)) {
        await takeDown(served);
        changed = true;
      }
    }
    for (const found of present) {
      const served = this.#entryOf(found.name);
      if (served.socket && sameInterface(served.state, found)) continue;
      await takeDown(served);
      await this.#bringUp(served, found);
      changed = true;
    }
    if (changed) this.onInterfacesChanged?.();
  }

  async #bringUp(served: Served, { internal: _internal, ...found }: FoundInterface): Promise<void> {
    const { index } = served.state;
    const binding = { address: found.address, port: this.#ownPort, shared: true };
    served.socket = await DatagramSocket.bind(binding, this.statistics, (bytes, from) =>
      this.#hear(bytes, from, index, found.address),
    );
    served.state = { ...served.state, ...found, up: true };
  }
  /** Looks again without anyone waiting: what fails now (an address that was just taken away) is tried at the next look. */
  #lookAgain(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#refresh()
      .catch((error: Error) => countFailure(this.statistics, error.cause))
      .finally(() => {
        this.#refreshing = false;
        if (this.#closed) void this.close();
      });
  }

  /** The entry of an interface, made when it is new; entries are never taken out, so numbers stay. */
  #entryOf(name: string): Served {
    const known = this.#served.find(({ state }) => state.name === name);
    if (known) return known;
    const state = {
      index: this.#served.length,
      name,
      up: false,
      linkMode: LinkMode.DATAGRAM,
      htype: 1,
      mac: new Uint8Array(6),
      address: 0,
      prefixLength: 0,
      mtu: 1500,
    };
    const served = { state, socket: null };
    this.#served.push(served);
    return served;
  }

  /** The interface that a datagram to the wildcard socket arrived on, as well as it can be told; undefined: it can't. */
  #arrivedOn(sourceText: string): number | undefined {
    const up = this.#served.filter(({ state }) => state.up);
    if (up.length === 1) return up[0]?.state.index;
    const source = parseAddress(sourceText) ?? 0;
    return up.find(({ state }) => inSubnet(source, state))?.state.index;
  }

  /** Takes a datagram in. What a wildcard socket hears although others are bound to the addresses was broadcast. */
  #hear(bytes: Uint8Array, from: RemoteInfo, interfaceIndex: number | undefined, destinationAddress: number): void {
    const taken =
      interfaceIndex !== undefined &&
      this.#mailbox.put({
        kind: InputKind.DATAGRAM,
        flags: InputFlag.CHECKSUM_TRUSTED,
        interfaceIndex,
        sourceAddress: parseAddress(from.address) ?? 0,
        destinationAddress,
        sourcePort: this.#shownPort(from.port),
        destinationPort: STANDARD_PORTS[this.#options.role],
        bytes,
      });
    if (!taken) this.statistics.dropped++;
    this.onReadable?.();
  }

  /** The port that a port of the core stands for. */
  #realPort(port: number): number {
    if (port === STANDARD_PORTS.server) return this.#ports.server;
    return port === STANDARD_PORTS.client ? this.#ports.client : port;
  }

  /** The port that the core is shown for a real one. */
  #shownPort(port: number): number {
    if (port === this.#ports.server) return STANDARD_PORTS.server;
    return port === this.#ports.client ? STANDARD_PORTS.client : port;
  }
}

async function takeDown(served: Served): Promise<void> {
  const socket = served.socket;
  served.socket = null;
  served.state = { ...served.state, up: false };
  await socket?.close();
}

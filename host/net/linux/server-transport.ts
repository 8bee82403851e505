/**
 * The server's transport on Linux: one wildcard UDP socket for all interfaces, which tells by IP_PKTINFO where a datagram
 * arrived, and one AF_PACKET socket, which reaches clients that have no address yet and carries ARP probes.
 *
 * All sockets are opened by `open`, as root; nothing here needs privilege afterwards, not even when interfaces come and go.
 */
import { InputFlag, InputKind, LinkMode, TransmitKind, type InputSlot } from "#layout";
import type { Core } from "../../core/core.js";
import type { RingView } from "../../core/ring.js";
import { newTransportStatistics, type InterfaceState, type Transport } from "../transport.js";
import * as abi from "./abi.js";
import { type KernelInterface, InterfaceWatch } from "./interfaces.js";
import { addressOf, closeDescriptor } from "./libc.js";
import { Readiness } from "./readiness.js";
import { type ReceiveBatch, ReceiveBatches } from "./receive-batch.js";
import { SendBatch } from "./send-batch.js";
import { openDatagramSocket, openEchoSocket, openFrameSocket } from "./sockets.js";

/** What a server's transport is opened with. */
export interface LinuxServerOptions {
  /** Names of the interfaces to serve; one that does not exist yet is served when it comes. */
  readonly interfaces: readonly string[];
  /** UDP port to hear on, normally 67. */
  readonly port: number;
  /** Whether addresses are probed before they are offered: opens ears for ARP and ICMP echo replies. */
  readonly probes: boolean;
}

/** The number of no interface: the core counts what came by it as UNKNOWN_INTERFACE. */
const NOT_SERVED = 0xffffffff;

/** Serves DHCP on Linux interfaces. */
export class LinuxServerTransport implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly statistics = newTransportStatistics();

  readonly #names: readonly string[];
  readonly #datagrams: number;
  readonly #frames: number;
  readonly #echoes: number | null;
  readonly #hearsArp: boolean;
  readonly #watch: InterfaceWatch;
  readonly #readiness: Readiness;
  readonly #batches = new ReceiveBatches();
  readonly #sending = new SendBatch(this.statistics);
  #known: (KernelInterface | null)[] = [];
  #indexByKernelIndex = new Map<number, number>();

  /** Opens the sockets. Throws a `SystemCallError` (EPERM without privilege, EADDRINUSE when another server runs). */
  static open(options: LinuxServerOptions): LinuxServerTransport {
    return new LinuxServerTransport(options);
  }

  private constructor(options: LinuxServerOptions) {
    const opened: number[] = [];
    try {
      this.#names = options.interfaces;
      this.#datagrams = openDatagramSocket(options.port);
      opened.push(this.#datagrams);
      this.#frames = openFrameSocket(options.probes);
      opened.push(this.#frames);
      this.#hearsArp = options.probes;
      this.#echoes = options.probes ? openEchoSocket() : null;
      if (this.#echoes !== null) opened.push(this.#echoes);
      this.#watch = new InterfaceWatch();
    } catch (error) {
      for (const descriptor of opened) closeDescriptor(descriptor);
      throw error;
    }
    this.#readInterfaces();
    this.#readiness = new Readiness(this, opened, this.#watch, () => this.#readInterfaces());
  }

  interfaces(): readonly InterfaceState[] {
    return this.#names.map((name, index) => interfaceState(index, name, this.#known[index] ?? null));
  }

  receive(core: Core, first: number): number {
    const batch = this.#batches.of(core);
    let filled = this.#receiveDatagrams(core, batch, first);
    if (this.#hearsArp) filled += this.#receiveArp(core, batch, first + filled);
    if (this.#echoes !== null) filled += this.#receiveEchoes(core, batch, first + filled, this.#echoes);
    this.statistics.received += filled;
    this.#readiness.settle(first + filled < core.inputSlotCount);
    return filled;
  }

  send(core: Core, ring: RingView): number {
    const memory = addressOf(core.bytes.buffer);
    const count = ring.pending;
    for (let offset = 0; offset < count; offset++) {
      const { kind, length, payload, interfaceIndex, sourceAddress, destinationAddress, destinationPort } =
        ring.at(offset);
      if (length === 0) continue;
      const kernelIndex = this.#known[interfaceIndex]?.kernelIndex ?? 0;
      const at = memory + payload;
      if (kind === TransmitKind.FRAME) this.#sending.addFrame(this.#frames, at, length, kernelIndex);
      else if (kind === TransmitKind.DATAGRAM) {
        this.#sending.addDatagram(
          this.#datagrams,
          at,
          length,
          destinationAddress === 0xffffffff ? kernelIndex : 0,
          sourceAddress,
          destinationAddress,
          destinationPort,
        );
      } else if (this.#echoes !== null) {
        this.#sending.addDatagram(this.#echoes, at, length, 0, sourceAddress, destinationAddress, 0);
      }
    }
    this.#sending.flush();
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    this.onReadable = null;
    this.onInterfacesChanged = null;
    await this.#readiness.close();
    closeDescriptor(this.#datagrams);
    closeDescriptor(this.#frames);
    if (this.#echoes !== null) closeDescriptor(this.#echoes);
  }

  #readInterfaces(): void {
    this.#known = this.#names.map((name) => this.#watch.read(name));
    this.#indexByKernelIndex = new Map();
    for (const [index, known] of this.#known.entries()) {
      if (known !== null) this.#indexByKernelIndex.set(known.kernelIndex, index);
    }
  }

  #receiveDatagrams(core: Core, batch: ReceiveBatch, first: number): number {
    const count = this.#readiness.read(batch, this.#datagrams, first);
    for (let index = first; index < first + count; index++) {
      const slot = filledSlot(core, batch, index, InputKind.DATAGRAM);
      const name = batch.nameAt(index);
      slot.sourceAddress = batch.view.getUint32(name + abi.InternetAddress.address, false);
      slot.sourcePort = batch.view.getUint16(name + abi.InternetAddress.port, false);
      const data = batch.controlAt(index) + abi.ControlHeader.data;
      const arrived = batch.controlLength(index) >= abi.ControlHeader.data + abi.PacketInfo.byteSize;
      const kernelIndex = arrived ? batch.view.getInt32(data + abi.PacketInfo.interfaceIndex, true) : 0;
      slot.destinationAddress = arrived ? batch.view.getUint32(data + abi.PacketInfo.destination, false) : 0;
      slot.interfaceIndex = this.#indexByKernelIndex.get(kernelIndex) ?? NOT_SERVED;
    }
    return count;
  }

  #receiveArp(core: Core, batch: ReceiveBatch, first: number): number {
    const count = this.#readiness.read(batch, this.#frames, first);
    for (let index = first; index < first + count; index++) {
      const slot = filledSlot(core, batch, index, InputKind.FRAME);
      const kernelIndex = batch.view.getInt32(batch.nameAt(index) + abi.LinkAddress.interfaceIndex, true);
      slot.interfaceIndex = this.#indexByKernelIndex.get(kernelIndex) ?? NOT_SERVED;
    }
    return count;
  }

  #receiveEchoes(core: Core, batch: ReceiveBatch, first: number, descriptor: number): number {
    const count = this.#readiness.read(batch, descriptor, first);
    for (let index = first; index < first + count; index++) {
      const slot = filledSlot(core, batch, index, InputKind.PROBE_RESULT);
      slot.address = batch.view.getUint32(batch.nameAt(index) + abi.InternetAddress.address, false);
      slot.value = 1;
    }
    return count;
  }
}

/** The slot's head for what `batch` received into slot `index`. */
function filledSlot(core: Core, batch: ReceiveBatch, index: number, kind: InputSlot["kind"]): InputSlot {
  const slot = core.freshSlot(index);
  slot.kind = kind;
  slot.length = batch.length(index);
  if (batch.flags(index) & abi.MSG_TRUNC) slot.flags = InputFlag.TRUNCATED;
  return slot;
}

function interfaceState(index: number, name: string, known: KernelInterface | null): InterfaceState {
  return {
    index,
    name,
    up: known?.up === true && known.address !== 0,
    linkMode: known?.htype === abi.ARPHRD_ETHER ? LinkMode.MIXED : LinkMode.DATAGRAM,
    htype: known?.htype ?? abi.ARPHRD_ETHER,
    mac: known?.mac ?? new Uint8Array(6),
    address: known?.address ?? 0,
    prefixLength: known?.prefixLength ?? 0,
    mtu: known?.mtu ?? 0,
  };
}

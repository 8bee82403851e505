/**
 * The server's transport on Linux: wildcard UDP sockets for all interfaces, one for each class of datagrams (`filter.ts`), which tell
 * by IP_PKTINFO where a datagram arrived, and one AF_PACKET socket, which reaches clients that have no address yet and carries ARP
 * probes.
 *
 * Classes are what overload is met with: what cannot be answered in time is dropped by the kernel, at no cost to the server, and
 * it is dropped among what may wait. Requests are read first, so whatever was offered is also granted; and no more of them are read
 * than there is room for answers that wait for the store. What is offered meanwhile would be asked for in vain, so while there is
 * none, nothing is read: the kernel's queues hold what comes, for far longer than a commit takes.
 *
 * All sockets are opened by `open`, as root; nothing here needs privilege afterwards, not even when interfaces come and go.
 */
import { InputFlag, InputKind, LinkMode, TransmitKind, type InputSlot } from "#layout";
import type { Core } from "../../core/core.js";
import type { RingView } from "../../core/ring.js";
import { newTransportStatistics, type InterfaceState, type Transport } from "../transport.js";
import * as abi from "./abi.js";
import { DATAGRAM_CLASS_COUNT } from "./filter.js";
import { Hold } from "./hold.js";
import { type KernelInterface, InterfaceWatch } from "./interfaces.js";
import { addressOf, closeDescriptor } from "./libc.js";
import { OverflowCount } from "./overflow.js";
import { Readiness } from "./readiness.js";
import { type ReceiveBatch, ReceiveBatches } from "./receive-batch.js";
import { SendBatch } from "./send-batch.js";
import { openClassSockets, openEchoSocket, openFrameSocket } from "./sockets.js";

/** What a server's transport is opened with. */
export interface LinuxServerOptions {
  /** Names of the interfaces to serve; one that does not exist yet is served when it comes. */
  readonly interfaces: readonly string[];
  /** UDP port to hear on, normally 67. */
  readonly port: number;
  /** Whether addresses are probed before they are offered: opens ears for ARP and ICMP echo replies. */
  readonly probes: boolean;
}

/** Classes of datagrams that may wait. */
const LATER_CLASS_COUNT = DATAGRAM_CLASS_COUNT - 1;

/** The number of no interface: the core counts what came by it as UNKNOWN_INTERFACE. */
const NOT_SERVED = 0xffffffff;

/** Serves DHCP on Linux interfaces. */
export class LinuxServerTransport implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly #overflow = new OverflowCount();
  readonly statistics = newTransportStatistics(() => this.#overflow.value);

  readonly #names: readonly string[];
  /** By class (`filter.ts`). */
  readonly #datagrams: readonly number[];
  readonly #frames: number;
  readonly #echoes: number | null;
  readonly #hearsArp: boolean;
  readonly #watch: InterfaceWatch;
  readonly #readiness: Readiness;
  readonly #batches = new ReceiveBatches();
  readonly #sending = new SendBatch(this.statistics);
  /** Whether requests filled the room that they had in the last batch. */
  #requestsPress = false;
  /** Which class of those that may wait is read first, moved on with each batch: what is left of shares goes round. */
  #firstLater = 0;
  /** Whether a socket was not read to its end in this round. */
  #leftUnread = false;
  readonly #hold = new Hold(() => this.onReadable?.());
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
      this.#datagrams = openClassSockets(options.port);
      opened.push(...this.#datagrams);
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
    const end = core.inputSlotCount;
    // Nothing of a kind keeps the others out of a batch for good: what is heard of probes has an eighth of it at most, requests
    // leave an eighth to discoveries.
    const eighth = Math.ceil(end / 8);
    let next = first;
    if (this.#hearsArp) next += this.#receiveArp(core, batch, next, next + eighth);
    if (this.#echoes !== null) next += this.#receiveEchoes(core, batch, this.#echoes, next, next + eighth);
    const room = this.#hold.roomIn(core.waiting);
    if (room > 0) next += this.#receiveByClass(core, batch, next, room);
    this.statistics.received += next - first;
    if (room > 0) this.#readiness.settle(!this.#leftUnread, next - first);
    this.#leftUnread = false;
    return next - first;
  }

  /** Reads datagrams into slots from `first` on, at most `room` requests. */
  #receiveByClass(core: Core, batch: ReceiveBatch, first: number, room: number): number {
    const end = core.inputSlotCount;
    let next = first;
    // While requests do not press, discoveries come first: one that a client made before its request is not to be handled after it.
    const calm = !this.#requestsPress;
    if (calm) next += this.#receiveLater(core, batch, next, next + ((end - next) >> 1));
    const isMoreLater = !calm || this.#leftUnread;
    const mostRequestsEnd = calm ? end : Math.max(next, end - Math.ceil(end / 8));
    const requestsEnd = Math.min(mostRequestsEnd, next + room);
    next += this.#receiveDatagrams(core, batch, 0, next, requestsEnd);
    this.#requestsPress = next === requestsEnd;
    if (isMoreLater) next += this.#receiveLater(core, batch, next, end);
    return next - first;
  }

  send(core: Core, ring: RingView): number {
    const count = ring.pending;
    if (count === 0) return 0;
    const memory = addressOf(core.bytes.buffer);
    for (let offset = 0; offset < count; offset++) {
      const { kind, length, payload, interfaceIndex, sourceAddress, destinationAddress, destinationPort } =
        ring.at(offset);
      if (length === 0) continue;
      const kernelIndex = this.#known[interfaceIndex]?.kernelIndex ?? 0;
      const at = memory + payload;
      if (kind === TransmitKind.FRAME) this.#sending.addFrame(this.#frames, at, length, kernelIndex);
      else if (kind === TransmitKind.DATAGRAM) {
        this.#sending.addDatagram(
          this.#datagrams[0]!,
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
    if (ring === core.waiting) this.#hold.roomMade();
    return count;
  }

  async close(): Promise<void> {
    this.onReadable = null;
    this.onInterfacesChanged = null;
    this.#hold.end();
    await this.#readiness.close();
    for (const descriptor of this.#datagrams) closeDescriptor(descriptor);
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

  /** Reads the classes that may wait: each its equal share, then what the others did not need. */
  #receiveLater(core: Core, batch: ReceiveBatch, first: number, end: number): number {
    let next = first;
    for (let turn = 1; turn <= LATER_CLASS_COUNT; turn++) {
      const share = Math.ceil((end - next) / (LATER_CLASS_COUNT + 1 - turn));
      next += this.#receiveDatagrams(core, batch, this.#laterClass(turn), next, next + share);
    }
    const more = this.#leftUnread && next < end;
    for (let turn = 1; more && turn <= LATER_CLASS_COUNT; turn++) {
      next += this.#receiveDatagrams(core, batch, this.#laterClass(turn), next, end);
    }
    this.#firstLater = (this.#firstLater + 1) % LATER_CLASS_COUNT;
    return next - first;
  }

  #laterClass(turn: number): number {
    return 1 + ((this.#firstLater + turn) % LATER_CLASS_COUNT);
  }

  /** Reads a socket into slots from `first` to before `end`, and notes whether it may have more. */
  #read(batch: ReceiveBatch, descriptor: number, first: number, end: number): number {
    const count = this.#readiness.read(batch, descriptor, first, end);
    if (first + count >= end) this.#leftUnread = true;
    return count;
  }

  #receiveDatagrams(core: Core, batch: ReceiveBatch, number: number, first: number, end: number): number {
    const count = this.#read(batch, this.#datagrams[number]!, first, end);
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

  #receiveArp(core: Core, batch: ReceiveBatch, first: number, end: number): number {
    const count = this.#read(batch, this.#frames, first, end);
    for (let index = first; index < first + count; index++) {
      const slot = filledSlot(core, batch, index, InputKind.FRAME);
      const kernelIndex = batch.view.getInt32(batch.nameAt(index) + abi.LinkAddress.interfaceIndex, true);
      slot.interfaceIndex = this.#indexByKernelIndex.get(kernelIndex) ?? NOT_SERVED;
    }
    return count;
  }

  #receiveEchoes(core: Core, batch: ReceiveBatch, descriptor: number, first: number, end: number): number {
    const count = this.#read(batch, descriptor, first, end);
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

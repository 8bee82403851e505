/**
 * The client's transport on Linux: frames in and out of one interface, which need not have an address. The kernel lets
 * through only ARP and datagrams to the client's port; the datagrams it would deliver a second time, to its own IP
 * stack, are swallowed.
 */
import { InputFlag, InputKind, LinkMode } from "#layout";
import type { Core } from "../../core/core.js";
import type { RingView } from "../../core/ring.js";
import { newTransportStatistics, type InterfaceState, type Transport } from "../transport.js";
import * as abi from "./abi.js";
import { type KernelInterface, InterfaceWatch } from "./interfaces.js";
import { addressOf, closeDescriptor } from "./libc.js";
import { Readiness } from "./readiness.js";
import { type ReceiveBatch, ReceiveBatches } from "./receive-batch.js";
import { SendBatch } from "./send-batch.js";
import { openLinkSocket, openSinkSocket } from "./sockets.js";

/** What a client's transport is opened with. */
export interface LinuxClientOptions {
  /** Name of the interface; it must exist. */
  readonly interfaceName: string;
  /** UDP port to hear on, normally 68. */
  readonly port: number;
}

/** Carries a client's frames on one Linux interface. */
export class LinuxClientTransport implements Transport {
  onReadable: (() => void) | null = null;
  onInterfacesChanged: (() => void) | null = null;
  readonly statistics = newTransportStatistics();

  readonly #name: string;
  readonly #kernelIndex: number;
  readonly #frames: number;
  readonly #sink: number;
  readonly #watch: InterfaceWatch;
  readonly #readiness: Readiness;
  readonly #batches = new ReceiveBatches();
  readonly #sending = new SendBatch(this.statistics);
  #known: KernelInterface | null;

  /**
   * Opens the sockets. Throws a `SystemCallError`: ENODEV where there is no such interface, EPERM without CAP_NET_RAW and
   * CAP_NET_BIND_SERVICE, EADDRINUSE when another client holds the port.
   */
  static open(options: LinuxClientOptions): LinuxClientTransport {
    return new LinuxClientTransport(options);
  }

  private constructor(options: LinuxClientOptions) {
    this.#name = options.interfaceName;
    this.#watch = new InterfaceWatch();
    const opened: number[] = [];
    try {
      this.#known = this.#watch.read(this.#name);
      if (this.#known === null) throw Object.assign(new Error(`no interface ${this.#name}`), { code: "ENODEV" });
      this.#kernelIndex = this.#known.kernelIndex;
      this.#frames = openLinkSocket(this.#kernelIndex, this.#name, options.port);
      opened.push(this.#frames);
      this.#sink = openSinkSocket(options.port, this.#name);
    } catch (error) {
      for (const descriptor of opened) closeDescriptor(descriptor);
      this.#watch.close();
      throw error;
    }
    this.#readiness = new Readiness(this, [this.#frames], this.#watch, () => {
      this.#known = this.#watch.read(this.#name);
    });
  }

  interfaces(): readonly InterfaceState[] {
    const known = this.#known;
    const up = known?.running === true && known.kernelIndex === this.#kernelIndex;
    return [
      {
        index: 0,
        name: this.#name,
        up,
        linkMode: LinkMode.FRAMES,
        htype: known?.htype ?? abi.ARPHRD_ETHER,
        mac: known?.mac ?? new Uint8Array(6),
        address: known?.address ?? 0,
        prefixLength: known?.prefixLength ?? 0,
        mtu: known?.mtu ?? 0,
      },
    ];
  }

  receive(core: Core, first: number): number {
    const batch = this.#batches.of(core);
    const count = this.#readiness.read(batch, this.#frames, first);
    for (let index = first; index < first + count; index++) {
      const slot = core.freshSlot(index);
      slot.kind = InputKind.FRAME;
      slot.length = batch.length(index);
      slot.flags =
        (batch.flags(index) & abi.MSG_TRUNC ? InputFlag.TRUNCATED : 0) |
        (checksumTrusted(batch, index) ? InputFlag.CHECKSUM_TRUSTED : 0);
    }
    this.statistics.received += count;
    this.#readiness.settle(first + count < core.inputSlotCount, count);
    return count;
  }

  send(core: Core, ring: RingView): number {
    const memory = addressOf(core.bytes.buffer);
    const count = ring.pending;
    for (let offset = 0; offset < count; offset++) {
      const { length, payload } = ring.at(offset);
      if (length > 0) this.#sending.addFrame(this.#frames, memory + payload, length, this.#kernelIndex);
    }
    this.#sending.flush();
    ring.advance(count);
    return count;
  }

  async close(): Promise<void> {
    this.onReadable = null;
    this.onInterfacesChanged = null;
    await this.#readiness.close();
    closeDescriptor(this.#frames);
    closeDescriptor(this.#sink);
  }
}

/** Whether the kernel vouches for the checksum: it checked it, or the sender on this machine never computed one. */
function checksumTrusted(batch: ReceiveBatch, index: number): boolean {
  const control = batch.controlAt(index);
  if (batch.controlLength(index) < abi.ControlHeader.data + abi.PacketAuxiliary.byteSize) return false;
  if (batch.view.getInt32(control + abi.ControlHeader.type, true) !== abi.PACKET_AUXDATA) return false;
  const status = batch.view.getUint32(control + abi.ControlHeader.data + abi.PacketAuxiliary.status, true);
  return (status & (abi.TP_STATUS_CSUMNOTREADY | abi.TP_STATUS_CSUM_VALID)) !== 0;
}

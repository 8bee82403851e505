/**
 * Sends messages straight from a core's transmit rings, many a system call. Messages are added one by one, and leave when the
 * batch is full, when the socket changes, or when the caller flushes.
 */
import { type TransportStatistics, countFailure } from "../transport.js";
import * as abi from "./abi.js";
import { addressOf, errnoName, sendMessages } from "./libc.js";

const CAPACITY = 64;
const NAME_SPACE = 32;
const CONTROL_SPACE = abi.controlSpace(abi.PacketInfo.byteSize);
const IOVECS = CAPACITY * abi.MessageHeader.byteSize;
const NAMES = IOVECS + CAPACITY * abi.Iovec.byteSize;
const CONTROLS = NAMES + CAPACITY * NAME_SPACE;

/** A batch that is being put together, for one socket at a time. */
export class SendBatch {
  readonly #view = new DataView(new ArrayBuffer(CONTROLS + CAPACITY * CONTROL_SPACE));
  readonly #base = addressOf(this.#view.buffer);
  readonly #statistics: TransportStatistics;
  #descriptor = -1;
  #count = 0;

  constructor(statistics: TransportStatistics) {
    this.#statistics = statistics;
    for (let index = 0; index < CAPACITY; index++) {
      const header = index * abi.MessageHeader.byteSize;
      const iovec = IOVECS + index * abi.Iovec.byteSize;
      this.#setPointer(header + abi.MessageHeader.name, this.#base + NAMES + index * NAME_SPACE);
      this.#setPointer(header + abi.MessageHeader.iovecs, this.#base + iovec);
      this.#setPointer(header + abi.MessageHeader.iovecCount, 1);
      this.#setPointer(header + abi.MessageHeader.control, this.#base + CONTROLS + index * CONTROL_SPACE);
    }
  }

  /**
   * Adds a datagram to be sent by the interface the kernel knows as `interfaceIndex` (0: as routed), from `source` (0: the interface's own).
   * @param at address of the payload in this process
   */
  addDatagram(
    descriptor: number,
    at: number,
    length: number,
    interfaceIndex: number,
    source: number,
    destination: number,
    port: number,
  ): void {
    const index = this.#next(descriptor, at, length, abi.InternetAddress.byteSize, CONTROL_SPACE);
    const name = NAMES + index * NAME_SPACE;
    this.#view.setUint16(name + abi.InternetAddress.family, abi.AF_INET, true);
    this.#view.setUint16(name + abi.InternetAddress.port, port, false);
    this.#view.setUint32(name + abi.InternetAddress.address, destination, false);
    const control = CONTROLS + index * CONTROL_SPACE;
    const data = control + abi.ControlHeader.data;
    this.#setPointer(control + abi.ControlHeader.length, abi.ControlHeader.data + abi.PacketInfo.byteSize);
    this.#view.setInt32(control + abi.ControlHeader.level, abi.IPPROTO_IP, true);
    this.#view.setInt32(control + abi.ControlHeader.type, abi.IP_PKTINFO, true);
    this.#view.setInt32(data + abi.PacketInfo.interfaceIndex, interfaceIndex, true);
    this.#view.setUint32(data + abi.PacketInfo.source, source, false);
    this.#view.setUint32(data + abi.PacketInfo.destination, 0, false);
  }

  /** Adds an Ethernet frame to be sent by the interface the kernel knows as `interfaceIndex`. */
  addFrame(descriptor: number, at: number, length: number, interfaceIndex: number): void {
    const index = this.#next(descriptor, at, length, abi.LinkAddress.byteSize, 0);
    const name = NAMES + index * NAME_SPACE;
    this.#view.setUint16(name + abi.LinkAddress.family, abi.AF_PACKET, true);
    // 0: the kernel reads the protocol out of the frame itself.
    this.#view.setUint16(name + abi.LinkAddress.protocol, 0, false);
    this.#view.setInt32(name + abi.LinkAddress.interfaceIndex, interfaceIndex, true);
    this.#view.setUint8(name + abi.LinkAddress.addressLength, 0);
  }

  /** Sends what has been added. What fails is counted by the system's name for the error and passed over. */
  flush(): void {
    let first = 0;
    while (first < this.#count) {
      const sent = sendMessages(this.#descriptor, this.#base + first * abi.MessageHeader.byteSize, this.#count - first);
      if (sent > 0) {
        this.#statistics.sent += sent;
        first += sent;
      } else {
        countFailure(this.#statistics, { code: errnoName(-sent) });
        first++;
      }
    }
    this.#count = 0;
  }

  #next(descriptor: number, at: number, length: number, nameLength: number, controlLength: number): number {
    if (this.#count === CAPACITY || descriptor !== this.#descriptor) this.flush();
    this.#descriptor = descriptor;
    const index = this.#count++;
    const header = index * abi.MessageHeader.byteSize;
    const iovec = IOVECS + index * abi.Iovec.byteSize;
    this.#view.setUint32(header + abi.MessageHeader.nameLength, nameLength, true);
    this.#view.setUint32(header + abi.MessageHeader.controlLength, controlLength, true);
    this.#setPointer(iovec + abi.Iovec.base, at);
    this.#view.setUint32(iovec + abi.Iovec.length, length, true);
    return index;
  }

  #setPointer(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

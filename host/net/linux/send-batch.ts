/**
 * Sends messages straight from a core's transmit rings, many a system call. Messages are added one by one, and leave when the
 * batch is full, when the socket changes, or when the caller flushes.
 *
 * Datagrams that follow each other to one relay share all but their payload. A run of them, all of one length but a shorter last
 * one, becomes one message with the length in its UDP_SEGMENT control message: the kernel takes its way through routing and
 * queues once and cuts it up at the end. What leaves is the same, in the same order. Where the kernel or the device refuses
 * that (EIO without checksum offload, EINVAL), the run leaves datagram by datagram, and so does everything afterwards.
 */
import { type TransportStatistics, countFailure } from "../transport.js";
import * as abi from "./abi.js";
import { addressOf, errnoName, sendMessages, waitForDescriptors } from "./libc.js";

/** Payloads in a batch. */
const CAPACITY = 256;
/** Datagrams in one message: what every kernel with UDP_SEGMENT takes. */
const MOST_SEGMENTS = 64;
/** Longest datagram that is joined with others, in bytes: what a link of 1280 bytes carries whole, since no segment is ever a fragment. */
const LONGEST_SEGMENT = 1252;
/** How long a batch waits for room in the socket's buffer before it gives up, in microseconds: a turn of the loop must not take long. */
const PATIENCE_MICROSECONDS = 2000;

const NAME_SPACE = 32;
const INFORMATION_SPACE = abi.controlSpace(abi.PacketInfo.byteSize);
const CONTROL_SPACE = INFORMATION_SPACE + abi.controlSpace(abi.SEGMENT_SIZE_BYTES);
/** One head more than payloads: by the last one, a run that was refused leaves datagram by datagram. */
const HEADS = CAPACITY + 1;
const IOVECS = HEADS * abi.MessageHeader.byteSize;
const NAMES = IOVECS + CAPACITY * abi.Iovec.byteSize;
const CONTROLS = NAMES + HEADS * NAME_SPACE;
const POLLED = CONTROLS + HEADS * CONTROL_SPACE;

/** Whether joined datagrams are tried at all. */
export interface SendOptions {
  /** False: each datagram is a message of its own. */
  readonly segments?: boolean;
}

/** A batch that is being put together, for one socket at a time. */
export class SendBatch {
  readonly #view = new DataView(new ArrayBuffer(POLLED + abi.PollDescriptor.byteSize));
  readonly #base = addressOf(this.#view.buffer);
  readonly #statistics: TransportStatistics;
  #segments: boolean;
  #descriptor = -1;
  /** Payloads added, and the messages that they became. */
  #payloads = 0;
  #messages = 0;
  /** What the last message is, as far as another datagram may join it: 0 payloads if none may. */
  readonly #run = { payloads: 0, length: 0, interfaceIndex: 0, source: 0, destination: 0, port: 0 };

  constructor(statistics: TransportStatistics, { segments = true }: SendOptions = {}) {
    this.#statistics = statistics;
    this.#segments = segments;
    for (let index = 0; index < HEADS; index++) {
      const header = index * abi.MessageHeader.byteSize;
      const control = CONTROLS + index * CONTROL_SPACE;
      this.#setPointer(header + abi.MessageHeader.name, this.#base + NAMES + index * NAME_SPACE);
      this.#setPointer(header + abi.MessageHeader.control, this.#base + control);
      this.#putControlHead(control, abi.PacketInfo.byteSize, abi.IPPROTO_IP, abi.IP_PKTINFO);
      this.#putControlHead(control + INFORMATION_SPACE, abi.SEGMENT_SIZE_BYTES, abi.SOL_UDP, abi.UDP_SEGMENT);
    }
  }

  /** Whether runs of datagrams are joined: until the system refuses it. */
  get joins(): boolean {
    return this.#segments;
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
    this.#makeRoom(descriptor);
    const run = this.#run;
    if (
      run.payloads > 0 &&
      run.destination === destination &&
      run.port === port &&
      run.source === source &&
      run.interfaceIndex === interfaceIndex &&
      length <= run.length
    ) {
      this.#join(at, length);
      return;
    }
    const index = this.#begin(at, length, abi.InternetAddress.byteSize, INFORMATION_SPACE);
    const name = NAMES + index * NAME_SPACE;
    this.#view.setUint16(name + abi.InternetAddress.family, abi.AF_INET, true);
    this.#view.setUint16(name + abi.InternetAddress.port, port, false);
    this.#view.setUint32(name + abi.InternetAddress.address, destination, false);
    const data = CONTROLS + index * CONTROL_SPACE + abi.ControlHeader.data;
    this.#view.setInt32(data + abi.PacketInfo.interfaceIndex, interfaceIndex, true);
    this.#view.setUint32(data + abi.PacketInfo.source, source, false);
    this.#view.setUint32(data + abi.PacketInfo.destination, 0, false);
    run.payloads = this.#segments && length <= LONGEST_SEGMENT ? 1 : 0;
    run.length = length;
    run.interfaceIndex = interfaceIndex;
    run.source = source;
    run.destination = destination;
    run.port = port;
  }

  /** Adds an Ethernet frame to be sent by the interface the kernel knows as `interfaceIndex`. */
  addFrame(descriptor: number, at: number, length: number, interfaceIndex: number): void {
    this.#makeRoom(descriptor);
    const index = this.#begin(at, length, abi.LinkAddress.byteSize, 0);
    const name = NAMES + index * NAME_SPACE;
    this.#view.setUint16(name + abi.LinkAddress.family, abi.AF_PACKET, true);
    // 0: the kernel reads the protocol out of the frame itself.
    this.#view.setUint16(name + abi.LinkAddress.protocol, 0, false);
    this.#view.setInt32(name + abi.LinkAddress.interfaceIndex, interfaceIndex, true);
    this.#view.setUint8(name + abi.LinkAddress.addressLength, 0);
    this.#run.payloads = 0;
  }

  /**
   * Sends what has been added. What fails is counted by the system's name for the error and passed over; when the socket's
   * buffer is full and stays so, the rest of the batch is given up: later answers would fare no better.
   */
  flush(): void {
    let waited = false;
    for (let first = 0; first < this.#messages; ) {
      const sent = sendMessages(this.#descriptor, this.#headAt(first), this.#messages - first);
      if (sent > 0) {
        for (const end = first + sent; first < end; first++) this.#statistics.sent += this.#payloadsOf(first);
      } else if (errnoName(-sent) === "EAGAIN" && !waited) {
        this.#waitForRoom();
        waited = true;
      } else {
        const end = errnoName(-sent) === "EAGAIN" ? this.#messages : first + 1;
        for (; first < end; first++) this.#refused(first, errnoName(-sent));
      }
    }
    this.#payloads = 0;
    this.#messages = 0;
    this.#run.payloads = 0;
  }

  #makeRoom(descriptor: number): void {
    if (this.#payloads === CAPACITY || descriptor !== this.#descriptor) this.flush();
    this.#descriptor = descriptor;
  }

  /** Begins a message with one payload; returns its index. */
  #begin(at: number, length: number, nameLength: number, controlLength: number): number {
    const index = this.#messages++;
    const header = index * abi.MessageHeader.byteSize;
    this.#setPointer(header + abi.MessageHeader.iovecs, this.#base + this.#addPayload(at, length));
    this.#view.setUint32(header + abi.MessageHeader.nameLength, nameLength, true);
    this.#view.setUint32(header + abi.MessageHeader.iovecCount, 1, true);
    this.#view.setUint32(header + abi.MessageHeader.controlLength, controlLength, true);
    return index;
  }

  /** Adds a datagram to the run that the last message is. */
  #join(at: number, length: number): void {
    const run = this.#run;
    const index = this.#messages - 1;
    const header = index * abi.MessageHeader.byteSize;
    this.#addPayload(at, length);
    if (run.payloads++ === 1) {
      const control = CONTROLS + index * CONTROL_SPACE + INFORMATION_SPACE;
      this.#view.setUint32(header + abi.MessageHeader.controlLength, CONTROL_SPACE, true);
      this.#view.setUint16(control + abi.ControlHeader.data, run.length, true);
    }
    this.#view.setUint32(header + abi.MessageHeader.iovecCount, run.payloads, true);
    if (length < run.length || run.payloads === MOST_SEGMENTS) run.payloads = 0;
  }

  #addPayload(at: number, length: number): number {
    const iovec = IOVECS + this.#payloads++ * abi.Iovec.byteSize;
    this.#setPointer(iovec + abi.Iovec.base, at);
    this.#view.setUint32(iovec + abi.Iovec.length, length, true);
    return iovec;
  }

  /** A message was not taken. A run of datagrams is tried again one by one; anything else is counted as failed. */
  #refused(index: number, code: string): void {
    const payloads = this.#payloadsOf(index);
    if (payloads === 1 || code === "EAGAIN") {
      for (let payload = 0; payload < payloads; payload++) countFailure(this.#statistics, { code });
      return;
    }
    if (code === "EIO" || code === "EINVAL") {
      this.#segments = false;
      countFailure(this.#statistics, { code: `UDP_SEGMENT ${code}` });
    }
    this.#sendOneByOne(index, payloads);
  }

  #sendOneByOne(index: number, payloads: number): void {
    const header = index * abi.MessageHeader.byteSize;
    const spare = CAPACITY * abi.MessageHeader.byteSize;
    const bytes = new Uint8Array(this.#view.buffer);
    bytes.copyWithin(spare, header, header + abi.MessageHeader.byteSize);
    this.#view.setUint32(spare + abi.MessageHeader.iovecCount, 1, true);
    this.#view.setUint32(spare + abi.MessageHeader.controlLength, INFORMATION_SPACE, true);
    const iovecs = this.#view.getBigUint64(header + abi.MessageHeader.iovecs, true);
    for (let payload = 0; payload < payloads; payload++) {
      const iovec = iovecs + BigInt(payload * abi.Iovec.byteSize);
      this.#view.setBigUint64(spare + abi.MessageHeader.iovecs, iovec, true);
      const sent = sendMessages(this.#descriptor, this.#headAt(CAPACITY), 1);
      if (sent > 0) this.#statistics.sent++;
      else countFailure(this.#statistics, { code: errnoName(-sent) });
    }
  }

  #waitForRoom(): void {
    this.#view.setInt32(POLLED + abi.PollDescriptor.descriptor, this.#descriptor, true);
    this.#view.setInt16(POLLED + abi.PollDescriptor.events, abi.POLLOUT, true);
    waitForDescriptors(this.#base + POLLED, 1, PATIENCE_MICROSECONDS);
  }

  #payloadsOf(index: number): number {
    return this.#view.getUint32(index * abi.MessageHeader.byteSize + abi.MessageHeader.iovecCount, true);
  }

  #headAt(index: number): number {
    return this.#base + index * abi.MessageHeader.byteSize;
  }

  #putControlHead(at: number, dataSize: number, level: number, type: number): void {
    this.#setPointer(at + abi.ControlHeader.length, abi.ControlHeader.data + dataSize);
    this.#view.setInt32(at + abi.ControlHeader.level, level, true);
    this.#view.setInt32(at + abi.ControlHeader.type, type, true);
  }

  #setPointer(at: number, value: number): void {
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

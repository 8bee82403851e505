// The shipped server module under test: loaded, configured and restored as any host does it, with the network, the store and the clocks in
// the test's hands. Nothing is mocked: inputs go into slots, answers come out of the rings, records out of the journal.
//
// One input at a time unless a test says otherwise. What the journal holds becomes durable at once (`storeWorks`), so that an
// acknowledged request shows its answer; a test of the promises turns that off and calls `sync`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  InputKind,
  InterfaceChange,
  InterfaceChangeLayout,
  InterfaceFlag,
  LinkMode,
  NETWORK_BY_ADDRESS,
  nameOfScope,
  nameOfServerVerdict,
  nameOfVerdict,
  RestoreStatus,
  ServerStatus,
  TransmitKind,
} from "#layout";
import { compileConfiguration } from "../../../host/config/compile.js";
import type { RingView } from "../../../host/core/ring.js";
import { SERVER_DEFAULTS, ServerCore, type ServerLimits } from "../../../host/core/server.js";
import { type DatagramFrame, readDatagramFrame } from "./frames.js";
import { address, addressText, buildMessage, hex, type Message, type MessageFields, readMessage } from "./messages.js";

export { LinkMode };

const module = new WebAssembly.Module(readFileSync(new URL("../../../../server.wasm", import.meta.url)));

/** An interface of the server. */
export interface InterfaceOptions {
  address: string;
  prefixLength?: number;
  linkMode?: LinkMode;
  mac?: Uint8Array;
  mtu?: number;
  up?: boolean;
  /** Index of the network served there; the address decides when left out. */
  network?: number;
}

/** How a server under test is made. */
export interface ServerOptions {
  /** The configuration, as the file would have it; the log, state and user do not matter here. */
  config: object;
  /** By index. One MIXED interface at 192.0.2.1/24 when left out. */
  interfaces?: InterfaceOptions[];
  limits?: Partial<ServerLimits>;
  /** Records of an earlier life, in order. */
  records?: Uint8Array[];
  /** Seconds since 1970 at the start. */
  wallClock?: number;
  seed?: readonly [number, number];
}

/** Where a datagram comes from and goes to. What is left out is what a client without an address does. */
export interface Envelope {
  interfaceIndex?: number;
  source?: string;
  destination?: string;
  flags?: number;
}

/** One thing that the server sent. */
export interface Sent {
  kind: TransmitKind;
  /** Whether it waited for the journal. */
  waited: boolean;
  interfaceIndex: number;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  /** What left: a DHCP message, a frame, or an echo request. */
  bytes: Uint8Array;
  /** The frame around the message, where it is one that holds a datagram. */
  frame: DatagramFrame | undefined;
  /** The DHCP message. Fails the test when there is none. */
  readonly message: Message;
}

/** What became of one input. */
export interface Outcome {
  verdict: string;
  messageType: number;
  answerType: number;
  scope: string;
  scopeIndex: number;
  address: string;
  leaseSeconds: number;
  xid: number;
  sent: Sent[];
  /** The one message sent. Fails the test when there is none, or more than one. */
  readonly answer: Sent;
}

/** The server's own hardware address on interface 0. */
export const SERVER_MAC = hex("02 00 00 00 00 fe");

/** An instance that was told nothing yet. */
export function bareServer(): ServerCore {
  const counts = { imageSize: 1024, leaseCount: 8, attributeBlockCount: 8, poolCount: 1, interfaceCount: 1 };
  return new ServerCore(module, { ...SERVER_DEFAULTS, ...counts }, [1, 2]);
}

/** A server. Times are milliseconds. */
export class Server {
  readonly core: ServerCore;
  /** Milliseconds of the clock that never goes back. */
  now = 1_000_000;
  /** Whether what the journal holds becomes durable before anything is asked of the rings. */
  storeWorks = true;
  /** Whether what may leave is taken out of the rings. */
  networkWorks = true;
  /** Every blob of records so far, in order. */
  readonly records: Uint8Array[] = [];
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { configuration, problems } = compileConfiguration(JSON.stringify(options.config), "test.json");
    assert.ok(configuration, `the test's configuration: ${problems.map(({ message }) => message).join("; ")}`);
    const limits = { ...configuration.limits, interfaceCount: 4, inputSlotCount: 16, ...options.limits };
    this.core = new ServerCore(module, limits, options.seed ?? [1, 2]);
    assert.equal(this.core.configure(configuration.image), 0, "the image is refused");
    const wallClock = options.wallClock ?? 1_700_000_000;
    for (const blob of options.records ?? []) this.#restore(blob, wallClock);
    let status: number;
    do status = this.core.restoreSlice(new Uint8Array(0), wallClock, this.now);
    while (status === RestoreStatus.MORE);
    assert.equal(status, RestoreStatus.OK);
    const interfaces = options.interfaces ?? [{ address: "192.0.2.1" }];
    interfaces.forEach((each, index) => void this.setInterface(index, each));
  }

  /** Hands over a blob in slices of whole records. */
  #restore(blob: Uint8Array, wallClock: number): void {
    const { transferSize } = this.core.control;
    const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    for (let from = 0; from < blob.length; ) {
      let end = from;
      while (end < blob.length && end + view.getUint16(end, true) - from <= transferSize)
        end += view.getUint16(end, true);
      assert.equal(this.core.restoreSlice(blob.subarray(from, end), wallClock, this.now), RestoreStatus.OK);
      from = end;
    }
  }

  /** A second life: the same options, or others, and every record of this one. `wallClock` is the present by default. */
  restart(changes: Partial<ServerOptions> = {}): Server {
    const elapsed = Math.floor((this.now - 1_000_000) / 1000);
    const wallClock = (this.#options.wallClock ?? 1_700_000_000) + elapsed;
    return new Server({ ...this.#options, wallClock, records: this.records, ...changes });
  }

  /** Tells the server of an interface. */
  setInterface(index: number, options: InterfaceOptions): void {
    const payload = new Uint8Array(InterfaceChangeLayout.byteSize);
    const change = new InterfaceChange(new DataView(payload.buffer), 0);
    change.flags = options.up === false ? 0 : InterfaceFlag.UP;
    change.linkMode = options.linkMode ?? LinkMode.MIXED;
    change.prefixLength = options.prefixLength ?? 24;
    change.htype = 1;
    change.address = address(options.address);
    change.network = options.network ?? NETWORK_BY_ADDRESS;
    change.mtu = options.mtu ?? 1500;
    const mac = options.mac ?? Uint8Array.from([...SERVER_MAC.subarray(0, 5), 0xfe - index]);
    payload.set(mac, InterfaceChangeLayout.mac);
    const slot = this.core.freshSlot(0);
    slot.kind = InputKind.INTERFACE;
    slot.interfaceIndex = index;
    this.core.setPayload(0, payload);
    assert.equal(this.#turn().verdict, "TAKEN");
  }

  /** A datagram arrives: a message, or any bytes. */
  receive(message: MessageFields | Uint8Array, envelope: Envelope = {}): Outcome {
    const bytes = message instanceof Uint8Array ? message : buildMessage(message);
    const slot = this.core.freshSlot(0);
    slot.kind = InputKind.DATAGRAM;
    slot.flags = envelope.flags ?? 0;
    slot.interfaceIndex = envelope.interfaceIndex ?? 0;
    slot.sourceAddress = address(envelope.source ?? "0.0.0.0");
    slot.destinationAddress = address(envelope.destination ?? "255.255.255.255");
    slot.sourcePort = 68;
    slot.destinationPort = 67;
    this.core.setPayload(0, bytes);
    return this.#turn();
  }

  /** A frame arrives. */
  receiveFrame(frame: Uint8Array, interfaceIndex = 0, flags = 0): Outcome {
    const slot = this.core.freshSlot(0);
    slot.kind = InputKind.FRAME;
    slot.flags = flags;
    slot.interfaceIndex = interfaceIndex;
    this.core.setPayload(0, frame);
    return this.#turn();
  }

  /** Any other input: its kind and its numbers. */
  tell(kind: InputKind, { address: about = "0.0.0.0", value = 0, moreValue = 0 } = {}): Outcome {
    const slot = this.core.freshSlot(0);
    slot.kind = kind;
    slot.address = address(about);
    slot.value = value;
    slot.moreValue = moreValue;
    return this.#turn();
  }

  /** Time passes; what becomes due meanwhile is handled when it is due. Returns what was sent. */
  advance(milliseconds: number): Sent[] {
    const end = this.now + milliseconds;
    const sent: Sent[] = [];
    for (let calls = 0; this.core.deadline <= end; calls++) {
      assert.ok(calls < 100_000, "the server's deadline does not move");
      this.now = Math.max(this.now, this.core.deadline);
      this.core.handleTimeout(this.now);
      sent.push(...this.#settle());
    }
    this.now = end;
    return sent;
  }

  /** Makes durable what the journal holds, and returns what may leave now. */
  sync(): Sent[] {
    this.#makeDurable();
    return this.#drain();
  }

  /** What may leave now. */
  takeSent(): Sent[] {
    return this.#drain();
  }

  /** How often a verdict was counted. */
  count(verdict: number): number {
    return this.core.counter(verdict);
  }

  /** The server's numbers. */
  get status(): ServerStatus {
    return new ServerStatus(this.core.view, this.core.control.status);
  }

  /** Seconds of the lease clock at present, when no step of the wall clock came between. */
  get wallClock(): number {
    return (this.#options.wallClock ?? 1_700_000_000) + Math.floor(this.now / 1000) - 1000;
  }

  #turn(): Outcome {
    this.core.handleInputs(1, this.now);
    const slot = this.core.slot(0);
    const outcome = {
      verdict: nameOfServerVerdict(slot.verdict) ?? nameOfVerdict(slot.verdict) ?? `${slot.verdict}`,
      messageType: slot.messageType,
      answerType: slot.answerType,
      scope: nameOfScope(slot.scope) ?? "",
      scopeIndex: slot.scopeIndex,
      address: addressText(slot.address),
      leaseSeconds: slot.leaseSeconds,
      xid: slot.xid,
    };
    return withAnswer(outcome, this.#settle());
  }

  #settle(): Sent[] {
    if (this.storeWorks) this.#makeDurable();
    return this.#drain();
  }

  #makeDurable(): void {
    const blob = this.core.takeJournal();
    if (!blob) return;
    this.records.push(blob);
    const slot = this.core.freshSlot(1);
    const first = this.core.bytes.slice(this.core.slotAddress(0), this.core.slotAddress(1));
    this.core.bytes.copyWithin(this.core.slotAddress(0), slot.base, slot.base + first.length);
    const durable = this.core.slot(0);
    durable.kind = InputKind.DURABLE;
    durable.value = this.core.journalHead;
    this.core.handleInputs(1, this.now);
  }

  #drain(): Sent[] {
    if (!this.networkWorks) return [];
    return [...this.#drainRing(this.core.ready, false), ...this.#drainRing(this.core.waiting, true)];
  }

  #drainRing(ring: RingView, waited: boolean): Sent[] {
    const sent: Sent[] = [];
    for (let offset = 0; offset < ring.pending; offset++) {
      const descriptor = ring.at(offset);
      if (descriptor.length === 0) continue;
      const bytes = this.core.bytes.slice(descriptor.payload, descriptor.payload + descriptor.length);
      const kind = descriptor.kind as TransmitKind;
      const frame = kind === TransmitKind.FRAME && descriptor.messageType !== 0 ? readDatagramFrame(bytes) : undefined;
      sent.push({
        kind,
        waited,
        interfaceIndex: descriptor.interfaceIndex,
        source: addressText(descriptor.sourceAddress),
        destination: addressText(descriptor.destinationAddress),
        sourcePort: descriptor.sourcePort,
        destinationPort: descriptor.destinationPort,
        bytes,
        frame,
        get message() {
          return readMessage(frame?.payload ?? bytes);
        },
      });
    }
    ring.advance(ring.pending);
    return sent;
  }
}

function withAnswer(outcome: Omit<Outcome, "sent" | "answer">, sent: Sent[]): Outcome {
  return {
    ...outcome,
    sent,
    get answer() {
      assert.equal(sent.length, 1, `one answer (${outcome.verdict})`);
      return sent[0]!;
    },
  };
}

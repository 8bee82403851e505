// Drives the shipped client module through its exports, on a clock of its own: no time passes unless a test says so.
//
// A `Client` is one instance with one interface. What it sends is collected with the instant at which it left; what a test
// gives it comes back as the slot's verdict. `advance` goes from deadline to deadline, as a host does.

import assert from "node:assert/strict";
import {
  ClientCommand,
  ClientState,
  InputKind,
  InterfaceChange,
  InterfaceChangeLayout,
  InterfaceFlag,
  LinkMode,
  nameOfClientState,
  nameOfClientVerdict,
  nameOfVerdict,
  TransmitKind,
} from "#layout";
import { CLIENT_DEFAULTS, ClientCore, type ClientLimits, compileModule, readModule } from "../../../host/core/index.js";
import type { ModuleExports } from "../../../host/core/module.js";
import {
  type ArpFrame,
  BROADCAST_MAC,
  buildArpFrame,
  buildDatagramFrame,
  isArp,
  readArpFrame,
  readDatagramFrame,
} from "./frames.js";
import {
  address,
  addressText,
  buildMessage,
  Code,
  hex,
  ip,
  type Message,
  type MessageFields,
  type OptionValue,
  readMessage,
  Type,
  u32,
} from "./messages.js";
import { encodeSettings, SETTINGS, type Settings } from "./client-settings.js";

const module = await compileModule(await readModule("client"));

/** A fresh module's exports, before `initialise`. */
export function bareExports(): ModuleExports {
  return new WebAssembly.Instance(module).exports as unknown as ModuleExports;
}

/** The client's hardware address, and those of a server and of somebody else. */
export const CLIENT_MAC = hex("02 00 00 00 00 01");
export const SERVER_MAC = hex("02 00 00 00 00 fe");
export const OTHER_MAC = hex("02 00 00 00 00 99");

/** The wall clock at the start, in seconds since 1970. */
export const WALL_CLOCK = 1_800_000_000;

/** The server and the address that it gives in most tests. */
export const SERVER = "192.0.2.1";
export const LEASED = "192.0.2.77";

/** Something that left the client. */
export interface Sent {
  /** When, in milliseconds. */
  readonly at: number;
  readonly kind: "datagram" | "frame";
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The receiver's hardware address; empty where the IP stack resolves it. */
  readonly destinationMac: Uint8Array;
  readonly message: Message;
  readonly bytes: Uint8Array;
}

/** An ARP message that left the client. */
export interface SentArp extends ArpFrame {
  readonly at: number;
}

/** What became of an input. */
export interface Outcome {
  readonly verdict: string;
  readonly answerType: number;
  readonly messageType: number;
  readonly address: string;
  readonly leaseSeconds: number;
  readonly xid: number;
}

/** What a client is made with, besides its settings. */
export interface Options {
  settings?: Partial<Settings>;
  limits?: Partial<ClientLimits>;
  seed?: readonly [number, number];
  linkMode?: LinkMode;
  /** Records to restore. */
  records?: Uint8Array;
  wallClock?: number;
  now?: number;
  /** Whether the link comes up at once. */
  up?: boolean;
}

/** One client on a virtual clock. */
export class Client {
  readonly core: ClientCore;
  readonly settings: Settings;
  readonly linkMode: LinkMode;
  now: number;
  /** What was sent and not taken yet. */
  sent: Sent[] = [];
  arps: SentArp[] = [];
  /** While false, nothing is taken out of the ring. */
  draining = true;

  constructor(options: Options = {}) {
    this.core = new ClientCore(module, { ...CLIENT_DEFAULTS, ...options.limits }, options.seed ?? [1, 2]);
    this.settings = { ...SETTINGS, ...options.settings };
    this.linkMode = options.linkMode ?? LinkMode.DATAGRAM;
    this.now = options.now ?? 1_000_000;
    const fault = this.core.configure(encodeSettings(this.settings));
    assert.equal(fault, 0, "the configuration");
    const wallClock = options.wallClock ?? WALL_CLOCK;
    if (options.records?.length) assert.equal(this.core.restoreSlice(options.records, wallClock, this.now), 0);
    assert.equal(this.core.restoreSlice(new Uint8Array(0), wallClock, this.now), 0, "restoring");
    if (options.up !== false) this.link(true);
  }

  /** A client core that is not configured yet. */
  static unconfigured(limits: Partial<ClientLimits> = {}): ClientCore {
    return new ClientCore(module, { ...CLIENT_DEFAULTS, ...limits }, [1, 2]);
  }

  /** A client core that is configured, but whose records are not restored yet. */
  static unrestored(): ClientCore {
    const core = Client.unconfigured();
    assert.equal(core.configure(encodeSettings(SETTINGS)), 0);
    return core;
  }

  /** The state's name. */
  get state(): string {
    return nameOfClientState(this.core.status.state) ?? "";
  }

  /** The address in use, or "0.0.0.0". */
  get address(): string {
    return addressText(this.core.status.address);
  }

  /** The counter of a verdict. */
  counted(verdict: number): number {
    return this.core.counter(verdict);
  }

  /** Gives the client one input and takes what it sends. */
  private input(
    kind: InputKind,
    payload: Uint8Array,
    value = 0,
    more: { address?: number; flags?: number } = {},
  ): Outcome {
    const slot = this.core.freshSlot(0);
    slot.kind = kind;
    slot.value = value;
    slot.address = more.address ?? 0;
    slot.flags = more.flags ?? 0;
    this.core.setPayload(0, payload);
    this.core.handleInputs(1, this.now);
    const verdict = this.core.slot(0).verdict;
    const outcome = {
      verdict: nameOfVerdict(verdict) ?? nameOfClientVerdict(verdict) ?? String(verdict),
      answerType: slot.answerType,
      messageType: slot.messageType,
      address: addressText(slot.address),
      leaseSeconds: slot.leaseSeconds,
      xid: slot.xid,
    };
    this.drain();
    return outcome;
  }

  link(up: boolean, mac: Uint8Array = CLIENT_MAC, own = "0.0.0.0"): Outcome {
    const payload = new Uint8Array(InterfaceChangeLayout.byteSize);
    const change = new InterfaceChange(new DataView(payload.buffer), 0);
    change.flags = up ? InterfaceFlag.UP : 0;
    change.linkMode = this.linkMode;
    change.htype = 1;
    change.mtu = 1500;
    change.address = address(own);
    payload.set(mac, InterfaceChangeLayout.mac);
    return this.input(InputKind.INTERFACE, payload);
  }

  command(command: ClientCommand, argument: Uint8Array = new Uint8Array(0)): Outcome {
    return this.input(InputKind.COMMAND, argument, command);
  }

  start(): Outcome {
    return this.command(ClientCommand.START);
  }

  probeAnswered(text: string): Outcome {
    return this.input(InputKind.PROBE_RESULT, new Uint8Array(0), 1, { address: address(text) });
  }

  raw(kind: InputKind, payload: Uint8Array, value = 0, flags = 0): Outcome {
    return this.input(kind, payload, value, { flags });
  }

  /** Hands over a DHCP message as the link mode would: as a datagram, or in a frame from `mac`. */
  receive(bytes: Uint8Array, mac: Uint8Array = SERVER_MAC): Outcome {
    if (this.linkMode === LinkMode.DATAGRAM) return this.input(InputKind.DATAGRAM, bytes);
    return this.frame(this.frameOf(bytes, mac));
  }

  /** A broadcast frame around a DHCP message from the server at `mac`. */
  frameOf(bytes: Uint8Array, mac: Uint8Array = SERVER_MAC): Uint8Array {
    return buildDatagramFrame({
      destinationMac: BROADCAST_MAC,
      sourceMac: mac,
      source: SERVER,
      destination: "255.255.255.255",
      sourcePort: 67,
      destinationPort: this.settings.clientPort || 68,
      payload: bytes,
    });
  }

  /** Hands over a frame. */
  frame(bytes: Uint8Array): Outcome {
    return this.input(InputKind.FRAME, bytes);
  }

  /** Hands over an ARP message from `senderMac`. */
  arp(operation: number, sender: string, target: string, senderMac: Uint8Array = OTHER_MAC): Outcome {
    const frame = {
      destinationMac: BROADCAST_MAC,
      sourceMac: senderMac,
      operation,
      senderMac,
      sender,
      targetMac: new Uint8Array(6),
      target,
    };
    return this.input(InputKind.FRAME, buildArpFrame(frame));
  }

  /** A server's answer to the exchange under way, with all that it must have; `fields` and `options` replace parts of it. */
  answer(type: number, fields: MessageFields = {}, options: readonly OptionValue[] = []): Uint8Array {
    const lease: OptionValue[] =
      type === Type.NAK
        ? []
        : [
            [Code.LEASE_TIME, u32(3600)],
            [Code.SUBNET_MASK, ip("255.255.255.0")],
          ];
    const given = new Map<number, Uint8Array>([[Code.SERVER_IDENTIFIER, ip(SERVER)], ...lease, ...options]);
    const kept = [...given].filter(([, value]) => value !== ABSENT);
    return buildMessage({
      op: 2,
      xid: this.xid,
      chaddr: CLIENT_MAC,
      yiaddr: type === Type.NAK ? "0.0.0.0" : LEASED,
      type,
      options: kept,
      ...fields,
    });
  }

  /** `xid` of the last DHCP message sent. */
  xid = 0;

  /** `xid` of the message that lies at the ring's tail and is not taken yet. */
  peekXid(): number {
    const { payload, length } = this.core.ready.at(0);
    return readMessage(this.core.bytes.slice(payload, payload + length)).xid;
  }

  /** Takes what lies in the ring. */
  drain(): void {
    if (!this.draining) return;
    const ring = this.core.ready;
    const count = ring.pending;
    for (let i = 0; i < count; i++) {
      const descriptor = ring.at(i);
      const bytes = this.core.bytes.slice(descriptor.payload, descriptor.payload + descriptor.length);
      if (descriptor.kind === TransmitKind.FRAME && isArp(bytes)) {
        this.arps.push({ ...readArpFrame(bytes), at: this.now });
        continue;
      }
      const frame = descriptor.kind === TransmitKind.FRAME ? readDatagramFrame(bytes) : null;
      const message = readMessage(frame?.payload ?? bytes);
      this.xid = message.xid;
      this.sent.push({
        at: this.now,
        kind: frame ? "frame" : "datagram",
        source: frame?.source ?? addressText(descriptor.sourceAddress),
        destination: frame?.destination ?? addressText(descriptor.destinationAddress),
        sourcePort: frame?.sourcePort ?? descriptor.sourcePort,
        destinationPort: frame?.destinationPort ?? descriptor.destinationPort,
        destinationMac: frame?.destinationMac ?? new Uint8Array(0),
        message,
        bytes: frame?.payload ?? bytes,
      });
    }
    ring.advance(count);
  }

  /** Takes the one message that was sent since the last time; fails when there is none, or more. */
  takeSent(type?: number): Sent {
    assert.equal(this.sent.length, 1, `one message sent, not ${this.sent.map(({ message }) => message.type)}`);
    const [sent] = this.sent;
    this.sent = [];
    if (type !== undefined) assert.equal(sent!.message.type, type, "the type of what was sent");
    return sent!;
  }

  /** Takes all messages sent since the last time. */
  takeAll(): Sent[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  /** Goes to the next deadline, which must come within `limit` milliseconds, and handles it. */
  step(limit = Number.POSITIVE_INFINITY): void {
    const { deadline } = this.core;
    assert.ok(deadline <= this.now + limit, `a deadline within ${limit} ms, not ${deadline - this.now}`);
    this.now = Math.max(this.now, deadline);
    this.core.handleTimeout(this.now);
    this.drain();
  }

  /** Lets so many milliseconds pass. */
  advance(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let steps = 0; this.core.deadline <= until; steps++) {
      assert.ok(steps < 100_000, "the client asks to be called again and again");
      this.step();
    }
    this.now = until;
  }

  /** Climbs the ladder to BOUND, and takes what was sent. */
  bind(options: readonly OptionValue[] = []): this {
    this.start();
    while (this.state === "INIT") this.step();
    assert.equal(this.receive(this.answer(Type.OFFER, {}, options)).verdict, "OFFER_KEPT");
    if (this.state === "SELECTING") this.advance(this.settings.offerWindow);
    assert.equal(this.receive(this.answer(Type.ACK, {}, options)).verdict, "LEASE_ACQUIRED");
    while (this.state === "CHECKING") this.step();
    assert.equal(this.state, "BOUND");
    this.takeAll();
    return this;
  }

  /** Goes from BOUND to a state in which the lease is being extended. */
  until(state: string): this {
    for (let steps = 0; this.state !== state; steps++) {
      assert.ok(steps < 1000, `${state} is never reached; the client is in ${this.state}`);
      this.step();
    }
    return this;
  }

  /** The records that were made so far, for `restore` of another client. */
  records(): Uint8Array {
    return this.core.takeJournal() ?? new Uint8Array(0);
  }
}

/** As an option's value in `answer`: leave that option out. */
export const ABSENT = new Uint8Array(0);

export { address, ClientCommand, ClientState, Code, hex, ip, Type, u32 };
export { encodeSettings, SETTINGS, type Settings };

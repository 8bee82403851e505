/**
 * A load on the server core alone, in batches, with only the time spent inside the module counted: exchanges of four messages
 * (DHCPDISCOVER, DHCPREQUEST and their answers) and renewals of two. Messages are patched copies of templates; every answer is
 * looked at.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  InputKind,
  InterfaceChange,
  InterfaceChangeLayout,
  InterfaceFlag,
  LinkMode,
  NETWORK_BY_ADDRESS,
} from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import { formatAddress } from "../../host/core/address.js";
import { ServerCore } from "../../host/core/server.js";
import type { InstancePlan } from "../../host/server/instance.js";
import { address, buildMessage, Code, ip, Type, u32 } from "../rules/harness/messages.js";

const SERVER = "10.0.0.1";
/** Where relayed messages say that they come from. */
export const RELAY = address("10.0.0.2");
const XID_AT = 4;
const CIADDR_AT = 12;
const GIADDR_AT = 24;
const CHADDR_AT = 28;

/** A server core with room for `leaseCount` leases, and the messages to load it with. */
export class CoreLoad {
  readonly core: ServerCore;
  readonly leaseCount: number;
  /** What another instance of the same would be made of. */
  readonly plan: InstancePlan;
  /** Nanoseconds spent inside the module. */
  insideNanoseconds = 0;
  /** Messages handled. */
  messageCount = 0;
  #now = 1_000_000;
  readonly #discover: Uint8Array;
  readonly #request: Uint8Array;
  readonly #renewal: Uint8Array;
  readonly #requestedAt: number;
  readonly #addresses: Uint32Array;

  constructor(leaseCount: number, wasm = "server.wasm") {
    this.leaseCount = leaseCount;
    const last = formatAddress(address("10.0.1.0") + leaseCount - 1);
    const { configuration, problems } = compileConfiguration(
      JSON.stringify({
        subnets: [{ subnet: "10.0.0.0/8", pools: [`10.0.1.0-${last}`], leaseTime: "12h", probe: false }],
      }),
      "bench.json",
    );
    assert.ok(configuration, problems.map(({ message }) => message).join("; "));
    const module = new WebAssembly.Module(readFileSync(new URL(`../../../${wasm}`, import.meta.url)));
    // No host names here: what is measured is a lease itself.
    const limits = { ...configuration.limits, attributeBlockCount: 0 };
    this.plan = { module, image: configuration.image, limits };
    this.core = new ServerCore(module, limits, [1, 2]);
    assert.equal(this.core.configure(configuration.image), 0);
    while (this.core.restoreSlice(new Uint8Array(0), 1_700_000_000, this.#now) === 1);
    this.#tellInterface();
    const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 0);
    const common = [[Code.CLIENT_IDENTIFIER, Uint8Array.of(1, ...chaddr)]] as const;
    const asked = [Code.PARAMETER_REQUEST_LIST, Uint8Array.of(1, 3, 6, 15, 28, 51, 58, 59)] as const;
    this.#discover = buildMessage({ type: Type.DISCOVER, chaddr, options: [...common, asked] });
    this.#request = buildMessage({
      type: Type.REQUEST,
      chaddr,
      options: [...common, asked, [Code.SERVER_IDENTIFIER, ip(SERVER)], [Code.REQUESTED_ADDRESS, u32(0)]],
    });
    this.#renewal = buildMessage({ type: Type.REQUEST, chaddr, options: [...common, asked] });
    this.#requestedAt = indexOf(this.#request, Uint8Array.of(Code.REQUESTED_ADDRESS, 4, 0, 0, 0, 0)) + 2;
    this.#addresses = new Uint32Array(leaseCount);
  }

  /** Climbs the ladder once for each of `clients`, a batch at a time; through the relay agent `giaddr`, or on the link. */
  exchange(clients: Uint32Array, giaddr = 0): void {
    for (const some of this.#batches(clients)) {
      this.#send(some, this.#discover, Type.OFFER, giaddr);
      this.#send(some, this.#request, Type.ACK, giaddr);
    }
  }

  /** Renews the lease of each of `clients`, all of which must have one. */
  renew(clients: Uint32Array): void {
    for (const some of this.#batches(clients)) this.#send(some, this.#renewal, Type.ACK, 0);
  }

  *#batches(clients: Uint32Array): Generator<Uint32Array> {
    const size = this.core.inputSlotCount;
    for (let from = 0; from < clients.length; from += size) yield clients.subarray(from, from + size);
  }

  #send(clients: Uint32Array, template: Uint8Array, answer: number, giaddr: number): void {
    const { core } = this;
    for (const [index, client] of clients.entries()) {
      const slot = core.freshSlot(index);
      slot.kind = InputKind.DATAGRAM;
      slot.destinationAddress = template === this.#renewal ? address(SERVER) : 0xffffffff;
      slot.sourcePort = 68;
      slot.destinationPort = 67;
      core.setPayload(index, template);
      const at = core.payloadAddress(index);
      core.view.setUint32(at + XID_AT, client, false);
      core.view.setUint32(at + CHADDR_AT + 2, client, false);
      core.view.setUint32(at + IDENTIFIER_AT + 3, client, false);
      core.view.setUint32(at + GIADDR_AT, giaddr, false);
      if (template === this.#request) core.view.setUint32(at + this.#requestedAt, this.#addresses[client]!, false);
      if (template === this.#renewal) core.view.setUint32(at + CIADDR_AT, this.#addresses[client]!, false);
    }
    this.#now += 1;
    const before = process.hrtime.bigint();
    core.handleInputs(clients.length, this.#now);
    this.insideNanoseconds += Number(process.hrtime.bigint() - before);
    this.messageCount += clients.length;
    for (const [index, client] of clients.entries()) {
      const slot = core.slot(index);
      assert.equal(slot.answerType, answer, `client ${client}: verdict ${slot.verdict}`);
      this.#addresses[client] = slot.address;
    }
    this.#keep();
    core.ready.advance(core.ready.pending);
    core.waiting.advance(core.waiting.pending);
  }

  #keep(): void {
    const { core } = this;
    if (core.takeJournal() === null) return;
    const slot = core.freshSlot(0);
    slot.kind = InputKind.DURABLE;
    slot.value = core.journalHead;
    core.handleInputs(1, this.#now);
  }

  #tellInterface(): void {
    const slot = this.core.freshSlot(0);
    slot.kind = InputKind.INTERFACE;
    slot.length = InterfaceChangeLayout.byteSize;
    const change = new InterfaceChange(this.core.view, this.core.payloadAddress(0));
    change.flags = InterfaceFlag.UP;
    change.linkMode = LinkMode.MIXED;
    change.prefixLength = 8;
    change.htype = 1;
    change.address = address(SERVER);
    change.network = NETWORK_BY_ADDRESS;
    change.mtu = 1500;
    this.core.handleInputs(1, this.#now);
  }
}

/** Where the client identifier's bytes begin in both templates: behind cookie and message type, code and length. */
const IDENTIFIER_AT = 240 + 3 + 2;

/** `count` pseudo-random client numbers below `limit`, the same for the same seed. */
export function randomClients(count: number, limit: number, seed = 1): Uint32Array {
  const clients = new Uint32Array(count);
  let state = seed;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    clients[index] = Math.floor((state / 2 ** 32) * limit);
  }
  return clients;
}

/** All clients in order. */
export function everyClient(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(part);
  assert.ok(at >= 0);
  return at;
}

// A whole server on a link in memory: the real module, the real loop, a store and a clock that tests can bend.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LinkMode, TransmitKind } from "#layout";
import type { Clock } from "../../host/clock.js";
import { compileConfiguration } from "../../host/config/compile.js";
import { compileModule, readModule } from "../../host/core/module.js";
import type { ServerLimits } from "../../host/core/server.js";
import { MemoryLink, type MemoryStation } from "../../host/net/memory.js";
import type { ServerEvents } from "../../host/server/events.js";
import { Server, type ServerPlan } from "../../host/server/server.js";
import { MemoryStore } from "../../host/store/memory.js";
import type { AppendOutcome, Store } from "../../host/store/store.js";
import { address, buildMessage, Code, ip, type Message, readMessage, Type } from "../rules/harness/messages.js";

export const serverModule = compileModule(await readModule("server"));

/** The real clocks, which a test may set. */
export class TestClock implements Clock {
  skippedMilliseconds = 0;
  wallOffsetMilliseconds = 0;

  now(): number {
    return Math.floor(performance.now()) + this.skippedMilliseconds;
  }

  wall(): number {
    return Date.now() + this.skippedMilliseconds + this.wallOffsetMilliseconds;
  }
}

/** A memory store whose appends a test can hold, and whose answers it can choose. */
export class BendableStore extends MemoryStore {
  outcome: AppendOutcome = "durable";
  readonly asked: Uint8Array[] = [];
  snapshotWanted = false;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  /** Lets no append end until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  override async append(blob: Uint8Array): Promise<AppendOutcome> {
    this.asked.push(blob.slice());
    await this.#gate;
    return this.outcome === "durable" ? super.append(blob) : this.outcome;
  }

  override get wantsSnapshot(): boolean {
    return this.snapshotWanted;
  }
}

/** The configuration of one subnet, 192.0.2.0/24, with a pool. */
export function subnet(pool = "192.0.2.10-192.0.2.99"): string {
  return JSON.stringify({ probe: false, leaseTime: "1h", subnets: [{ subnet: "192.0.2.0/24", pools: [pool] }] });
}

/** The plan that serves a configuration. */
export async function planFor(text: string, limits: Partial<ServerLimits> = {}): Promise<ServerPlan> {
  const { configuration, problems } = compileConfiguration(text, "test.json");
  assert.ok(configuration, problems.map(({ message }) => message).join("\n"));
  return {
    module: await serverModule,
    image: configuration.image,
    limits: { ...configuration.limits, inputSlotCount: 16, ...limits },
  };
}

export interface WorldOptions {
  configuration?: string;
  limits?: Partial<ServerLimits>;
  store?: Store;
  clock?: TestClock;
  events?: ServerEvents;
  diagnosisFolder?: string;
  /** 192.0.2.1 when left out. */
  serverAddress?: string;
}

/** A server and a link, with the messages that it sends. */
export class World {
  readonly link = new MemoryLink();
  readonly clock: TestClock;
  readonly heard: Message[] = [];
  readonly station: MemoryStation;
  server!: Server;

  readonly #serverAddress: string;

  private constructor(clock: TestClock, serverAddress: string) {
    this.clock = clock;
    this.#serverAddress = serverAddress;
    this.station = this.link.join({
      name: "lan0",
      linkMode: LinkMode.DATAGRAM,
      mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
      address: address(serverAddress),
      prefixLength: 24,
    });
    this.link.carry = ({ bytes }) => {
      this.heard.push(readMessage(bytes));
      return false;
    };
  }

  static async start(t: TestContext, options: WorldOptions = {}): Promise<World> {
    const world = new World(options.clock ?? new TestClock(), options.serverAddress ?? "192.0.2.1");
    const store = options.store ?? new MemoryStore();
    const { events, diagnosisFolder } = options;
    world.server = await Server.start({
      plan: await planFor(options.configuration ?? subnet(), options.limits),
      transport: world.station,
      clock: world.clock,
      openStore: async () => store,
      ...(events ? { events } : {}),
      ...(diagnosisFolder === undefined ? {} : { diagnosisFolder }),
    });
    t.after(() => world.server.stop());
    await world.turns();
    return world;
  }

  /** Lets a client's message be heard by the server. `client` is the last byte of its hardware address. */
  say(type: number, client: number, fields: { ciaddr?: string; options?: [number, Uint8Array][] } = {}): void {
    const bytes = buildMessage({
      xid: 0x1000 + client,
      chaddr: Uint8Array.of(2, 0, 0, 0, 1, client),
      flags: 0x8000,
      type,
      ...fields,
    });
    this.link.deliver({
      kind: TransmitKind.DATAGRAM,
      sourceAddress: 0,
      destinationAddress: fields.ciaddr === undefined ? 0xffffffff : address(this.#serverAddress),
      sourcePort: 68,
      destinationPort: 67,
      bytes,
    });
  }

  /** A DHCPDISCOVER, which may ask for an address. */
  discover(client: number, wanted?: string): void {
    this.say(Type.DISCOVER, client, { options: wanted === undefined ? [] : [[Code.REQUESTED_ADDRESS, ip(wanted)]] });
  }

  /** A DHCPREQUEST in SELECTING for an address. */
  request(client: number, requested: string): void {
    const options: [number, Uint8Array][] = [
      [Code.REQUESTED_ADDRESS, ip(requested)],
      [Code.SERVER_IDENTIFIER, ip(this.#serverAddress)],
    ];
    this.say(Type.REQUEST, client, { options });
  }

  renew(client: number, ciaddr: string): void {
    this.say(Type.REQUEST, client, { ciaddr });
  }

  /** Lets the event loop turn a few times. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The answers of a type to a client, in order, once there are `count`. */
  async answers(type: number, client: number, count = 1): Promise<Message[]> {
    const matching = () => this.heard.filter((message) => message.xid === 0x1000 + client && message.type === type);
    for (let tries = 0; tries < 400 && matching().length < count; tries++) await sleep(5);
    assert.equal(matching().length, count, `messages of type ${type} to client ${client}`);
    return matching();
  }

  /** Discover, offer, request, acknowledgement: the address that a client got. */
  async lease(client: number, wanted?: string): Promise<string> {
    this.discover(client, wanted);
    const offers = this.heard.filter(({ xid, type }) => xid === 0x1000 + client && type === Type.OFFER).length;
    const offer = (await this.answers(Type.OFFER, client, offers + 1)).at(-1)!;
    const acks = this.heard.filter(({ xid, type }) => xid === 0x1000 + client && type === Type.ACK).length;
    this.request(client, offer.yiaddr);
    return (await this.answers(Type.ACK, client, acks + 1)).at(-1)!.yiaddr;
  }

  /** How often a verdict was given. */
  count(verdict: number): number {
    return this.server.verdicts.get(verdict) ?? 0;
  }
}

/** Waits until a condition holds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (condition()) return;
    await sleep(5);
  }
  assert.fail(`never happened: ${what}`);
}

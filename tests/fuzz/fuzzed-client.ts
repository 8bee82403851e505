// A client under fire: it takes what is an answer to it and nothing else, sends what RFC 2131 allows and nothing else, and uses no
// address but one that was acknowledged.

import assert from "node:assert/strict";
import { InputFlag, InputKind, Verdict } from "#layout";
import {
  Client,
  CLIENT_MAC,
  ClientCommand,
  Code,
  type Options,
  type Outcome,
  SERVER,
  Type,
} from "../rules/harness/client-harness.js";
import { addressOption, addressText } from "../rules/harness/messages.js";
import { type Asked, checkClientMessage, isAcceptable } from "./client-rules.js";
import { type LooseMessage, numberOf, readLoosely } from "./loose.js";

/** Verdicts of messages that were taken for an answer. */
const accepting = [
  "OFFER_KEPT",
  "OFFER_NOT_BETTER",
  "LEASE_ACQUIRED",
  "LEASE_EXTENDED",
  "LEASE_REFUSED",
  "INFORMED",
  "ADDRESS_MOVED",
];

/** A server that the client is told not to listen to. */
export const DENIED = "203.0.113.66";
const NEVER = 2n ** 64n - 1n;

/** A client and what is known of it from outside. */
export class FuzzedClient {
  readonly client: Client;
  #server = "0.0.0.0";
  #address = "0.0.0.0";
  readonly #memory: readonly [size: number, used: number];

  constructor(options: Options = {}) {
    this.client = new Client({ ...options, settings: { deny: [DENIED], ...options.settings } });
    this.#memory = [this.client.core.bytes.length, this.client.core.memoryUsed];
  }

  get asked(): Asked {
    return {
      state: this.client.state,
      xid: this.client.xid,
      chaddr: CLIENT_MAC,
      identifier: this.client.settings.identifier,
      denied: [DENIED],
      server: this.#server,
      address: this.#address,
    };
  }

  /** Lets happen what is due, so that what comes next can be told from it. */
  settle(): void {
    this.client.advance(0);
    this.checkSent();
  }

  /** Hands over bytes as a datagram, as a host does: one that is longer than a slot is marked. */
  receive(bytes: Uint8Array): void {
    const whole = bytes.length <= this.client.core.inputPayloadSize;
    const flags = whole ? 0 : InputFlag.TRUNCATED;
    this.judge(whole ? bytes : undefined, () => this.client.raw(InputKind.DATAGRAM, bytes, 0, flags));
  }

  /** Delivers the DHCP message `bytes`, or what holds none, by `deliver`, and checks what the client makes of it. */
  judge(bytes: Uint8Array | undefined, deliver: () => Outcome): void {
    this.settle();
    const { asked } = this;
    const message = readLoosely(bytes ?? new Uint8Array(0));
    const before = this.#picture();
    const outcome = deliver();
    const accepted = accepting.includes(outcome.verdict);
    assert.notEqual(outcome.verdict, "NONE", "a verdict");
    assert.equal(accepted, isAcceptable(message, asked), `${outcome.verdict} in ${asked.state}`);
    if (!accepted) assert.deepEqual(this.#picture(), before, `${outcome.verdict} changes nothing`);
    if (outcome.verdict === "LEASE_ACQUIRED" || outcome.verdict === "LEASE_EXTENDED") this.#acknowledged(message);
    this.checkSent();
    this.checkState();
  }

  /** What a message that is no answer to us must leave as it is. */
  #picture(): unknown[] {
    const { state, generation, address, serverIdentifier, expiresAt, renewAt, tries } = this.client.core.status;
    const { deadline } = this.client.core;
    return [state, generation, address, serverIdentifier, expiresAt, renewAt, tries, deadline, this.client.sent.length];
  }

  #acknowledged(message: LooseMessage): void {
    this.#server = addressText(numberOf(message, Code.SERVER_IDENTIFIER));
    this.#address = addressText(message.yiaddr);
  }

  /** Checks all that was sent since the last time. */
  checkSent(): void {
    for (const { message, destination } of this.client.takeAll()) {
      if (message.type === Type.REQUEST) {
        this.#server = addressOption(message, Code.SERVER_IDENTIFIER) ?? this.#server;
        this.#address = addressOption(message, Code.REQUESTED_ADDRESS) ?? this.#address;
      }
      const renewing = message.type === Type.REQUEST && destination !== "255.255.255.255";
      checkClientMessage(message, destination, { ...this.asked, state: renewing ? "RENEWING" : "" });
      if (renewing) assert.equal(destination, this.#server, "a renewal goes to the leasing server");
    }
  }

  /** The address in use is one that was acknowledged, the times are in order, the memory is what it was. */
  checkState(): void {
    const { status, bytes, memoryUsed } = this.client.core;
    assert.notEqual(this.client.state, "", `state ${status.state}`);
    if (status.address !== 0) assert.equal(this.client.address, this.#address, "the address in use");
    if (this.client.state === "BOUND") {
      assert.notEqual(status.address, 0, "BOUND with an address");
      assert.ok(status.renewAt <= status.rebindAt && status.rebindAt <= status.expiresAt, "T1, T2, end");
      const longest = BigInt(this.client.now) + BigInt(status.leaseSeconds) * 1000n;
      assert.ok(status.expiresAt === NEVER || status.expiresAt <= longest, "no longer than the lease");
    }
    assert.deepEqual([bytes.length, memoryUsed], this.#memory, "the memory");
    assert.equal(this.client.counted(Verdict.NONE), 0, "a verdict for each input");
  }

  /** A well-behaved server comes: the client climbs to BOUND from wherever it is, renews and releases. */
  climb(): void {
    const { client } = this;
    this.settle();
    client.command(ClientCommand.STOP);
    this.#expectState("STOPPED");
    client.command(ClientCommand.RELEASE);
    this.settle();
    client.start();
    for (let steps = 0; client.state !== "BOUND"; steps++) {
      assert.ok(steps < 200, `the ladder ends in ${client.state}`);
      this.checkSent();
      if (client.state === "SELECTING") client.receive(client.answer(Type.OFFER));
      if (client.state === "REQUESTING") this.receive(client.answer(Type.ACK));
      if (client.state !== "BOUND") client.step();
    }
    client.command(ClientCommand.RENEW);
    this.checkSent();
    this.receive(client.answer(Type.ACK));
    this.#expectState("BOUND");
    client.command(ClientCommand.RELEASE);
    this.settle();
    this.#expectState("STOPPED");
  }

  #expectState(state: string): void {
    assert.equal(this.client.state, state);
  }
}

export { ClientCommand, SERVER, Type };

// What the server has promised: who holds which address until when, kept by what it told its clients and nothing else.

import assert from "node:assert/strict";
import { Code, type Message, numberOption } from "../rules/harness/messages.js";
import type { LooseMessage } from "./loose.js";

interface Promised {
  readonly client: string;
  readonly hardware: string;
  /** Milliseconds. */
  readonly until: number;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The machine that a message names. */
function hardwareOf(message: LooseMessage): string {
  return `${message.htype}:${hex(message.chaddr.subarray(0, message.hlen))}`;
}

/** The client that a message names (RFC 2131 §4.2): by its identifier, else by its hardware address. */
function clientOf(message: LooseMessage): string {
  const identifier = message.options.get(Code.CLIENT_IDENTIFIER) ?? new Uint8Array(0);
  return identifier.length >= 1 && identifier.length <= 255 ? `id ${hex(identifier)}` : hardwareOf(message);
}

const subnetOf = (address: string) => address.split(".").slice(0, 3).join(".");

/** The promises of one server. Subnets are networks of their own. */
export class Promises {
  readonly #holders = new Map<string, Promised>();
  readonly #quarantined = new Map<string, number>();
  /** Addresses that follow a machine, not an identifier. */
  readonly #ofMachines: ReadonlySet<string>;

  constructor(ofMachines: readonly string[]) {
    this.#ofMachines = new Set(ofMachines);
  }

  /** An address was offered or granted to the sender of `request`: nobody else may hold it, and it is not quarantined. */
  checkFree(address: string, request: LooseMessage, now: number): void {
    assert.ok((this.#quarantined.get(address) ?? 0) <= now, `${address} was declined`);
    const holder = this.#holders.get(address);
    if (!holder || holder.until <= now || holder.client === clientOf(request)) return;
    const follows = this.#ofMachines.has(address) && holder.hardware === hardwareOf(request);
    assert.ok(follows, `${address} is held by ${holder.client}, and given to ${clientOf(request)}`);
  }

  /** The address of `ack` was granted: any other that the client held in that subnet is free. */
  grant(ack: Message, request: LooseMessage, now: number): void {
    this.checkFree(ack.yiaddr, request, now);
    const client = clientOf(request);
    for (const [address, holder] of this.#holders) {
      if (holder.client === client && subnetOf(address) === subnetOf(ack.yiaddr)) this.#holders.delete(address);
    }
    const until = now + numberOption(ack, Code.LEASE_TIME)! * 1000;
    this.#holders.set(ack.yiaddr, { client, hardware: hardwareOf(request), until });
  }

  /** The server says that the sender gave the address back. */
  release(address: string, request: LooseMessage, now: number): void {
    const holder = this.#holders.get(address);
    assert.ok(
      holder && holder.until > now - 1000 && holder.client === clientOf(request),
      `${address} was not its to give`,
    );
    this.#holders.delete(address);
  }

  /** The server says that the sender declined the address, which it then keeps away for `seconds`. */
  decline(address: string, request: LooseMessage, now: number, seconds: number): void {
    this.release(address, request, now);
    this.#quarantined.set(address, now + seconds * 1000);
  }
}

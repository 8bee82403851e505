// What clients say, in the words of RFC 2131 §4.3.6, table 4: each function builds one message of one client.

import assert from "node:assert/strict";
import { addressOption, Code, hex, ip, type MessageFields, type OptionValue, Type } from "./messages.js";
import type { Envelope, Server } from "./server-harness.js";

/** A client: what it puts into every message. */
export interface Client {
  chaddr: Uint8Array;
  xid: number;
  /** Option 61. */
  identifier?: Uint8Array;
  flags?: number;
  giaddr?: string;
  /** Options of every message, behind those that the message itself needs. */
  options?: OptionValue[];
}

/** A client of its own for each number: hardware address 02:00:00:00:xx:xx, no client identifier. */
export function clientOf(number: number, more: Partial<Client> = {}): Client {
  return { chaddr: hex(`02000000${number.toString(16).padStart(4, "0")}`), xid: 0x1000 + number, ...more };
}

function message(client: Client, type: number, fields: MessageFields, options: OptionValue[]): MessageFields {
  const identifier: OptionValue[] = client.identifier ? [[Code.CLIENT_IDENTIFIER, client.identifier]] : [];
  return {
    type,
    chaddr: client.chaddr,
    xid: client.xid,
    flags: client.flags ?? 0,
    giaddr: client.giaddr ?? "0.0.0.0",
    ...fields,
    options: [...options, ...identifier, ...(client.options ?? [])],
  };
}

export const discover = (client: Client, options: OptionValue[] = []) => message(client, Type.DISCOVER, {}, options);

/** DHCPREQUEST in SELECTING. */
export const select = (client: Client, requested: string, server = "192.0.2.1", options: OptionValue[] = []) =>
  message(client, Type.REQUEST, {}, [
    [Code.SERVER_IDENTIFIER, ip(server)],
    [Code.REQUESTED_ADDRESS, ip(requested)],
    ...options,
  ]);

/** DHCPREQUEST in INIT-REBOOT. */
export const reboot = (client: Client, requested: string, options: OptionValue[] = []) =>
  message(client, Type.REQUEST, {}, [[Code.REQUESTED_ADDRESS, ip(requested)], ...options]);

/** DHCPREQUEST in RENEWING or REBINDING: which of them is the destination's to say. */
export const extend = (client: Client, ciaddr: string, options: OptionValue[] = []) =>
  message(client, Type.REQUEST, { ciaddr }, options);

export const decline = (client: Client, declined: string, server = "192.0.2.1") =>
  message(client, Type.DECLINE, {}, [
    [Code.SERVER_IDENTIFIER, ip(server)],
    [Code.REQUESTED_ADDRESS, ip(declined)],
  ]);

export const release = (client: Client, ciaddr: string, server = "192.0.2.1") =>
  message(client, Type.RELEASE, { ciaddr }, [[Code.SERVER_IDENTIFIER, ip(server)]]);

export const inform = (client: Client, ciaddr: string, options: OptionValue[] = []) =>
  message(client, Type.INFORM, { ciaddr }, options);

/** Where a unicast message of a client with an address goes. */
export const toServer = (from: string, server = "192.0.2.1") => ({ source: from, destination: server });

/** Takes a client from DISCOVER to BOUND and returns its address. Fails the test where a step is not answered as it should be. */
export function bind(server: Server, client: Client, envelope: Envelope = {}, options: OptionValue[] = []): string {
  const offered = server.receive(discover(client, options), envelope);
  assert.match(offered.verdict, /^OFFERED/);
  const { yiaddr } = offered.answer.message;
  const identifier = addressOption(offered.answer.message, Code.SERVER_IDENTIFIER)!;
  const bound = server.receive(select(client, yiaddr, identifier, options), envelope);
  assert.equal(bound.verdict, "BOUND_SELECTING");
  assert.equal(bound.answer.message.yiaddr, yiaddr);
  return yiaddr;
}

/** Stops the store, and lets a client that holds `held` renew until the journal is full. */
export function fillJournal(server: Server, client: Client, held: string): void {
  server.storeWorks = false;
  for (let round = 0; round < 100_000; round++) {
    const { verdict } = server.receive(extend(client, held), toServer(held));
    if (verdict === "STORE_BEHIND") return;
    assert.equal(verdict, "BOUND_RENEWING");
  }
  assert.fail("the journal never fills");
}

// What a client may send (RFC 2131 table 5, §4.4.4) and what it may believe (§4.4.1, §4.4.5, table 3; RFC 6842), told from the
// bytes alone, independently of the core.

import assert from "node:assert/strict";
import { address, Code, type Message, Type } from "../rules/harness/messages.js";
import { type LooseMessage, numberOf } from "./loose.js";

/** What a message is judged against: who the client is, and what it asked last. */
export interface Asked {
  readonly state: string;
  readonly xid: number;
  readonly chaddr: Uint8Array;
  readonly identifier: Uint8Array;
  readonly denied: readonly string[];
  /** Server that was chosen, or that leased the address. */
  readonly server: string;
  /** Address asked for or held. */
  readonly address: string;
}

/** States that expect each type of answer. */
const expecting: ReadonlyMap<number, readonly string[]> = new Map([
  [Type.OFFER, ["SELECTING"]],
  [Type.ACK, ["REQUESTING", "RENEWING", "REBINDING", "REBOOTING", "INFORMING"]],
  [Type.NAK, ["REQUESTING", "RENEWING", "REBINDING", "REBOOTING"]],
]);

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Whether a machine can have the address. */
export function isUnicast(value: number): boolean {
  const network = value >>> 24;
  return network !== 0 && network !== 127 && network < 224;
}

/** Whether the address is the first or last of the subnet that `mask` makes of it. */
function isEdge(value: number, mask: number): boolean {
  const prefix = Math.clz32(~mask);
  if (mask === 0 || prefix > 30 || mask << prefix !== 0) return false;
  const hosts = (2 ** (32 - prefix) - 1) >>> 0;
  return (value & hosts) >>> 0 === 0 || (value & hosts) >>> 0 === hosts;
}

/** Whether the client must take the message for an answer. What it must not take has to change nothing. */
export function isAcceptable(message: LooseMessage, asked: Asked): boolean {
  if (!message.isDhcp || message.op !== 2 || !expecting.get(message.type)?.includes(asked.state)) return false;
  const chaddr = new Uint8Array(16);
  chaddr.set(asked.chaddr);
  if (message.xid !== asked.xid || !same(message.chaddr, chaddr)) return false;
  const identifier = message.options.get(Code.CLIENT_IDENTIFIER);
  if (identifier && !same(identifier, asked.identifier)) return false;
  const server = numberOf(message, Code.SERVER_IDENTIFIER);
  if (!isUnicast(server) || asked.denied.map(address).includes(server)) return false;
  const bound = asked.state === "REQUESTING" || asked.state === "RENEWING";
  if (bound && server !== address(asked.server)) return false;
  if (message.type === Type.NAK || asked.state === "INFORMING") return true;
  const { yiaddr } = message;
  if (!isUnicast(yiaddr) || yiaddr === server || isEdge(yiaddr, numberOf(message, Code.SUBNET_MASK))) return false;
  if (numberOf(message, Code.LEASE_TIME) === 0) return false;
  return asked.state !== "REQUESTING" || yiaddr === address(asked.address);
}

const always = [Code.MESSAGE_TYPE, Code.CLIENT_IDENTIFIER];
const asking = [...always, Code.LEASE_TIME, Code.MAXIMUM_MESSAGE_SIZE, Code.PARAMETER_REQUEST_LIST];

/** What the last words about a lease may have: they say why (table 5: SHOULD), and ask for nothing. */
const parting = [...always, Code.MESSAGE];

/** What each type of message must have, and what it may have besides (table 5). */
const table5: ReadonlyMap<number, { must: readonly number[]; may: readonly number[]; ciaddr: boolean }> = new Map([
  [Type.DISCOVER, { must: [], may: [...asking, Code.REQUESTED_ADDRESS], ciaddr: false }],
  [Type.DECLINE, { must: [Code.REQUESTED_ADDRESS, Code.SERVER_IDENTIFIER], may: parting, ciaddr: false }],
  [Type.RELEASE, { must: [Code.SERVER_IDENTIFIER], may: parting, ciaddr: true }],
  [Type.INFORM, { must: [], may: asking.filter((code) => code !== Code.LEASE_TIME), ciaddr: true }],
]);

/** The same for a DHCPREQUEST: told by what it has which of the three it is (table 4). */
function rulesOfRequest({ options }: Message) {
  if (options.has(Code.SERVER_IDENTIFIER)) {
    return { must: [Code.SERVER_IDENTIFIER, Code.REQUESTED_ADDRESS], may: asking, ciaddr: false };
  }
  const rebooting = options.has(Code.REQUESTED_ADDRESS);
  return { must: rebooting ? [Code.REQUESTED_ADDRESS] : [], may: asking, ciaddr: !rebooting };
}

/** Fails unless a client may send the message. */
export function checkClientMessage(message: Message, destination: string, asked: Asked): void {
  const { type, options } = message;
  const rules = type === Type.REQUEST ? rulesOfRequest(message) : table5.get(type);
  assert.ok(rules, `a client sends no type ${type}`);
  for (const code of rules.must) assert.ok(options.has(code), `type ${type} without option ${code}`);
  for (const code of options.keys()) {
    assert.ok(rules.must.includes(code) || rules.may.includes(code), `option ${code} in type ${type}`);
  }
  assert.equal(message.ciaddr !== "0.0.0.0", rules.ciaddr, `ciaddr ${message.ciaddr} in type ${type}`);
  const { op, hops, yiaddr, siaddr, giaddr, overload } = message;
  assert.deepEqual([op, hops, yiaddr, siaddr, giaddr, overload], [1, 0, "0.0.0.0", "0.0.0.0", "0.0.0.0", 0]);
  assert.ok(
    [...message.sname, ...message.file].every((byte) => byte === 0),
    "names in what a client sends",
  );
  assert.deepEqual([...message.chaddr.subarray(0, message.hlen)], [...asked.chaddr], "chaddr");
  assert.deepEqual(
    [...(options.get(Code.CLIENT_IDENTIFIER) ?? [])],
    [...asked.identifier],
    "the same identifier in all",
  );
  assert.ok(message.size >= 300 && message.size <= 576, `${message.size} bytes`);
  if (type === Type.RELEASE) assert.equal(destination, asked.server, "a RELEASE goes to the server");
  else if (asked.state !== "RENEWING") assert.equal(destination, "255.255.255.255");
}

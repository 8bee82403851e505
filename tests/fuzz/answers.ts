// What a server may answer (RFC 2131 §4.3, tables 3 and 4 of it, §4.1; RFC 3046; RFC 6842): every answer is held against the
// bytes that it answers.

import assert from "node:assert/strict";
import { TransmitKind } from "#layout";
import { address, addressText, Code, type Message, numberOption, Type } from "../rules/harness/messages.js";
import { LinkMode, type Sent } from "../rules/harness/server-harness.js";
import { type LooseMessage, numberOf } from "./loose.js";
import { LEASE, pools } from "./world.js";

/** The types of answers that each type of message may get. */
const answersTo: ReadonlyMap<number, readonly number[]> = new Map([
  [Type.DISCOVER, [Type.OFFER]],
  [Type.REQUEST, [Type.ACK, Type.NAK]],
  [Type.INFORM, [Type.ACK]],
]);

/** Options of a NAK: nothing else is allowed (table 3). */
const nakOptions = [Code.MESSAGE_TYPE, Code.SERVER_IDENTIFIER, Code.MESSAGE, Code.CLIENT_IDENTIFIER, 82];
/** Options that no answer has: those of clients (table 3: MUST NOT). */
const clientsOptions = [Code.REQUESTED_ADDRESS, Code.PARAMETER_REQUEST_LIST, Code.MAXIMUM_MESSAGE_SIZE];

const BROADCAST = "255.255.255.255";
const inPool = (text: string) =>
  pools.some(([first, last]) => address(text) >= address(first) && address(text) <= address(last));
const subnetOf = (text: string) => text.split(".").slice(0, 3).join(".");

/** The link that a message came from. */
export interface Link {
  readonly address: string;
  readonly linkMode: LinkMode;
  readonly mtu: number;
}

/** Whether a server may answer the message at all. */
export function mayBeAnswered(request: LooseMessage): boolean {
  return request.isDhcp && request.op === 1 && answersTo.has(request.type);
}

/** Fails unless `sent` is an answer to `request` that RFC 2131 allows; returns it. */
export function checkAnswer(request: LooseMessage, sent: Sent, link: Link): Message {
  assert.ok(mayBeAnswered(request), "an answer to what must not be answered");
  const { message } = sent;
  assert.ok(answersTo.get(request.type)!.includes(message.type), `type ${message.type} answers ${request.type}`);
  checkFields(request, message);
  checkOptions(request, message, link);
  const room = checkSize(request, message, link);
  if (message.type === Type.NAK) checkNak(request, message);
  else if (request.type === Type.INFORM) checkInformed(message);
  else checkLease(message, room);
  checkDestination(request, sent, message, link);
  return message;
}

function checkFields(request: LooseMessage, message: Message): void {
  const { op, htype, hlen, hops, xid, secs, giaddr, flags } = message;
  const relayedNak = message.type === Type.NAK && request.giaddr !== 0;
  assert.deepEqual(
    { op, htype, hlen, hops, xid, secs, giaddr: address(giaddr), flags },
    {
      op: 2,
      htype: request.htype,
      hlen: request.hlen,
      hops: 0,
      xid: request.xid,
      secs: 0,
      giaddr: request.giaddr,
      flags: relayedNak ? request.flags | 0x8000 : request.flags,
    },
    "the fixed fields",
  );
  assert.deepEqual([...message.chaddr], [...request.chaddr], "chaddr");
  const ciaddr = message.type === Type.ACK ? addressText(request.ciaddr) : "0.0.0.0";
  assert.equal(message.ciaddr, ciaddr, "ciaddr");
}

function checkOptions(request: LooseMessage, message: Message, link: Link): void {
  assert.equal(addressText(numberOption(message, Code.SERVER_IDENTIFIER)!), link.address, "our server identifier");
  for (const code of clientsOptions) assert.ok(!message.options.has(code), `option ${code} in an answer`);
  const echoed = request.options.get(Code.CLIENT_IDENTIFIER) ?? new Uint8Array(0);
  const echo = message.options.get(Code.CLIENT_IDENTIFIER) ?? new Uint8Array(0);
  if (echoed.length <= 255) assert.deepEqual([...echo], [...echoed], "the client identifier");
  const relay = message.options.get(Code.RELAY_INFORMATION);
  if (!relay) return;
  assert.deepEqual([...relay], [...(request.options.get(Code.RELAY_INFORMATION) ?? [])], "the relay information");
}

/** Returns the bytes that were left. */
function checkSize(request: LooseMessage, message: Message, link: Link): number {
  const asked = request.options.get(Code.MAXIMUM_MESSAGE_SIZE);
  const limit = asked?.length === 2 ? Math.max(576, asked[0]! * 256 + asked[1]!) : 576;
  const most = Math.min(limit, Math.max(576, link.mtu)) - 28;
  assert.ok(message.size >= 300 && message.size <= most, `${message.size} bytes, at most ${most}`);
  return most - message.size;
}

function checkNak(request: LooseMessage, message: Message): void {
  assert.deepEqual([message.yiaddr, message.siaddr], ["0.0.0.0", "0.0.0.0"], "addresses in a NAK");
  assert.ok(
    [...message.sname, ...message.file].every((byte) => byte === 0) && message.overload === 0,
    "names in a NAK",
  );
  for (const code of message.options.keys()) assert.ok(nakOptions.includes(code), `option ${code} in a NAK`);
  const named = numberOf(request, Code.REQUESTED_ADDRESS) || request.ciaddr;
  assert.notEqual(named, 0, "a NAK to a message that names no address");
}

function checkInformed(message: Message): void {
  assert.equal(message.yiaddr, "0.0.0.0", "yiaddr in the answer to an INFORM");
  for (const code of [Code.LEASE_TIME, Code.RENEWAL_TIME, Code.REBINDING_TIME]) {
    assert.ok(!message.options.has(code), `option ${code} in the answer to an INFORM`);
  }
}

/** T1 and T2 may be left out, but only for want of room: their options take six bytes. */
function checkLease(message: Message, room: number): void {
  assert.ok(inPool(message.yiaddr), `${message.yiaddr} is in no pool`);
  const seconds = numberOption(message, Code.LEASE_TIME)!;
  assert.ok(seconds >= LEASE.minimum && seconds <= LEASE.maximum, `a lease of ${seconds} s`);
  const t1 = numberOption(message, Code.RENEWAL_TIME);
  const t2 = numberOption(message, Code.REBINDING_TIME);
  assert.ok((t1 !== undefined && t2 !== undefined) || room < 6, `T1 ${t1}, T2 ${t2}, ${room} bytes left`);
  assert.ok(
    0 < (t1 ?? 1) && (t1 ?? 1) < (t2 ?? seconds - 1) && (t2 ?? 1) < seconds,
    `T1 ${t1}, T2 ${t2} of ${seconds}`,
  );
}

/** §4.1, in its order. */
function checkDestination(request: LooseMessage, sent: Sent, message: Message, link: Link): void {
  const ciaddr = addressText(request.ciaddr);
  const { frame } = sent;
  const destination = frame?.destination ?? sent.destination;
  const port = frame?.destinationPort ?? sent.destinationPort;
  assert.equal(frame?.sourcePort ?? sent.sourcePort, 67, "the source port");
  assert.equal(frame?.source ?? sent.source, link.address, "the source address");
  if (link.linkMode === LinkMode.FRAMES) assert.equal(sent.kind, TransmitKind.FRAME, "a frame on a link of frames");
  if (request.giaddr !== 0) {
    assert.deepEqual([destination, port], [message.giaddr, 67], "to the relay agent");
    return;
  }
  assert.equal(port, 68, "the client's port");
  if (message.type === Type.NAK) assert.equal(destination, BROADCAST, "a NAK is broadcast");
  else if (request.ciaddr !== 0 && subnetOf(ciaddr) === subnetOf(link.address)) assert.equal(destination, ciaddr);
  else if (destination === ciaddr) return;
  else if (request.flags & 0x8000) assert.equal(destination, BROADCAST, "the BROADCAST flag");
  else if (link.linkMode !== LinkMode.DATAGRAM && request.htype === 1 && request.hlen === 6) {
    assert.equal(destination, message.yiaddr, "to yiaddr");
    assert.deepEqual(
      [...frame!.destinationMac],
      [...request.chaddr.subarray(0, 6)],
      "at the client's hardware address",
    );
  } else assert.equal(destination, BROADCAST, "to everybody");
}

/**
 * A closed-loop load on a DHCP server, run as a process of its own: a relay with many clients behind it, `window` of them climbing
 * the ladder at once. Every answer is checked against its request; prints one line of JSON.
 *
 *     node relay-load.js SERVER RELAY CLIENTS WINDOW SECONDS
 */
import { InputSlotLayout } from "#layout";
import { parseAddress } from "../../host/core/address.js";
import { InternetAddress } from "../../host/net/linux/abi.js";
import { addressOf, closeDescriptor, pollDescriptors } from "../../host/net/linux/libc.js";
import { ReceiveBatch, type SlotMemory } from "../../host/net/linux/receive-batch.js";
import { SendBatch } from "../../host/net/linux/send-batch.js";
import { openDatagramSocket } from "../../host/net/linux/sockets.js";
import { newTransportStatistics } from "../../host/net/transport.js";
import { buildMessage, Code, Type, u32 } from "../rules/harness/messages.js";

const PORT = 67;
const SLOTS = 256;
const SLOT_SIZE = 2048;
const XID_AT = 4;
const YIADDR_AT = 16;
const CHADDR_AT = 28;
const OPTIONS_AT = 240;
/** A client whose answer has not come after this time asks again. */
const RETRY_MILLISECONDS = 1000;

const [server, relay, clientCount, window, seconds] = readArguments(process.argv.slice(2));

/** Memory divided as a core's input slots are. */
class Slots implements SlotMemory {
  readonly inputSlotCount = SLOTS;
  readonly inputPayloadSize = SLOT_SIZE;
  readonly bytes = new Uint8Array(SLOTS * (InputSlotLayout.byteSize + SLOT_SIZE));
  slotAddress(index: number): number {
    return index * (InputSlotLayout.byteSize + SLOT_SIZE);
  }
}

const chaddr = Uint8Array.of(2, 0, 0, 0, 0, 0);
const asked = [Code.PARAMETER_REQUEST_LIST, Uint8Array.of(1, 3, 6, 15, 28, 51, 58, 59)] as const;
const giaddr = process.argv[3]!;
const discover = buildMessage({ type: Type.DISCOVER, hops: 1, giaddr, chaddr, options: [asked] });
const request = buildMessage({
  type: Type.REQUEST,
  hops: 1,
  giaddr,
  chaddr,
  options: [[Code.SERVER_IDENTIFIER, u32(0)], [Code.REQUESTED_ADDRESS, u32(0)], asked],
});
/** Behind cookie and message type: code and length, then the value; likewise for the next. */
const SERVER_IDENTIFIER_AT = OPTIONS_AT + 3 + 2;
const REQUESTED_ADDRESS_AT = SERVER_IDENTIFIER_AT + 4 + 2;

const statistics = newTransportStatistics();
const descriptor = openDatagramSocket(PORT);
const slots = new Slots();
const incoming = new ReceiveBatch(slots);
const outgoing = new SendBatch(statistics);
const view = new DataView(slots.bytes.buffer);
const messages = new DataView(new ArrayBuffer(window * 512));
const messagesAddress = addressOf(messages.buffer);

/** What each place of the window is doing. */
const clients = new Uint32Array(window);
const startedAt = new Float64Array(window);
const sentAt = new Float64Array(window);
const expected = new Uint8Array(window);
const latencies: number[] = [];
let next = 0;
let exchanges = 0;
let retries = 0;
let wrong = 0;

function climb(place: number): void {
  clients[place] = next++ % clientCount;
  startedAt[place] = performance.now();
  send(place, discover, Type.OFFER);
}

function send(place: number, template: Uint8Array, answer: number, from = -1): void {
  const at = place * 512;
  new Uint8Array(messages.buffer).set(template, at);
  messages.setUint32(at + XID_AT, place, false);
  messages.setUint32(at + CHADDR_AT + 2, clients[place]!, false);
  if (from >= 0) {
    messages.setUint32(at + SERVER_IDENTIFIER_AT, server, false);
    messages.setUint32(at + REQUESTED_ADDRESS_AT, view.getUint32(from + YIADDR_AT, false), false);
  }
  expected[place] = answer;
  sentAt[place] = performance.now();
  outgoing.addDatagram(descriptor, messagesAddress + at, template.length, 0, relay, server, PORT);
}

/** Takes one answer; whatever does not belong to a request that is under way is counted as wrong. */
function take(index: number): void {
  const at = slots.slotAddress(index) + InputSlotLayout.byteSize;
  const from = incoming.view.getUint32(incoming.nameAt(index) + InternetAddress.address, false);
  const place = view.getUint32(at + XID_AT, false);
  const client = view.getUint32(at + CHADDR_AT + 2, false);
  const type = view.getUint8(at + OPTIONS_AT + 2);
  if (from !== server || place >= window || client !== clients[place] || type !== expected[place]) {
    wrong++;
    return;
  }
  if (type === Type.OFFER) {
    send(place, request, Type.ACK, at);
    return;
  }
  exchanges++;
  latencies.push(performance.now() - startedAt[place]!);
  climb(place);
}

async function main(): Promise<void> {
  for (let place = 0; place < window; place++) climb(place);
  outgoing.flush();
  const poll = new DataView(new ArrayBuffer(8));
  poll.setInt32(0, descriptor, true);
  poll.setInt16(4, 1, true);
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let checked = begin;
  while (performance.now() < end) {
    const count = incoming.receive(descriptor, 0);
    for (let index = 0; index < count; index++) take(index);
    outgoing.flush();
    if (count < SLOTS) await pollDescriptors(addressOf(poll.buffer), 1, 10);
    if (performance.now() - checked > 100) {
      checked = performance.now();
      retryLate(checked);
    }
  }
  const elapsed = (performance.now() - begin) / 1000;
  closeDescriptor(descriptor);
  latencies.sort((one, other) => one - other);
  const quantile = (part: number) => latencies[Math.floor(part * (latencies.length - 1))] ?? 0;
  console.log(
    JSON.stringify({
      exchanges,
      perSecond: Math.round(exchanges / elapsed),
      retries,
      wrong,
      failed: Object.fromEntries(statistics.failed),
      milliseconds: { p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999) },
    }),
  );
}

function retryLate(now: number): void {
  for (let place = 0; place < window; place++) {
    if (now - sentAt[place]! < RETRY_MILLISECONDS) continue;
    retries++;
    send(place, discover, Type.OFFER);
  }
  outgoing.flush();
}

function readArguments(args: readonly string[]): [number, number, number, number, number] {
  const [to, from, ...rest] = args;
  const addresses = [to, from].map((text) => parseAddress(text ?? ""));
  const numbers = rest.map(Number);
  if (addresses.includes(undefined) || numbers.length !== 3 || !numbers.every((value) => value >= 1)) {
    throw new Error("usage: relay-load.js SERVER RELAY CLIENTS WINDOW SECONDS");
  }
  return [addresses[0]!, addresses[1]!, numbers[0]!, numbers[1]!, numbers[2]!];
}

await main();

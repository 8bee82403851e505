/**
 * Sending in batches: datagrams joined into one message (UDP_SEGMENT) arrive exactly as those sent one by one, and where the kernel
 * refuses to join them nothing is lost. On loopback, without root.
 */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as abi from "../../host/net/linux/abi.js";
import { addressOf, closeDescriptor, openSocket, setOption } from "../../host/net/linux/libc.js";
import { SendBatch, type SendOptions } from "../../host/net/linux/send-batch.js";
import { newTransportStatistics } from "../../host/net/transport.js";
import { howToRepeatSuite, Random, seed } from "../fuzz/random.js";

const LOOPBACK = 0x7f000001;
const skip = process.platform === "linux" ? false : "for Linux only";

/** One datagram to be sent: to which of the receivers, and how long it is. */
interface Planned {
  readonly to: number;
  readonly length: number;
}

/** A receiver that keeps what it hears, in order. */
async function receiver(t: TestContext): Promise<{ socket: Socket; heard: Buffer[] }> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const heard: Buffer[] = [];
  socket.on("message", (bytes) => heard.push(bytes));
  return { socket, heard };
}

/** Sends what is planned to two receivers, each payload beginning with its number; returns what each heard, and how it went. */
async function sendAll(t: TestContext, plan: readonly Planned[], options: SendOptions, refused = false) {
  const receivers = [await receiver(t), await receiver(t)];
  const descriptor = openSocket(abi.AF_INET, abi.SOCK_DGRAM, 0);
  t.after(() => closeDescriptor(descriptor));
  // Segments are cut by whoever makes checksums: a socket that makes none is refused them.
  const SO_NO_CHECK = 11;
  if (refused) setOption(descriptor, abi.SOL_SOCKET, SO_NO_CHECK, 1);
  const statistics = newTransportStatistics();
  const batch = new SendBatch(statistics, options);
  const bytes = new Uint8Array(plan.length * 2048);
  const view = new DataView(bytes.buffer);
  for (const [index, { to, length }] of plan.entries()) {
    const at = index * 2048;
    bytes.fill(index, at, at + length);
    view.setUint16(at, index);
    const { port } = receivers[to]!.socket.address();
    batch.addDatagram(descriptor, addressOf(bytes.buffer) + at, length, 0, 0, LOOPBACK, port);
  }
  batch.flush();
  const all = () => receivers.reduce((sum, { heard }) => sum + heard.length, 0);
  for (let tries = 0; tries < 400 && all() < plan.length; tries++) await sleep(5);
  return { heard: receivers.map(({ heard }) => heard), statistics, joins: batch.joins };
}

/** Runs of equal lengths with shorter and longer ones between, to one receiver and the other. */
function randomPlan(random: Random, count: number): Planned[] {
  let current: Planned = { to: 0, length: 300 };
  return Array.from({ length: count }, () => {
    if (random.oneIn(12)) current = { to: random.below(2), length: random.pick([2, 240, 300, 548, 1252, 1400]) };
    return random.oneIn(20) ? { ...current, length: random.between(2, current.length) } : current;
  });
}

test("joined or one by one, the same datagrams arrive in the same order at each destination", { skip }, async (t) => {
  t.diagnostic(`seed ${seed}: ${howToRepeatSuite("linux")}`);
  const random = new Random("send batch");
  for (let round = 0; round < 20; round++) {
    const plan = randomPlan(random, random.between(1, 150));
    const joined = await sendAll(t, plan, {});
    const single = await sendAll(t, plan, { segments: false });
    assert.deepEqual(joined.heard, single.heard);
    assert.deepEqual(
      joined.heard.map((heard) => heard.map((bytes) => bytes.readUInt16BE(0))),
      [0, 1].map((to) => [...plan.keys()].filter((index) => plan[index]!.to === to)),
    );
    assert.equal(joined.statistics.sent, plan.length);
    assert.deepEqual([...joined.statistics.failed], []);
    assert.equal(joined.joins, true, "loopback joins");
  }
});

test("more equal datagrams than one message or one batch holds", { skip }, async (t) => {
  // No more to either receiver than its buffer takes in one burst.
  const plan = [...Array(270).keys()].map((index) => ({ to: index < 135 ? 0 : 1, length: 64 }));
  const { heard, statistics } = await sendAll(t, plan, {});
  assert.deepEqual(
    heard.flatMap((each) => each.map((bytes) => bytes.readUInt16BE(0))),
    [...plan.keys()],
  );
  assert.equal(statistics.sent, 270);
});

test("where joining is refused, what was joined leaves one by one, and nothing is joined any more", {
  skip,
}, async (t) => {
  const plan = [...Array(70).keys()].map(() => ({ to: 0, length: 300 }));
  const { heard, statistics, joins } = await sendAll(t, plan, {}, true);
  assert.deepEqual(
    heard[0]!.map((bytes) => bytes.readUInt16BE(0)),
    [...plan.keys()],
  );
  assert.equal(joins, false);
  assert.equal(statistics.sent, 70);
  assert.ok((statistics.failed.get("UDP_SEGMENT EINVAL") ?? 0) >= 1, "the refusal is counted");
});

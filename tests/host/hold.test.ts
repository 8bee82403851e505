/**
 * Requests are left to the kernel while the ring of answers that wait for the store is full, and no longer than a second
 * (`host/net/linux/hold.ts`). The ring is laid out as the core's are, and its head and tail are moved by hand.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Ring, RingLayout } from "#layout";
import { RingView } from "../../host/core/ring.js";
import { Hold } from "../../host/net/linux/hold.js";

const COUNT = 8;
const LONGEST_MILLISECONDS = 1000;

let ring: Ring;
let waiting: RingView;
let wakes: number;
let hold: Hold;

beforeEach(() => {
  const view = new DataView(new ArrayBuffer(RingLayout.byteSize));
  ring = new Ring(view, 0);
  ring.count = COUNT;
  waiting = new RingView(view, 0);
  wakes = 0;
  hold = new Hold(() => wakes++);
  mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
});
afterEach(() => mock.timers.reset());

/** The core makes entries. */
const fill = (count: number) => {
  ring.head += count;
};

/** The oldest entries are durable, and sent. */
const send = (count: number) => {
  ring.released += count;
  waiting.advance(count);
};

test("as many requests are read as answers fit into the ring", () => {
  assert.equal(hold.roomIn(waiting), COUNT);
  fill(5);
  assert.equal(hold.roomIn(waiting), COUNT - 5);
  send(2);
  assert.equal(hold.roomIn(waiting), COUNT - 3);
  mock.timers.tick(LONGEST_MILLISECONDS);
  assert.equal(wakes, 0, "nobody waits");
});

test("at a full ring nothing is read until answers have been sent, and then at once", () => {
  fill(COUNT);
  assert.equal(hold.roomIn(waiting), 0);
  assert.equal(hold.roomIn(waiting), 0);
  send(1);
  hold.roomMade();
  hold.roomMade();
  assert.equal(wakes, 0, "in a turn of its own");
  mock.timers.tick(1);
  assert.equal(wakes, 1);
  assert.equal(hold.roomIn(waiting), 1);
  mock.timers.tick(LONGEST_MILLISECONDS);
  assert.equal(wakes, 1);
});

test("a store that takes longer than a second holds nothing back until the ring has had room again", () => {
  fill(COUNT);
  assert.equal(hold.roomIn(waiting), 0);
  mock.timers.tick(LONGEST_MILLISECONDS - 1);
  assert.equal(wakes, 0);
  mock.timers.tick(1);
  assert.equal(wakes, 1);
  assert.equal(hold.roomIn(waiting), COUNT, "the core is given what comes, and refuses it");
  send(3);
  hold.roomMade();
  assert.equal(hold.roomIn(waiting), 3);
  fill(3);
  assert.equal(hold.roomIn(waiting), 0, "waits as before");
});

test("after its end it wakes nobody", () => {
  fill(COUNT);
  assert.equal(hold.roomIn(waiting), 0);
  hold.end();
  mock.timers.tick(LONGEST_MILLISECONDS);
  assert.equal(wakes, 0);
});

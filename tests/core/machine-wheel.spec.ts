/**
 * machine/wheel.ts against a list that is searched whole, over random timers and steps of time.
 */
import { beginLayout } from "../../assembly/machine/memory";
import { INFINITE_SECONDS } from "../../assembly/machine/time";
import {
  allowWheelWork,
  layOutWheel,
  moveTimer,
  nextDue,
  openWheel,
  startTimer,
  stopTimer,
  takeDue,
  Timer,
  wheelWork,
} from "../../assembly/machine/wheel";
import { randomBelow, seedRandom } from "./wire-vectors";

const TIMER_COUNT: u32 = 200;
const ENOUGH: u32 = 1000000;

const area = memory.data(4096, 8);
const timers = memory.data(2400, 8);

function timerAt(index: u32): Timer {
  return changetype<Timer>(timers + index * offsetof<Timer>());
}

function indexOf(timer: usize): u32 {
  return u32(timer - timers) / offsetof<Timer>();
}

function isRunning(index: u32): bool {
  return timerAt(index).next != 0;
}

function open(): void {
  memory.fill(area, 0, 4096);
  memory.fill(timers, 0, 2400);
  beginLayout(area);
  layOutWheel();
  openWheel();
}

function start(index: u32, endsAt: u32): void {
  timerAt(index).endsAt = endsAt;
  startTimer(timerAt(index));
}

/** Takes all that is due, `portion` steps at a time, and returns the timers' numbers. */
function takeAll(until: u32, portion: u32): Array<u32> {
  const taken: Array<u32> = [];
  do {
    allowWheelWork(portion);
    for (let timer = takeDue(until); timer != 0; timer = takeDue(until)) taken.push(indexOf(timer));
  } while (wheelWork == 0);
  return taken;
}

/** A distance in time: mostly near, sometimes at any of the wheel's levels, its slots' edges among them. */
function randomDistance(): u32 {
  const digits = randomBelow(9);
  if (digits == 8) return randomBelow(3);
  const edge: u32 = 1 << (digits * 4);
  const kind = randomBelow(4);
  if (kind == 0) return edge;
  if (kind == 1) return edge - 1;
  return randomBelow(edge << 3) + 1;
}

/** The earliest end of a running timer, by looking at all of them. */
function earliest(): u32 {
  let found = INFINITE_SECONDS;
  for (let i: u32 = 0; i < TIMER_COUNT; i++) if (isRunning(i)) found = min(found, timerAt(i).endsAt);
  return found;
}

/** What must be due at `until`, by looking at all timers. */
function countDue(until: u32): u32 {
  let due: u32 = 0;
  for (let i: u32 = 0; i < TIMER_COUNT; i++) if (isRunning(i) && timerAt(i).endsAt <= until) due++;
  return due;
}

function fail(seed: u32, turn: u32, what: string): void {
  assert(false, "seed " + seed.toString() + ", turn " + turn.toString() + ": " + what);
}

describe("the wheel", () => {
  it("agrees with a list, whatever is started, stopped and taken", () => {
    for (let seed: u32 = 1; seed <= 200; seed++) {
      seedRandom(seed);
      open();
      let present: u32 = randomBelow(2) == 0 ? 0 : 0x65a1f000 + randomBelow(0x10000);
      takeAll(present, ENOUGH);
      for (let turn = 0; turn < 300; turn++) {
        for (let i = randomBelow(8); i > 0; i--) {
          const index = randomBelow(TIMER_COUNT);
          const distance = randomDistance();
          const endsAt = distance < INFINITE_SECONDS - present ? present + distance : INFINITE_SECONDS - 1;
          const action = randomBelow(3);
          if (action == 0) moveTimer(timerAt(index), endsAt);
          else if (action == 1) moveTimer(timerAt(index), max(present, timerAt(index).endsAt ^ (1 << randomBelow(12))));
          else if (isRunning(index)) stopTimer(timerAt(index));
          else start(index, endsAt);
        }
        const first = earliest();
        const due = nextDue();
        if (due > first) fail(seed, turn, "a deadline later than the first end");
        const step = randomDistance();
        const to = randomBelow(3) == 0 ? due : present + min(step, INFINITE_SECONDS - 1 - present);
        if (to == INFINITE_SECONDS) continue;
        present = max(present, to);
        const wanted = countDue(present);
        const taken = takeAll(present, randomBelow(2) == 0 ? 1 + randomBelow(5) : ENOUGH);
        if (<u32>taken.length != wanted) fail(seed, turn, "not everything due was taken");
        for (let i = 0; i < taken.length; i++) {
          if (timerAt(taken[i]).endsAt > present) fail(seed, turn, "taken too early");
          if (i > 0 && timerAt(taken[i - 1]).endsAt > timerAt(taken[i]).endsAt)
            fail(seed, turn, "not the earliest first");
        }
        if (nextDue() <= present) fail(seed, turn, "due, and not taken");
      }
    }
  });

  it("takes timers of the same second in the order of their start, from any distance", () => {
    open();
    for (let i: u32 = 0; i < 50; i++) start(i, 0x12345678);
    const taken = takeAll(0x12345678, 7);
    expect(taken.length).toBe(50);
    for (let i = 0; i < 50; i++) expect(taken[i]).toBe(i);
  });

  it("holds an end that has passed as due now, and an infinite one never", () => {
    open();
    takeAll(1000, ENOUGH);
    start(0, 17);
    start(1, INFINITE_SECONDS);
    expect(nextDue()).toBe(1000);
    expect(isRunning(1)).toBeFalsy();
    expect(takeAll(1000, ENOUGH).length).toBe(1);
    expect(nextDue()).toBe(INFINITE_SECONDS);
  });

  it("reaches the last second before infinity, and moves no timer more than seven times", () => {
    open();
    start(0, INFINITE_SECONDS - 1);
    allowWheelWork(8);
    expect(takeDue(INFINITE_SECONDS - 1)).toBe(timers);
    expect(wheelWork).toBe(0);
  });
});

/**
 * A hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987) in seconds of the lease
 * clock: starting and stopping a timer take constant time, however many there are.
 *
 * A second is read as eight hexadecimal digits. A timer waits at the level of the highest digit in which its end differs
 * from the wheel's present, in the slot of that digit; so everything at a lower level ends before anything at a higher one,
 * and 8 × 16 slots reach all 2³² seconds without a special case. When the present enters a slot of level 1 or above, its
 * timers move down (each at most seven times in its life); a slot of level 0 holds timers that end in one and the same second.
 *
 *     present 0x65a1f0 │ level 0: 0x65a1f1 … 0x65a1ff │ level 1: 0x65a200 … │ level 2 …
 *
 * Timers of the same second are taken in the order in which they were started (one that was moved: in that of its slot), and taking them all yields them sorted by
 * their end: `restore` orders the free addresses that way. An infinite timer is never put into the wheel.
 */
import { append, firstOf, isLinked, Link, openList, unlink } from "./list";
import { reserve } from "./memory";
import { INFINITE_SECONDS } from "./time";

const DIGIT_BITS: u32 = 4;
const SLOT_COUNT: u32 = 16;
const LEVEL_COUNT: u32 = 8;

/** The first bytes of a record that can wait in the wheel: a `Link` and an end. */
@unmanaged
export class Timer {
  /** Address of the next record or of a head, or 0 when the timer is not running. */
  next: u32;
  /** Address of the previous record or of a head. */
  previous: u32;
  /** When it ends, in seconds of the lease clock; all ones: never. */
  endsAt: u32;
}

let heads: usize = 0;
let present: u32 = 0;
let movingLevel: u32 = 0;

/** Steps of work that `takeDue` may still do: taking a timer, or moving one down, is one. Set it before a round of calls. */
export let wheelWork: u32 = 0;

/** Reserves the wheel's slots. */
export function layOutWheel(): void {
  heads = reserve(LEVEL_COUNT * SLOT_COUNT, offsetof<Link>());
}

/** Empties the wheel and sets its present to second 0. */
export function openWheel(): void {
  present = 0;
  movingLevel = 0;
  for (let slot: u32 = 0; slot < LEVEL_COUNT * SLOT_COUNT; slot++) openList(headAt(0, slot));
}

/** Says how many steps the following calls of `takeDue` may do together. */
export function allowWheelWork(steps: u32): void {
  wheelWork = steps;
}

/** Starts a timer that is not running; one whose end has passed is due at once, one that is infinite never. */
export function startTimer(timer: Timer): void {
  if (timer.endsAt == INFINITE_SECONDS) return;
  append(headAt(0, slotOf(timer.endsAt)), changetype<Link>(timer));
}

/** Level × 16 + digit of the slot in which a timer that ends at `second` waits. */
function slotOf(second: u32): u32 {
  const endsAt = max(second, present);
  const difference = endsAt ^ present;
  const level = difference == 0 ? 0 : (31 - clz(difference)) / DIGIT_BITS;
  return level * SLOT_COUNT + digitOf(endsAt, level);
}

/**
 * Gives a timer another end, whether it runs or not. One whose slot stays the same keeps its place there: a renewed lease then touches no
 * other record, which on a large table is what its renewal costs.
 */
export function moveTimer(timer: Timer, endsAt: u32): void {
  const stays =
    isLinked(changetype<Link>(timer)) && endsAt != INFINITE_SECONDS && slotOf(timer.endsAt) == slotOf(endsAt);
  if (!stays) stopTimer(timer);
  timer.endsAt = endsAt;
  if (!stays) startTimer(timer);
}

/** Stops a timer; one that is not running is left alone. */
export function stopTimer(timer: Timer): void {
  unlink(changetype<Link>(timer));
}

/**
 * Takes out a timer that ends at `until` or before, earliest first, and returns its address. 0: there is none, or
 * `wheelWork` is used up (it is 0 then), and the wheel is left so that a later call goes on.
 */
export function takeDue(until: u32): usize {
  while (wheelWork != 0) {
    const moving = firstOf(headAt(movingLevel, digitOf(present, movingLevel)));
    if (moving != 0) {
      wheelWork--;
      unlink(changetype<Link>(moving));
      if (movingLevel == 0) return moving;
      startTimer(changetype<Timer>(moving));
    } else if (movingLevel != 0) {
      movingLevel = 0;
    } else if (!moveOn(until)) {
      return 0;
    }
  }
  return 0;
}

/** The second at which `takeDue` has something to do: never later than the end of any timer. All ones: never. */
export function nextDue(): u32 {
  if (movingLevel != 0 || firstOf(headAt(0, digitOf(present, 0))) != 0) return present;
  const found = nextSlot();
  return found == NO_SLOT ? INFINITE_SECONDS : slotStart(found);
}

const NO_SLOT: u32 = 0xffffffff;

/** Moves the present to the next slot that holds timers and begins by `until`, else to `until`; false: no such slot. */
function moveOn(until: u32): bool {
  const found = nextSlot();
  if (found == NO_SLOT || slotStart(found) > until) {
    present = max(present, until);
    return false;
  }
  present = slotStart(found);
  movingLevel = found / SLOT_COUNT;
  return true;
}

/** Level × 16 + digit of the earliest slot after the present that holds timers, or `NO_SLOT`. At most 120 steps. */
function nextSlot(): u32 {
  for (let level: u32 = 0; level < LEVEL_COUNT; level++) {
    for (let digit = digitOf(present, level) + 1; digit < SLOT_COUNT; digit++) {
      if (firstOf(headAt(level, digit)) != 0) return level * SLOT_COUNT + digit;
    }
  }
  return NO_SLOT;
}

/** First second of a slot: the present's higher digits, the slot's own, then zeros. */
function slotStart(slot: u32): u32 {
  const shift = (slot / SLOT_COUNT) * DIGIT_BITS;
  const digits = (present >>> shift) & ~(SLOT_COUNT - 1);
  return (digits | (slot % SLOT_COUNT)) << shift;
}

function digitOf(second: u32, level: u32): u32 {
  return (second >>> (level * DIGIT_BITS)) % SLOT_COUNT;
}

function headAt(level: u32, digit: u32): Link {
  return changetype<Link>(heads + (level * SLOT_COUNT + digit) * offsetof<Link>());
}

if (offsetof<Timer>("next") != offsetof<Link>("next") || offsetof<Timer>("previous") != offsetof<Link>("previous")) {
  ERROR("A Timer begins with a Link.");
}

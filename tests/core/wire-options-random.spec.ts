/**
 * wire/options.ts against a second walk, written plainly, over random messages.
 */
import {
  indexOptions,
  optionAt,
  optionLength,
  optionPresent,
  optionsTooLong,
  optionsTruncated,
  useJoinBuffer,
} from "../../assembly/wire/options";
import { putBase, randomBelow, seedRandom } from "./wire-vectors";

const FILE: usize = 108;
const SNAME: usize = 44;
const OPTIONS: u32 = 240;

const message = memory.data(0x10000, 8);

useJoinBuffer(memory.data(1024, 8), 1024);

/** The codes that a role reads; all others are walked over. */
const READ: u32[] = [1, 12, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 82];

/** What the plain walk below finds: the data of each code, in order of appearance, null when it is absent. */
class Found {
  data: Array<Array<u8> | null> = new Array<Array<u8> | null>(256);
  parts: Array<u32> = new Array<u32>(256).fill(0);
  order: Array<u32> = [];
  truncated: bool = false;
  tooLong: u32 = 0;

  walk(at: usize, end: usize, overloaded: bool): void {
    while (at < end) {
      const code: u32 = load<u8>(at);
      if (code == 0) {
        at++;
        continue;
      }
      if (code == 255) return;
      if (at + 2 > end || at + 2 + load<u8>(at + 1) > end) {
        this.truncated = true;
        return;
      }
      const length: u32 = load<u8>(at + 1);
      if (code != 52 || !overloaded) this.take(code, at + 2, length);
      at += 2 + length;
    }
  }

  take(code: u32, at: usize, length: u32): void {
    if (!READ.includes(code)) return;
    if (this.data[code] == null) {
      this.data[code] = [];
      this.order.push(code);
    }
    this.parts[code]++;
    for (let i: u32 = 0; i < length; i++) this.data[code]!.push(load<u8>(at + i));
  }

  finish(): void {
    let used: u32 = 0;
    for (let i = 0; i < this.order.length; i++) {
      const code = this.order[i];
      if (this.parts[code] == 1) continue;
      const length: u32 = this.data[code]!.length;
      if (used + length > 1024) {
        this.data[code] = null;
        this.tooLong++;
      } else used += length;
    }
  }
}

/** Walks a message in the plainest way. */
function plainly(at: usize, length: u32): Found {
  const found = new Found();
  found.walk(at + 240, at + length, false);
  const overload = found.data[52];
  const fields: u32 = overload != null && overload.length == 1 ? overload[0] : 0;
  if (fields & 1) found.walk(at + 108, at + 236, true);
  if (fields & 2) found.walk(at + 44, at + 108, true);
  found.finish();
  return found;
}

/** Fills a field with what is mostly options. */
function putRandomField(at: usize, end: usize): void {
  const codes: u32[] = [0, 12, 1, 52, 53, 60, 61, 82, 55, 254];
  while (at < end) {
    const choice = randomBelow(20);
    const code = choice < 18 ? codes[randomBelow(10)] : randomBelow(256);
    const length: u32 = code == 52 ? 1 : randomBelow(randomBelow(8) == 0 ? 256 : 6);
    store<u8>(at++, code);
    if (code == 0 || code == 255) continue;
    if (at < end) store<u8>(at++, length);
    for (let i: u32 = 0; i < length && at < end; i++) store<u8>(at++, code == 52 ? randomBelow(5) : randomBelow(256));
  }
}

/** Whether the index says the same as the plain walk. */
function agrees(found: Found): bool {
  if (found.truncated != optionsTruncated() || found.tooLong != optionsTooLong()) return false;
  for (let code: u32 = 0; code < 256; code++) {
    const data = found.data[code];
    if ((data != null) != optionPresent(code)) return false;
    if (data == null) continue;
    if (u32(data.length) != optionLength(code)) return false;
    const at = optionAt(code);
    for (let i = 0; i < data.length; i++) if (load<u8>(at + i) != data[i]) return false;
  }
  return true;
}

describe("random messages", () => {
  test("are indexed as a plain walk reads them", () => {
    seedRandom(0x1ea5e);
    let differing: u32 = 0;
    let joinedTooLong: u32 = 0;
    for (let round = 0; round < 3000; round++) {
      const length = OPTIONS + randomBelow(randomBelow(4) == 0 ? 3000 : 400);
      const at = message + 0x10000 - length;
      putBase(at);
      putRandomField(at + SNAME, at + FILE);
      putRandomField(at + FILE, at + 236);
      putRandomField(at + OPTIONS, at + length);
      indexOptions(at, length);
      if (!agrees(plainly(at, length))) differing++;
      if (optionsTooLong()) joinedTooLong++;
    }
    expect(differing).toBe(0);
    // Otherwise the rounds would not have reached what they are for.
    expect(joinedTooLong).toBeGreaterThan(100);
  });
});

// Records with anything in them, made of sound ones.

import type { Random } from "./random.js";

/** Bends records: sizes, lengths, states, times, attributes. */
export function bend(records: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(records);
  const view = new DataView(bytes.buffer);
  for (let times = random.between(1, 5); times > 0; times--) {
    const at = random.below(bytes.length);
    if (random.oneIn(2)) bytes[at] = random.pick([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 20, 254, 255, random.below(256)]);
    else if (at + 4 <= bytes.length)
      view.setUint32(at & ~3, random.pick([0, 0x7fffffff, 0xffffffff, random.u32()]), true);
  }
  return random.oneIn(6) ? bytes.slice(0, random.below(bytes.length + 1)) : bytes;
}

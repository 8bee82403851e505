// Runs a test for each of many inputs, and says of a failure what is needed to see it again: the seed, the input's number and bytes.

import type { TestContext } from "node:test";
import { captureNote } from "./corpus.js";
import { howToRepeat } from "./random.js";

/** Says what the run is made from. */
export function announce(t: TestContext): void {
  t.diagnostic(`${howToRepeat} (${captureNote})`);
}

/** Calls `body` for 0 … count − 1; it says what it is about to do by `note`. */
export function forEachInput(count: number, body: (index: number, note: (bytes: Uint8Array) => void) => void): void {
  let bytes = new Uint8Array(0);
  const note = (present: Uint8Array) => {
    bytes = Uint8Array.from(present);
  };
  for (let index = 0; index < count; index++) {
    try {
      body(index, note);
    } catch (error) {
      throw new Error(
        `input ${index}, ${bytes.length} bytes: ${Buffer.from(bytes).toString("hex")}\n` +
          `repeat it by ${howToRepeat}\n${(error as Error).stack ?? error}`,
        { cause: error },
      );
    }
  }
}

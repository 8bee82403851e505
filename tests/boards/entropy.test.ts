// The pool that boards take their seeds from (`boards/common/entropy.c`).

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildProgram, runProgram, skip } from "./modules/programs.js";

const COUNT = 10_000;

test("taking a seed leaves the pool all of its 64 bits", { skip }, () => {
  const program = buildProgram("seeds", ["tests/boards/entropy/seeds.c", "boards/common/entropy.c"], {});
  const seeds = runProgram(program, [String(COUNT)]).map((line) => line.split(" "));
  // A pool that is folded onto 32 bits shows the same half twice, or the same halves soon again.
  assert.equal(seeds.filter(([low, high]) => low === high).length, 0);
  for (const half of [0, 1]) assert.ok(new Set(seeds.map((seed) => seed[half])).size > COUNT - 10);
});

// The histogram of `leasehold load`: quantiles within a hundredth, whatever the durations are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../../host/load/histogram.js";

test("a quantile is never wrong by more than a hundredth of itself", () => {
  for (const scale of [1e-4, 0.03, 1, 700, 1e5]) {
    const histogram = new Histogram();
    const durations = Array.from({ length: 1000 }, (_, index) => scale * (1 + index / 100));
    for (const duration of durations) histogram.add(duration);
    for (const part of [0.001, 0.5, 0.99, 0.999, 1]) {
      const exact = durations[Math.ceil(part * durations.length) - 1]!;
      const error = Math.abs(histogram.quantile(part) / exact - 1);
      assert.ok(error <= 0.01, `${part} of ${scale}: ${histogram.quantile(part)} for ${exact}`);
    }
    assert.equal(histogram.longest, durations.at(-1));
  }
});

test("weights count, what is out of bounds counts as the nearest that can be told, and nothing is zero", () => {
  const histogram = new Histogram();
  assert.equal(histogram.quantile(0.99), 0);
  histogram.add(1, 98);
  histogram.add(1e12);
  histogram.add(-1);
  assert.equal(histogram.total, 100);
  assert.ok(Math.abs(histogram.quantile(0.99) - 1) < 0.01);
  assert.ok(histogram.quantile(0.01) < 1e-5);
  assert.equal(histogram.longest, 1e12);
});

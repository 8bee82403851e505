// The soak itself, for some seconds; and that its judgement tells what grows from what is only uneven.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { soak } from "./soak.js";
import { trendOf } from "./trend.js";

const allowance = { factor: 1.1, amount: 0 };

/** So many values by their numbers. */
function series(value: (number: number) => number): number[] {
  return Array.from({ length: 100 }, (_, number) => value(number));
}

test("what grows is found, however uneven it is, and what is only uneven is not", () => {
  const uneven = (number: number) => (number % 7) * 3;
  assert.equal(
    trendOf(
      series((number) => 100 + number + uneven(number)),
      allowance,
    )?.grows,
    true,
  );
  assert.equal(
    trendOf(
      series((number) => 100 + uneven(number)),
      allowance,
    )?.grows,
    false,
  );
  assert.equal(
    trendOf(
      series((number) => 200 - number),
      allowance,
    )?.grows,
    false,
    "what falls does not grow",
  );
});

test("what comes first is no measure, and neither is a single value", () => {
  assert.equal(
    trendOf(
      series((number) => Math.min(100, number * 5)),
      allowance,
    )?.grows,
    false,
    "a warm-up",
  );
  assert.equal(
    trendOf(
      series((number) => (number === 99 ? 1000 : 100)),
      allowance,
    )?.grows,
    false,
    "a last outlier",
  );
});

test("too few values are not judged", () => {
  assert.equal(trendOf([1, 2, 3, 4], allowance), null);
});

test("a few seconds under loads that take turns", async (context) => {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return context.skip("want of root");
  if (spawnSync("which", ["ip"]).status !== 0) return context.skip("want of a package: iproute2");
  const plan = { seconds: 9, clients: 1000, roundSeconds: 2, sampleSeconds: 0.25, onRound: () => {} };
  const { rounds, trends, findings } = await soak(plan);
  for (const line of trends) context.diagnostic(line);
  assert.deepEqual(findings, []);
  for (const name of ["new", "full", "steady"]) {
    const exchanges = rounds.filter((round) => round.name === name).map(({ report }) => report.exchanges);
    assert(exchanges.length > 0 && exchanges.every((count) => count > 100), `${name}: ${exchanges.join()} exchanges`);
  }
  assert(trends.filter((line) => /^(resident memory|descriptors).*first quarter/.test(line)).length === 2, "judged");
});

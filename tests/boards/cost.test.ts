// What boards/README.md says that each program takes is what it takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LWIP_OWN, programs } from "./cost/programs.js";
import { findings, rowsOfPage } from "./cost/table.js";

test("the table of boards/README.md has a row for every program, and no other", () => {
  assert.deepEqual(
    [...rowsOfPage().keys()],
    programs.map(({ name }) => name),
    "run: npm run cost",
  );
});

for (const { name, wanting, measure } of programs) {
  test(`${name} takes what boards/README.md says`, async (t) => {
    const want = await wanting();
    if (want !== null) return t.skip(want);
    const cost = await measure();
    assert.deepEqual(findings(name, cost), [], "run: npm run cost");
    // How long lwIP's own client probes is lwIP's affair.
    if (cost.acknowledged === null || cost.bound === null || name === LWIP_OWN) return;
    // RFC 5227 §2.1.1: up to 1 s, two waits of 1 to 2 s between three probes, 2 s more.
    const probing = cost.bound - cost.acknowledged;
    assert.ok(probing >= 4000 && probing < 8000, `the probe took ${probing} ms`);
  });
}

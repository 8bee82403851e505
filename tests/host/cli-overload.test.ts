// Overload in the log: told at once, then at most once a minute, and the rest at the end.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Log } from "../../host/cli/log.js";
import { OverloadReporter } from "../../host/cli/overload.js";

test("dropped datagrams are told within seconds, then once a minute with what came since, and at the end", () => {
  let now = 1000;
  mock.timers.enable({ apis: ["setInterval"] });
  mock.method(performance, "now", () => now);
  try {
    const lines: string[] = [];
    const statistics = { overflowed: 0 };
    const reporter = new OverloadReporter(new Log("warning", "json", (line) => lines.push(line)), statistics);
    const pass = (seconds: number) => {
      for (let second = 0; second < seconds; second += 2) {
        now += 2000;
        mock.timers.tick(2000);
      }
    };
    const told = () => lines.map((line) => JSON.parse(line) as { event: string; count: number; total: number });
    pass(120);
    assert.deepEqual(lines, [], "nothing was dropped");
    statistics.overflowed = 5;
    pass(2);
    statistics.overflowed = 1000;
    pass(58);
    assert.deepEqual(
      told().map(({ event, count, total }) => [event, count, total]),
      [["overloaded", 5, 5]],
    );
    pass(2);
    assert.deepEqual([told()[1]!.count, told()[1]!.total], [995, 1000]);
    pass(200);
    assert.equal(lines.length, 2, "nothing more was dropped");
    statistics.overflowed = 1001;
    pass(2);
    statistics.overflowed = 1003;
    reporter.close();
    assert.deepEqual(
      told()
        .slice(2)
        .map(({ count, total }) => [count, total]),
      [
        [1, 1001],
        [2, 1003],
      ],
    );
    assert.match(lines[0]!, /Clients ask again/);
    pass(120);
    assert.equal(lines.length, 4, "it has ended");
  } finally {
    mock.reset();
    mock.timers.reset();
  }
});

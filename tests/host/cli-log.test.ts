// Log lines: what is shown at which level, in which form; and refusals, told at most once a minute however many there are.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ServerVerdict, Verdict } from "#layout";
import { Log, logLevels } from "../../host/cli/log.js";
import { RefusalReporter } from "../../host/cli/refusals.js";

test("a level shows itself and what is more important", () => {
  for (const [index, level] of logLevels.entries()) {
    const lines: string[] = [];
    const log = new Log(level, "plain", (line) => lines.push(line));
    for (const each of logLevels) log[each]("event", `a ${each}`);
    assert.equal(lines.length, index + 1);
    assert.equal(log.shows("debug"), level === "debug");
  }
});

test("plain lines have a time, and say when something is wrong; JSON lines have the event and the fields", () => {
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  new Log("info", "plain", sink).warning("store-behind", "it is slow.", { count: 3 });
  new Log("info", "plain", sink).info("ready", "ready.");
  new Log("info", "json", sink).info("ready", "ready.", { leases: 3, relay: undefined });
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d warning: it is slow\.$/);
  assert.match(lines[1]!, /^\d\d:\d\d:\d\d ready\.$/);
  const { time, ...rest } = JSON.parse(lines[2]!) as Record<string, unknown>;
  assert.ok(Math.abs(Date.parse(time as string) - Date.now()) < 5000);
  assert.deepEqual(rest, { level: "info", event: "ready", message: "ready.", leases: 3 });
});

test("refusals are told at once, then once a minute with what came since; what is no refusal never", () => {
  let now = 1000;
  mock.timers.enable({ apis: ["setInterval"] });
  mock.method(performance, "now", () => now);
  try {
    const lines: string[] = [];
    const totals = new Map<number, number>([
      [ServerVerdict.OFFERED, 5],
      [Verdict.TAKEN, 9],
    ]);
    const reporter = new RefusalReporter(new Log("info", "plain", (line) => lines.push(line.slice(9))), () => totals);
    const pass = (seconds: number) => {
      for (let second = 0; second < seconds; second += 2) {
        now += 2000;
        mock.timers.tick(2000);
      }
    };
    pass(4);
    assert.equal(lines.length, 0);
    totals.set(ServerVerdict.NO_FREE_ADDRESS, 7);
    pass(2);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^NO_FREE_ADDRESS 7 times: [A-Z].*\./);
    totals.set(ServerVerdict.NO_FREE_ADDRESS, 100_000);
    pass(58);
    assert.equal(lines.length, 1);
    pass(2);
    assert.match(lines[1]!, /^NO_FREE_ADDRESS 99993 times in 60 s: /);
    pass(200);
    assert.equal(lines.length, 2, "nothing more has come");
    totals.set(Verdict.TOO_SHORT, 1);
    totals.set(ServerVerdict.NO_FREE_ADDRESS, 100_001);
    reporter.close();
    assert.deepEqual(
      lines
        .slice(2)
        .map((line) => line.split(":")[0])
        .sort(),
      ["NO_FREE_ADDRESS 1 times in 200 s", "TOO_SHORT 1 times"],
    );
  } finally {
    mock.reset();
    mock.timers.reset();
  }
});

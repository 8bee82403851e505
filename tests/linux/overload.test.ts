/**
 * Overload: whole exchanges are begun at three times the rate at which the server can answer them, for as long as
 * `LEASEHOLD_OVERLOAD_SECONDS` says (5 when it says nothing).
 *
 * What is compared is counted in answers that brought a client further: an OFFER and an ACK for each exchange that came to its end, an
 * ACK for a renewal. So an offer that nobody could take up counts nothing, and a renewal, which costs a record like any ACK, only one.
 *
 * A machine that others use as well is slower for a while, and then quicker: each flood is held against the peaks before and after
 * it, one that was not three times as much for want of processor counts for nothing, and only floods that all fall behind are a
 * failure. A server that collapses does so each time.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test, type TestContext } from "node:test";
import type { LoadReport } from "../bench/harness/load.js";
import { CROWD_COUNT, OverloadSite } from "./overload-site.js";

const SECONDS = Number(process.env["LEASEHOLD_OVERLOAD_SECONDS"] ?? 5);
const MOST_SECONDS = 600;
const PEAK_SECONDS = 2;
const MOST_ROUNDS = 6;

/** The flood's rate by that of the peak, and the least that it must really have been. The difference is for peaks that rise meanwhile. */
const FLOOD = { aimed: 3.3, least: 3 };
/** Longest patience of the crowd in seconds, and how often the load looks for those who lost it. */
const LONGEST_PATIENCE = 0.5;
const LOOK_SECONDS = 0.1;
const SHORTEST_PATIENCE = 0.03;

/** The settled clients' rate by that of the peak, and how many percent of their exchanges are renewals. */
const SETTLED = { rate: 0.1, renew: 80 };

/** Exchanges a second that are no load. */
const CALM_RATE = 200;

/** Answers that brought a client further. */
const progress = ({ acquired, renewed }: LoadReport) => 2 * acquired + renewed;

/** Exchanges that were begun. */
const begun = ({ exchanges, unanswered }: LoadReport) => exchanges + unanswered;

/** Nothing that was answered was wrong; an answer may come when its client has given up. */
function assertRight(report: LoadReport): void {
  const { unasked: _, ...reasons } = report.reasons as Record<string, number>;
  assert.deepEqual(reasons, {}, JSON.stringify(report));
  assert.deepEqual(report.failed, {}, JSON.stringify(report));
}

/** One flood between two peaks. */
async function round(site: OverloadSite, before: LoadReport, memory: number[]) {
  const peakRate = before.exchanges / PEAK_SECONDS;
  const rate = Math.ceil(FLOOD.aimed * peakRate);
  // As many exchanges are under way at most as the crowd has clients.
  const patience = Math.max(SHORTEST_PATIENCE, Math.min(LONGEST_PATIENCE, (0.9 * CROWD_COUNT) / rate - LOOK_SECONDS));
  const { overflowed } = (await site.status()).transport;
  const sampling = setInterval(() => memory.push(site.residentBytes), 250);
  const [flood, settled] = await Promise.all([
    site.flood(rate, patience, SECONDS),
    site.settled(Math.ceil(SETTLED.rate * peakRate), SETTLED.renew, SECONDS),
  ]).finally(() => clearInterval(sampling));
  const recovery = await site.calm(CALM_RATE, 1);
  const dropped = (await site.status()).transport.overflowed - overflowed;
  const after = await site.peak(PEAK_SECONDS);
  for (const report of [flood, settled, recovery, after]) assertRight(report);
  const peak = (progress(before) + progress(after)) / (2 * PEAK_SECONDS);
  const kept = (progress(flood) + progress(settled)) / SECONDS / peak;
  const offered = begun(flood) / SECONDS / peakRate;
  return { flood, settled, recovery, dropped, after, kept, offered };
}

/** A sentence for each thing that was measured. */
function tell(t: TestContext, { flood, settled, recovery, dropped, kept, offered }: Awaited<ReturnType<typeof round>>) {
  t.diagnostic(`flood: ${offered.toFixed(2)} × the peak begun, ${flood.exchanges} exchanges of ${begun(flood)}`);
  t.diagnostic(`settled: ${settled.renewed} renewed, ${settled.acquired} acquired, ${settled.unanswered} unanswered`);
  t.diagnostic(`answers: ${kept.toFixed(3)} × the peak; ${dropped} datagrams dropped and counted`);
  t.diagnostic(`afterwards: ${JSON.stringify(recovery.milliseconds)}`);
}

function wanting(): string | false {
  if (process.getuid?.() !== 0) return "want of root";
  const missing = ["gcc", "taskset"].find((command) => spawnSync(command, ["--version"]).status !== 0);
  return missing === undefined ? false : `want of a package: ${missing === "gcc" ? "gcc" : "util-linux"}`;
}

describe("overload", { skip: wanting() }, () => {
  test("at three times its peak a server answers as much as ever, settled clients first, and then is as quick as before", async (t) => {
    assert.ok(SECONDS >= 1 && SECONDS <= MOST_SECONDS, `LEASEHOLD_OVERLOAD_SECONDS: from 1 to ${MOST_SECONDS}`);
    await OverloadSite.use(async (site) => {
      // Each client of the crowd has its lease, and the server its machine code and its memory, before anything is judged.
      await site.peak(PEAK_SECONDS);
      let before = await site.peak(PEAK_SECONDS);
      const memory = [site.residentBytes];
      let best = 0;
      for (let number = 1; number <= MOST_ROUNDS && best < 0.9; number++) {
        const held = await round(site, before, memory);
        tell(t, held);
        const { settled, recovery, dropped, offered } = held;
        before = held.after;
        if (offered < FLOOD.least) continue;
        assert.ok(dropped > 0, "what was dropped is counted");
        assert.ok(settled.exchanges >= 0.95 * (begun(settled) + settled.unbegun), JSON.stringify(settled));
        assert.equal(
          recovery.unanswered + recovery.unbegun,
          0,
          "each exchange after the flood is answered in a second",
        );
        assert.ok(recovery.milliseconds.max < 1000, JSON.stringify(recovery));
        best = Math.max(best, held.kept);
      }
      assert.ok(best >= 0.9, `only ${best.toFixed(3)} of the peak's answers under any flood`);
      const [first = 0] = memory;
      const growth = Math.max(...memory) / first;
      t.diagnostic(`memory: ${(first / 2 ** 20).toFixed(1)} MiB before, at most ${growth.toFixed(3)} × that`);
      assert.ok(growth <= 1.2, `memory grew ${growth.toFixed(3)} ×`);
    });
  });
});

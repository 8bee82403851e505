/**
 * `leasehold load` against a real server, and against one that lies: on the link and through a relay, by window and by rate.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { COMMAND, LoadedLink, type Loaded } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";
const LIAR = fileURLToPath(new URL("lying-server.js", import.meta.url));

/** An address for each of the 200 clients. */
const SUBNET = { pools: ["192.0.2.20-192.0.2.240"] };
const ON_LINK = ["--interface", "eth0"];
const { BY_RELAY } = LoadedLink;

/** Serves enough addresses, in memory: what is stored is the server's affair. */
const serve = (on: LoadedLink) => on.serve(SUBNET, "--log", "info", "--volatile");

/** Nothing wrong, and percentiles that belong together. */
function assertRight(report: Loaded): void {
  assert.deepEqual(report.reasons, {});
  assert.equal(report.code, 0);
  assert.ok(report.exchanges > 0);
  assert.equal(report.exchanges, report.acquired + report.renewed + report.released);
  const { p50, p99, p999, max } = report.milliseconds;
  assert.ok(p50 > 0 && p50 <= p99 && p99 <= p999 && p999 <= max, JSON.stringify(report.milliseconds));
}

describe("leasehold load", { skip: rootOnly }, () => {
  for (const [name, place] of [
    ["on the link", ON_LINK],
    ["through a relay", BY_RELAY],
  ] as const) {
    test(`closed loop, ${name}: each client climbs the ladder, and all is right`, () =>
      LoadedLink.use(async (on) => {
        const server = await serve(on);
        const report = await on.load(1, ...place, "--window", "16");
        assertRight(report);
        assert.ok(report.acquired > 200, "each client came more than once");
        assert.equal(report.renewed + report.released, 0);
        assert.ok(report.messages.received >= 2 * report.acquired);
        assert.equal(server.over, false);
      }));

    test(`open loop, ${name}: as many exchanges as were due, of each kind about its share`, () =>
      LoadedLink.use(async (on) => {
        await serve(on);
        const shares = ["--renew", "40", "--release", "20"];
        const report = await on.load(2, ...place, "--rate", "300", ...shares);
        assertRight(report);
        assert.equal(report.exchanges + report.unanswered + report.unbegun, 600);
        assert.equal(report.unanswered, 0);
        assert.ok(report.renewed > 100 && report.released > 40 && report.acquired > 200, JSON.stringify(report));
      }));
  }

  test("clients on the link hear answers by broadcast if they ask for them", () =>
    LoadedLink.use(async (on) => {
      await serve(on);
      assertRight(await on.load(1, ...ON_LINK, "--broadcast", "--window", "4"));
    }));

  test("open loop: a server that stands still is seen by every exchange that was due meanwhile", () =>
    LoadedLink.use(async (on) => {
      const server = await serve(on);
      const SECONDS = 4;
      const running = on.load(SECONDS, ...BY_RELAY, "--rate", "200", "--window", "8");
      await sleep((SECONDS / 2) * 1000);
      const stopped = performance.now();
      server.signal("SIGSTOP");
      await sleep(900);
      server.signal("SIGCONT");
      const pause = performance.now() - stopped;
      const report = await running;
      assert.equal(report.exchanges + report.unanswered + report.unbegun, SECONDS * 200);
      // 8 exchanges of 800 were under way meanwhile, but some 180 were due: a quarter of all, evenly spread over the pause.
      assert.ok(report.milliseconds.p99 > pause / 2, JSON.stringify(report));
    }));

  test("a server that names itself wrongly, gives one address to two, or answers other clients is found out", () =>
    LoadedLink.use(async (on) => {
      for (const [lie, reason] of [
        ["server-identifier", "server-identifier"],
        ["one-address", "held-by-another"],
        ["hardware-address", "hardware-address"],
        ["no-lease-time", "lease-time"],
        ["twice", "unasked"],
        ["refuse", "refused"],
        ["cut-short", "malformed"],
      ] as const) {
        const liar = on.lab.start(on.server, process.execPath, [LIAR, "192.0.2.1", lie]);
        await liar.line(/ready/);
        const report = await on.load(1, ...BY_RELAY, "--window", "8");
        assert.deepEqual(Object.keys(report.reasons), [reason], lie);
        assert.ok(report.wrong > 0);
        assert.equal(report.code, 1, lie);
        await liar.end();
      }
      const honest = on.lab.start(on.server, process.execPath, [LIAR, "192.0.2.1", "none"]);
      await honest.line(/ready/);
      assertRight(await on.load(1, ...BY_RELAY, "--window", "8"));
    }));

  test("silence ends as a sentence with advice and exit code 1", () =>
    LoadedLink.use(async (on) => {
      const args = [COMMAND, "load", ...BY_RELAY, "--seconds", "1"];
      const program = on.lab.start(on.client, process.execPath, args);
      assert.equal(await program.ended, 1);
      await program.line(/Does a server run at 192\.0\.2\.1/);
      const where = [COMMAND, "load", "--relay", "192.0.2.77", "--server", "192.0.2.1"];
      const stranger = on.lab.start(on.client, process.execPath, where);
      assert.equal(await stranger.ended, 1);
      await stranger.line(/must be an address of this machine/);
    }));
});

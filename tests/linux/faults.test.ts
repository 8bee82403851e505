/**
 * What a server's links do to it under load: they take nothing, so that its send buffers are full; they go away and come back.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { COMMAND, LoadedLink } from "./harness.js";

const { BY_RELAY } = LoadedLink;

function wanting(): string | false {
  if (process.getuid?.() !== 0) return "want of root";
  return spawnSync("which", ["tc"]).status === 0 ? false : "want of a package: iproute2";
}

describe("links under load", { skip: wanting() }, () => {
  test("a link that takes nothing: what finds the send buffer full is counted, and when the link is free the server serves", () =>
    LoadedLink.use(async (on) => {
      const subnet = { subnet: "192.0.0.0/16", pools: ["192.0.8.0-192.0.207.255"] };
      await on.serve(subnet, "--log", "info");
      assert.equal((await on.load(1, ...BY_RELAY)).code, 0);
      // Far more may wait for the link than a send buffer holds; only 1,000 bytes a second leave.
      const slow = ["rate", "8kbit", "burst", "2kb", "limit", "64mb"];
      on.lab.run(on.server, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", ...slow);
      const flood = ["--rate", "10000", "--clients", "40000", "--window", "40000", "--seconds", "5"];
      await on.lab.start(on.client, process.execPath, [COMMAND, "load", ...BY_RELAY, ...flood]).ended;
      const { failed } = (await on.status()).transport;
      assert.ok((failed["EAGAIN"] ?? 0) > 0, JSON.stringify(failed));
      on.lab.run(on.server, "tc", "qdisc", "delete", "dev", "eth0", "root");
      const report = await on.load(1, ...BY_RELAY);
      assert.deepEqual(report.reasons, {});
      assert.equal(report.code, 0);
      assert.equal(report.unanswered, 0);
    }));

  test("an interface that goes down, loses its address and gets it again: exchanges go on each time, and none goes wrong", () =>
    LoadedLink.use(async (on) => {
      const server = await on.serve({ pools: ["192.0.2.20-192.0.2.240"] }, "--log", "info");
      const ip = (...args: string[]) => on.lab.run(on.server, "ip", ...args);
      const running = on.load(6, ...BY_RELAY, "--rate", "200", "--renew", "50");
      await sleep(1500);
      ip("link", "set", "eth0", "down");
      await sleep(1000);
      ip("link", "set", "eth0", "up");
      await sleep(1000);
      ip("address", "delete", "192.0.2.1/24", "dev", "eth0");
      await sleep(1000);
      ip("address", "add", "192.0.2.1/24", "dev", "eth0");
      const report = await running;
      assert.deepEqual(report.reasons, {});
      assert.ok(report.exchanges > 300, JSON.stringify(report));
      const after = await on.load(1, ...BY_RELAY);
      assert.deepEqual(after.reasons, {});
      assert.equal(after.unanswered, 0);
      assert.equal(server.over, false);
    }));
});

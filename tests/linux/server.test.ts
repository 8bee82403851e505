/**
 * `leasehold serve` with the Linux transport on a real link: what a reload, a stop and a kill leave of leases.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { OneLink } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";

/** Runs `body` on a link of its own, and removes the link whatever happens. */
async function onLink(body: (on: OneLink) => Promise<void>): Promise<void> {
  const on = new OneLink();
  try {
    await body(on);
  } finally {
    await on.lab.close();
  }
}

describe("leasehold serve", { skip: rootOnly }, () => {
  test("HUP: another configuration is served by a second instance, leases and interfaces carried over", () =>
    onLink(async (on) => {
      const server = await on.serve();
      const client = on.lease("--no-probe", "--request", "192.0.2.150");
      await client.line(/acquired 192\.0\.2\.150/);
      const file = join(on.lab.folder, "server.jsonc");
      const changed = readFileSync(file, "utf8").replace("192.0.2.100-192.0.2.199", "192.0.2.140-192.0.2.160");
      writeFileSync(file, changed);
      server.signal("SIGHUP");
      await server.line(/reloaded: .* 21 addresses/);
      client.signal("SIGHUP");
      await server.line(/BOUND_RENEWING/);
      await client.line(/extended 192\.0\.2\.150/);
      writeFileSync(file, changed.replace("subnets", "subnet"));
      server.signal("SIGHUP");
      await server.line(/not reloaded, serving as before/);
      const told = client.lines.length;
      client.signal("SIGHUP");
      await client.line(/extended 192\.0\.2\.150/, told);
    }));

  test("a lease survives a kill of the server; TERM ends it with 0", () =>
    onLink(async (on) => {
      const first = await on.serve();
      const client = on.lease("--no-probe", "--request", "192.0.2.150");
      await client.line(/acquired 192\.0\.2\.150/);
      first.signal("SIGKILL");
      await first.ended;
      const second = await on.serve();
      client.signal("SIGHUP");
      await second.line(/BOUND_RENEWING/);
      second.signal("SIGTERM");
      assert.equal(await second.ended, 0);
    }));
});

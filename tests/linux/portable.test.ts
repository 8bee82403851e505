/**
 * The server on plain UDP (`node:dgram`), as on systems other than Linux, on a real link: broadcasts are heard and sent out of the
 * right interface, unicasts are known as such.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OneLink } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";

describe("serve --transport portable", { skip: rootOnly }, () => {
  test("a client without an address gets one by broadcast, renews by unicast and releases", async () => {
    const on = new OneLink();
    try {
      const server = await on.serve({ probe: true }, "--transport", "portable");
      await server.line(/addresses are not probed/);
      const client = on.lease("--no-probe");
      await client.line(/acquired 192\.0\.2\.1\d\d/);
      await server.line(/BOUND_SELECTING/);
      assert.ok(!server.lines.some((line) => line.includes("PROBE")), "what cannot be probed is offered at once");
      client.signal("SIGHUP");
      await server.line(/BOUND_RENEWING/);
      client.signal("SIGUSR1");
      await server.line(/RELEASED/);
      assert.equal(await client.ended, 0);
      server.signal("SIGTERM");
      assert.equal(await server.ended, 0);
    } finally {
      await on.lab.close();
    }
  });
});

// The example for those who embed the core runs, and prints what it is said to print.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../../../examples/embed.js", import.meta.url));

test("examples/embed.js climbs the ladder without a host, the same way every time", () => {
  const runs = [1, 2].map(() => spawnSync(process.execPath, [example], { encoding: "utf8" }));
  for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
  const [first, second] = runs.map(({ stdout }) => stdout);
  assert.equal(first, second);
  assert.deepEqual(first?.split("\n").slice(0, 5), [
    "client ──▶ DHCPDISCOVER",
    "server ──▶ DHCPOFFER",
    "client ──▶ DHCPREQUEST",
    "server ──▶ DHCPACK",
    "client: BOUND, 192.0.2.10 for 43200 s",
  ]);
  assert.match(first ?? "", /^journal: 192\.0\.2\.10 until \d+$/m);
});

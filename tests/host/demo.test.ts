// What `npm start` runs: ladders are climbed, renewed and released over loopback, and Ctrl-C ends it cleanly.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));

test("the demonstration leases, renews, releases, says what to do next, and ends by Ctrl-C with 0", async (t) => {
  const child = spawn(process.execPath, [main, "demo", "--clients", "2", "--lease", "4"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const lines: string[] = [];
  const expected = [
    /ada +──▶ DHCPDISCOVER to all servers/,
    /ada +◀── DHCPOFFER/,
    /ada +──▶ DHCPREQUEST to all servers/,
    /ada +◀── DHCPACK/,
    /ada +BOUND to 192\.0\.2\.10 for 4 s/,
    /alan +BOUND to 192\.0\.2\.50 for 4 s/,
    /serve --interface NAME/,
    /ada +──▶ DHCPREQUEST to 192\.0\.2\.1$/,
    /ada +RENEWED 192\.0\.2\.10/,
    /alan +──▶ DHCPRELEASE to 192\.0\.2\.1/,
  ];
  for await (const line of createInterface(child.stdout)) {
    if (lines.push(line) > 200) break;
    while (expected[0] && lines.some((seen) => expected[0]!.test(seen))) expected.shift();
    if (expected.length === 0) break;
  }
  assert.deepEqual(expected, [], lines.join("\n"));
  child.kill("SIGINT");
  assert.deepEqual(await exited, [0, null]);
  const folder = /journal is in (\S+)\./.exec(lines.join("\n"))?.[1];
  assert.ok(folder);
  assert.equal(existsSync(folder), false, "its folder is gone");
});

test("a number out of bounds is a mistake of the user's", () => {
  const { status, stderr } = spawnSync(process.execPath, [main, "demo", "--clients", "0"], { encoding: "utf8" });
  assert.equal(status, 2);
  assert.match(stderr, /--clients 0 is out of bounds\.\nGive a whole number from 1 to 8\./);
});

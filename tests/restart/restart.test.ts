// A server that is killed at any instant forgets no lease that it acknowledged, and gives no address away that somebody holds.
//
// A killed process leaves what it wrote in the kernel's memory; here the server runs on files that forget what was not synced. Once
// more with a store that promises before it syncs, which these tests must find out.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openLink } from "./link.js";
import { liveThrough, type Running } from "./lives.js";
import type { Bend } from "./serve-forgetful.js";
import { configuration } from "./site.js";

const scratch = fs.mkdtempSync(join(tmpdir(), "leasehold-restart-"));
after(() => fs.rmSync(scratch, { recursive: true }));

/** Starts the bent server; see `Bend`. */
async function startBent(bend: Bend): Promise<Running> {
  const script = fileURLToPath(new URL("./serve-forgetful.js", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(bend)], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout! })) {
    const port = /^ready (\d+)$/.exec(line)?.[1];
    if (port === undefined) break;
    return {
      link: await openLink("127.0.0.1", 0, "127.0.0.1", Number(port)),
      arm: () => child.send("armed"),
      ended,
      kill: () => child.kill("SIGKILL"),
    };
  }
  throw new Error("the server did not become ready");
}

test("on files that forget what was not synced, killed at random and at every sync", async (context) => {
  const folder = join(scratch, "forgetful");
  const crowd = await liveThrough(16, (life) => {
    const when = life % 4 === 1 ? "before-sync" : "after-sync";
    const kill = life % 2 === 1 ? ({ when, count: 1 + (life >> 2) } as const) : undefined;
    return startBent({ folder, configuration, promisesEarly: false, kill });
  });
  context.diagnostic(`${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`);
  assert.deepEqual(crowd.broken, []);
  assert(crowd.promises > 100, "clients got addresses");
  assert(
    fs.readdirSync(folder).some((name) => name.startsWith("snapshot-")),
    "there were snapshots too",
  );
});

test("a server that answers before the sync is found out", async () => {
  const folder = join(scratch, "early");
  const crowd = await liveThrough(6, () =>
    startBent({ folder, configuration, promisesEarly: true, kill: { when: "before-sync", count: 2 } }),
  );
  assert(
    crowd.broken.some((sentence) => /is forgotten|is refused/.test(sentence)),
    "a lease was forgotten",
  );
});

// A server that is killed at any instant forgets no lease that it acknowledged, and gives no address away that somebody holds.
//
// Three servers are killed again and again while clients come and go: `leasehold serve` itself; the same server on files that
// forget what was not synced; and that one with a store that promises before it syncs, which these tests must find out.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Lab } from "../interop/harness/lab.js";
import { openLink, openLinkIn } from "./link.js";
import { liveThrough, type Running } from "./lives.js";
import type { Bend } from "./serve-forgetful.js";

const scratch = fs.mkdtempSync(join(tmpdir(), "leasehold-restart-"));
after(() => fs.rmSync(scratch, { recursive: true }));

const configuration = JSON.stringify({
  probe: false,
  leaseTime: { default: 3600 },
  subnets: [{ subnet: "192.0.0.0/22", pools: ["192.0.0.10-192.0.1.255"], offersPerSource: 1000 }],
});

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

test("`leasehold serve`, killed under load", async (context) => {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return context.skip("want of root");
  if (spawnSync("ip", ["-V"]).error) return context.skip("want of a package: iproute2");
  const lab = new Lab();
  try {
    const [host, relay] = [lab.addHost("server"), lab.addHost("relay")];
    lab.connectDirectly(host, "lan0", "192.0.2.1/22", relay, "eth0", "192.0.2.2/22");
    const file = join(lab.folder, "leasehold.jsonc");
    fs.writeFileSync(file, configuration);
    const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));
    const crowd = await liveThrough(8, async () => {
      const program = lab.start(host, process.execPath, [main, "serve", file, "--state", join(lab.folder, "state")]);
      await program.line(/ready/);
      return {
        link: await openLinkIn(relay, "192.0.2.2", "192.0.2.1"),
        arm: () => {},
        ended: program.ended,
        kill: () => program.signal("SIGKILL"),
      };
    });
    context.diagnostic(`${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`);
    assert.deepEqual(crowd.broken, []);
    assert(crowd.promises > 100, "clients got addresses");
    const check = spawnSync(process.execPath, [main, "journal", "check", join(lab.folder, "state")], {
      encoding: "utf8",
    });
    assert.equal(check.status, 0, check.stdout + check.stderr);
  } finally {
    await lab.close();
  }
});

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

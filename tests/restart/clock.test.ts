// `leasehold serve` under a wall clock that jumps by hours, by Debian's libfaketime: no lease ends early, and none is given twice; nor
// after a kill -9 and a start under the clock as it was left.

import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { howToRepeatSuite, Random } from "../fuzz/random.js";
import { eventually, type Program } from "../interop/harness/program.js";
import { BusyCrowd } from "./bustle.js";
import { Site } from "./site.js";

/** Hours by which the wall clock is wrong, one after the other. Leases are for one hour. */
const JUMPS = [6, -6, 0, 48, 1] as const;

/** Where Debian keeps the library, by the folder of the machine's kind. */
function libraryPath(): string | undefined {
  const folders = fs.readdirSync("/usr/lib").map((kind) => join("/usr/lib", kind, "faketime/libfaketimeMT.so.1"));
  return folders.find((path) => fs.existsSync(path));
}

test("a wall clock that jumps forward and back by hours, and a kill after each jump", (context) => {
  const library = process.platform === "linux" ? libraryPath() : undefined;
  if (library === undefined) return context.skip("want of a package: libfaketime");
  return Site.use(context, {}, async (site) => {
    context.diagnostic(howToRepeatSuite("restart"));
    const crowd = new BusyCrowd(new Random("clock"), 32);
    const clockFile = join(site.lab.folder, "clock");
    const setClock = (hours: number) => fs.writeFileSync(clockFile, `${hours < 0 ? "" : "+"}${hours}h\n`);
    const environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const begin = async () => {
      const server = await site.serve(environment);
      crowd.use(site.link);
      await crowd.confirm();
      crowd.bustle();
      return server;
    };
    const proves = async (when: string, server: Program) => {
      const before = crowd.acknowledged;
      await eventually(`clients are acknowledged ${when}`, () => crowd.acknowledged > before + 200);
      const states = site.leases().map(({ state }) => state);
      assert.equal(states.filter((state) => state === "expired").length, 0, `leases ended early ${when}`);
      assert(states.filter((state) => state === "bound").length >= 200, `leases are bound ${when}`);
      assert.deepEqual(crowd.broken, [], when);
      assert(!server.over);
    };
    try {
      setClock(0);
      let server = await begin();
      await eventually("leases are held", () => crowd.promises > 300);
      for (const hours of JUMPS) {
        const from = server.lines.length;
        setClock(hours);
        await server.line(/the clock was set to/, from);
        await proves(`at ${hours} h`, server);
        await server.kill();
        server = await begin();
        await proves(`at ${hours} h, after a kill`, server);
      }
      context.diagnostic(`${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`);
    } finally {
      crowd.use(null);
    }
  });
});

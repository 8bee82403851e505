// One store, two processes: the second one is refused, is told who has the store, and leaves the first one alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../fuzz/random.js";
import { eventually } from "../interop/harness/program.js";
import { BusyCrowd } from "./bustle.js";
import { Site } from "./site.js";

/** On these, only the store is in the second one's way. */
const OTHER_PORTS = ["--server-port", "1067", "--client-port", "1068"] as const;

test("a second `leasehold serve` on the same store is refused, and names the holder's pid", (context) =>
  Site.use(context, {}, async (site) => {
    const first = await site.serve();
    const crowd = new BusyCrowd(new Random("two processes"), 16);
    try {
      crowd.use(site.link);
      crowd.bustle();
      await eventually("clients are acknowledged", () => crowd.acknowledged > 100);
      const second = site.start({}, ...OTHER_PORTS);
      assert.match(await second.line(/^leasehold: /), new RegExp(`held by another process \\(pid ${first.pid}\\)`));
      assert.equal(await second.ended, 1, second.report());
      assert.match(second.report(), /Stop that process first, or choose another folder/);
      const before = crowd.acknowledged;
      await eventually("the first one goes on", () => crowd.acknowledged > before + 100);
      await first.kill();
      crowd.calm();
      const third = await site.serve();
      await crowd.confirm();
      assert.deepEqual(crowd.broken, []);
      await third.end();
    } finally {
      crowd.use(null);
    }
  }));

// `leasehold serve` as it is shipped, killed at random instants under full load, and now and then while it starts.
//
// `LEASEHOLD_FUZZ_FACTOR=25 npm test -- restart` kills it 200 times.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { howToRepeatSuite, Random, scaled } from "../fuzz/random.js";
import { Bustle } from "./bustle.js";
import { borrowed } from "./link.js";
import { liveThrough } from "./lives.js";
import { Site } from "./site.js";

/** Kills of a run. */
const KILLS = scaled(8);

/** Clients that ask at any time. */
const WINDOW = 64;

/** A start that is killed lives so long at most, in milliseconds: about as long as one takes. */
const LONGEST_START = 400;

test(`kill -9 at ${KILLS} random instants under load`, (context) =>
  Site.use(context, {}, async (site) => {
    context.diagnostic(howToRepeatSuite("restart"));
    const random = new Random("kill");
    let killedStarts = 0;
    const start = async () => {
      if (random.oneIn(4)) {
        const program = site.start();
        await sleep(random.below(LONGEST_START));
        await program.kill();
        killedStarts++;
      }
      const program = await site.serve();
      return { link: borrowed(site.link), arm: () => {}, ended: program.ended, kill: () => program.signal("SIGKILL") };
    };
    const crowd = await liveThrough(KILLS, start, new Bustle(random, WINDOW));
    const last = await site.serve();
    crowd.use(site.link);
    await crowd.confirm();
    await last.end();
    context.diagnostic(
      `${KILLS} kills and ${killedStarts} in a start, ${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`,
    );
    assert.deepEqual(crowd.broken, []);
    assert(crowd.promises > 100, "clients got addresses");
    const { status, output } = site.checkJournal();
    assert.equal(status, 0, output);
  }));

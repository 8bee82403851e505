// `leasehold serve` on a disk that fails it: full, read-only, refusing. Nothing is acknowledged that is not durable; the server stays
// up, says so, and serves again by itself as soon as the disk does; and what it acknowledged is there after a kill.

import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { howToRepeatSuite, Random } from "../fuzz/random.js";
import { eventually, type Program } from "../interop/harness/program.js";
import { BusyCrowd } from "./bustle.js";
import { Site } from "./site.js";
import { DISK_PACKAGES, SmallDisk } from "./small-disk.js";

/** Room for several segments of the journal, of which two are always there. */
const MEGABYTES = 32;

/** Room for one segment and not for the next: what fits is soon written. */
const TIGHT_MEGABYTES = 6;

/** Clients that ask at any time. */
const WINDOW = 64;

/** How long is listened whether somebody is acknowledged after all, in milliseconds: every client asks again in it. */
const SILENCE = 1000;

/** Once since the last record, for each error of the system. */
const MOST_WARNINGS = 2;

const BEHIND = /error: the store does not take records, so no lease is granted: /;
const CAUGHT_UP = /the store takes records again/;

/** A server whose store is on a small disk, and clients that never rest. */
class Climb {
  readonly crowd: BusyCrowd;

  private constructor(
    readonly site: Site,
    readonly disk: SmallDisk,
  ) {
    this.crowd = new BusyCrowd(new Random("disk"), WINDOW);
    site.state = join(disk.folder, "state");
  }

  static on(context: TestContext, body: (climb: Climb) => Promise<void>): Promise<void> {
    if (!fs.existsSync("/dev/loop-control")) {
      context.skip("want of loop devices");
      return Promise.resolve();
    }
    context.diagnostic(howToRepeatSuite("restart"));
    return Site.use(context, DISK_PACKAGES, (site) =>
      SmallDisk.use(site.lab, MEGABYTES, async (disk) => {
        const climb = new Climb(site, disk);
        try {
          await body(climb);
        } finally {
          climb.crowd.use(null);
        }
      }),
    );
  }

  /** Starts the server, asks after every promise, and lets clients climb. */
  async begin(): Promise<Program> {
    const server = await this.site.serve();
    this.crowd.use(this.site.link);
    await this.crowd.confirm();
    this.crowd.bustle();
    await this.goesOn("after a start");
    return server;
  }

  /** Waits until clients are acknowledged. */
  async goesOn(when: string): Promise<void> {
    const before = this.crowd.acknowledged;
    await eventually(`clients are acknowledged ${when}`, () => this.crowd.acknowledged > before + 200);
  }

  /** Waits until the server says that it grants nothing, and proves it; DHCPOFFERs, which promise nothing, are still made. */
  async standsStill(server: Program, reason: RegExp): Promise<void> {
    assert.match(await server.line(BEHIND), reason);
    await sleep(SILENCE);
    const { acknowledged, offered } = this.crowd;
    await sleep(SILENCE);
    assert.equal(this.crowd.acknowledged, acknowledged, "somebody was acknowledged while nothing could be recorded");
    assert(this.crowd.offered > offered, "the server went deaf");
    const told = server.lines.filter((line) => /warning: preparing a segment/.test(line));
    assert(told.length <= MOST_WARNINGS, `a fault that lasts is told again and again: ${told.length} times`);
    assert(!server.over);
  }

  /** Waits until the server says that it grants again, and does. */
  async resumes(server: Program): Promise<void> {
    await server.line(CAUGHT_UP);
    await this.goesOn("again");
    assert(!server.over);
  }

  async kill(server: Program): Promise<void> {
    await server.kill();
    this.crowd.use(null);
  }

  /** A start that is refused in words. */
  async refused(reason: RegExp): Promise<void> {
    const server = this.site.start();
    await server.line(/^leasehold: /);
    assert.equal(await server.ended, 1, server.report());
    assert.match(server.report(), reason);
    assert.doesNotMatch(server.report(), /^\s+at /m, "a stack trace helps nobody");
  }

  /** Starts the server once more: every lease that was acknowledged must be there. */
  async proves(context: TestContext): Promise<void> {
    const { status, output } = this.site.checkJournal();
    assert.equal(status, 0, output);
    await this.begin();
    context.diagnostic(`${this.crowd.acknowledged} DHCPACKs, ${this.crowd.promises} promises at the end`);
    assert.deepEqual(this.crowd.broken, []);
  }
}

test("a disk that fills up and is freed again", (context) =>
  Climb.on(context, async (climb) => {
    const { disk } = climb;
    disk.fill(TIGHT_MEGABYTES);
    const server = await climb.begin();
    disk.fill();
    await climb.standsStill(server, /ENOSPC/);
    disk.free();
    await climb.resumes(server);
    await climb.kill(server);
    await climb.proves(context);
  }));

test("a kill while the disk is full, and a start before there is room", (context) =>
  Climb.on(context, async (climb) => {
    const { disk } = climb;
    disk.fill(TIGHT_MEGABYTES);
    const server = await climb.begin();
    disk.fill();
    await climb.standsStill(server, /ENOSPC/);
    await climb.kill(server);
    await climb.refused(/ENOSPC.*Free some room/s);
    disk.free();
    await climb.proves(context);
  }));

test("a disk that the kernel makes read-only for an error", (context) =>
  Climb.on(context, async (climb) => {
    const { disk } = climb;
    const server = await climb.begin();
    assert.throws(() => disk.remount("ro"), /busy/, "the files of the store are open");
    disk.fail();
    await climb.standsStill(server, /EROFS/);
    await climb.kill(server);
    await climb.refused(/read-only.*unmounted and checked/s);
    disk.mend();
    disk.remount("ro");
    await climb.refused(/read-only.*mount it writable/s);
    disk.remount("rw");
    await climb.proves(context);
  }));

test("files that may not be changed for a while", (context) =>
  Climb.on(context, async (climb) => {
    const { disk, site } = climb;
    const server = await climb.begin();
    disk.freeze(site.state, true);
    await climb.standsStill(server, /EPERM/);
    disk.freeze(site.state, false);
    await climb.resumes(server);
    await climb.kill(server);
    await climb.proves(context);
  }));

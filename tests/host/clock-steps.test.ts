// A wall clock that jumps by hours, forward and back: no lease ends early, and no address is given twice. While the server serves, over
// a reload, and over a restart.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ServerVerdict } from "#layout";
import { Type } from "../rules/harness/messages.js";
import { MemoryStore } from "../../host/store/memory.js";
import { planFor, subnet, TestClock, until, World } from "./server-harness.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Two addresses for an hour each: the third client has to wait for one. */
const configuration = subnet("192.0.2.10-192.0.2.11");

/** A server whose two addresses are held by clients 1 and 2. */
class Full {
  readonly clock = new TestClock();
  readonly store = new MemoryStore();
  world!: World;

  static async begin(t: TestContext): Promise<Full> {
    const full = new Full();
    await full.start(t);
    for (const client of [1, 2]) await full.world.lease(client);
    return full;
  }

  async start(t: TestContext): Promise<void> {
    const { clock, store } = this;
    this.world = await World.start(t, { configuration, clock, store });
  }

  async restart(t: TestContext): Promise<void> {
    await this.world.server.stop();
    await this.start(t);
  }

  /** Sets the wall clock by so many hours. */
  jump(hours: number): void {
    this.clock.wallOffsetMilliseconds += hours * HOUR;
  }

  /** Nobody has lost an address: there is none for a third client. */
  async holds(): Promise<void> {
    const { world } = this;
    const before = world.count(ServerVerdict.NO_FREE_ADDRESS);
    world.discover(3);
    await until("the third client is refused", () => world.count(ServerVerdict.NO_FREE_ADDRESS) === before + 1);
    assert.equal(world.heard.filter(({ type, xid }) => type === Type.OFFER && xid === 0x1003).length, 0);
  }

  /** The leases end when they have lasted as long as was promised. */
  async endsInTime(): Promise<void> {
    this.clock.skippedMilliseconds += HOUR - MINUTE;
    await this.holds();
    this.clock.skippedMilliseconds += 2 * MINUTE;
    // The timer does not know of the skip: a first message brings the turn in which the leases end.
    this.world.discover(4);
    await this.world.turns();
    await this.world.lease(3);
  }
}

for (const [name, hours] of [
  ["forward", [6]],
  ["back", [-6]],
  ["forward and back", [6, -6]],
  ["back and forward", [-6, 6]],
  ["forward twice and back", [5, 5, -10]],
] as const) {
  test(`${name}, while the server serves`, async (t) => {
    const full = await Full.begin(t);
    for (const jump of hours) {
      full.jump(jump);
      await full.holds();
    }
    await full.endsInTime();
  });

  test(`${name}, then a restart`, async (t) => {
    const full = await Full.begin(t);
    for (const jump of hours) {
      full.jump(jump);
      await full.holds();
      await full.restart(t);
      await full.holds();
    }
    await full.endsInTime();
  });

  test(`${name}, and a reload before anything else is heard`, async (t) => {
    const full = await Full.begin(t);
    for (const jump of hours) {
      full.jump(jump);
      await full.world.server.reload(await planFor(configuration));
      await full.holds();
    }
    await full.restart(t);
    await full.endsInTime();
  });
}

for (const hours of [6, -6]) {
  test(`by ${hours} h while a reload is under way`, async (t) => {
    const full = await Full.begin(t);
    const reloaded = full.world.server.reload(await planFor(configuration));
    full.jump(hours);
    full.world.discover(4);
    await reloaded;
    await full.holds();
    await full.restart(t);
    await full.endsInTime();
  });
}

// A server's lives: it is killed under load, started again, and asked after every promise.

import { setTimeout as sleep } from "node:timers/promises";
import { Crowd } from "./crowd.js";
import type { Link } from "./link.js";

/** A running server and the way to it. */
export interface Running {
  readonly link: Link;
  /** Lets it kill itself from now on, if it is made to. */
  arm(): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** How clients burden a server. */
export interface Load {
  readonly crowd: Crowd;
  /** Burdens it in one life; resolves at the instant at which it is to be killed, if it has not ended by then. */
  bear(life: number, ended: Promise<unknown>): Promise<void>;
}

/** Clients that come in groups; now and then some go. */
class ComeAndGo implements Load {
  readonly crowd = new Crowd();

  async bear(life: number, ended: Promise<unknown>): Promise<void> {
    const { crowd } = this;
    if (life % 3 === 2) crowd.leave(20, "192.0.2.1");
    const before = crowd.acknowledged;
    crowd.join(40);
    await Promise.race([ended, crowd.acknowledgedMore(before + Math.random() * 40)]);
    crowd.join(20);
    await Promise.race([ended, sleep(Math.random() * 20)]);
  }
}

/** Kills a server `lives` times, at random instants under load or when it kills itself, and asks after every promise each time; ends early when one is broken. */
export async function liveThrough(
  lives: number,
  start: (life: number) => Promise<Running>,
  load: Load = new ComeAndGo(),
): Promise<Crowd> {
  const { crowd } = load;
  for (let life = 0; life < lives && crowd.broken.length === 0; life++) {
    const running = await start(life);
    try {
      crowd.use(running.link);
      await crowd.confirm();
      running.arm();
      await load.bear(life, running.ended);
    } finally {
      running.kill();
      await running.ended;
      crowd.use(null);
      running.link.close();
    }
  }
  return crowd;
}

/**
 * Replaces an instance by one with another configuration, other limits or another module, while the first one serves.
 *
 *     first    serves ────────────────────────────────────▶ rests ─▶ ends
 *                 │ its leases, slice by slice      │ what it recorded meanwhile
 *     second      ▼ restored ──────────────────────▶▼ fed ─▶ finished ─▶ serves
 *
 * Every record that the first one makes after its first slice was exported is fed to the second after the last slice, in order, so
 * a lease that changed while it was being copied ends up as it was last recorded. The first one rests (nothing is
 * received, the sockets hold it) only from then until the second has built its indexes. Offers that nobody has
 * accepted yet are not carried over: a DHCPREQUEST for one is acknowledged as long as the address is free.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../clock.js";
import { CoreTrap } from "../core/trap.js";
import { UserError } from "../user-error.js";
import { type InstancePlan, ServerInstance } from "./instance.js";
import type { Shard } from "./shard.js";
import { slicesOf } from "./snapshot.js";

/** How long the first instance may need to come to rest: longer means that the store is not taking records. */
const REST_LIMIT_MILLISECONDS = 2000;

/** Between looks whether it rests. */
const REST_LOOK_MILLISECONDS = 1;

/**
 * Makes the second instance. When it returns, `shard` is paused and at rest, and the instance may take its place at once.
 * @param gone whether the shard is no longer the one that serves
 * @throws {UserError} nothing has changed: the plan cannot be used, or the store does not keep up
 */
export async function prepareSuccessor(
  shard: Shard,
  plan: InstancePlan,
  clock: Clock,
  gone: () => boolean,
): Promise<ServerInstance> {
  const successor = new ServerInstance(plan, clock);
  const tail: Uint8Array[] = [];
  const feed = () => {
    for (const blob of tail.splice(0)) successor.restore(blob);
  };
  shard.committer.onBlob = (blob) => tail.push(blob);
  try {
    for await (const records of slicesOf(shard.instance)) {
      successor.restore(records);
      if (gone()) throw interrupted();
    }
    feed();
    await rest(shard, clock, gone);
    feed();
    while (!successor.finishSlice()) await nextTurn();
    if (gone()) throw interrupted();
    return successor;
  } catch (error) {
    shard.paused = gone();
    if (error instanceof CoreTrap) throw new UserError(`The reload failed: ${error.message}`, "", { cause: error });
    throw error;
  } finally {
    shard.committer.onBlob = null;
  }
}

/** Pauses the shard and waits until all it recorded is durable and answered. */
async function rest(shard: Shard, clock: Clock, gone: () => boolean): Promise<void> {
  shard.paused = true;
  const until = clock.now() + REST_LIMIT_MILLISECONDS;
  while (!shard.atRest) {
    if (gone()) throw interrupted();
    if (clock.now() > until) {
      throw new UserError(
        "The configuration was not reloaded: the store does not take records at the moment.",
        "Mend the store (is the disk full?), then reload again.",
      );
    }
    await sleep(REST_LOOK_MILLISECONDS);
  }
}

function interrupted(): UserError {
  return new UserError("The reload was interrupted because the server is stopping or recovering.", "Reload again.");
}

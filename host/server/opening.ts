/**
 * From a closed store to an instance that may serve: at the start, and again after a trap.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.js";
import type { Store } from "../store/store.js";
import { type InstancePlan, ServerInstance } from "./instance.js";

/** A store, and an instance that holds everything the store does. */
export interface Opened {
  readonly instance: ServerInstance;
  readonly store: Store;
}

/**
 * Makes an instance, and restores it from a store. On failure the store is closed again.
 * @throws {UserError} the plan, the store or what it holds cannot be used
 */
export async function openInstance(plan: InstancePlan, openStore: () => Promise<Store>, clock: Clock): Promise<Opened> {
  const instance = new ServerInstance(plan, clock);
  const store = await openStore();
  try {
    for await (const blob of store.replay()) instance.restore(blob);
    while (!instance.finishSlice()) await nextTurn();
    return { instance, store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

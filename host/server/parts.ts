/**
 * What a server is made of: handed over once, and of it what a reload may change.
 */
import type { Clock } from "../clock.js";
import type { Transport } from "../net/transport.js";
import type { Store } from "../store/store.js";
import type { ServerEvents } from "./events.js";
import type { InstancePlan } from "./instance.js";
import type { NetworkOfInterface } from "./shard.js";

/** What can change by a reload. */
export interface ServerPlan extends InstancePlan {
  /** Which network is served on an interface; by default its address decides. */
  readonly networkOf?: NetworkOfInterface;
}

/** What a server runs on. */
export interface ServerParts {
  readonly plan: ServerPlan;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Opens the store; asked again after a trap, once the store was closed. */
  readonly openStore: () => Promise<Store>;
  readonly events?: ServerEvents;
  /** Folder where the batch that led to a trap is kept. */
  readonly diagnosisFolder?: string;
}

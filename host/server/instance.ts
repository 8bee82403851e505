/**
 * An instance of the server core with what belongs to it alone: its image, the leases it does not serve, and the way its memory
 * of the past is filled in.
 *
 * Restoring takes records from wherever they are kept (a store's replay, another instance's export), in slices that fit
 * the core's transfer area, and ends by finishing: the core builds its indexes, also in slices. Between slices the
 * caller may do other things; the first instance goes on serving while a second one is restored.
 */
import { ImageFault, nameOfImageFault, nameOfRestoreStatus, RestoreStatus } from "#layout";
import type { Clock } from "../clock.js";
import { ServerImage } from "../core/image.js";
import { RecordError, recordsIn } from "../core/record.js";
import { ServerCore, type ServerLimits } from "../core/server.js";
import { UserError } from "../user-error.js";
import { UnservedLeases } from "./unserved.js";

const NO_RECORDS = new Uint8Array(0);

/** What an instance is made of: `host/config` compiles the last two of a configuration file. */
export interface InstancePlan {
  /** The server module, compiled. */
  readonly module: WebAssembly.Module;
  /** The configuration image. */
  readonly image: Uint8Array;
  readonly limits: ServerLimits;
}

/** A configured instance; not to be served before it is restored. */
export class ServerInstance {
  readonly core: ServerCore;
  readonly image: ServerImage;
  readonly unserved: UnservedLeases;
  readonly #clock: Clock;

  /** @throws {UserError} the core refuses the image or the limits */
  constructor(plan: InstancePlan, clock: Clock) {
    this.#clock = clock;
    this.image = new ServerImage(plan.image);
    this.core = new ServerCore(plan.module, plan.limits);
    this.unserved = new UnservedLeases(this.image);
    const fault = this.core.configure(plan.image);
    if (fault !== ImageFault.NONE) {
      throw new UserError(
        `The core refuses the configuration image: ${nameOfImageFault(fault) ?? fault} at byte ${this.core.control.refusedAt}.`,
        "Compile the configuration again, with the release that serves it.",
      );
    }
  }

  /**
   * Takes whole records, as many as there are.
   * @throws {UserError} they cannot be understood
   */
  restore(records: Uint8Array): void {
    let from = 0;
    let end = 0;
    try {
      for (const record of recordsIn(records)) {
        const next = end + record.length;
        const kept = this.unserved.keep(record);
        if (kept || next - from > this.core.control.transferSize) {
          this.#hand(records.subarray(from, end));
          from = kept ? next : end;
        }
        end = next;
      }
    } catch (error) {
      if (error instanceof RecordError) throw damaged(error.message);
      throw error;
    }
    this.#hand(records.subarray(from, end));
  }

  /**
   * Does one slice of finishing.
   * @returns whether the instance is ready to serve
   */
  finishSlice(): boolean {
    const status = this.#slice(NO_RECORDS);
    if (status === RestoreStatus.MORE) return false;
    if (status !== RestoreStatus.OK) throw this.#refusal(status);
    return true;
  }

  #hand(records: Uint8Array): void {
    if (records.length === 0) return;
    const status = this.#slice(records);
    if (status !== RestoreStatus.OK) throw this.#refusal(status);
  }

  #slice(records: Uint8Array): number {
    return this.core.restoreSlice(records, Math.floor(this.#clock.wall() / 1000), this.#clock.now());
  }

  #refusal(status: number): UserError {
    const name = nameOfRestoreStatus(status) ?? String(status);
    return damaged(`${name} at byte ${this.core.control.refusedAt}`);
  }
}

function damaged(what: string): UserError {
  return new UserError(
    `The store holds a record that this release does not understand (${what}).`,
    "It was written by a later release, or it is damaged: `leasehold journal check` says more.",
  );
}

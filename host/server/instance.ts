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
import { leaseAddressAt, RecordError, recordSizeAt } from "../core/record.js";
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
  readonly unserved = new UnservedLeases();
  readonly #clock: Clock;
  /** A slice of records for the core, until it is handed over. */
  #gathered: Uint8Array;
  #gatheredLength = 0;

  /** @throws {UserError} the core refuses the image or the limits */
  constructor(plan: InstancePlan, clock: Clock) {
    this.#clock = clock;
    this.image = new ServerImage(plan.image);
    this.core = new ServerCore(plan.module, plan.limits);
    this.#gathered = new Uint8Array(this.core.control.transferSize);
    const fault = this.core.configure(plan.image);
    if (fault !== ImageFault.NONE) {
      throw new UserError(
        `The core refuses the configuration image: ${nameOfImageFault(fault) ?? fault} at byte ${this.core.control.refusedAt}.`,
        "Compile the configuration again, with the release that serves it.",
      );
    }
  }

  /**
   * Takes whole records, as many as there are, copied before it returns. They are handed to the core when enough for a slice have come, so
   * what is wrong with them may be told by a later call: the last one is `finishSlice`.
   * @throws {UserError} they cannot be understood
   */
  restore(records: Uint8Array): void {
    try {
      this.#sort(records);
    } catch (error) {
      if (error instanceof RecordError) throw damaged(error.message);
      throw error;
    }
  }

  /** Gathers the core's records for it, runs of them at a time, and keeps the others. A loop over a million records at a start. */
  #sort(records: Uint8Array): void {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    let from = 0;
    for (let at = 0; at < records.length; ) {
      const end = at + recordSizeAt(view, at);
      const address = leaseAddressAt(view, at, end - at);
      if (address !== null && !this.image.serves(address)) {
        this.#gather(records.subarray(from, at));
        this.unserved.keep(address, records.subarray(at, end));
        from = end;
      } else if (end - from > this.#gathered.length) {
        this.#gather(records.subarray(from, at));
        from = at;
        if (end - at > this.#gathered.length) throw new RecordError(`a record of ${end - at} bytes`);
      }
      at = end;
    }
    this.#gather(records.subarray(from));
  }

  /** Adds records, of which a slice holds as many, to those that the core is to get. */
  #gather(records: Uint8Array): void {
    if (this.#gatheredLength + records.length > this.#gathered.length) this.#hand();
    this.#gathered.set(records, this.#gatheredLength);
    this.#gatheredLength += records.length;
  }

  /**
   * Does one slice of finishing.
   * @returns whether the instance is ready to serve
   */
  finishSlice(): boolean {
    this.#hand();
    this.#gathered = NO_RECORDS;
    const status = this.#slice(NO_RECORDS);
    if (status === RestoreStatus.MORE) return false;
    if (status !== RestoreStatus.OK) throw this.#refusal(status);
    return true;
  }

  /** Hands over what was gathered. */
  #hand(): void {
    if (this.#gatheredLength === 0) return;
    const status = this.#slice(this.#gathered.subarray(0, this.#gatheredLength));
    this.#gatheredLength = 0;
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

/**
 * A trap: an assertion of the core failed, or its memory was damaged. It ends the instance. What the instance was given
 * last is kept, so that the trap can be played again.
 */

/** What an instance was handling when it trapped. */
export interface TrappedBatch {
  /** The call that trapped. */
  readonly call: string;
  /** The instant given with it, in milliseconds. */
  readonly now: number;
  /** How many slots were handed over; 0 for a call without inputs. */
  readonly count: number;
  /** The slots, heads and payloads, as they were left: `inputStride` bytes each. */
  readonly slots: Uint8Array;
}

/** Thrown by the call that trapped, and by every call of the same instance afterwards. */
export class CoreTrap extends Error {
  override readonly name = "CoreTrap";
  readonly batch: TrappedBatch;

  constructor(batch: TrappedBatch, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The protocol core trapped in ${batch.call} (${reason}). The instance has ended; nothing it made leaves.`, {
      cause,
    });
    this.batch = batch;
  }
}

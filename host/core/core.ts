/**
 * One instance of the protocol core, whatever its role: its memory, its control block, and the calls that all roles share.
 *
 * The core is asked; it never acts. A host fills input slots, calls `handleInputs`, then reads what came of it: verdicts in
 * the slots, messages in two rings, records in the journal, and when it wants to be called again. The views here move over the
 * core's memory instead of copying it; they stay valid for the instance's whole life, because its memory never grows
 * after `initialise`.
 *
 * A trap ends the instance: the call throws a `CoreTrap` that keeps the batch, and so does every later call.
 */
import { COMMON_VERDICT_COUNT, Control, ControlLayout, InputSlot, InputSlotLayout } from "#layout";
import { RingView } from "./ring.js";
import { CoreTrap } from "./trap.js";

/** The exports that every role has. */
export interface CoreExports extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  configure(imageLength: number): number;
  restore(byteCount: number, wallClock: number, nowLow: number, nowHigh: number): number;
  handleInputs(count: number, nowLow: number, nowHigh: number): void;
  handleTimeout(nowLow: number, nowHigh: number): void;
}

const TWO_TO_32 = 2 ** 32;

/** One instance of the core. Times are milliseconds of a clock that never goes back, as integers. */
export abstract class Core {
  protected readonly exports: CoreExports;
  readonly #slot: InputSlot;
  readonly #firstSlot: number;
  readonly #slotStride: number;
  readonly #control: Control;
  #journalTaken: number;
  #trap: CoreTrap | null = null;

  /** The whole memory, for bulk reading and writing. */
  readonly bytes: Uint8Array;
  /** The whole memory, for numbers of any size; all are little-endian. */
  readonly view: DataView;
  /** Slots of the largest batch. */
  readonly inputSlotCount: number;
  /** Bytes of payload that a slot holds. */
  readonly inputPayloadSize: number;
  /** Answers that may leave at once. */
  readonly ready: RingView;
  /** Answers that wait for the journal. */
  readonly waiting: RingView;

  /** @param exports of an initialised module @param control what its `initialise` returned */
  protected constructor(exports: CoreExports, control: number) {
    this.exports = exports;
    this.bytes = new Uint8Array(exports.memory.buffer);
    this.view = new DataView(exports.memory.buffer);
    this.#control = new Control(this.view, control);
    this.inputSlotCount = this.#control.inputSlotCount;
    this.inputPayloadSize = this.#control.inputPayloadSize;
    this.#firstSlot = this.#control.inputs;
    this.#slotStride = this.#control.inputStride;
    this.#slot = new InputSlot(this.view, this.#firstSlot);
    this.ready = new RingView(this.view, this.#control.ready);
    this.waiting = new RingView(this.view, this.#control.waiting);
    this.#journalTaken = this.#control.journalHead;
  }

  /** The control block. Read freely; write only what its documentation says a host writes. */
  get control(): Control {
    return this.#control;
  }

  /** Bytes of memory that the instance uses, for good. */
  get memoryUsed(): number {
    return this.#control.memoryUsed;
  }

  /** When `handleTimeout` wants to be called; Infinity: not at all. A time that has passed means now. */
  get deadline(): number {
    const at = this.#control.base + ControlLayout.deadline;
    const low = this.view.getUint32(at, true);
    const high = this.view.getUint32(at + 4, true);
    return low === 0xffffffff && high === 0xffffffff ? Number.POSITIVE_INFINITY : high * TWO_TO_32 + low;
  }

  /**
   * The head of slot `index`. The same object every time, moved: read it before the next call.
   * @param index below `inputSlotCount`
   */
  slot(index: number): InputSlot {
    this.#slot.base = this.slotAddress(index);
    return this.#slot;
  }

  /** Address of slot `index` in the core's memory. */
  slotAddress(index: number): number {
    if (!(index >= 0 && index < this.inputSlotCount)) throw new RangeError(`slot ${index} of ${this.inputSlotCount}`);
    return this.#firstSlot + index * this.#slotStride;
  }

  /** Address where the payload of slot `index` begins; it holds `inputPayloadSize` bytes. */
  payloadAddress(index: number): number {
    return this.slotAddress(index) + InputSlotLayout.byteSize;
  }

  /**
   * The head of slot `index`, emptied: every field that a host sets is 0 until it sets it.
   * @param index below `inputSlotCount`
   */
  freshSlot(index: number): InputSlot {
    const slot = this.slot(index);
    // Eight bytes at a time, in line: a call of the general `fill` costs more than all of them.
    for (let at = slot.base; at < slot.base + InputSlotLayout.byteSize; at += 8) this.view.setFloat64(at, 0, true);
    return slot;
  }

  /** Copies `payload` into slot `index`, as much as fits, and sets the slot's length to what was copied. */
  setPayload(index: number, payload: Uint8Array): void {
    const taken = payload.length > this.inputPayloadSize ? payload.subarray(0, this.inputPayloadSize) : payload;
    this.bytes.set(taken, this.payloadAddress(index));
    this.slot(index).length = taken.length;
  }

  /** The core's counter of a verdict: how often it was given, modulo 2³². */
  counter(verdict: number): number {
    const control = this.#control;
    const entry = verdict < COMMON_VERDICT_COUNT ? verdict : verdict - control.verdictBase + COMMON_VERDICT_COUNT;
    if (entry < 0 || entry >= control.counterCount) return 0;
    return this.view.getUint32(control.counters + entry * 4, true);
  }

  /** Handles slots 0 … count − 1, in that order. */
  handleInputs(count: number, now: number): void {
    if (this.#trap) throw this.#trap;
    try {
      this.exports.handleInputs(count, low(now), high(now));
    } catch (error) {
      throw this.#end("handleInputs", count, now, error);
    }
  }

  /** Handles what is due at `now`, a bounded part of it: `deadline` is in the past while there is more. */
  handleTimeout(now: number): void {
    if (this.#trap) throw this.#trap;
    try {
      this.exports.handleTimeout(low(now), high(now));
    } catch (error) {
      throw this.#end("handleTimeout", 0, now, error);
    }
  }

  /**
   * Gives the core its configuration (a server's image, a client's record), once, before anything else.
   * @returns 0, or the number of what is wrong; `control.refusedAt` says at which offset
   */
  configure(image: Uint8Array): number {
    if (image.length > this.#control.imageSize) {
      throw new RangeError(`a configuration of ${image.length} bytes; ${this.#control.imageSize} were reserved for it`);
    }
    this.bytes.set(image, this.#control.image);
    return this.call("configure", () => this.exports.configure(image.length)) >>> 0;
  }

  /**
   * Hands over whole records, at most `control.transferSize` bytes of them.
   * @param wallClock seconds since 1970
   * @returns a `RestoreStatus`
   */
  restoreSlice(records: Uint8Array, wallClock: number, now: number): number {
    if (records.length > this.#control.transferSize) {
      throw new RangeError(`${records.length} bytes of records; a slice holds ${this.#control.transferSize}`);
    }
    this.bytes.set(records, this.#control.transfer);
    return this.call("restore", () => this.exports.restore(records.length, wallClock, low(now), high(now))) >>> 0;
  }

  /** Bytes of records that wait to be taken by `takeJournal`. */
  get journalPending(): number {
    return (this.#control.journalHead - this.#journalTaken) >>> 0;
  }

  /** The journal's head: what is durable once everything taken so far is. */
  get journalHead(): number {
    return this.#control.journalHead;
  }

  /** A copy of the whole records that were made since the last call, as one blob; null when there are none. */
  takeJournal(): Uint8Array | null {
    const length = this.journalPending;
    if (length === 0) return null;
    const { journal, journalSize, journalHead } = this.#control;
    const from = this.#journalTaken & (journalSize - 1);
    const blob = new Uint8Array(length);
    const unbroken = Math.min(length, journalSize - from);
    blob.set(this.bytes.subarray(journal + from, journal + from + unbroken));
    blob.set(this.bytes.subarray(journal, journal + length - unbroken), unbroken);
    this.#journalTaken = journalHead;
    return blob;
  }

  /** Runs a call into the module that is not on the fast path; a trap ends the instance. */
  protected call<T>(name: string, body: () => T): T {
    if (this.#trap) throw this.#trap;
    try {
      return body();
    } catch (error) {
      throw this.#end(name, 0, 0, error);
    }
  }

  /** Keeps the batch that ended the instance. What is not a trap (a host's own mistake) passes unchanged. */
  #end(call: string, count: number, now: number, error: unknown): unknown {
    if (!(error instanceof WebAssembly.RuntimeError)) return error;
    const slots = this.bytes.slice(this.#firstSlot, this.#firstSlot + count * this.#slotStride);
    this.#trap = new CoreTrap({ call, now, count, slots }, error);
    return this.#trap;
  }
}

/** The low 32 bits of an instant in milliseconds. */
export function low(now: number): number {
  return (now % TWO_TO_32) | 0;
}

/** The high 32 bits of an instant in milliseconds. */
export function high(now: number): number {
  return Math.floor(now / TWO_TO_32) | 0;
}

/**
 * Records of addresses that no pool and no reservation holds any more. The configuration changed; it may change back, and the
 * clients go on using what was promised to them. So they are kept: carried into every snapshot and every reload, and reported,
 * but not served.
 *
 * They may be as many as leases were ever served, so they lie one behind the other in one piece of memory, which is at most twice as
 * large as they are, and each costs an entry of a table beside it.
 */
import { LeaseState } from "#layout";
import { recordSizeAt, stateOfRecord } from "../core/record.js";

/** Bytes of the first piece of memory. */
const FIRST_CAPACITY = 65536;

/** The newest record of each address that is not served. */
export class UnservedLeases {
  /** Where the record of an address begins. */
  readonly #offsets = new Map<number, number>();
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  /** Bytes of records that others have replaced. */
  #replaced = 0;

  /** Keeps a lease's record, copied, instead of an earlier one of that address; one that says that it is free ends the matter. */
  keep(address: number, record: Uint8Array): void {
    const isFree = stateOfRecord(record) === LeaseState.FREE;
    const before = this.#offsets.get(address);
    if (before !== undefined) {
      const size = recordSizeAt(this.#view, before);
      if (!isFree && size === record.length) {
        this.#bytes.set(record, before);
        return;
      }
      this.#replaced += size;
      this.#offsets.delete(address);
    }
    if (isFree) return;
    if (this.#used + record.length > this.#bytes.length) this.#move(record.length);
    this.#offsets.set(address, this.#used);
    this.#bytes.set(record, this.#used);
    this.#used += record.length;
  }

  /** Moves what is not replaced to memory with room for as much again, and for `size` bytes at least. */
  #move(size: number): void {
    const kept = this.#used - this.#replaced;
    const bytes = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * kept, kept + size));
    let used = 0;
    for (const [address, offset] of this.#offsets) {
      const end = offset + recordSizeAt(this.#view, offset);
      bytes.set(this.#bytes.subarray(offset, end), used);
      this.#offsets.set(address, used);
      used += end - offset;
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#used = used;
    this.#replaced = 0;
  }

  /** How many addresses. */
  get count(): number {
    return this.#offsets.size;
  }

  /** Bytes of memory that the records lie in. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The records, one an address; each is valid until the next call of `keep`. */
  *records(): Generator<Uint8Array> {
    for (const offset of this.#offsets.values()) {
      yield this.#bytes.subarray(offset, offset + recordSizeAt(this.#view, offset));
    }
  }
}

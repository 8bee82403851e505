/**
 * Records of addresses that no pool and no reservation holds any more. The configuration changed; it may change back, and the
 * clients go on using what was promised to them. So they are kept: carried into every snapshot and every reload, and reported,
 * but not served.
 */
import { LeaseState, RecordKind } from "#layout";
import type { ServerImage } from "../core/image.js";
import { addressOfRecord, kindOfRecord, stateOfRecord } from "../core/record.js";

/** The newest record of each address that is not served. */
export class UnservedLeases {
  readonly #image: ServerImage;
  readonly #records = new Map<number, Uint8Array>();

  /** @param image which addresses are served */
  constructor(image: ServerImage) {
    this.#image = image;
  }

  /** Keeps `record` if it belongs to an address that is not served; false: it is the core's. */
  keep(record: Uint8Array): boolean {
    if (kindOfRecord(record) !== RecordKind.LEASE) return false;
    const address = addressOfRecord(record);
    if (this.#image.serves(address)) return false;
    if (stateOfRecord(record) === LeaseState.FREE) this.#records.delete(address);
    else this.#records.set(address, record.slice());
    return true;
  }

  /** How many addresses. */
  get count(): number {
    return this.#records.size;
  }

  /** The records, one an address. */
  records(): IterableIterator<Uint8Array> {
    return this.#records.values();
  }
}

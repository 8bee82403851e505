/**
 * What a host needs to know of a server's configuration image: which addresses it serves. The core
 * checks the image; this only reads what our own compiler made, or what has been accepted.
 */
import { ImageHeader, Range, RangeLayout } from "#layout";

/** A configuration image, read. */
export class ServerImage {
  readonly #range: Range;
  readonly #ranges: number;
  readonly #rangeCount: number;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = new ImageHeader(view, 0);
    this.#ranges = header.ranges;
    this.#rangeCount = header.rangeCount;
    this.#range = new Range(view, header.ranges);
  }

  /** Whether a pool or a reservation holds the address. */
  serves(address: number): boolean {
    let low = 0;
    let high = this.#rangeCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      this.#range.base = this.#ranges + middle * RangeLayout.byteSize;
      if (address < this.#range.first) high = middle;
      else if (address - this.#range.first >= this.#range.count) low = middle + 1;
      else return true;
    }
    return false;
  }
}

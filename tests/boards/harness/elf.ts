/**
 * Reads an ELF file of 32-bit little-endian machines (System V ABI, chapter 4): its sections, and the bytes of its objects.
 */
import assert from "node:assert/strict";

const SYMBOL_SIZE = 16;
const SYMBOL_TABLE = 2;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  /** Number of the section with the names of its symbols. */
  readonly link: number;
}

/** An ELF file. */
export class Elf {
  readonly #sections: readonly Section[];

  constructor(file: Uint8Array) {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    assert.equal(view.getUint32(0), 0x7f454c46, "an ELF file");
    assert.equal(view.getUint16(4), 0x0101, "32 bits, little-endian");
    const [table, size, count] = [view.getUint32(32, true), view.getUint16(46, true), view.getUint16(48, true)];
    const headers = Array.from({ length: count }, (_, index) => {
      const field = (number: number) => view.getUint32(table + index * size + number * 4, true);
      return { name: field(0), type: field(1), address: field(3), offset: field(4), size: field(5), link: field(6) };
    });
    const names = headers[view.getUint16(50, true)];
    assert.ok(names, "a section with the names of sections");
    this.#sections = headers.map((header) => ({
      name: textAt(file, names.offset + header.name),
      type: header.type,
      address: header.address,
      size: header.size,
      bytes: file.subarray(header.offset, header.offset + header.size),
      link: header.link,
    }));
  }

  /** The contents of a section; undefined when there is none of that name. */
  section(name: string): Uint8Array | undefined {
    return this.#sections.find((section) => section.name === name)?.bytes;
  }

  /** Bytes that a section takes in memory, also where the file holds none of them; 0 when there is none of that name. */
  sizeOf(name: string): number {
    return this.#sections.find((section) => section.name === name)?.size ?? 0;
  }

  /** The bytes of an object, as they are linked in; undefined when there is none of that name. */
  object(name: string): Uint8Array | undefined {
    const symbols = this.#sections.find(({ type }) => type === SYMBOL_TABLE);
    assert.ok(symbols, "a symbol table");
    const names = this.#sections[symbols.link]?.bytes ?? new Uint8Array(0);
    const view = new DataView(symbols.bytes.buffer, symbols.bytes.byteOffset, symbols.bytes.byteLength);
    for (let at = 0; at < symbols.bytes.length; at += SYMBOL_SIZE) {
      if (textAt(names, view.getUint32(at, true)) !== name) continue;
      const section = this.#sections[view.getUint16(at + 14, true)];
      assert.ok(section, `${name} lies in a section`);
      const offset = view.getUint32(at + 4, true) - section.address;
      return section.bytes.subarray(offset, offset + view.getUint32(at + 8, true));
    }
    return undefined;
  }
}

function textAt(bytes: Uint8Array, at: number): string {
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}

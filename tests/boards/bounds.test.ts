// Where linear memory ends under an interpreter: at the last byte that the board gives it, which is inside a page. Every width of access,
// around every end there is.

import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "assemblyscript/binaryen";
import { buildProgram, linkedModule, runProgram, skip, thirdPartyFolder } from "./modules/programs.js";

/** Bytes of linear memory: less than a page, and a page and a half. */
const sizes = [4608, 98304];

/** An access to memory: its instruction, its constant offset, how many bytes. */
interface Access {
  readonly code: string;
  readonly offset: number;
  readonly width: number;
}

function accesses(size: number): Access[] {
  const widths = [
    ["i32.load8_u", "i32.store8", 1],
    ["i32.load16_u", "i32.store16", 2],
    ["i32.load", "i32.store", 4],
    ["i64.load", "i64.store", 8],
  ] as const;
  const offsets = [0, 4, size - 8, size - 1, size, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff];
  return offsets.flatMap((offset) =>
    widths.flatMap(([load, store, width]) => {
      const value = store.startsWith("i64") ? "(i64.const -1)" : "(i32.const -1)";
      return [
        { offset, width, code: `(drop (${load} offset=${offset} (local.get 0)))` },
        { offset, width, code: `(${store} offset=${offset} (local.get 0) ${value})` },
      ];
    }),
  );
}

/** A module with a client's exports, whose `restore(address, index, …)` does access `index`. */
function moduleOf(list: readonly Access[]): Uint8Array {
  const stub = (name: string, parameters: number, results: number) =>
    `(func (export "${name}") ${"(param i32)".repeat(parameters)} ${results ? "(result i32) (i32.const 0)" : ""})`;
  const steps = list.map(({ code }, index) => `(if (i32.eq (local.get 1) (i32.const ${index})) (then ${code}))`);
  const module = binaryen.parseText(`(module (memory (export "memory") 1)
    ${stub("initialise", 10, 1)} ${stub("memoryNeeded", 0, 1)} ${stub("configure", 1, 1)}
    ${stub("handleInputs", 3, 0)} ${stub("handleTimeout", 2, 0)}
    (func (export "restore") (param i32 i32 i32 i32) (result i32) ${steps.join("\n")} (i32.const 0)))`);
  assert.ok(module.validate());
  return module.emitBinary();
}

/** Addresses around those at which the access leaves memory, or all addresses. */
function addressesFor({ offset, width }: Access, size: number): number[] {
  const end = size - offset - width;
  const near = [
    end - 1,
    end,
    end + 1,
    size - width,
    size,
    65536 - width,
    65536,
    2 ** 32 - offset,
    2 ** 32 - offset - width,
  ];
  return [...new Set([...near, 0, 2 ** 31, 2 ** 32 - 1])].filter((address) => address >= 0 && address < 2 ** 32);
}

for (const engine of ["wasm3", "wamr"]) {
  const why = skip ?? (thirdPartyFolder(engine) ? undefined : `want of sources: ${engine}`);
  for (const size of sizes) {
    test(`${engine}: ${size} bytes of memory end exactly there`, { skip: why }, () => {
      const list = accesses(size);
      const calls = list.flatMap((access, index) =>
        addressesFor(access, size).map((address) => ({ access, address, index })),
      );
      const module = linkedModule(`bounds-${size}`, moduleOf(list));
      const sources = ["tests/boards/modules/bounds.c", module, `boards/common/engine-${engine}.c`];
      const defines = { LEASEHOLD_CLIENT: "", ENGINE_MEMORY_SIZE: `${size}u` };
      const program = buildProgram(`bounds-${engine}-${size}`, sources, defines, [engine]);
      const input = calls.map(({ address, index }) => `${address} ${index}`).join("\n");
      const expected = calls.map(({ access: { offset, width }, address }) =>
        address + offset + width <= size ? "reached" : "trap",
      );
      const said = runProgram(program, [], Buffer.from(input));
      const asText = (outcome: string, index: number) =>
        `${calls[index]!.access.code} at ${calls[index]!.address}: ${outcome}`;
      assert.deepEqual(said.map(asText), expected.map(asText));
      assert.ok(new Set(said).size === 2);
    });
  }
}

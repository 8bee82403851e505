// What the shipped modules are, read from their bytes: DESIGN's promises about imports, memory, allocation and size.
//
// Each detector is first tried on a small module that breaks the promise: a proof that can find nothing proves nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import binaryen from "assemblyscript/binaryen";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Sizes in bytes: what we aim at, and what no change may exceed. The client's aim is missed: ARP, frames and addresses'
 * defence are in every build of it, and no function stands out. Lower `most` when it shrinks.
 */
const sizes = {
  client: { aim: 8 * 1024, most: 12 * 1024 },
  server: { aim: 24 * 1024, most: 24 * 1024 },
} as const;

/** Instructions that would change the memory, or ask for its size. */
const memoryInstruction = /\((memory\.(grow|size|copy|fill|init))\b/;

/** Whether a module is valid with every feature later than WebAssembly 1.0 disabled. */
function isPlain(module: binaryen.Module): boolean {
  module.setFeatures(binaryen.Features.MVP);
  return module.validate() === 1;
}

/** The maximum that a module declares for its memory, in pages; undefined for none. */
function maximumPages(text: string): number | undefined {
  const declared = /\(memory (?:\$\S+ )?\d+ (\d+)\)/.exec(text)?.[1];
  return declared === undefined ? undefined : Number(declared);
}

/** Compiles with the runtime whose allocators are compile-time errors; returns the compiler's message, "" if none. */
async function compileWithoutAllocator(entry: string, source?: string): Promise<string> {
  const { error, stderr } = await asc.main(
    [entry, "--target", "check", "--baseDir", root, "--config", "asconfig.json"],
    {
      readFile: (name, baseDir) => {
        if (name === entry && source !== undefined) return source;
        try {
          return readFileSync(`${baseDir}/${name}`, "utf8");
        } catch {
          return null;
        }
      },
    },
  );
  return error ? stderr.toString() : "";
}

for (const [role, { aim, most }] of Object.entries(sizes)) {
  const bytes = readFileSync(`${root}build/${role}.wasm`);
  const module = new WebAssembly.Module(bytes);
  const text = binaryen.readBinary(bytes).emitText();

  test(`${role}.wasm imports nothing`, () => {
    assert.deepEqual(WebAssembly.Module.imports(module), []);
  });

  test(`${role}.wasm exports functions and its memory, and nothing else`, () => {
    const exports = WebAssembly.Module.exports(module);
    assert.deepEqual(
      exports.filter(({ kind }) => kind !== "function").map(({ name, kind }) => `${kind} ${name}`),
      ["memory memory"],
    );
    const helpers = exports.filter(({ name }) => name.startsWith("_")).map(({ name }) => name);
    assert.deepEqual(helpers, [], "helpers of a runtime");
    assert.doesNotMatch(text, /\(start\b/, "a start function would run before the host can catch its trap");
  });

  test(`${role}.wasm is valid with every feature later than WebAssembly 1.0 disabled`, () => {
    assert.ok(isPlain(binaryen.readBinary(bytes)));
  });

  test(`${role}.wasm never grows or measures its memory, and declares no maximum`, () => {
    assert.doesNotMatch(text, memoryInstruction);
    assert.match(text, /\(memory (?:\$\S+ )?\d+\)/);
    assert.equal(maximumPages(text), undefined);
  });

  test(`${role}: allocation is rejected at compile time`, async () => {
    assert.equal(await compileWithoutAllocator(`assembly/${role}.ts`), "");
  });

  test(`${role}.wasm has at most ${most} bytes`, (t) => {
    t.diagnostic(`${role}.wasm: ${bytes.length} bytes (aim: ${aim})`);
    assert.ok(bytes.length <= most, `${bytes.length} bytes`);
  });
}

test("the proofs find what they look for", async () => {
  const extend = "(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))";
  assert.equal(isPlain(binaryen.parseText(extend)), false);
  assert.match("(drop (memory.grow (i32.const 1)))", memoryInstruction);
  assert.equal(maximumPages(binaryen.parseText("(module (memory 1 2))").emitText()), 2);
  const allocating = "export function f(n: i32): i32 { return new Uint8Array(n).length; }";
  assert.match(await compileWithoutAllocator("allocating.ts", allocating), /must not allocate/);
});

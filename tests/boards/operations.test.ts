// Every instruction that the compact form knows, over the numbers at which it could go wrong: it gives what Node gives, and what wasm2c
// gives as generated, or traps where they do. Accesses to memory are tried at each edge, up to the last address there is.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import binaryen from "assemblyscript/binaryen";
import { runProgram } from "./modules/programs.js";
import { boardsFolder, buildProgram, compileToC, skip } from "./replay/native.js";

/** Binary operations of i32 and i64; comparisons give an i32. */
const arithmetic = ["add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor"];
const shifts = ["shl", "shr_s", "shr_u", "rotl", "rotr"];
const comparisons = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const loads = {
  i32: ["load", "load8_s", "load8_u", "load16_s", "load16_u"],
  i64: ["load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u"],
};
const stores = { i32: ["store", "store8", "store16"], i64: ["store", "store8", "store16", "store32"] };

/** Bytes of an access, by its name. */
function widthOf(type: string, name: string): number {
  return Number(/\d+/.exec(name)?.[0] ?? type.slice(1)) / 8;
}

/** Bytes of memory: a page, of which a smaller memory is a part. */
const PAGE = 65_536;
const offsets = [0, 1, 4, 31, PAGE - 9, PAGE - 8, PAGE - 4, PAGE - 1, PAGE, 0x7fff_ffff, 0xffff_fff8, 0xffff_ffff];

/** An exported function, which takes two i64 and gives one. */
interface Operation {
  readonly name: string;
  readonly body: string;
  /** Where it accesses memory: its constant offset, and how many bytes. */
  readonly access?: { offset: number; width: number };
}

const asI32 = (index: number) => `(i32.wrap_i64 (local.get ${index}))`;
const operand = (type: string, index: number) => (type === "i32" ? asI32(index) : `(local.get ${index})`);
const asI64 = (type: string, value: string) => (type === "i32" ? `(i64.extend_i32_u ${value})` : value);

function* operations(): Generator<Operation> {
  for (const type of ["i32", "i64"] as const) {
    const [a, b] = [operand(type, 0), operand(type, 1)];
    for (const name of [...arithmetic, ...shifts]) yield { name, body: asI64(type, `(${type}.${name} ${a} ${b})`) };
    for (const name of comparisons) yield { name, body: asI64("i32", `(${type}.${name} ${a} ${b})`) };
    for (const name of ["clz", "ctz"]) yield { name, body: asI64(type, `(${type}.${name} ${a})`) };
    yield { name: "eqz", body: asI64("i32", `(${type}.eqz ${a})`) };
    for (const offset of offsets) yield* accesses(type, offset);
  }
  yield { name: "extend_i32_s", body: `(i64.extend_i32_s ${asI32(0)})` };
  yield { name: "unreachable", body: "(unreachable)" };
  yield {
    name: "global",
    body: "(global.set $global (i64.add (global.get $global) (local.get 0))) (global.get $global)",
  };
  yield { name: "data", body: "(i64.load offset=512 (i32.const 0))" };
}

/** Loads and stores at the address `a`, also loads whose value nobody wants; a store stores `b`, and then the whole is read back. */
function* accesses(type: "i32" | "i64", offset: number): Generator<Operation> {
  for (const name of loads[type]) {
    const access = { offset, width: widthOf(type, name) };
    const load = `(${type}.${name} offset=${offset} ${asI32(0)})`;
    yield { name, access, body: asI64(type, load) };
    yield { name: `${name}, unused`, access, body: `(drop ${load}) (drop ${load}) (i64.const 0)` };
  }
  for (const name of stores[type]) {
    const access = { offset, width: widthOf(type, name) };
    const back =
      type === "i64" && name === "store32"
        ? "load32_u"
        : access.width === 8 || name === "store"
          ? "load"
          : `load${access.width * 8}_u`;
    const body = `(${type}.${name} offset=${offset} ${asI32(0)} ${operand(type, 1)})`;
    yield { name, access, body: `${body} ${asI64(type, `(${type}.${back} offset=${offset} ${asI32(0)})`)}` };
  }
}

const all = [...operations()];
const exportName = (index: number) => `operation${index}`;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const functions = all.map(
    ({ body }, index) => `(func (export "${exportName(index)}") (param i64 i64) (result i64) ${body})`,
  );
  const text = `(module (memory (export "memory") 1) (global $global (mut i64) (i64.const -2))
    (data (i32.const 512) "\\01\\02\\03\\04\\05\\06\\07\\ff") ${functions.join("\n")})`;
  const module = binaryen.parseText(text);
  assert.ok(module.validate());
  return new Uint8Array(module.emitBinary());
}

const numbers = [0n, 1n, 2n, 31n, 32n, 33n, 63n, 64n, 65n, 0xffn, 0x1234_5678_9abc_def0n].flatMap((number) => [
  number,
  (1n << 64n) - 1n - number,
]);
const edges = [0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n];
const values = [...numbers, ...edges];

/** Addresses around which an access reaches the end of a memory, and those at the end of all addresses. */
function addressesFor({ offset, width }: { offset: number; width: number }, size: number): bigint[] {
  const last = size - offset - width;
  const near = [last - 1, last, last + 1, size - width, size - 1, size, 2 ** 32 - offset, 2 ** 32 - offset - width];
  const far = [0, 1, 0x7fff_ffff, 0x8000_0000, 2 ** 32 - 8, 2 ** 32 - 1];
  return [...new Set([...near, ...far])].filter((address) => address >= 0 && address < 2 ** 32).map(BigInt);
}

/** All calls that are tried, with a memory of `size` bytes. */
function calls(size: number): [index: number, a: bigint, b: bigint][] {
  return all.flatMap(({ access }, index) => {
    const pairs = access
      ? addressesFor(access, size).map((address) => [address, 0x8182_8384_8586_8788n] as const)
      : values.flatMap((a) => values.map((b) => [a, b] as const));
    return pairs.map(([a, b]) => [index, a, b] as [number, bigint, bigint]);
  });
}

const asInput = (list: ReturnType<typeof calls>) =>
  Buffer.from(list.map((call) => call.map((n) => n.toString(16)).join(" ")).join("\n"));

function onNode(bytes: Uint8Array<ArrayBuffer>, list: ReturnType<typeof calls>): string[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return list.map(([index, a, b]) => {
    const operation = exports[exportName(index)] as (a: bigint, b: bigint) => bigint;
    try {
      return BigInt.asUintN(64, operation(a, b)).toString(16);
    } catch (error) {
      assert.ok(error instanceof WebAssembly.RuntimeError);
      return "trap";
    }
  });
}

const bytes = moduleBytes();
if (!skip) {
  writeFileSync(join(boardsFolder, "operations.wasm"), bytes);
  writeFileSync(
    join(boardsFolder, "operations.table.h"),
    all.map((_, index) => `OPERATION(${exportName(index)})\n`).join(""),
  );
  compileToC(join(boardsFolder, "operations.wasm"), join(boardsFolder, "operations"));
}

function build(name: string, defines: Record<string, string>): string {
  return buildProgram({
    name: `operations-${name}`,
    sources: ["tests/boards/replay/operations.c"],
    defines,
  });
}

function assertSame(list: ReturnType<typeof calls>, outputs: string[], expected: string[]): void {
  assert.equal(outputs.length, expected.length);
  const different = expected.findIndex((line, index) => outputs[index] !== line);
  const [index = 0, a, b] = list[different] ?? [];
  const what = `${all[index]?.body} with ${a?.toString(16)}, ${b?.toString(16)}`;
  assert.equal(different, -1, `${what}: ${outputs[different]}, not ${expected[different]}`);
}

/** The forms that are compared with Node: how each is compiled. */
const forms: Record<string, Record<string, string>> = {
  "wasm2c's own": { REFERENCE: "", WASM_RT_MEMCHECK_SIGNAL_HANDLER: "0" },
  compact: { ENGINE_MEMORY_SIZE: `${PAGE}u` },
  "compact, with guard pages": { ENGINE_MEMORY_SIZE: `${PAGE}u`, ENGINE_GUARD_PAGES: "" },
};

for (const [form, defines] of Object.entries(forms)) {
  test(`each operation gives what Node gives, or traps where it does: ${form}`, (t) => {
    if (skip) return t.skip(skip);
    const list = calls(PAGE);
    const expected = onNode(bytes, list);
    assert.ok(expected.includes("trap"));
    assertSame(list, runProgram(build(form.replace(/\W+/g, "-"), defines), [], asInput(list)), expected);
    t.diagnostic(`${all.length} operations, ${list.length} calls`);
  });
}

for (const size of [520, 521, 4096, 20_480]) {
  test(`a memory of ${size} bytes ends exactly there`, (t) => {
    if (skip) return t.skip(skip);
    const list = calls(size).filter(([index]) => all[index]!.access);
    const outputs = runProgram(build(`${size}`, { ENGINE_MEMORY_SIZE: `${size}u` }), [], asInput(list));
    const trapped = outputs.map((line) => line === "trap");
    const beyond = list.map(([index, address]) => {
      const { offset, width } = all[index]!.access!;
      return Number(address) + offset + width > size;
    });
    assertSame(list, trapped.map(String), beyond.map(String));
    assert.ok(beyond.includes(true) && beyond.includes(false));
  });
}

/** What `compileToC` says of a module that it refuses. */
function refusalOf(text: string): string {
  const wasm = join(boardsFolder, "refused.wasm");
  const { status, stderr } = spawnSync("wat2wasm", ["-", "--output", wasm], { input: text, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  try {
    compileToC(wasm, join(boardsFolder, "refused"));
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("a construct that the compact form does not know is refused by its name", (t) => {
  if (skip) return t.skip(skip);
  const f = '(func (export "f")';
  const grow = `(module (memory 1) ${f} (drop (memory.grow (i32.const 1)))))`;
  const add = `(module ${f} (param f64) (result f64) (f64.add (local.get 0) (local.get 0))))`;
  const indirect = `(module (type $t (func)) (table 1 funcref) ${f} (call_indirect (type $t) (i32.const 0))))`;
  assert.match(refusalOf(grow), /does not know: memory\.grow/);
  assert.match(refusalOf(add), /does not know: f64\.add/);
  assert.match(refusalOf(indirect), /does not know: call_indirect/);
});

test("a module is refused when not every one of its instructions was rewritten", (t) => {
  if (skip) return t.skip(skip);
  const dead = "(return (i32.const 0)) (drop (i32.load (i32.const 0)))";
  const module = `(module (memory (export "memory") 1) (data (i32.const 0) "x") (global (mut i32) (i32.const 0)) (func (export "f") (result i32) ${dead} (i32.const 1)))`;
  assert.match(refusalOf(module), /has 1 × i32\.load, but 0 were rewritten/);
});

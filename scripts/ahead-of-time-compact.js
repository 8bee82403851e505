// Rewrites what wasm2c 1.0.32 generates into the compact form: text in, text out. `ahead-of-time.js` says what for.
//
// Every statement that wasm2c writes is a line of its own. A line that has to do with memory, globals or calls is rewritten and
// counted, a line that has not stays; what is left over of wasm2c's instance or runtime at the end is an error.

import { BuildError } from "./common.js";

/** Instructions that stay as wasm2c writes them, or need nothing but a macro of `webassembly.h`. */
const plain = new Set(
  [
    "block loop if else end br br_if br_table return drop select nop local.get local.set local.tee",
    "i32.const i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u",
    "i32.clz i32.ctz i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u",
    "i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr i32.wrap_i64",
    "i64.const i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u",
    "i64.clz i64.ctz i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u",
    "i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr i64.extend_i32_s i64.extend_i32_u",
  ].flatMap((names) => names.split(" ")),
);

/** Instructions that are rewritten, and counted. */
const rewritten = new Set(
  [
    "call global.get global.set unreachable",
    "i32.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i32.store i32.store8 i32.store16",
    "i64.load i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u",
    "i64.store i64.store8 i64.store16 i64.store32",
  ].flatMap((names) => names.split(" ")),
);

/**
 * The one match of a pattern.
 * @param {string} text
 * @param {RegExp} pattern
 * @param {string} what it is
 * @returns {RegExpExecArray}
 */
function find(text, pattern, what) {
  const found = pattern.exec(text);
  if (!found) throw new BuildError(`wasm2c's output has no ${what}: this needs wasm2c 1.0.32 (Debian package wabt)`);
  return found;
}

/**
 * The globals as one record, so that a processor reaches them all from one address, those that are used most first, where
 * offsets are short, and those of 64 bits last, so that nothing is padded; and the statements that give them their first values.
 * @param {string} generated
 */
function globalsOf(generated) {
  const [, body] = find(generated, /\nstatic void init_globals\(.*?\{\n(.*?)\n?\}\n/s, "init_globals");
  const found = [...(body ?? "").matchAll(/^ {2}instance->(w2c_\w+) = (\d+)(u|ull);$/gm)];
  if (found.length !== (body ? body.split("\n").length : 0))
    throw new BuildError("a global's first value is not known here");
  const globals = found.map(([, name = "", value, type]) => ({
    name,
    value: `${value}${type}`,
    type: type === "u" ? "u32" : "u64",
    uses: generated.match(new RegExp(`instance->${name}\\b`, "g"))?.length ?? 0,
  }));
  const sorted = globals.toSorted((a, b) => a.type.localeCompare(b.type) || b.uses - a.uses);
  return {
    fields: sorted.map(({ type, name }) => `  ${type} ${name};`),
    values: globals
      .filter(({ value }) => Number.parseInt(value, 10) !== 0)
      .map(({ name, value }) => `  globals.${name} = ${value};`),
  };
}

/**
 * The data segments: their bytes, and the statements that copy them into memory.
 * @param {string} generated
 */
function dataOf(generated) {
  const arrays = generated.match(/^static const u8 data_segment_data_w2c_d\d+\[\] = \{\n.*?\n\};$/gms) ?? [];
  const [, body] = find(generated, /\nstatic void init_memories\(.*?\{\n(.*?)\n\}\n/s, "init_memories");
  const loads = [...(body ?? "").matchAll(/^ {2}LOAD_DATA\(instance->w2c_memory, (\d+)u, (\w+), (\d+)\);$/gm)];
  if (loads.length !== arrays.length || loads.length + 1 !== body?.split("\n").length)
    throw new BuildError("a data segment is not known here");
  const end = Math.max(0, ...loads.map(([, offset, , size]) => Number(offset) + Number(size)));
  return {
    arrays,
    end,
    copies: loads.map(([, offset, name, size]) => `  memcpy(linear_memory + ${offset}, ${name}, ${size});`),
  };
}

/**
 * Rewrites the functions and counts what was rewritten.
 * @param {string} text prototypes and functions
 * @param {string} instanceType
 */
function rewriteFunctions(text, instanceType) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const count = (/** @type {string} */ name) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const access = /\b(i32|i64)_(load|store)(\w*)\(&instance->w2c_memory, \(u64\)\((w2c_\w+)\)(?: \+ (\d+)u?)?/g;
  const instance = new RegExp(`\\(${instanceType}\\*( instance)?(?:, )?`, "g");
  const compact = text
    .replace(/^ {2}FUNC_(PROLOGUE|EPILOGUE);\n/gm, "")
    .replace(access, (_, type, verb, width, address, offset) => {
      count(`${type}.${verb}${width}`);
      return `${type}_${verb}${width}(${address}, ${offset ?? 0}u`;
    })
    .replace(instance, "(")
    .replace(/\b(w2c_\w+)\(instance(?:, )?/g, (_, callee) => {
      count("call");
      return `${callee}(`;
    })
    .replace(/= instance->(w2c_g\d+);/g, (_, name) => {
      count("global.get");
      return `= globals.${name};`;
    })
    .replace(/\binstance->(w2c_g\d+) = /g, (_, name) => {
      count("global.set");
      return `globals.${name} = `;
    })
    .replace(/\bUNREACHABLE;/g, () => {
      count("unreachable");
      return "engine_trapped();";
    });
  return { compact, counts };
}

/**
 * Refuses a module with instructions that are not known here.
 * @param {Map<string, number>} instructions of the module
 */
function refuseUnknown(instructions) {
  const unknown = [...instructions.keys()].filter((name) => !plain.has(name) && !rewritten.has(name));
  if (unknown.length === 0) return;
  throw new BuildError(
    `the module has instructions that the compact form does not know: ${unknown.join(", ")} ` +
      "(it is for integer code without indirect calls, memory.grow and later features)",
  );
}

/**
 * Compares what was rewritten with what the module has.
 * @param {Map<string, number>} instructions of the module
 * @param {Map<string, number>} counts of what was rewritten
 */
function checkCounts(instructions, counts) {
  for (const name of rewritten) {
    const there = instructions.get(name) ?? 0;
    const changed = counts.get(name) ?? 0;
    if (there !== changed) throw new BuildError(`the module has ${there} × ${name}, but ${changed} were rewritten`);
  }
}

/** An access at one constant offset that occurs so often gets a function of its own: measured, the smallest code. */
const OFTEN = 4;

/**
 * Gives accesses at an offset that occurs often functions of their own.
 * @param {string} compact the rewritten functions
 * @returns {{ helpers: string[], functions: string }}
 */
function shareOffsets(compact) {
  const access = /\b(i32|i64)_(load|store)(\w*)\((w2c_\w+), (\d+)u/g;
  /** @type {Map<string, { count: number, helper: string }>} */
  const places = new Map();
  for (const [, type, verb, width, , offset] of compact.matchAll(access)) {
    const name = `${type}_${verb}${width}`;
    const helper = `DEFINE_${verb?.toUpperCase()}_AT(${name}, ${offset}, ${type === "i32" ? "u32" : "u64"})`;
    const place = places.get(`${name}_${offset}`) ?? { count: 0, helper };
    place.count++;
    places.set(`${name}_${offset}`, place);
  }
  const isOften = (/** @type {string} */ name) => (places.get(name)?.count ?? 0) >= OFTEN;
  return {
    helpers: [...places].filter(([name]) => isOften(name)).map(([, { helper }]) => helper),
    functions: compact.replace(access, (whole, type, verb, width, address, offset) => {
      const name = `${type}_${verb}${width}_${offset}`;
      return isOften(name) ? `${name}(${address}` : whole;
    }),
  };
}

/**
 * The compact form of a module.
 * @param {string} name of the module, as wasm2c was told
 * @param {string} digest of the module, in hexadecimal
 * @param {string} generated what wasm2c wrote
 * @param {Map<string, number>} instructions of the module, counted from its bytes
 * @returns {string} C, to be included by `engine-aot.h`
 */
export function compactForm(name, digest, generated, instructions) {
  refuseUnknown(instructions);
  const instanceType = `Z_${name}_instance_t`;
  const prototypes = find(
    generated,
    /\nstatic void init_func_types\(.*?\n\}\n(.*?)\nstatic void init_globals/s,
    "prototypes",
  );
  const functions = find(generated, /\nstatic void init_data_instances\(.*?\n\}\n(.*?)\n\/\* export: /s, "functions");
  const exports = [...generated.matchAll(/\n\/\* export: '(\w+)' \*\/\n[^{]*\{\n {2}return (w2c_\w+)\(/g)];
  const globals = globalsOf(generated);
  const data = dataOf(generated);
  const { compact, counts } = rewriteFunctions(`${prototypes[1]}${functions[1]}`, instanceType);
  checkCounts(instructions, counts);
  const { helpers, functions: shared } = shareOffsets(compact);
  const text = [
    `/* The module ${name}.wasm in C, by scripts/ahead-of-time.js; included by engine-aot.h. SHA-256 of the module: ${digest} */`,
    "/** The digest in the program, too, in a section that takes no memory: whoever has the file can tell which module it is. */",
    `__asm__(".pushsection .leasehold.module,\\"\\",%progbits\\n.ascii \\"${digest}\\"\\n.popsection");`,
    `_Static_assert(${data.end} <= ENGINE_MEMORY_SIZE, "ENGINE_MEMORY_SIZE: the module's constants do not fit");`,
    "static struct {",
    ...globals.fields,
    "} globals;",
    ...data.arrays,
    "/** Globals and data as the module describes them; linear memory is zeroed already. */",
    "static void module_open(void) {",
    "  memset(&globals, 0, sizeof globals);",
    ...globals.values,
    ...data.copies,
    "}",
    ...exports.map(([, exported, callee]) => `#define module_${exported} ${callee}`),
    ...helpers,
    shared,
  ].join("\n");
  const left = /.*\b(instance|wasm_rt_\w+|func_types|f32|f64|TRAP|\w+_table|alloca)\b.*/.exec(text)?.[0];
  if (left) throw new BuildError(`the compact form does not know how to rewrite: ${left.trim()}`);
  return text;
}

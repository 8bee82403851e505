// Identical behaviour: what was recorded with one engine is replayed on all of them, and after every call each has the same result and the
// same memory, byte for byte. Recorded are whole lives at a board's limits, and the tests of the RFCs' rules.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { linkedModule, runProgram, thirdPartyFolder } from "./modules/programs.js";
import { runOnCortexM3, wantedForCortexM3 } from "./replay/cortex-m3.js";
import { aheadOfTime, buildProgram, type Program, root, skip } from "./replay/native.js";
import { replay } from "./replay/trace.js";

const tests = join(root, "build/js/tests");

/** Tests of rules that make hundreds of thousands of calls, or fill more memory than a board has. */
const tooLong = /^vulnerabilities|^lessons|^server-(4\.3\.1-discover|hostile|promises)/;

/** What is recorded: programs, from whose calls the traces come. */
const programs = [
  join(tests, "boards/replay/lives.js"),
  ...readdirSync(join(tests, "rules"))
    .filter((name) => name.endsWith(".test.js") && !tooLong.test(name))
    .map((name) => join(tests, "rules", name)),
];

const roles = ["client", "server"] as const;
type Role = (typeof roles)[number];

/** The engines that are compared with Node's: what each is built of. */
const engines: Record<string, (role: Role) => Omit<Program, "name">> = {
  "wasm2c, as generated": () => ({
    sources: ["tests/boards/replay/engine-reference.c"],
    defines: { WASM_RT_MEMCHECK_SIGNAL_HANDLER: "0" },
  }),
  "wasm2c, compact": (role) => ({
    sources: ["boards/common/engine-aot.c"],
    defines: { ENGINE_MODULE: `"${role}.aot.c"` },
  }),
  "wasm2c, compact, with Linux's guard pages": (role) => ({
    sources: ["boards/linux/engine.c", "boards/linux/say.c"],
    defines: { ENGINE_MODULE: `"${role}.aot.c"` },
  }),
  "wasm2c, compact, on a 32-bit Linux": (role) => ({
    sources: ["boards/linux/engine.c", "boards/linux/say.c"],
    defines: { ENGINE_MODULE: `"${role}.aot.c"`, ENGINE_CHECKED_BOUNDS: "1" },
  }),
  wasm3: (role) => ({
    sources: ["boards/common/engine-wasm3.c", "tests/boards/replay/module.c", linkedModule(role, moduleBytes(role))],
    defines: { WASM3_NATIVE_STACK: "65536" },
    library: "wasm3",
  }),
  WAMR: (role) => ({
    sources: ["boards/common/engine-wamr.c", "tests/boards/replay/module.c", linkedModule(role, moduleBytes(role))],
    defines: { WAMR_STACK_SIZE: "16384u" },
    library: "wamr",
  }),
};

function moduleBytes(role: Role): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(root, `build/${role}.wasm`)));
}

const folder = mkdtempSync(join(tmpdir(), "leasehold-replay-"));
after(() => rmSync(folder, { recursive: true }));

/** What the host did, and what Node's engine makes of it. */
interface Replayed {
  trace: string;
  expected: string[];
}

/** All traces of a role, and of them that of the life at a board's limits. */
const traces = {} as Record<Role, { all: Replayed; life: Replayed }>;

before(() => {
  for (const program of programs) {
    const output = join(folder, basename(program));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", join(tests, "boards/replay/record.js"), program],
      { env: { ...process.env, LEASEHOLD_TRACE: output }, encoding: "utf8" },
    );
    assert.equal(status, 0, `${program} fails while it is recorded:\n${stdout}${stderr}`);
  }
  for (const role of roles) {
    const replayed = (names: string[]) => {
      const trace = names.map((name) => readFileSync(join(folder, name), "utf8")).join("");
      return { trace, expected: replay(trace, new WebAssembly.Module(moduleBytes(role))) };
    };
    const files = readdirSync(folder).filter((name) => name.endsWith(`.${role}`));
    traces[role] = { all: replayed(files), life: replayed([`lives.js.${role}`]) };
  }
});

/** What every replay is compiled with: of memory, engines that have it in an array give as much as the trace needs. */
function replayDefines(role: Role, { trace }: Replayed): Record<string, string> {
  const largest = Math.max(...[...trace.matchAll(/^memory (\d+)$/gm)].map(([, size]) => Number(size)));
  return { [`LEASEHOLD_${role.toUpperCase()}`]: "", ENGINE_MEMORY_SIZE: `${largest}u` };
}

function assertSame(outputs: string[], { expected }: Replayed): void {
  const different = expected.findIndex((line, index) => outputs[index] !== line);
  assert.equal(different, -1, `call ${different}: ${outputs[different]}, Node has ${expected[different]}`);
  assert.equal(outputs.length, expected.length);
}

for (const role of roles) {
  test(`the traces of the ${role} hold every export, and calls that trap`, () => {
    const { trace, expected } = traces[role].all;
    const called = new Set([...trace.matchAll(/^call (\w+)/gm)].map(([, name]) => name));
    const module = new WebAssembly.Module(moduleBytes(role));
    const exported = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
    assert.deepEqual([...called].sort(), exported.map(({ name }) => name).sort());
    assert.ok(expected.includes("trap"));
  });

  for (const [name, build] of Object.entries(engines)) {
    test(`${role}: ${name} gives the results and the memory that Node gives, after every call`, (t) => {
      if (skip) return t.skip(skip);
      const { sources, defines, library } = build(role);
      if (library && !thirdPartyFolder(library)) return t.skip(`want of sources: ${library}`);
      aheadOfTime(role);
      const { all } = traces[role];
      const program = buildProgram({
        name: `replay-${role}-${name.replace(/\W+/g, "-")}`,
        sources: ["tests/boards/replay/replay.c", ...sources],
        defines: { ...replayDefines(role, all), ...defines },
        library,
      });
      assertSame(runProgram(program, [], Buffer.from(all.trace)), all);
      t.diagnostic(
        `${all.expected.length} calls, ${all.expected.filter((line) => line === "trap").length} of them trap`,
      );
    });
  }

  test(`${role}: the compact form on a Cortex-M3 gives the results and the memory that Node gives`, (t) => {
    const wanted = skip ?? wantedForCortexM3();
    if (wanted) return t.skip(wanted);
    aheadOfTime(role);
    const { life } = traces[role];
    const defines = { ...replayDefines(role, life), ENGINE_MODULE: `"${role}.aot.c"` };
    assertSame(runOnCortexM3(join(folder, `${role}.elf`), defines, life.trace), life);
  });
}

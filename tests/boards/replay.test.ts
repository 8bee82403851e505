// Identical behaviour: what was recorded with one engine is replayed on all of them, and after every call each has the same result and the
// same memory, byte for byte. Recorded are whole lives at a board's limits, and the tests of the RFCs' rules.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { buildProgram, loadAheadOfTime, root, runProgram, wantedPackage } from "./replay/native.js";
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

/** The largest memory in a trace, for engines whose memory is an array. */
const memory = `ENGINE_MEMORY_SIZE=${4 << 20}u`;

/** The engines that are compared with Node's: the sources of each. */
const engines: Record<string, (role: Role) => { sources: string[]; defines: string[] }> = {
  "wasm2c, as generated": () => ({
    sources: ["tests/boards/replay/engine-reference.c"],
    defines: ["WASM_RT_MEMCHECK_SIGNAL_HANDLER=0"],
  }),
  "wasm2c, compact": (role) => ({
    sources: ["boards/common/engine-aot.c"],
    defines: [`ENGINE_MODULE="${role}.aot.c"`],
  }),
};

const folder = mkdtempSync(join(tmpdir(), "leasehold-replay-"));
after(() => rmSync(folder, { recursive: true }));

/** The traces of each role, and what Node's engine makes of them. */
const traces: Record<Role, { trace: string; expected: string[] }> = {
  client: { trace: "", expected: [] },
  server: { trace: "", expected: [] },
};

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
    const files = readdirSync(folder).filter((name) => name.endsWith(`.${role}`));
    const trace = files.map((name) => readFileSync(join(folder, name), "utf8")).join("");
    const module = new WebAssembly.Module(readFileSync(join(root, `build/${role}.wasm`)));
    traces[role] = { trace, expected: replay(trace, module) };
  }
});

for (const role of roles) {
  test(`the traces of the ${role} hold every export, and calls that trap`, () => {
    const { trace, expected } = traces[role];
    const called = new Set([...trace.matchAll(/^call (\w+)/gm)].map(([, name]) => name));
    const module = new WebAssembly.Module(readFileSync(join(root, `build/${role}.wasm`)));
    const exported = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
    assert.deepEqual([...called].sort(), exported.map(({ name }) => name).sort());
    assert.ok(expected.includes("trap"));
  });

  for (const [name, build] of Object.entries(engines)) {
    test(`${role}: ${name} gives the results and the memory that Node gives, after every call`, async (t) => {
      const wanted = wantedPackage();
      if (wanted) return t.skip(`want of a package: ${wanted}`);
      (await loadAheadOfTime()).aheadOfTime(role);
      const { sources, defines } = build(role);
      const program = buildProgram(
        `replay-${role}-${name.replace(/\W+/g, "-")}`,
        ["tests/boards/replay/replay.c", ...sources],
        [`LEASEHOLD_${role.toUpperCase()}`, memory, ...defines],
      );
      const { trace, expected } = traces[role];
      const outputs = runProgram(program, trace);
      const different = expected.findIndex((line, index) => outputs[index] !== line);
      assert.equal(different, -1, `call ${different}: ${outputs[different]}, Node has ${expected[different]}`);
      assert.equal(outputs.length, expected.length);
      t.diagnostic(`${expected.length} calls, ${expected.filter((line) => line === "trap").length} of them trap`);
    });
  }
}

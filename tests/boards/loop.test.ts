// A role's life on a board whose hardware fails (`loop/board.c`), natively and with the sanitizers: nothing that fails for good may
// keep it from all else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compileConfiguration } from "../../host/config/compile.js";
import { changedClient } from "./modules/images.js";
import { linkedModule, runProgram, scratchFile, thirdPartyFolder } from "./modules/programs.js";
import { aheadOfTime, buildProgram, root, skip } from "./replay/native.js";

/** How long a board lives, and how many frames arrive meanwhile, one each 10 ms. */
const MILLISECONDS = 60_000;
const FRAMES = MILLISECONDS / 10;

/** What all boards are made of, but for their role and engine. */
const SOURCES = [
  "tests/boards/loop/board.c",
  ...["leasehold", "instance", "console", "log", "store", "crc32", "interface"].map((n) => `boards/common/${n}.c`),
];

const DEFINES = { SERVER_ADDRESS: "0xC0000201u", SERVER_PREFIX_LENGTH: "24" };

/** A server's configuration as C, as it is linked into a firmware. */
function linkedConfiguration(): string {
  const file = "boards/lm3s6965evb/server.jsonc";
  const { configuration } = compileConfiguration(readFileSync(`${root}${file}`, "utf8"), file);
  assert.ok(configuration);
  return scratchFile(
    "loop-configuration.c",
    Buffer.from(`#include "port.h"
static const _Alignas(4) uint8_t image[] = {${configuration.image.join(",")}};
const uint8_t *port_configuration(uint32_t *size) {
  *size = sizeof image;
  return image;
}
`),
  );
}

/** A board with the module as it ships. */
function board(role: "client" | "server"): string {
  aheadOfTime(role);
  const configuration = role === "client" ? "boards/common/client-configuration.c" : linkedConfiguration();
  return buildProgram({
    name: `loop-${role}`,
    sources: [...SOURCES, `boards/common/${role}.c`, configuration, "boards/common/engine-aot.c"],
    defines: {
      ...DEFINES,
      ENGINE_MODULE: `"${role}.aot.c"`,
      ENGINE_MEMORY_SIZE: "65536u",
      [`LEASEHOLD_${role.toUpperCase()}`]: "",
    },
  });
}

/** Runs a board. @returns its lines: the instant, in milliseconds, and what was logged */
function live(program: string, ...faults: string[]): { at: number; line: string }[] {
  return runProgram(program, [String(MILLISECONDS), ...faults]).map((text) => {
    const [at = "", ...words] = text.split(" ");
    return { at: Number(at), line: words.join(" ") };
  });
}

/** A figure of the report. */
function figure(lines: readonly { line: string }[], name: string): number {
  const found = lines.flatMap(({ line }) => new RegExp(`^report .*\\b${name}=(\\d+)`).exec(line)?.[1] ?? []);
  assert.equal(found.length, 1, JSON.stringify(lines));
  return Number(found[0]);
}

test("a client whose messages never leave goes on taking what arrives, and its time passes", { skip }, () => {
  const lines = live(board("client"), "mute");
  const received = figure(lines, "received");
  assert.ok(received > FRAMES / 2, `${received} of ${FRAMES} frames`);
  assert.equal(figure(lines, "sent"), 0);
  // Its first message lies in the ring, so that the next one finds no room: TRANSMIT_FULL.
  assert.ok(lines.some(({ line }) => /^counter verdict=18 count=[1-9]/.test(line)));
});

test("a server whose storage fails goes on giving verdicts, and spares the medium", { skip }, () => {
  const lines = live(board("server"), "broken");
  const received = figure(lines, "received");
  assert.ok(received > FRAMES / 2, `${received} of ${FRAMES} frames`);
  const erases = lines.filter(({ line }) => line === "erase").length;
  assert.ok(erases >= 2 && erases <= MILLISECONDS / 1000 + 1, `${erases} erases`);
});

test("a server whose storage is missing serves nobody, tries it each second, and comes up when it is there", {
  skip,
}, () => {
  const lines = live(board("server"), "missing");
  const instants = (wanted: RegExp) => lines.filter(({ line }) => wanted.test(line)).map(({ at }) => at);
  const tries = instants(/^unreadable$/);
  assert.deepEqual(instants(/^store unreadable=1$/), [tries[0]]);
  // From 0 on, until there is a card after 5 s.
  assert.equal(tries.length, 5, tries.join(" "));
  const [served, ...more] = instants(/^serving leases=64 /);
  assert.deepEqual(more, []);
  assert.ok(served !== undefined && served >= 5000 && served <= 6100, `serving at ${served} ms`);
  // Then it takes what arrives.
  assert.ok(figure(lines, "received") > FRAMES / 2);
});

const withoutWasm3 = skip ?? (thirdPartyFolder("wasm3") ? undefined : "want of sources: wasm3");

test("an instance that traps is opened anew ten times a second, however often the board wakes", {
  skip: withoutWasm3,
}, async () => {
  const timers = "if (isConfigured() && leaseClockRuns()) runTimers();";
  const module = await changedClient(timers, `unreachable(); ${timers}`);
  const program = buildProgram({
    name: "loop-trapping",
    sources: [
      ...SOURCES,
      ...["client.c", "client-configuration.c", "engine-wasm3.c", "modules.c"].map((file) => `boards/common/${file}`),
      linkedModule("loop-trapping", module),
    ],
    defines: {
      ...DEFINES,
      LEASEHOLD_CLIENT: "",
      MODULE_IS_DATA: "",
      ENGINE_MEMORY_SIZE: "65536u",
      WASM3_NATIVE_STACK: "65536",
    },
    library: "wasm3",
  });
  const traps = live(program).filter(({ line }) => line.startsWith("trap "));
  assert.ok(traps.length >= 4, `${traps.length} traps`);
  for (const [index, { at }] of traps.entries()) {
    const before = traps[index - 1];
    if (before) assert.ok(at - before.at >= 100, `traps at ${before.at} and ${at} ms`);
  }
});

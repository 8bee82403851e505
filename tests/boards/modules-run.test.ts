// A module that traps, or cannot be run, gives way to the other one, and that to what is linked in: under each interpreter, natively and
// with the sanitizers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../host/store/checksum.js";
import * as images from "./modules/images.js";
import { buildProgram, linkedModule, runProgram, scratchFile, skip, thirdPartyFolder } from "./modules/programs.js";

const { changedClient, forgedImage, moduleSlot, relabelled } = images;

/** Bytes of a place in `modules/run.c`. */
const PLACE_SIZE = 16384;

const client = images.shippedModule("client");
const timers = "if (isConfigured() && leaseClockRuns()) runTimers();";
const trapping = await changedClient(timers, `unreachable(); ${timers}`);
const recursive = await changedClient(timers, `handleTimeout(nowLow + 1, nowHigh); ${timers}`);
const lacking = await changedClient("export function handleTimeout", "export function handleTime");
const otherwise = await changedClient(
  "export function configure(length: u32)",
  "export function configure(length: u32, _: u32)",
);

/** What happens, one line an event, when these images are in the board's places. */
function run(program: string, first: Uint8Array, second: Uint8Array): string[] {
  const storage = Buffer.alloc(2 * PLACE_SIZE, 0xff);
  storage.set(first);
  storage.set(second, PLACE_SIZE);
  return runProgram(program, [scratchFile("run-storage", storage)]);
}

/** The line of a module that is taken. */
function taken(slot: number, number: number, module: Uint8Array): string {
  return `module slot=${slot} number=${number} checksum=${crc32(module)}`;
}

for (const engine of ["wasm3", "wamr"]) {
  const why = skip ?? (thirdPartyFolder(engine) ? undefined : `want of sources: ${engine}`);
  let built: string | undefined;
  const program = () => {
    const own = [`engine-${engine}.c`, "modules.c", "crc32.c"].map((file) => `boards/common/${file}`);
    const defines = { LEASEHOLD_CLIENT: "", ENGINE_MEMORY_SIZE: "4608u", WASM3_NATIVE_STACK: "65536" };
    built ??= buildProgram(
      `run-${engine}`,
      ["tests/boards/modules/run.c", linkedModule("client", client), ...own],
      defines,
      [engine],
    );
    return built;
  };

  test(`${engine}: the newer module runs`, { skip: why }, async () => {
    const newer = relabelled(client, "newer");
    const lines = run(program(), await moduleSlot(client, 7), await moduleSlot(newer, 8));
    assert.deepEqual(lines, [taken(1, 8, newer), "ran"]);
  });

  test(`${engine}: when it traps, the other one runs`, { skip: why }, async () => {
    const lines = run(program(), await moduleSlot(client, 7), await moduleSlot(trapping, 8));
    assert.deepEqual(lines, [taken(1, 8, trapping), "trapped", taken(0, 7, client), "ran"]);
  });

  test(`${engine}: when both trap, what is linked in runs`, { skip: why }, async () => {
    const lines = run(program(), await moduleSlot(recursive, 9), await moduleSlot(trapping, 8));
    const expected = [taken(0, 9, recursive), "trapped", taken(1, 8, trapping), "trapped", taken(2, 0, client), "ran"];
    assert.deepEqual(lines, expected);
  });

  test(`${engine}: what lacks an export, or has another with other parameters, is passed over`, {
    skip: why,
  }, async () => {
    const good = await moduleSlot(client, 9);
    const lines = run(program(), forgedImage(good, lacking), forgedImage(good, otherwise));
    assert.deepEqual(lines, [taken(0, 9, lacking), taken(1, 9, otherwise), taken(2, 0, client), "ran"]);
  });

  test(`${engine}: what is no valid module is passed over or traps, and harms nothing`, { skip: why }, async () => {
    const good = await moduleSlot(client, 9);
    for (let at = 8; at < client.length; at += 97) {
      const broken = images.damaged(client, at);
      const lines = run(program(), forgedImage(good, broken), new Uint8Array());
      assert.equal(lines.at(-1), "ran", lines.join("\n"));
    }
  });
}

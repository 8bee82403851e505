// Which module a board runs (boards/common/modules.c): the newer good one, the other, what is linked in; over an emulated storage,
// with every kind of damage and the power cut at every step of writing a place. And the script that writes a place.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { crc32 } from "../../host/store/checksum.js";
import * as images from "./modules/images.js";
import { buildProgram, runProgram, scratch, scratchFile, skip } from "./modules/programs.js";

const { Field, HEAD_SIZE, damaged, moduleSlot, relabelled, withField } = images;

/** Bytes of a place in `modules/places.c`. */
const PLACE_SIZE = 16384;

const client = images.shippedModule("client");
const first = relabelled(client, "first");
const second = relabelled(client, "second");
const older = await moduleSlot(first, 7);
const newer = await moduleSlot(second, 8);
const empty = new Uint8Array();

const sources = ["boards/common/crc32.c", "tests/boards/modules/places.c"];

/** The program, built once each way: with storage that can be read as memory, and with a buffer that modules are copied into. */
const built = new Map<string, string>();
function places(way: string, defines: Record<string, string>): string {
  const program = built.get(way) ?? buildProgram(way, sources, { LEASEHOLD_CLIENT: "", ...defines });
  built.set(way, program);
  return program;
}

/** Ways to build it, each with the size of module that it has room for. */
const ways = {
  mapped: () => places("mapped", { MAPPED: "" }),
  copied: () => places("copied", { MODULE_BUFFER_SIZE: `${PLACE_SIZE - 64}` }),
};

/** What `modules.c` logs and takes, with these images in its places. */
function take(
  program: string,
  images: readonly [Uint8Array, Uint8Array],
  count: number,
  how: "take" | "reset" | "run" = "take",
): string[] {
  const storage = Buffer.alloc(2 * PLACE_SIZE, 0xff);
  images.forEach((image, place) => void storage.set(image.subarray(0, PLACE_SIZE), place * PLACE_SIZE));
  return runProgram(program, [how, scratchFile("storage", storage), `${count}`]);
}

/** The two lines of a module that is taken from a place. */
function taken(slot: number, number: number, module: Uint8Array): string[] {
  const checksum = crc32(module);
  return [
    `module slot=${slot} number=${number} checksum=${checksum}`,
    `taken ${module.length} bytes, checksum ${checksum}`,
  ];
}

const linkedIn = taken(2, 0, Buffer.from("linked in\0"));

for (const [way, build] of Object.entries(ways)) {
  test(`the newer module is taken, then the other, then what is linked in, then it begins anew (${way})`, {
    skip,
  }, () => {
    const inOrder = [...taken(1, 8, second), ...taken(0, 7, first), ...linkedIn, ...taken(1, 8, second)];
    assert.deepEqual(take(build(), [older, newer], 4), inOrder);
    const turned = [...taken(0, 8, second), ...taken(1, 7, first), ...linkedIn];
    assert.deepEqual(take(build(), [newer, older], 3), turned);
    assert.deepEqual(take(build(), [empty, empty], 2), [...linkedIn, ...linkedIn]);
  });

  const tooLarge = await moduleSlot(relabelled(client, "x".repeat(100)), 8);
  const cases: [what: string, image: Uint8Array, fault: number][] = [
    ["a damaged number", damaged(newer, Field.NUMBER), 3],
    ["a damaged checksum of the head", damaged(newer, Field.HEAD_CHECKSUM), 3],
    ["a server", await moduleSlot(images.shippedModule("server"), 8), 4],
    ["another boundary", withField(newer, Field.BOUNDARY, 99), 4],
    ["a size beyond the place", withField(newer, Field.SIZE, PLACE_SIZE - HEAD_SIZE + 1), 5],
    ["a size whose sum with the head wraps", withField(newer, Field.SIZE, -HEAD_SIZE), 5],
    ["a size of 0", withField(newer, Field.SIZE, 0), 6],
    ["a size one less", withField(newer, Field.SIZE, second.length - 1), 6],
    ["a damaged first byte of the module", damaged(newer, HEAD_SIZE), 6],
    ["a damaged last byte of the module", damaged(newer, newer.length - 1), 6],
    ["a module that was cut off", tooLarge.subarray(0, tooLarge.length - 50), 6],
    ["a section of imports", images.forgedImage(newer, images.withSection(second, [2, 1, 0])), 8],
    ["no WebAssembly", images.forgedImage(newer, Buffer.from("wasm")), 8],
    [
      "a section that is longer than the module",
      images.forgedImage(newer, Buffer.concat([client, Buffer.from([0, 9])])),
      8,
    ],
    [
      "a section whose length wraps",
      images.forgedImage(newer, images.withSection(second, [0, 255, 255, 255, 255, 31])),
      8,
    ],
    [
      "a section whose length ends nowhere",
      images.forgedImage(newer, Buffer.concat([client, Buffer.from([0, 128])])),
      8,
    ],
  ];
  for (const [what, image, fault] of cases) {
    test(`the other module is taken for ${what} (${way})`, { skip }, () => {
      const refusal = `module slot=1 refused=${fault}`;
      const other = taken(0, 7, first);
      // A head that cannot be relied on says no number: its place is looked at last.
      const lines = fault === 3 ? [...other, refusal] : [refusal, ...other];
      assert.deepEqual(take(build(), [older, image], 2), [...lines, ...linkedIn]);
    });
  }

  test(`what is linked in is taken when both are damaged (${way})`, { skip }, () => {
    const lines = take(build(), [damaged(older, 5000), damaged(newer, Field.SIZE)], 1);
    assert.deepEqual(lines, ["module slot=0 refused=6", "module slot=1 refused=3", ...linkedIn]);
  });
}

const newest = taken(1, 8, second);
const other = taken(0, 7, first);
const givenUp = (slot: number) => `module slot=${slot} refused=9`;

test("a module after which the board is reset is taken twice, then the other one, then what is linked in", {
  skip,
}, () => {
  const lines = [...newest, ...newest, givenUp(1), ...other, givenUp(1), ...other, givenUp(1), givenUp(0), ...linkedIn];
  assert.deepEqual(take(ways.mapped(), [older, newer], 5, "reset"), lines);
});

test("a module that has run for long enough is taken at each reset", { skip }, () => {
  assert.deepEqual(take(ways.mapped(), [older, newer], 4, "run"), [...newest, ...newest, ...newest, ...newest]);
});

test("with nothing linked in, the only good module is taken again and again", { skip }, () => {
  const program = places("alone", { MAPPED: "", NOTHING_LINKED_IN: "" });
  assert.deepEqual(take(program, [empty, newer], 3), [...newest, ...newest, ...newest]);
  assert.deepEqual(take(program, [empty, newer], 3, "reset"), [...newest, ...newest, givenUp(1), ...newest]);
  assert.deepEqual(take(program, [empty, empty], 1), ["nothing"]);
});

test("a module is refused that the board's memory for it does not hold", { skip }, () => {
  const program = places("small", { MODULE_BUFFER_SIZE: `${second.length + 31}` });
  assert.deepEqual(take(program, [empty, newer], 1), ["module slot=1 refused=5", ...linkedIn]);
  const exact = places("exact", { MODULE_BUFFER_SIZE: `${second.length + 32}` });
  assert.deepEqual(take(exact, [empty, newer], 1), taken(1, 8, second));
});

test("the old module is taken when the power fails at any step of writing the new one", { skip }, () => {
  const files = [scratchFile("old", older), scratchFile("new", newer)];
  const lines = runProgram(ways.mapped(), ["cuts", ...files]);
  assert.deepEqual(lines, ["in order: 0 wrong", "head last: 0 wrong", "whole: new"]);
});

const { privateKey, publicKey } = generateKeyPairSync("ed25519");

/** Runs the script that writes a place. */
function script(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const path = `${images.root}scripts/module-slot.js`;
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8", cwd: scratch });
}

test("the script writes an image, and says what is wrong with what it is given", () => {
  const file = scratchFile("client.wasm", second);
  assert.match(
    script(file, "--number", "8", "-o", "slot.bin").stdout,
    /^slot\.bin: \d+ bytes, number 8, not signed\n$/,
  );
  assert.deepEqual(readFileSync(`${scratch}/slot.bin`), Buffer.from(newer));
  const key = scratchFile("key.pem", Buffer.from(privateKey.export({ format: "pem", type: "pkcs8" })));
  const bytes = [...publicKey.export({ format: "der", type: "spki" }).subarray(-32)].join(",");
  const signed = script(file, "--number", "8", "--key", key, "-o", "slot.bin").stdout;
  assert.match(signed, new RegExp(`number 8, signed\\nMODULE_KEY of the boards that run it: ${bytes}\\n$`));
  const importing = scratchFile("importing.wasm", importingModule);
  const text = scratchFile("text", Buffer.from("text"));
  const wrong: [RegExp, string[]][] = [
    [/^usage: npm run module-slot/, []],
    [/^--number must be from 1 to 4294967295/, [file, "--number", "0", "-o", "x"]],
    [/^This is not a module of the protocol core: it imports host\./, [importing, "--number", "1", "-o", "x"]],
    [/^This is not a module of the protocol core: /, [text, "--number", "1", "-o", "x"]],
    [
      /text holds no private key; `openssl genpkey -algorithm ed25519` makes one/,
      [file, "--number", "1", "--key", text, "-o", "x"],
    ],
    [/nowhere cannot be read: ENOENT/, ["nowhere", "--number", "1", "-o", "x"]],
    [/cannot be written: /, [file, "--number", "1", "-o", "text/x"]],
  ];
  for (const [message, args] of wrong) {
    const { status, stderr } = script(...args);
    assert.match(stderr, message);
    assert.equal(status, 1);
  }
});

/** (module (import "host" "f" (func))) */
const importingModule = Buffer.from(
  "0061736d0100000001040160000002 0a01 04686f7374 0166 0000".replaceAll(" ", ""),
  "hex",
);

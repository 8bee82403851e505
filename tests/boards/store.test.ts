// The record store (`boards/common/store.c`) on emulated media, natively and under the sanitizers: the power is cut at every program and
// erase, and again while recovering; media fail and rot; images are forged. `store/store.c` has the scenarios.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { seed } from "../fuzz/random.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "leasehold-store-"));
after(() => rmSync(scratch, { recursive: true }));

/** What a firmware's storage may be like; sizes are bytes. */
interface Storage {
  readonly kind: "flash" | "card";
  readonly recordSize: number;
  readonly programSize: number;
  readonly bufferSize: number;
}

const STORAGES: readonly Storage[] = [
  { kind: "flash", recordSize: 2048, programSize: 1, bufferSize: 16 },
  { kind: "flash", recordSize: 2048, programSize: 4, bufferSize: 16 },
  { kind: "flash", recordSize: 2048, programSize: 8, bufferSize: 64 },
  { kind: "card", recordSize: 4096, programSize: 4, bufferSize: 4096 },
  { kind: "card", recordSize: 16384, programSize: 512, bufferSize: 512 },
];

/** Compiles the scenarios for a buffer of `bufferSize` bytes; returns the program. */
function compile(bufferSize: number): string {
  const program = join(scratch, `store-${bufferSize}`);
  const sources = ["store", "role", "medium"].map((name) => join(root, `tests/boards/store/${name}.c`));
  const { status, stderr } = spawnSync(
    "gcc",
    [
      ...["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"],
      ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
      ...["-I", join(root, "build"), "-I", join(root, "boards/common"), `-DSTORE_BUFFER_SIZE=${bufferSize}`],
      ...[...sources, join(root, "boards/common/crc32.c"), "-o", program],
    ],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  return program;
}

function run({ kind, recordSize, programSize, bufferSize }: Storage) {
  const args = [seed, recordSize, programSize, kind].map(String);
  return spawnSync(compile(bufferSize), args, { encoding: "utf8" });
}

const want = spawnSync("gcc", ["--version"]).status === 0 ? false : "want of a package: gcc";

for (const storage of STORAGES) {
  const { kind, programSize } = storage;
  test(`what was kept outlives every cut, on ${kind} programmed by ${programSize}`, { skip: want }, (t) => {
    const { status, stdout, stderr } = run(storage);
    t.diagnostic(`LEASEHOLD_SEED=${seed}`);
    for (const line of stdout.trim().split("\n")) t.diagnostic(line);
    assert.equal(status, 0, stdout + stderr);
  });
}

test("a buffer smaller than what is programmed at once is refused at the start", { skip: want }, () => {
  const { status, stdout } = run({ kind: "card", recordSize: 16384, programSize: 512, bufferSize: 16 });
  assert.equal(status, 3);
  assert.match(stdout, /^refused/);
});

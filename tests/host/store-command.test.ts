// `leasehold journal check` and `leasehold journal repair` as they are typed: what they print, how they end, what they leave alone.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openJournal } from "../../host/store/journal.js";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));
const scratch = fs.mkdtempSync(join(tmpdir(), "leasehold-journal-command-"));
after(() => fs.rmSync(scratch, { recursive: true }));

function leasehold(...args: string[]): { status: number | null; output: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  assert.doesNotMatch(stderr, /\n\s+at /, "no stack trace");
  return { status, output: stdout, errors: stderr };
}

async function build(name: string): Promise<string> {
  const folder = join(scratch, name);
  const store = await openJournal(folder, { segmentSize: 4096 });
  for await (const _ of store.replay());
  for (let count = 0; count < 100; count++) await store.append(Buffer.from(`blob${count}`.padEnd(100, "-")));
  await store.close();
  return folder;
}

async function countBlobs(folder: string): Promise<number> {
  const store = await openJournal(folder);
  try {
    for await (const _ of store.replay());
    return store.statistics.replayedBlobs;
  } finally {
    await store.close();
  }
}

test("an intact journal", async () => {
  const folder = await build("intact");
  const { status, output } = leasehold("journal", "check", folder);
  assert.equal(status, 0);
  assert.match(output, /100 blobs of 10000 bytes can be read/);
  assert.match(output, /Intact; stopped cleanly/);
  const json = JSON.parse(leasehold("journal", "check", folder, "--json").output);
  assert.equal(json.intact, true);
  assert.equal(json.blobs, 100);
  const before = fs.readdirSync(folder);
  assert.equal(leasehold("journal", "repair", folder, "--yes").status, 0);
  assert.deepEqual(fs.readdirSync(folder), before, "there was nothing to do");
});

test("a damaged journal: shown, then repaired when the word is given", async () => {
  const folder = await build("damaged");
  const victim = join(folder, "segment-0000000002.journal");
  const bytes = fs.readFileSync(victim);
  bytes[300]! ^= 1;
  fs.writeFileSync(victim, bytes);
  const check = leasehold("journal", "check", folder);
  assert.equal(check.status, 1);
  assert.match(check.output, /segment-0000000002.journal is damaged at byte 256 \(blob 33\): it/);
  const shown = leasehold("journal", "repair", folder);
  assert.equal(shown.status, 1);
  assert.match(shown.output, /Lost: the records of blob 33\.\nNothing was changed/);
  assert.deepEqual(fs.readFileSync(victim), bytes);
  await assert.rejects(countBlobs(folder), /is damaged/);
  const repaired = leasehold("journal", "repair", folder, "--yes");
  assert.equal(repaired.status, 0);
  const aside = /The former files are in (\S+)\.\n/.exec(repaired.output)?.[1];
  assert(aside);
  assert.deepEqual(fs.readFileSync(join(aside, "segment-0000000002.journal")), bytes);
  assert.equal(await countBlobs(folder), 99);
  assert.equal(leasehold("journal", "check", folder).status, 0);
});

test("a journal that a server holds, and a folder without one", async () => {
  const folder = await build("held");
  const store = await openJournal(folder);
  for (const command of ["check", "repair"]) {
    const { status, errors } = leasehold("journal", command, folder);
    assert.equal(status, 1);
    assert.match(errors, new RegExp(`held by another process \\(pid ${process.pid}\\)`));
  }
  await store.close();
  const missing = leasehold("journal", "check", join(scratch, "nothing"));
  assert.equal(missing.status, 1);
  assert.match(missing.errors, /can't be read/);
  assert(!fs.existsSync(join(scratch, "nothing")));
});

test("a folder of something else is refused, and nothing is left in it", () => {
  const folder = join(scratch, "other");
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.writeFileSync(join(folder, "letter.txt"), "not ours");
  for (const words of [
    ["journal", "check", folder],
    ["journal", "repair", folder, "--yes"],
    ["leases", "--state", folder],
  ]) {
    const { status, errors } = leasehold(...words);
    assert.equal(status, 1);
    assert.match(errors, /other holds no journal, but other things\.\nName the server's state folder\.\n$/);
  }
  assert.deepEqual(fs.readdirSync(folder), ["letter.txt"]);
});

// Damage: every bit of a small journal flipped, every file cut short or missing, later versions. A start either has everything that
// was promised or refuses and says where; a repair then keeps everything but what was hit, and a copy of the rest.

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, tableCrc32 } from "../../host/store/checksum.js";
import { checkJournal } from "../../host/store/check.js";
import { encodeFileHeader, entrySize, FILE_HEADER_SIZE } from "../../host/store/format.js";
import { openJournal } from "../../host/store/journal.js";
import { repairJournal } from "../../host/store/repair.js";
import { SnapshotFile } from "../../host/store/snapshot.js";
import { StoreError } from "../../host/store/store.js";
import { LyingFiles, randomFrom } from "./lying-files.js";

const folder = "/journal";
const segmentSize = 1024;
const now = new Date("2026-01-31T12:00:00Z");

async function replayed(files: LyingFiles): Promise<string[]> {
  const store = await openJournal(folder, { files, segmentSize });
  try {
    const blobs: string[] = [];
    for await (const blob of store.replay()) blobs.push(Buffer.from(blob).toString());
    return blobs;
  } finally {
    await store.close();
  }
}

/** A journal with a snapshot of three records, two full segments behind it, and a third one that is being written. */
async function build(clean: boolean): Promise<{ files: LyingFiles; blobs: string[] }> {
  const files = new LyingFiles();
  const store = await openJournal(folder, { files, segmentSize });
  for await (const _ of store.replay());
  for (let count = 0; count < 3; count++) await store.append(Buffer.from(`old${count}`.padEnd(400, "-")));
  const snapshot = await store.beginSnapshot();
  for (let count = 0; count < 3; count++) await snapshot.write(Buffer.from(`state${count}`.padEnd(100, "-")));
  await snapshot.commit();
  const blobs = [0, 1, 2].map((count) => `state${count}`.padEnd(100, "-"));
  for (let count = 0; count < 12; count++) {
    const blob = `blob${count}`.padEnd(150 + count, "-");
    assert.equal(await store.append(Buffer.from(blob)), "durable");
    blobs.push(blob);
  }
  if (clean) await store.close();
  else files.unlock();
  return { files, blobs };
}

function copyOf(files: LyingFiles): LyingFiles {
  return files.afterPowerCut("none", randomFrom(1));
}

/** Starts: true when everything is there; false when it is refused as damaged. Anything else fails. */
async function starts(files: LyingFiles, blobs: readonly string[], what: string): Promise<boolean> {
  try {
    assert.deepEqual(await replayed(files), blobs, what);
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    assert.equal(error.kind, "damaged", `${what}: ${error.message}`);
    assert.match(error.message, /^\/journal\/\S+ is damaged/);
    assert.match(error.advice, /leasehold journal check \/journal/);
    return false;
  }
}

for (const clean of [true, false]) {
  test(`any flipped bit of a journal that was ${clean ? "" : "not "}stopped cleanly is found, or did not matter`, async () => {
    const { files, blobs } = await build(clean);
    let refused = 0;
    for (const name of await files.list(folder)) {
      if (name.endsWith(".partial")) continue;
      for (let offset = 0; offset < files.sizeOf(`${folder}/${name}`); offset++) {
        const copy = copyOf(files);
        copy.flip(`${folder}/${name}`, offset, 1 << (offset % 8));
        const started = await starts(copy, blobs, `${name} at ${offset}`);
        if (!started) refused++;
        assert(
          offset >= FILE_HEADER_SIZE || !started,
          `${name}: a header that was hit is refused, though its copy is intact`,
        );
      }
    }
    assert(refused > 2500, `${refused} refusals`);
  });
}

test("what was hit is named, and a repair keeps everything else and a copy", async () => {
  const { files, blobs } = await build(true);
  const intact = await checkJournal(folder, files);
  assert.deepEqual(intact.damages, []);
  assert.equal(intact.blobs, blobs.length);
  for (const name of await files.list(folder)) {
    for (let offset = 5; offset < files.sizeOf(`${folder}/${name}`); offset += 37) {
      const copy = copyOf(files);
      copy.flip(`${folder}/${name}`, offset, 0x10);
      const what = `${name} at ${offset}`;
      const found = await checkJournal(folder, copy);
      const before = await copy.list(folder);
      if (await starts(copyOf(copy), blobs, what)) continue;
      assert(found.damages.length > 0, `${what}: a start refuses what the check finds intact`);
      assert.deepEqual(await copy.list(folder), before, "the check changes nothing");
      const { movedTo } = await repairJournal(folder, now, copy);
      assert.equal(movedTo, `${folder}/damaged-2026-01-31T120000.000Z`);
      const kept = await replayed(copy);
      const lost = blobs.filter((blob) => !kept.includes(blob));
      assert.deepEqual(
        kept,
        blobs.filter((blob) => kept.includes(blob)),
        `${what}: in order, nothing else`,
      );
      assert(lost.length <= 1, `${what}: one bit cost ${lost.length} blobs`);
      assert((await copy.list(movedTo)).includes(name), "the damaged file was kept");
      assert.deepEqual((await checkJournal(folder, copy)).damages, []);
    }
  }
});

test("a check says which blobs are lost", async () => {
  const { files } = await build(true);
  const segments = (await files.list(folder)).filter((name) => name.startsWith("segment-")).sort();
  files.flip(`${folder}/${segments[1]}`, 128 + 24 + 10, 1);
  const report = await checkJournal(folder, files);
  assert.equal(report.missing.length, 1);
  assert.equal(report.missing[0]!.first, report.missing[0]!.last);
  assert.equal(report.damages[0]!.sequence, report.missing[0]!.first);
  assert.equal(report.damages[0]!.offset, 128);
  files.remove(`${folder}/${segments[1]}`);
  const without = await checkJournal(folder, files);
  assert(without.missing[0]!.last > without.missing[0]!.first, "several are lost with their segment");
});

test("damage is not taken for a torn append where a blob has whole sectors of zeros", async () => {
  const files = new LyingFiles();
  const store = await openJournal(folder, { files, segmentSize: 8192 });
  for await (const _ of store.replay());
  await store.append(new Uint8Array(2000));
  await store.append(Buffer.from("after"));
  files.unlock();
  const blobs = ["\0".repeat(2000), "after"];
  assert(await starts(copyOf(files), blobs, "untouched"));
  for (const offset of [0, 8, 12, 16, 20, 24, 1000]) {
    const copy = copyOf(files);
    copy.flip(`${folder}/segment-0000000001.journal`, FILE_HEADER_SIZE + offset, 2);
    assert.equal(await starts(copy, blobs, `at ${offset}`), false);
  }
});

test("a torn append is cut after a crash, and is damage after a clean stop", async () => {
  for (const clean of [true, false]) {
    const { files, blobs } = await build(clean);
    const last = (await files.list(folder))
      .filter((name) => /^segment-\d+.journal$/.test(name))
      .sort()
      .at(-1);
    const file = await files.open(`${folder}/${last}`);
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    const end = (bytes.findLastIndex((byte) => byte !== 0) + 8) & ~7;
    await file.write(Buffer.from("the first bytes"), end);
    await file.sync();
    const { tornBytes, damages } = await checkJournal(folder, files);
    assert.deepEqual([tornBytes, damages.length], [15, clean ? 1 : 0]);
    assert.equal(await starts(files, blobs, "with a torn end"), !clean);
  }
});

test("a repair keeps a copy of a snapshot whose position nothing else tells", async () => {
  const files = new LyingFiles();
  const snapshot = await SnapshotFile.create(files, folder, 1);
  await snapshot.write(Buffer.from("state"));
  await snapshot.commit();
  const name = "snapshot-0000000000000001.journal";
  for (const offset of [0, 64]) files.flip(`${folder}/${name}`, offset, 1);
  const { movedTo } = await repairJournal(folder, now, files);
  assert.deepEqual(await files.list(movedTo!), [name]);
  assert.deepEqual(await replayed(files), []);
});

test("a file that is missing or cut short after a clean stop is found", async () => {
  const { files, blobs } = await build(true);
  let refused = 0;
  for (const name of await files.list(folder)) {
    const without = copyOf(files);
    without.remove(`${folder}/${name}`);
    if (name !== "stopped.journal") assert.equal(await starts(without, blobs, `without ${name}`), false, name);
    for (let size = 0; size < files.sizeOf(`${folder}/${name}`); size += 7) {
      const copy = copyOf(files);
      await (await copy.open(`${folder}/${name}`)).truncate(size);
      if (!(await starts(copy, blobs, `${name} cut to ${size}`))) refused++;
    }
  }
  assert(refused > 200, `${refused} refusals`);
});

test("a later version is refused as such, by a start, a check and a repair", async () => {
  const files = new LyingFiles();
  const header = encodeFileHeader({ kind: "LHSEGMNT", number: 1, position: 1, salt: 7 });
  for (const at of [0, 64]) {
    const view = new DataView(header.buffer, at);
    view.setUint32(8, 2, true);
    view.setUint32(12, crc32(header.subarray(at, at + 12)), true);
  }
  await (await files.create(`${folder}/segment-0000000001.journal`)).write(header, 0);
  for (const attempt of [
    () => replayed(files),
    () => checkJournal(folder, files),
    () => repairJournal(folder, now, files),
  ]) {
    await assert.rejects(
      attempt,
      (error) => error instanceof StoreError && error.kind === "later-version" && /format 2/.test(error.message),
    );
    files.unlock();
  }
});

test("what a client sends can't pass for an entry: checksums are salted for each file", async () => {
  const files = new LyingFiles();
  const store = await openJournal(folder, { files, segmentSize });
  for await (const _ of store.replay());
  await store.append(Buffer.from("one"));
  await store.append(Buffer.from("two"));
  await store.close();
  const other = new LyingFiles();
  const forged = await openJournal(folder, { files: other, segmentSize });
  for await (const _ of forged.replay());
  await forged.append(Buffer.from("one"));
  await forged.append(Buffer.from("forged"));
  await forged.close();
  const second = FILE_HEADER_SIZE + entrySize(3);
  const bytes = new Uint8Array(entrySize(6));
  const source = await other.open(`${folder}/segment-0000000001.journal`);
  await source.read(bytes, second);
  const target = await files.open(`${folder}/segment-0000000001.journal`);
  await target.write(bytes, second);
  assert.equal(await starts(files, ["one", "two"], "an entry of another file"), false);
});

test("the table gives the same checksums as zlib", () => {
  const random = randomFrom(7);
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length }, () => random(256));
    assert.equal(tableCrc32(bytes), crc32(bytes));
    assert.equal(tableCrc32(bytes, 0xdeadbeef), crc32(bytes, 0xdeadbeef));
  }
  assert.equal(tableCrc32(Buffer.from("123456789")), 0xcbf43926);
});

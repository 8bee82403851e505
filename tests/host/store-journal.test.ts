// The journal on the system's own files: order over restarts, snapshots, who may hold it, whose folder it may be.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openJournal } from "../../host/store/journal.js";
import type { JournalOptions, StoreEvent } from "../../host/store/journal.js";
import { StoreError } from "../../host/store/store.js";
import type { Store } from "../../host/store/store.js";

const scratch = fs.mkdtempSync(join(tmpdir(), "leasehold-store-"));
after(() => fs.rmSync(scratch, { recursive: true }));

let folders = 0;
function newFolder(): string {
  return join(scratch, `journal-${++folders}`);
}

async function replayed(store: Store): Promise<string[]> {
  const blobs: string[] = [];
  for await (const blob of store.replay()) blobs.push(Buffer.from(blob).toString());
  return blobs;
}

async function open(folder: string, options?: JournalOptions): Promise<{ store: Store; blobs: string[] }> {
  const store = await openJournal(folder, options);
  return { store, blobs: await replayed(store) };
}

async function append(store: Store, ...texts: string[]): Promise<void> {
  for (const text of texts) assert.equal(await store.append(Buffer.from(text)), "durable");
}

async function refusal(folder: string): Promise<StoreError> {
  try {
    const { store } = await open(folder);
    await store.close();
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    assert(error.message !== "" && error.advice !== "");
    return error;
  }
  throw new Error("the journal was opened");
}

test("blobs come back in order over restarts, clean or not", async () => {
  const folder = newFolder();
  let { store, blobs } = await open(folder);
  assert.deepEqual(blobs, []);
  const blob = Buffer.from("one");
  const appended = store.append(blob);
  blob.fill(0);
  assert.equal(await appended, "durable");
  await append(store, "two");
  await store.close();
  ({ store, blobs } = await open(folder));
  assert.deepEqual(blobs, ["one", "two"]);
  await append(store, "three");
  await store.close();
  fs.unlinkSync(join(folder, "stopped.journal"));
  const events: StoreEvent[] = [];
  ({ store, blobs } = await open(folder, { onEvent: (event) => events.push(event) }));
  assert.deepEqual(blobs, ["one", "two", "three"]);
  assert.match(events.map(({ message }) => message).join(), /not stopped cleanly/);
  await append(store, "four");
  await store.close();
  ({ store, blobs } = await open(folder));
  assert.deepEqual(blobs, ["one", "two", "three", "four"], "the last blob, written once more, appears once");
  await store.close();
});

test("blobs of any length come back, over segments that are larger than usual where they must be", async () => {
  const folder = newFolder();
  const texts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 4000, 4096, 70_000, 300_000].map((length) => "x".repeat(length));
  const { store } = await open(folder, { segmentSize: 4096 });
  await append(store, ...texts);
  await store.close();
  const again = await open(folder, { segmentSize: 4096 });
  assert.deepEqual(again.blobs, texts);
  await again.store.close();
});

test("a snapshot replaces what came before it, and old segments go", async () => {
  const folder = newFolder();
  const { store } = await open(folder, { segmentSize: 4096 });
  for (let count = 0; count < 40; count++) await append(store, "x".repeat(1000));
  assert.equal(store.wantsSnapshot, true);
  const before = fs.readdirSync(folder).length;
  const snapshot = await store.beginSnapshot();
  assert.equal(store.wantsSnapshot, false);
  await append(store, "during");
  assert.equal(await snapshot.write(Buffer.from("state")), true);
  assert.equal(await snapshot.write(Buffer.from("more state")), true);
  assert.equal(await snapshot.commit(), true);
  assert.equal(store.wantsSnapshot, false);
  await append(store, "after");
  assert(fs.readdirSync(folder).length < before - 5);
  await store.close();
  const again = await open(folder);
  assert.deepEqual(again.blobs, ["state", "more state", "during", "after"]);
  await again.store.close();
});

test("an abandoned snapshot leaves the journal as it was", async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  await append(store, "one");
  const snapshot = await store.beginSnapshot();
  await snapshot.write(Buffer.from("state"));
  await snapshot.abandon();
  await store.close();
  const again = await open(folder);
  assert.deepEqual(again.blobs, ["one"]);
  await again.store.close();
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => name.includes("snapshot") || name.includes("partial")),
    [],
  );
});

test("restarts without an end of the process don't fill the disk", async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  await append(store, "one");
  await store.close();
  for (let restart = 0; restart < 5; restart++) {
    fs.rmSync(join(folder, "stopped.journal"), { force: true });
    const again = await open(folder);
    assert.deepEqual(again.blobs, ["one"]);
    await again.store.close();
  }
  assert.equal(fs.readdirSync(folder).filter((name) => name.startsWith("segment-")).length, 1);
});

test("a second process is refused, with the pid of the first; a killed one leaves nothing to clean up", async () => {
  const folder = newFolder();
  const script = `const { openJournal } = await import(${JSON.stringify(new URL("../../host/store/journal.js", import.meta.url).href)});
    const store = await openJournal(${JSON.stringify(folder)});
    for await (const blob of store.replay());
    await store.append(Buffer.from("one"));
    console.log("ready");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const error = await refusal(folder);
  assert.equal(error.kind, "held");
  assert.match(error.message, new RegExp(`pid ${child.pid}`));
  child.kill("SIGKILL");
  await once(child, "exit");
  const { store, blobs } = await open(folder);
  assert.deepEqual(blobs, ["one"]);
  await store.close();
});

test("whoever took the folder over is not written over: fenced", async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  await append(store, "one");
  fs.renameSync(folder, `${folder}-moved`);
  const other = await open(folder);
  await sleep(100); // longer than an append trusts its last look at the lock
  assert.equal(await store.append(Buffer.from("two")), "fenced");
  assert.equal(await store.append(Buffer.from("three")), "fenced");
  await store.close();
  await append(other.store, "other");
  await other.store.close();
  const again = await open(folder);
  assert.deepEqual(again.blobs, ["other"]);
  await again.store.close();
});

test("the folder is 0700 and its files 0600; a folder open to others is tightened only if it is the journal's", async () => {
  const folder = join(newFolder(), "below");
  const { store } = await open(folder);
  await append(store, "one");
  const snapshot = await store.beginSnapshot();
  await snapshot.commit();
  await store.close();
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  for (const name of fs.readdirSync(folder)) assert.equal(fs.statSync(join(folder, name)).mode & 0o777, 0o600, name);
  fs.chmodSync(folder, 0o755);
  await (await open(folder)).store.close();
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  const shared = newFolder();
  fs.mkdirSync(shared);
  fs.writeFileSync(join(shared, "somebody's"), "");
  fs.chmodSync(shared, 0o777);
  const error = await refusal(shared);
  assert.equal(error.kind, "folder");
  assert.equal(fs.statSync(shared).mode & 0o777, 0o777, "and nothing was changed");
  assert.deepEqual(fs.readdirSync(shared), ["somebody's"]);
});

test("what is not a folder, or can't be made one, is refused with the reason", async () => {
  const file = newFolder();
  fs.writeFileSync(file, "");
  assert.match((await refusal(file)).message, /is not a folder/);
  assert.match((await refusal("/proc/leasehold")).message, /can't be created/);
});

test("another user's folder is refused", async (context) => {
  if (process.geteuid?.() !== 0) return context.skip("want of root");
  const folder = newFolder();
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.chownSync(folder, 12345, 12345);
  assert.match((await refusal(folder)).message, /belongs to user 12345/);
});

test("a journal that is misused says so", async () => {
  const store = await openJournal(newFolder());
  await assert.rejects(store.append(Buffer.from("early")), /after it was replayed/);
  await replayed(store);
  await assert.rejects(replayed(store), /replayed once/);
  await assert.rejects(store.append(new Uint8Array(0)), /A blob has 1 to/);
  const first = store.append(Buffer.from("one"));
  await assert.rejects(store.append(Buffer.from("two")), /one append at a time/);
  assert.equal(await first, "durable");
  await store.close();
});

test("a full disk: nothing is promised while it is full, everything once there is room, nothing is lost", async (context) => {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return context.skip("want of root");
  const disk = newFolder();
  fs.mkdirSync(disk);
  const folder = join(disk, "journal");
  const script = `
    import fs from "node:fs";
    const { openJournal } = await import(${JSON.stringify(new URL("../../host/store/journal.js", import.meta.url).href)});
    const events = [];
    const open = async () => {
      const store = await openJournal(${JSON.stringify(folder)}, { segmentSize: 65536, onEvent: ({ message }) => events.push(message) });
      const blobs = [];
      for await (const blob of store.replay()) blobs.push(Buffer.from(blob).toString());
      return { store, blobs };
    };
    fs.writeFileSync(${JSON.stringify(join(disk, "filler"))}, new Uint8Array(500000));
    let { store } = await open();
    const promised = [];
    const append = async (text) => {
      const outcome = await store.append(Buffer.from(text.padEnd(1000, "-")));
      if (outcome === "durable") promised.push(text.padEnd(1000, "-"));
      return outcome;
    };
    let count = 0;
    while ((await append("blob" + count)) === "durable") count++;
    const outcomes = [await append("blob" + count), await append("blob" + count)];
    const full = events.at(-1);
    fs.unlinkSync(${JSON.stringify(join(disk, "filler"))});
    for (let more = 0; more < 100; more++) outcomes.push(await append("more" + more));
    await store.close();
    const again = await open();
    await again.store.close();
    const same = JSON.stringify(again.blobs) === JSON.stringify(promised);
    console.log(JSON.stringify({ count, outcomes: [...new Set(outcomes)], full, same }));`;
  const command = `mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" --input-type=module -e "$3"`;
  const { stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", command, "sh", disk, process.execPath, script], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const report = JSON.parse(stdout);
  assert(report.count > 100, "there was room for some");
  assert.deepEqual(report.outcomes, ["retry", "durable"]);
  assert.match(report.full, /ENOSPC/);
  assert.equal(report.same, true);
});

// The store in memory keeps the contract of every store: order, snapshots, later blobs after the snapshot.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../host/store/memory.js";
import type { Store } from "../../host/store/store.js";

async function contents(store: Store): Promise<string[]> {
  const blobs: string[] = [];
  for await (const blob of store.replay()) blobs.push(Buffer.from(blob).toString());
  return blobs;
}

test("blobs come back in order, and are copied when they are taken", async () => {
  const store = new MemoryStore();
  const blob = Buffer.from("one");
  assert.equal(await store.append(blob), "durable");
  blob.fill(0);
  await store.append(Buffer.from("two"));
  assert.deepEqual(await contents(store), ["one", "two"]);
});

test("a snapshot replaces what was appended before it was begun, and nothing else", async () => {
  const store = new MemoryStore();
  await store.append(Buffer.from("one"));
  const snapshot = await store.beginSnapshot();
  await store.append(Buffer.from("two"));
  await snapshot.write(Buffer.from("state"));
  assert.deepEqual(await contents(store), ["one", "two"], "before the commit");
  await snapshot.commit();
  assert.deepEqual(await contents(store), ["state", "two"]);
});

test("a snapshot is wanted when the blobs outgrow the last one, and not while one is written", async () => {
  const store = new MemoryStore();
  assert.equal(store.wantsSnapshot, false);
  await store.append(new Uint8Array(2 << 20));
  assert.equal(store.wantsSnapshot, true);
  const snapshot = await store.beginSnapshot();
  assert.equal(store.wantsSnapshot, false);
  await snapshot.abandon();
  assert.equal(store.wantsSnapshot, true);
});

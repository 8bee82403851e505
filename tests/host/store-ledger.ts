// What a store promised, and how a start is held to it: for tests that do things to a journal's files.

import assert from "node:assert/strict";
import { openJournal, type StoreEvent } from "../../host/store/journal.js";
import type { Store } from "../../host/store/store.js";
import { type LyingFiles, PowerCut, type Random, type Survival } from "./lying-files.js";

/** Where the journal is, on files that lie. */
export const folder = "/journal";
const segmentSize = 1024;

/** What a store must hold: the blobs promised so far, and those that were attempted after the last promise. */
export class Ledger {
  readonly promised: string[] = [];
  attempted: string[] = [];

  /** Takes what a start found; it must be what was promised, and at most one attempt more. */
  accept(found: readonly string[]): void {
    const promised = found.slice(0, this.promised.length);
    assert.deepEqual(promised, this.promised, "what was promised is there, in order");
    const more = found.slice(this.promised.length);
    assert(more.length <= 1 && more.every((blob) => this.attempted.includes(blob)), `found besides: ${more.join()}`);
    this.promised.push(...more);
    this.attempted = [];
  }
}

/** A blob that says what it is, padded to a length that depends on its number. */
function blobOf(id: string, length: number): Buffer {
  return Buffer.from(id.padEnd(length, "."));
}

function idOf(text: string): string {
  return text.replace(/\.+$/, "");
}

/** Opens a journal and reads it whole. @returns the store, ready, and the ids of what it holds: a snapshot is a list of them */
export async function openAndRead(
  files: LyingFiles,
  onEvent: (event: StoreEvent) => void = () => {},
): Promise<{ store: Store; found: string[] }> {
  const store = await openJournal(folder, { files, segmentSize, onEvent });
  const found: string[] = [];
  for await (const blob of store.replay()) {
    const text = Buffer.from(blob).toString();
    if (text.startsWith("state:")) found.push(...text.slice(6).split(" ").filter(Boolean));
    else found.push(idOf(text));
  }
  return { store, found };
}

/** Opens a journal, and holds what it has against the ledger. */
export async function start(files: LyingFiles, ledger: Ledger): Promise<Store> {
  const { store, found } = await openAndRead(files);
  ledger.accept(found);
  return store;
}

/** Appends a blob that says its id, and notes what became of it. */
export async function append(store: Store, ledger: Ledger, id: string, length: number): Promise<void> {
  ledger.attempted.push(id);
  if ((await store.append(blobOf(id, length))) !== "durable") return;
  ledger.promised.push(id);
  ledger.attempted = [];
}

/** A snapshot in two parts, with an append between them if `id` names one. */
export async function snapshot(store: Store, ledger: Ledger, id: string): Promise<void> {
  const writer = await store.beginSnapshot();
  const state = [...ledger.promised];
  const half = state.length >> 1;
  await writer.write(Buffer.from(`state:${state.slice(0, half).join(" ")}`));
  if (id) await append(store, ledger, id, 90);
  await writer.write(Buffer.from(`state:${state.slice(half).join(" ")}`));
  await writer.commit();
}

/** Does what a test does to a store until the power is cut, if it is; a start may be refused because the storage failed. */
export async function untilItEnds(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    const refused = error instanceof Error && error.name === "StoreError" && "kind" in error && error.kind === "fault";
    if (!(error instanceof PowerCut) && !refused && !isMisuse(error)) throw error;
  }
}

/** After a power cut the script's later calls hit a store that never became ready. */
function isMisuse(error: unknown): boolean {
  return error instanceof Error && /after it was replayed/.test(error.message);
}

/** Starts twice after a power cut: what the first start found, the second must find too, even if power is lost again at once. */
export async function survive(files: LyingFiles, ledger: Ledger, survival: Survival, random: Random): Promise<void> {
  let after = files.afterPowerCut(survival, random);
  await start(after, ledger);
  after = after.afterPowerCut("none", random);
  const store = await start(after, ledger);
  await append(store, ledger, "last", 50);
  await store.close();
  await start(after.afterPowerCut("none", random), ledger);
  assert.equal(ledger.promised.at(-1), "last");
}

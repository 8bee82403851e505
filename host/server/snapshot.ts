/**
 * Writes a snapshot of an instance while it serves: one slice of its leases at a time, each between two batches.
 *
 * Leases change between slices; what changed is in the journal behind the snapshot's position and is replayed over it. So the
 * snapshot is right as soon as everything recorded until its last slice is durable, and only then is it committed.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Store } from "../store/store.js";
import type { Committer } from "./committer.js";
import type { ServerInstance } from "./instance.js";

/** What a snapshot is made of. */
type Exported = Pick<ServerInstance, "core" | "unserved">;

/** Bytes of unserved records that are written at once. */
const UNSERVED_SLICE_SIZE = 65536;

/**
 * Writes one.
 * @param cancelled asked between slices; true gives the snapshot up
 * @returns whether it was committed
 */
export async function writeSnapshot(
  instance: Exported,
  store: Store,
  committer: Pick<Committer, "whenDurable">,
  cancelled: () => boolean,
): Promise<boolean> {
  const writer = await store.beginSnapshot();
  for await (const records of slicesOf(instance)) {
    if (cancelled()) {
      await writer.abandon();
      return false;
    }
    if (!(await writer.write(records))) return false;
  }
  const complete = await committer.whenDurable(instance.core.journalHead);
  if (complete && !cancelled()) return writer.commit();
  await writer.abandon();
  return false;
}

/**
 * Everything an instance holds, as slices of whole records; other work goes on between them. A slice lies in the core's memory:
 * use it before the next turn of the event loop.
 */
export async function* slicesOf(instance: Exported): AsyncGenerator<Uint8Array> {
  for (let from: number | null = 0; from !== null; ) {
    const slice = instance.core.exportSlice(from);
    if (slice.records.length > 0) yield slice.records;
    from = slice.next;
    await nextTurn();
  }
  yield* unservedSlices(instance);
}

function* unservedSlices({ unserved }: Exported): Generator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let size = 0;
  for (const record of unserved.records()) {
    gathered.push(record);
    size += record.length;
    if (size < UNSERVED_SLICE_SIZE) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(gathered);
}

/**
 * Reads a journal without changing it, for a look at what it holds while no server runs.
 */
import { lockExisting } from "./check.js";
import { damageError } from "./damage.js";
import { systemFiles } from "./files.js";
import { takeInventory } from "./inventory.js";
import { readJournal } from "./reading.js";
import { readingRefused } from "./store.js";

/**
 * All blobs of the journal in `folder`, in order. It is kept from being written meanwhile.
 * @throws {StoreError} a server holds it, or it is damaged
 */
export async function* readBlobs(folder: string): AsyncGenerator<Uint8Array> {
  const lock = await lockExisting(systemFiles, folder, "shared");
  try {
    const refuse = (damage: Parameters<typeof damageError>[0]) => {
      throw damageError(damage, folder);
    };
    const inventory = await takeInventory(systemFiles, folder, refuse);
    for await (const entries of readJournal(systemFiles, inventory, refuse)) {
      for (const { blob } of entries) yield blob;
    }
  } catch (cause) {
    throw readingRefused(folder, cause);
  } finally {
    await lock.release();
  }
}

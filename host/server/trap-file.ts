/**
 * Keeps the batch that trapped an instance as a file, for whoever looks into it: JSON, with the slots in base64 as they lay in memory.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoreTrap } from "../core/trap.js";

/** Batches that are kept: the first ones, because a trap that repeats says the same. */
const FILE_LIMIT = 16;

/**
 * Writes the batch into `folder`, readable by its owner only.
 * @returns the file's path; null when enough are there or it cannot be written
 */
export async function saveTrap(trap: CoreTrap, folder: string, wallMilliseconds: number): Promise<string | null> {
  const { slots, ...batch } = trap.batch;
  const content = { message: trap.message, ...batch, slots: Buffer.from(slots).toString("base64") };
  const file = join(folder, `trap-${new Date(wallMilliseconds).toISOString().replaceAll(":", "")}.json`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = (await readdir(folder)).filter((name) => name.startsWith("trap-"));
    if (kept.length >= FILE_LIMIT) return null;
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return file;
  } catch {
    return null;
  }
}

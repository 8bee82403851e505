/**
 * The journal's folder is private: 0700, because leases say who was where. An existing folder that others may read is tightened
 * when it is clearly the journal's (empty, or with one in it) and refused otherwise: nobody's /tmp is closed by a typing mistake.
 */
import fs from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf } from "../reasons.js";
import { StoreError } from "./store.js";
import { isJournalFile } from "./names.js";

const OTHERS = 0o077;

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

async function make(folder: string): Promise<void> {
  await fs.mkdir(folder, { mode: 0o700 });
  // The new name is durable only when the folder above it is synced.
  const above = await fs.open(dirname(folder), "r");
  try {
    await above.sync();
  } finally {
    await above.close();
  }
}

/** Creates what is missing of a path. Not by mkdir's own option "recursive", which never returns below /proc. */
async function create(folder: string): Promise<void> {
  try {
    await make(folder);
  } catch (error) {
    if (isCode(error, "EEXIST") && (await fs.stat(folder)).isDirectory()) return;
    if (!isCode(error, "ENOENT") || dirname(folder) === folder) throw error;
    await create(dirname(folder));
    await make(folder);
  }
}

/**
 * Creates the folder, or makes sure that an existing one is this user's and nobody else's to read.
 * @throws {StoreError} "folder"
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await create(folder);
  } catch (cause) {
    const isFile = isCode(cause, "EEXIST") || isCode(cause, "ENOTDIR");
    const problem = isFile ? "is not a folder" : `can't be created: ${reasonOf(cause)}`;
    throw new StoreError("folder", `${folder} ${problem}.`, "Name a folder that this user may write.", { cause });
  }
  const { uid, mode } = await fs.stat(folder);
  const user = process.geteuid?.();
  if (user !== undefined && uid !== user) {
    throw new StoreError(
      "folder",
      `${folder} belongs to user ${uid}, and this process runs as user ${user}.`,
      `Give it to the right user (chown ${user} ${folder}), or choose another folder.`,
    );
  }
  if ((mode & OTHERS) === 0) return;
  const names = await fs.readdir(folder);
  if (names.length > 0 && !names.some(isJournalFile)) {
    throw new StoreError(
      "folder",
      `${folder} is open to other users (mode ${(mode & 0o777).toString(8)}) and holds no journal, but other things.`,
      `Leases are private: close it (chmod 700 ${folder}), or choose another folder.`,
    );
  }
  await fs.chmod(folder, 0o700);
}

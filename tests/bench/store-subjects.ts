/**
 * What the comparison of stores compares: the journal, and libraries that could keep the same records. Each one writes records of
 * `RECORD_BYTES`, one lease's whole state, by the number of the lease, and calls a commit done when it is synced.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { open as openLmdb } from "lmdb";
import { openJournal } from "../../host/store/journal.js";

/** Bytes of a record: a lease with a client identifier. */
export const RECORD_BYTES = 72;

/** A change: which lease, and its record. */
export type Change = readonly [lease: number, record: Uint8Array];

/** A store under comparison. */
export interface Subject {
  readonly name: string;
  /** Makes changes durable. */
  commit(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

/** Records in a slice of a snapshot, as the server's transfer area holds them. */
const SLICE_RECORDS = 1024;

/** The journal, with the table of leases beside it as the core keeps it, and snapshots of it while commits go on. */
export async function journalSubject(folder: string, leaseCount: number): Promise<Subject> {
  const store = await openJournal(join(folder, "journal"));
  for await (const _ of store.replay());
  const table = new Uint8Array(leaseCount * RECORD_BYTES);
  let snapshot: Promise<void> | null = null;
  const writeSnapshot = async () => {
    const writer = await store.beginSnapshot();
    for (let at = 0; at < table.length; at += SLICE_RECORDS * RECORD_BYTES)
      await writer.write(table.subarray(at, at + SLICE_RECORDS * RECORD_BYTES));
    if (!(await writer.commit())) throw new Error(store.statistics.lastFault);
    snapshot = null;
  };
  return {
    name: "journal",
    commit: async (changes) => {
      const blob = new Uint8Array(changes.length * RECORD_BYTES);
      for (const [index, [lease, record]] of changes.entries()) {
        blob.set(record, index * RECORD_BYTES);
        table.set(record, lease * RECORD_BYTES);
      }
      if ((await store.append(blob)) !== "durable") throw new Error(store.statistics.lastFault);
      if (store.wantsSnapshot) snapshot ??= writeSnapshot();
    },
    close: async () => {
      await snapshot;
      await store.close();
    },
  };
}

function keyOf(lease: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(lease);
  return key;
}

/** LevelDB, a synced batch a commit. */
export async function levelSubject(folder: string): Promise<Subject> {
  const options = { keyEncoding: "buffer", valueEncoding: "buffer" } as const;
  const db = new ClassicLevel<Buffer, Buffer>(join(folder, "level"), options);
  await db.open();
  return {
    name: "LevelDB (classic-level)",
    commit: (changes) =>
      db.batch(
        changes.map(([lease, record]) => ({ type: "put", key: keyOf(lease), value: Buffer.from(record) })),
        { sync: true },
      ),
    close: () => db.close(),
  };
}

/** LMDB, a transaction a commit, synced before it is called done. */
export async function lmdbSubject(folder: string): Promise<Subject> {
  const path = join(folder, "lmdb");
  mkdirSync(path);
  const db = openLmdb<Buffer, number>({ path, encoding: "binary", keyEncoding: "uint32", overlappingSync: false });
  return {
    name: "LMDB (lmdb)",
    commit: async (changes) => {
      await db.transaction(() => {
        for (const [lease, record] of changes) void db.put(lease, Buffer.from(record));
      });
    },
    close: () => db.close(),
  };
}

/** The part of `node:sqlite` that is used; Node has it from 22.5 on. */
interface Sqlite {
  readonly DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void;
    prepare(sql: string): { run(...values: unknown[]): unknown };
    close(): void;
  };
}

/** SQLite with a write-ahead log that is synced at each commit; null where Node has none. */
export async function sqliteSubject(folder: string): Promise<Subject | null> {
  const name: string = "node:sqlite";
  const sqlite = await (import(name) as Promise<Sqlite>).catch(() => null);
  if (!sqlite) return null;
  const db = new sqlite.DatabaseSync(join(folder, "sqlite.db"));
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  db.exec("CREATE TABLE leases (lease INTEGER PRIMARY KEY, record BLOB) WITHOUT ROWID");
  const put = db.prepare("INSERT OR REPLACE INTO leases VALUES (?, ?)");
  return {
    name: "SQLite (node:sqlite)",
    commit: async (changes) => {
      db.exec("BEGIN");
      for (const [lease, record] of changes) put.run(lease, record);
      db.exec("COMMIT");
    },
    close: async () => db.close(),
  };
}

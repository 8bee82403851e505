/**
 * Damage: something in a journal that no crash explains. It is never stepped over in silence: a start refuses with the first
 * one, `leasehold journal check` lists them all.
 */
import { StoreError } from "./store.js";

/** One thing that is wrong. */
export interface Damage {
  /** The file. */
  readonly path: string;
  /** Where in it, in bytes; null: the whole file. */
  readonly offset: number | null;
  /** The first blob that is concerned, by its sequence number; null: unknown. */
  readonly sequence: number | null;
  /** What is wrong, as a clause. */
  readonly problem: string;
}

/** Is told of each damage; a strict one throws. */
export type DamageHandler = (damage: Damage) => void;

/** A damage as a sentence. */
export function describeDamage({ path, offset, sequence, problem }: Damage): string {
  const where = offset === null ? "" : ` at byte ${offset}`;
  const blob = sequence === null ? "" : ` (blob ${sequence})`;
  return `${path} is damaged${where}${blob}: ${problem}.`;
}

/** The refusal that a damage leads to. */
export function damageError(damage: Damage, folder: string): StoreError {
  return new StoreError(
    "damaged",
    describeDamage(damage),
    `Nothing was changed. To see what is intact: leasehold journal check ${folder}`,
  );
}

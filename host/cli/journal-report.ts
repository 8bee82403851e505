/**
 * What a check of a journal found, in words.
 */
import type { JournalReport } from "../store/check.js";
import { describeDamage } from "../store/damage.js";
import { plural } from "./summary.js";

/** The report as lines: every damage, then a summary. */
export function describeJournal(report: JournalReport): string[] {
  const lines = report.damages.map(describeDamage);
  const { folder, position, blobs, bytes, segments, tornBytes, stoppedCleanly, damages } = report;
  const snapshot = position > 0 ? `a snapshot up to blob ${position}` : "no snapshot";
  lines.push(
    `${folder}: ${snapshot}, ${plural(segments, "segment")}; ${plural(blobs, "blob")} of ${plural(bytes, "byte")} can be read.`,
  );
  if (tornBytes > 0 && damages.length === 0) {
    lines.push(`The last append was cut short by a crash (${plural(tornBytes, "byte")}); nothing was promised by it.`);
  }
  const stop = stoppedCleanly ? "stopped cleanly" : "not stopped cleanly, or still empty";
  lines.push(damages.length === 0 ? `Intact; ${stop}.` : `Damaged in ${plural(damages.length, "place")}.`);
  return lines;
}

/** What a repair loses, as a sentence. */
export function describeLoss({ missing, damages, position }: JournalReport): string {
  const ranges = missing.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`));
  const parts =
    ranges.length > 0
      ? [
          `the records of ${missing.length === 1 && ranges[0]!.indexOf(" ") < 0 ? "blob" : "blobs"} ${ranges.join(", ")}`,
        ]
      : [];
  if (damages.some(({ path, sequence }) => path.includes("snapshot-") && sequence === null)) {
    parts.push(`what is damaged of the snapshot up to blob ${position}`);
  }
  return parts.length > 0 ? `Lost: ${parts.join("; ")}.` : "No record is lost.";
}

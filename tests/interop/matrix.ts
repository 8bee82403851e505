/**
 * Which step of a lease's life is shown with whom: `matrix.json` says it, a row a step and a column a peer. A cell is "shown", and
 * then the suite plays it, or the reason why it cannot be. The suite prints the matrix with what came of each cell.
 */
import { readFileSync } from "node:fs";

/** The two halves: other people's clients with our server, our client with other people's servers. */
export type Side = "ourServer" | "ourClient";

/** What a cell says when its step is played. */
export const SHOWN = "shown";

/** By side, step and peer: "shown", or why not. */
export type Matrix = Readonly<Record<Side, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** The sides' headings. */
export const SIDES: Readonly<Record<Side, string>> = {
  ourServer: "leasehold serve, with",
  ourClient: "leasehold lease, with",
};

/** Reads the matrix. */
export function readMatrix(): Matrix {
  return JSON.parse(readFileSync(new URL("../../../../tests/interop/matrix.json", import.meta.url), "utf8"));
}

/** What came of the cells that were played, by "side step peer". */
export type Results = ReadonlyMap<string, boolean>;

/** The key of a cell in the results. */
export function cellKey(side: Side, step: string, peer: string): string {
  return `${side} ${step} ${peer}`;
}

/** The matrix as lines of text: "yes" what was shown, "FAILED" what was not, a number where a reason stands below. */
export function formatMatrix(matrix: Matrix, results: Results): string[] {
  const lines: string[] = [];
  const reasons: string[] = [];
  for (const side of Object.keys(SIDES) as Side[]) {
    const steps = Object.entries(matrix[side]);
    const peers = peersOf(matrix, side);
    lines.push("", row(SIDES[side], peers));
    for (const [step, cells] of steps) {
      const words = peers.map((peer) => {
        if (cells[peer] !== SHOWN) return `[${noteOf(reasons, cells[peer] ?? "no reason given")}]`;
        const result = results.get(cellKey(side, step, peer));
        return result === undefined ? "not played" : result ? "yes" : "FAILED";
      });
      lines.push(row(step, words));
    }
  }
  return [...lines, "", ...reasons.map((reason, index) => `[${index + 1}] ${reason}`)];
}

/** The columns of a side. */
export function peersOf(matrix: Matrix, side: Side): string[] {
  return [...new Set(Object.values(matrix[side]).flatMap((cells) => Object.keys(cells)))];
}

function noteOf(reasons: string[], reason: string): number {
  if (!reasons.includes(reason)) reasons.push(reason);
  return reasons.indexOf(reason) + 1;
}

function row(head: string, words: readonly string[]): string {
  return [head.padEnd(22), ...words.map((word) => word.padEnd(11))].join(" ").trimEnd();
}

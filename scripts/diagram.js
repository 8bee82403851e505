// Draws the client's states from the table in assembly/client/states.ts, as Mermaid (GitHub and editors show it as a picture).
//
//   node scripts/diagram.js            prints it
//   node scripts/diagram.js --write    puts it into assembly/client/README.md
//
// The table is read as text: its rows have one shape, which `tests/proofs/client-table.test.ts` holds them to. Transitions of
// one pair of states become one arrow; what leads back to the same state is left out, so that the picture can be read.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, writeWhole } from "./common.js";

/**
 * A row of the table.
 * @typedef {object} Row
 * @property {string} state
 * @property {string} event
 * @property {string} action
 * @property {string} next
 */

const source = join(root, "assembly/client/states.ts");
const readme = join(root, "assembly/client/README.md");

const rowPattern =
  /^ {2}ClientState\.(\w+) +\| ClientEvent\.(\w+) << 8 +\| ClientAction\.(\w+) << 16 +\| ClientState\.(\w+) << 24,( \/\/ the end)?$/gm;

/**
 * The rows of the table, in order, without the one that ends it.
 * @returns {Row[]}
 */
export function readTable() {
  return [...readFileSync(source, "utf8").matchAll(rowPattern)]
    .filter((match) => !match[5])
    .map(([, state, event, action, next]) => /** @type {Row} */ ({ state, event, action, next }));
}

/** The diagram's text. */
export function drawDiagram() {
  /** @type {Map<string, string[]>} */
  const arrows = new Map();
  for (const { state, event, next } of readTable()) {
    if (state === next) continue;
    const arrow = `${state} --> ${next}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(", ")}`);
  return ["```mermaid", "stateDiagram-v2", "  [*] --> STOPPED", ...lines, "```"].join("\n");
}

/** The page that shows the diagram, with what stands there now replaced. */
export function drawPage() {
  return readFileSync(readme, "utf8").replace(/```mermaid[\s\S]*?```/, drawDiagram());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--write")) writeWhole(readme, drawPage());
  else console.log(drawDiagram());
}

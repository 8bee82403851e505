/**
 * Draws folded stacks as an SVG: each frame as wide as the share of samples in which it was, on top of its caller. A frame's name and
 * share are shown when the pointer rests on it.
 */
import type { Stacks } from "./stacks.js";

const WIDTH = 1600;
const ROW = 17;
const CHARACTER = 6.5;
/** Frames narrower than this are not drawn, in pixels. */
const LEAST_WIDTH = 0.3;

/** A frame with those that it called. */
interface Node {
  readonly name: string;
  count: number;
  readonly children: Map<string, Node>;
}

function treeOf(stacks: Stacks): Node {
  const whole: Node = { name: "all", count: 0, children: new Map() };
  for (const [stack, count] of stacks) {
    let node = whole;
    node.count += count;
    for (const name of stack.split(";")) {
      const child = node.children.get(name) ?? { name, count: 0, children: new Map() };
      node.children.set(name, child);
      child.count += count;
      node = child;
    }
  }
  return whole;
}

function depthOf(node: Node): number {
  return 1 + Math.max(0, ...[...node.children.values()].map(depthOf));
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A warm colour that is always the same for a name. */
function colourOf(name: string): string {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return `hsl(${hash % 50},75%,${60 + (hash % 15)}%)`;
}

function* draw(node: Node, total: number, left: number, level: number, height: number): Generator<string> {
  const width = (node.count / total) * WIDTH;
  if (width < LEAST_WIDTH) return;
  const y = height - (level + 1) * ROW;
  const box = `x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}"`;
  const letters = Math.floor((width - 4) / CHARACTER);
  const share = ((node.count / total) * 100).toFixed(1);
  const label =
    letters > 2
      ? `<text x="${(left + 3).toFixed(1)}" y="${y + ROW - 5}">${escaped(node.name.slice(0, letters))}</text>`
      : "";
  const title = `<title>${escaped(node.name)}: ${share} %</title>`;
  yield `<g>${title}<rect ${box} fill="${colourOf(node.name)}"/>${label}</g>`;
  let from = left;
  const children = [...node.children.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const child of children) {
    yield* draw(child, total, from, level + 1, height);
    from += (child.count / total) * WIDTH;
  }
}

/** The drawing as the text of an SVG file. */
export function drawFlameGraph(stacks: Stacks): string {
  const tree = treeOf(stacks);
  const height = depthOf(tree) * ROW;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`;
  return [head, ...draw(tree, tree.count, 0, 0, height), "</svg>", ""].join("\n");
}

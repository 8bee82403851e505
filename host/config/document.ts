/**
 * The text of a configuration file as a tree with places: JSON with comments and trailing commas.
 *
 * The parser recurses, so nesting is measured first, by a scan that does not; a file deeper than `MOST_DEPTH` or larger than
 * `MOST_BYTES` is refused before it is parsed.
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Problems } from "./problems.js";

/** Levels of objects and lists in each other. */
export const MOST_DEPTH = 32;

/** Characters of a file: room for half a million reservations. */
export const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Token kinds of the scanner (its own enumeration does not exist at run time). */
const OPEN = [1, 3];
const CLOSE = [2, 4];
const END = 17;

/** What the parser calls an error, and what a person would. */
const sentences: Record<string, string> = {
  InvalidSymbol: "this is not JSON: text belongs in double quotes",
  InvalidNumberFormat: "this number is malformed",
  PropertyNameExpected: "a key in double quotes is missing here",
  ValueExpected: "a value is missing here",
  ColonExpected: "a colon is missing between key and value",
  CommaExpected: "a comma is missing before this",
  CloseBraceExpected: "a closing brace } is missing",
  CloseBracketExpected: "a closing bracket ] is missing",
  EndOfFileExpected: "something follows the end of the configuration",
  UnexpectedEndOfComment: "this comment is not closed by */",
  UnexpectedEndOfString: "this text is not closed by a double quote on its line",
  UnexpectedEndOfNumber: "this number is malformed",
  InvalidUnicode: "a \\u in a text needs four hexadecimal digits",
  InvalidEscapeCharacter: "a text has a \\ that begins no escape: write \\\\ for a backslash",
  InvalidCharacter: "a text has a control character: write it as an escape, such as \\t",
};

/** Parses `text`; undefined when there is nothing to go on with. Every error of syntax is noted. */
export function parseDocument(text: string, problems: Problems): Node | undefined {
  if (text.length > MOST_CHARACTERS) {
    problems.error(
      0,
      `the file has ${text.length} characters, more than ${MOST_CHARACTERS}`,
      "Split it, or check whether it is the right file.",
    );
    return undefined;
  }
  if (!checkDepth(text, problems)) return undefined;
  const faults: ParseError[] = [];
  const tree = parseTree(text, faults, { allowTrailingComma: true, allowEmptyContent: true });
  let lastLine = 0;
  for (const { error, offset } of faults) {
    // What follows on the same line mostly follows from the first.
    const { line } = problems.place(offset);
    if (line === lastLine) continue;
    lastLine = line;
    problems.error(offset, sentences[printParseErrorCode(error)] ?? `this is not JSON (${printParseErrorCode(error)})`);
  }
  if (!tree && faults.length === 0) {
    problems.error(
      0,
      "the file is empty",
      'The least is { "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }] }.',
    );
  }
  return faults.length === 0 ? tree : undefined;
}

function checkDepth(text: string, problems: Problems): boolean {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END; token = scanner.scan()) {
    if (OPEN.includes(token)) depth++;
    else if (CLOSE.includes(token)) depth--;
    if (depth > MOST_DEPTH) {
      problems.error(
        scanner.getTokenOffset(),
        `nested more than ${MOST_DEPTH} deep`,
        "A configuration needs at most 8 levels.",
      );
      return false;
    }
  }
  return true;
}

/** What a value is, in words. */
export function kindOf(node: Node): string {
  if (node.type === "array") return "a list";
  if (node.type === "object") return "an object";
  if (node.type === "string") return `the text ${JSON.stringify(shorten(node.value as string))}`;
  return String(node.value);
}

/** A text as messages show it. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

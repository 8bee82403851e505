// The rules of style that look at one source file: what each finds, its cure, and an example that breaks it.

import { dirname, posix } from "node:path";
import ts from "typescript";

/** Longest file and function, in lines: what a reader takes in at a sitting, and on a screen. */
export const mostLinesPerFile = 300;
const mostLinesPerFunction = 70;

/** What a rule found. */
export interface Finding {
  /** Undefined for a finding about the whole file. */
  node?: ts.Node;
  problem: string;
  cure: string;
}

/** A rule of style. */
export interface Rule {
  title: string;
  /** Folders that it looks at. */
  folders: readonly string[];
  /** A path and a text that break it. */
  example: readonly [path: string, text: string];
  check(file: ts.SourceFile, path: string): Iterable<Finding>;
}

/** The node and everything below it. */
function* walk(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* walk(child);
}

/** Line numbers of a node, from 1. */
export function linesOf(file: ts.SourceFile, node: ts.Node): [first: number, last: number] {
  const line = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  return [line(node.getStart()), line(node.getEnd())];
}

/** Layers from the outside in; a file imports only from layers further in, or from its own folder. */
const layers: Record<string, readonly (readonly string[])[]> = {
  host: [["cli"], ["server", "client", "relay", "load"], ["net", "store", "config"], ["core"], ["."]],
  assembly: [["."], ["server", "client", "relay"], ["machine"], ["wire"]],
};

/** The folder below host/ or assembly/ that decides a file's layer. */
function folderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? (parts[1] ?? ".") : ".";
}

function* checkImports(file: ts.SourceFile, path: string): Generator<Finding> {
  const top = path.split("/")[0] ?? "";
  const order = layers[top] ?? [];
  const layer = (folder: string) => order.findIndex((folders) => folders.includes(folder));
  const own = folderOf(path);
  for (const node of file.statements) {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) continue;
    const specifier = node.moduleSpecifier;
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) continue;
    const target = posix.join(dirname(path), specifier.text);
    const other = folderOf(target);
    const cure = `the order is ${order.map((folders) => folders.join(" | ")).join(" -> ")}: move what both need further in`;
    if (!target.startsWith(`${top}/`)) yield { node, problem: `imports ${target}, outside ${top}/`, cure };
    else if (other !== own && layer(other) <= layer(own)) yield { node, problem: `${own} imports ${other}`, cure };
  }
}

function* checkByteOrder(file: ts.SourceFile, path: string): Generator<Finding> {
  if (path === "assembly/wire/bytes.ts") return;
  const cure = "use the loads and stores of assembly/wire/bytes.ts, the one file that knows the network's byte order";
  for (const node of walk(file)) {
    if (ts.isIdentifier(node) && node.text === "bswap") yield { node, problem: "bswap", cure };
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.LessThanLessThanToken) continue;
    if (/\bload\s*<\s*[ui]8\s*>/.test(node.left.getText()) && /^(8|16|24)$/.test(node.right.getText())) {
      yield { node, problem: "bytes are joined by hand", cure };
    }
  }
}

function* checkFileSize(file: ts.SourceFile): Generator<Finding> {
  const lines = file.text.trimEnd().split("\n").length;
  if (lines > mostLinesPerFile) {
    yield {
      problem: `${lines} lines`,
      cure: `give its second subject a file of its own (at most ${mostLinesPerFile})`,
    };
  }
}

function* checkFunctionSize(file: ts.SourceFile): Generator<Finding> {
  for (const node of walk(file)) {
    if (!ts.isFunctionLike(node)) continue;
    const [first, last] = linesOf(file, node);
    const lines = last - first + 1;
    if (lines <= mostLinesPerFunction) continue;
    const name = node.name?.getText() ?? "function";
    yield {
      node,
      problem: `${name} has ${lines} lines`,
      cure: `split it at its steps (at most ${mostLinesPerFunction})`,
    };
  }
}

function* checkHead(file: ts.SourceFile): Generator<Finding> {
  if (ts.getLeadingCommentRanges(file.text, 0)) return;
  yield { problem: "no head comment", cure: "begin with what the file decides, which RFC section, what it relies on" };
}

/** Whether a constant stands right under another one, and so shares the words above the first of them. */
function belongsToGroup(file: ts.SourceFile, node: ts.Statement): boolean {
  const before = file.statements[file.statements.indexOf(node) - 1];
  if (!before || !ts.isVariableStatement(node) || !ts.isVariableStatement(before)) return false;
  return linesOf(file, before)[1] + 1 === linesOf(file, node)[0];
}

/** Whether `setXid` has `xid` beside it, whose description serves for both. */
function isSetterOfDescribed(file: ts.SourceFile, { name }: ts.FunctionDeclaration): boolean {
  const getter = name?.text.replace(/^set(.)/, (_, first: string) => first.toLowerCase());
  if (getter === name?.text) return false;
  return file.statements.some((other) => ts.isFunctionDeclaration(other) && other.name?.text === getter);
}

function* checkDocs(file: ts.SourceFile): Generator<Finding> {
  for (const node of file.statements) {
    if (!ts.canHaveModifiers(node) || !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
      continue;
    if (ts.getLeadingCommentRanges(file.text, node.getFullStart()) || belongsToGroup(file, node)) continue;
    if (ts.isFunctionDeclaration(node) && isSetterOfDescribed(file, node)) continue;
    const name = /\b(?:function|class|enum|const|let|type|interface)\*? (\w+)/.exec(node.getText())?.[1] ?? "export";
    yield {
      node,
      problem: `${name} has no docstring`,
      cure: "say what it is: units, byte order, bounds, errors, section",
    };
  }
}

function* checkLeftovers(file: ts.SourceFile): Generator<Finding> {
  for (const word of file.text.match(/\b(TO[D]O|FIX[M]E)\b/g) ?? []) {
    yield { problem: word, cure: "do it now, or describe it in the issue tracker" };
  }
}

/** Names that the core does without, and what takes their place. */
const bannedNames: Record<string, string> = {
  f32: "use integers: fixed point, or a table",
  f64: "use integers: fixed point, or a table",
  StaticArray: "use memory.data<T>([...]) and load: a StaticArray is a managed object",
  Array: "use a table in the memory map",
  Uint8Array: "use a table in the memory map",
  ArrayBuffer: "use a table in the memory map",
  String: "use numbers; the host knows the words",
  Map: "use a table in the memory map",
  Set: "use a table in the memory map",
  heap: "lay the memory out in initialise()",
};

/** Members of `memory` that the core does without. */
const bannedOfMemory: Record<string, string> = {
  grow: "the host grows the memory before initialise()",
  size: "initialise() is told how many bytes may be used: a board backs only part of a page",
  copy: "use copyBytes of wire/bytes.ts: without bulk memory, memory.copy brings 1.5 KB of memmove",
  fill: "use fillZero of wire/bytes.ts: without bulk memory, memory.fill brings a library function",
};

function* checkCore(file: ts.SourceFile): Generator<Finding> {
  for (const node of walk(file)) {
    if (ts.isNewExpression(node))
      yield { node, problem: "new", cure: "use changetype<Record>(address) over laid-out memory" };
    else if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) {
      yield { node, problem: "a function as a value", cure: "call a named function, or switch over a number" };
    } else if (ts.isTemplateLiteral(node))
      yield { node, problem: "a string", cure: "use numbers; the host knows the words" };
    else if (ts.isStringLiteral(node) && !mayBeString(node)) {
      yield { node, problem: "a string", cure: "use numbers; the host knows the words" };
    } else if (ts.isNumericLiteral(node) && /^[0-9_]*\.[0-9]/.test(node.getText())) {
      yield { node, problem: "a floating-point number", cure: "use integers: fixed point, or a table" };
    } else if (ts.isIdentifier(node)) {
      const owner = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node && node.parent.expression;
      const cures = owner ? (owner.getText() === "memory" ? bannedOfMemory : {}) : bannedNames;
      if (Object.hasOwn(cures, node.text) && !isDeclaredName(node)) {
        yield { node, problem: node.text, cure: cures[node.text] ?? "" };
      }
    }
  }
}

/** Strings that never reach the module: what to import, a field for offsetof, the reason of a compile-time error. */
function mayBeString(node: ts.StringLiteral): boolean {
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return ts.isCallExpression(parent) && ["offsetof", "ERROR"].includes(parent.expression.getText());
}

/** Whether an identifier names a member rather than the global of that name. */
function isDeclaredName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isEnumMember(parent) || ts.isPropertyDeclaration(parent)) && parent.name === node;
}

/** Every rule, in the order of the tests. */
export const rules: readonly Rule[] = [
  {
    title: "imports point one way, and roles never import each other",
    folders: ["assembly", "host"],
    example: ["assembly/server/x.ts", 'import { state } from "../client/state";'],
    check: checkImports,
  },
  {
    title: "only wire/bytes.ts swaps bytes",
    folders: ["assembly"],
    example: ["assembly/server/x.ts", "const port = (<u32>load<u8>(p) << 8) | load<u8>(p, 1);"],
    check: checkByteOrder,
  },
  {
    title: `files have at most ${mostLinesPerFile} lines`,
    folders: ["assembly", "host", "scripts"],
    example: ["host/core/x.ts", "f();\n".repeat(mostLinesPerFile + 1)],
    check: checkFileSize,
  },
  {
    title: `functions have at most ${mostLinesPerFunction} lines`,
    folders: ["assembly", "host", "scripts"],
    example: ["host/core/x.ts", `function f() {\n${"g();\n".repeat(mostLinesPerFunction)}}`],
    check: checkFunctionSize,
  },
  {
    title: "files begin with what they are about",
    folders: ["assembly", "host", "scripts", "tests"],
    example: ["host/core/x.ts", "f();"],
    check: checkHead,
  },
  {
    title: "what is exported is described",
    folders: ["assembly", "host", "scripts"],
    example: ["host/core/x.ts", "export function f() {}"],
    check: checkDocs,
  },
  {
    title: "the core uses nothing that allocates, closes over, floats or grows",
    folders: ["assembly"],
    example: ["assembly/server/x.ts", "const table = new Lease();"],
    check: checkCore,
  },
  {
    title: "nothing is left to do in the sources",
    folders: ["assembly", "host", "scripts", "tests"],
    example: ["host/core/x.ts", `// ${"TO"}${"DO"} later`],
    check: checkLeftovers,
  },
];

// Reads the core's record layouts and enumerations out of its sources, once, for TypeScript and C.
//
// The names, types and docstrings come from the sources' syntax; the numbers (offsets, sizes, values of enumerations) come
// from the AssemblyScript compiler itself: a module that exports nothing but `offsetof<T>("field")` and the like is
// compiled of the same sources and its exported globals are read. So no number is computed twice, and the modules that
// ship carry none of this. What is taken up:
//   - `@unmanaged export class` (a record: every field is one of the integers, an enumeration or a reference),
//   - `export enum`,
//   - `export const` with the tag `@layout` in its docstring (an integer).

import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { BuildError, compile, filesBelow, root, writeWhole } from "./common.js";
import { emitDeclarations, emitHeader, emitJavaScript } from "./layout-emit.js";

/** Folders whose exports the hosts see, in the order of the output. */
const folders = ["wire", "machine", "client", "server", "relay"];

/** Integer types of AssemblyScript: size in bytes, signedness. References and usize are 32-bit addresses. */
const integers = /** @type {Record<string, IntegerType>} */ ({
  bool: { bytes: 1, signed: false },
  u8: { bytes: 1, signed: false },
  i8: { bytes: 1, signed: true },
  u16: { bytes: 2, signed: false },
  i16: { bytes: 2, signed: true },
  u32: { bytes: 4, signed: false },
  i32: { bytes: 4, signed: true },
  usize: { bytes: 4, signed: false },
  isize: { bytes: 4, signed: true },
  u64: { bytes: 8, signed: false },
  i64: { bytes: 8, signed: true },
});

/**
 * @typedef {{ bytes: 1 | 2 | 4 | 8, signed: boolean }} IntegerType
 * @typedef {{ name: string, doc: string, type: IntegerType, enumeration?: string, offset: number }} Field
 * @typedef {{ name: string, doc: string, source: string, fields: Field[], size: number }} RecordLayout
 * @typedef {{ name: string, doc: string, value: number }} Member
 * @typedef {{ name: string, doc: string, source: string, members: Member[] }} Enumeration
 * @typedef {{ name: string, doc: string, source: string, value: number }} Constant
 * @typedef {{ records: RecordLayout[], enumerations: Enumeration[], constants: Constant[] }} Layout
 */

/** Names that the generated accessor classes and constants use themselves. */
const taken = new Set(["byteSize", "view", "base", "constructor"]);

/**
 * The text of the docstring right above a declaration, without its markers; "" when there is none.
 * @param {ts.Node} node
 */
function docOf(node) {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const raw = docs.at(-1)?.getText() ?? "";
  return raw
    .replace(/^\/\*\*+/, "")
    .replace(/\*+\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/**
 * @param {ts.HasModifiers} node
 * @returns {boolean}
 */
const isExported = (node) => (node.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);

/**
 * @param {ts.ClassDeclaration} node
 * @returns {boolean}
 */
const isUnmanaged = (node) =>
  (ts.getDecorators(node) ?? []).some((decorator) => decorator.expression.getText() === "unmanaged");

/** Collects the declarations of all sources; numbers are filled in by `measure`. */
class Reader {
  /** @type {Layout} */
  layout = { records: [], enumerations: [], constants: [] };
  /** @type {Map<string, string>} type aliases by name */
  aliases = new Map();
  /** @type {Map<string, string>} where each exported name was first declared */
  seen = new Map();
  /** @type {Map<RecordLayout, ts.ClassDeclaration>} */
  classes = new Map();

  /** @param {string} path absolute */
  read(path) {
    const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
    const source = relative(root, path);
    for (const statement of file.statements) {
      if (ts.isTypeAliasDeclaration(statement)) this.aliases.set(statement.name.text, statement.type.getText());
      else if (ts.isClassDeclaration(statement) && isUnmanaged(statement) && isExported(statement)) {
        const name = this.claim(/** @type {ts.Identifier} */ (statement.name), source);
        const record = { name, doc: docOf(statement), source, fields: [], size: 0 };
        this.layout.records.push(record);
        this.classes.set(record, statement);
      } else if (ts.isEnumDeclaration(statement) && isExported(statement)) {
        const members = statement.members.map((member) => ({
          name: member.name.getText(),
          doc: docOf(member),
          value: 0,
        }));
        const name = this.claim(statement.name, source);
        this.layout.enumerations.push({ name, doc: docOf(statement), source, members });
      } else if (ts.isVariableStatement(statement) && isExported(statement) && docOf(statement).includes("@layout")) {
        const doc = docOf(statement).replace(/@layout\s*/, "");
        for (const { name } of statement.declarationList.declarations) {
          const constant = this.claim(/** @type {ts.Identifier} */ (name), source);
          this.layout.constants.push({ name: constant, doc, source, value: 0 });
        }
      }
    }
  }

  /**
   * Notes a name; two exports of one name could not live in one generated file.
   * @param {ts.Identifier} identifier
   * @param {string} source
   */
  claim({ text }, source) {
    const first = this.seen.get(text);
    if (first) throw new BuildError(`layout: ${text} is exported by ${first} and by ${source}; rename one.`);
    this.seen.set(text, source);
    return text;
  }

  /** Resolves the fields once every source is known: an inherited record's fields come first. */
  resolve() {
    for (const [record, node] of this.classes) record.fields = this.fieldsOf(node, record);
  }

  /**
   * @param {ts.ClassDeclaration} node
   * @param {RecordLayout} record
   * @returns {Field[]}
   */
  fieldsOf(node, record) {
    const baseName = node.heritageClauses?.[0]?.types[0]?.expression.getText();
    const base = [...this.classes].find(([{ name }]) => name === baseName)?.[1];
    const fields = base ? this.fieldsOf(base, record) : [];
    for (const member of node.members) {
      if (!ts.isPropertyDeclaration(member)) continue;
      if (member.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)) continue;
      const name = member.name.getText();
      if (taken.has(name)) {
        const where = `${record.source}: ${record.name}.${name}`;
        throw new BuildError(`layout: ${where} takes a name that the generated views use; rename the field.`);
      }
      const written = member.type?.getText() ?? "i32";
      fields.push({ name, doc: docOf(member), offset: 0, ...this.typeOf(written, `${record.name}.${name}`) });
    }
    return fields;
  }

  /**
   * @param {string} name a type as written
   * @param {string} where for the message
   * @returns {{ type: IntegerType, enumeration?: string }}
   */
  typeOf(name, where) {
    const integer = integers[name];
    if (integer) return { type: integer };
    const alias = this.aliases.get(name);
    if (alias) return this.typeOf(alias, where);
    if (this.layout.enumerations.some((enumeration) => enumeration.name === name)) {
      return { type: /** @type {IntegerType} */ (integers.i32), enumeration: name };
    }
    if (this.layout.records.some((record) => record.name === name)) {
      return { type: /** @type {IntegerType} */ (integers.usize) };
    }
    throw new BuildError(`layout: ${where} has the type ${name}, which is no integer, exported enum or record.`);
  }
}

/**
 * The module that exports every number of the layout.
 * @param {Layout} layout
 */
function measuringModule({ records, enumerations, constants }) {
  const lines = [...records, ...enumerations, ...constants].map(
    ({ name, source }) => `import { ${name} } from "./${source.replace(/\.ts$/, "")}";`,
  );
  for (const { name, fields } of records) {
    lines.push(`export const ${name}__size: u32 = offsetof<${name}>();`);
    for (const field of fields) {
      lines.push(`export const ${name}__at__${field.name}: u32 = offsetof<${name}>("${field.name}");`);
    }
  }
  for (const { name, members } of enumerations) {
    for (const member of members) lines.push(`export const ${name}__${member.name}: i32 = ${name}.${member.name};`);
  }
  for (const { name } of constants) lines.push(`export const ${name}__value: i64 = <i64>${name};`);
  return `${lines.join("\n")}\n`;
}

/**
 * Compiles the measuring module and fills the numbers in.
 * @param {Layout} layout
 */
async function measure(layout) {
  const entry = "layout.generated.ts";
  /** @type {Uint8Array | undefined} */
  let binary;
  await compile([entry, "--target", "layout", "--outFile", "layout.wasm"], {
    readFile: (name, baseDir) => {
      if (name === entry) return measuringModule(layout);
      const path = join(baseDir, name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    writeFile: (name, content) => {
      if (name === "layout.wasm") binary = /** @type {Uint8Array} */ (content);
    },
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (binary)));
  const number = (/** @type {string} */ name) => {
    const value = /** @type {WebAssembly.Global | undefined} */ (exports[name])?.value;
    if (value === undefined)
      throw new BuildError(`layout: the compiler made no constant of ${name.replace("__", ".")}.`);
    return Number(value);
  };
  for (const record of layout.records) {
    record.size = number(`${record.name}__size`);
    for (const field of record.fields) field.offset = number(`${record.name}__at__${field.name}`);
  }
  for (const { name, members } of layout.enumerations) {
    for (const member of members) member.value = number(`${name}__${member.name}`);
  }
  for (const constant of layout.constants) constant.value = number(`${constant.name}__value`);
}

/** Writes build/layout.js, build/layout.d.ts and build/core.h. */
export async function generateLayout() {
  const reader = new Reader();
  for (const folder of folders) {
    for (const path of filesBelow(join(root, "assembly", folder))) {
      if (path.endsWith(".ts")) reader.read(path);
    }
  }
  reader.resolve();
  await measure(reader.layout);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  writeWhole(join(root, "build/layout.js"), emitJavaScript(reader.layout));
  writeWhole(join(root, "build/layout.d.ts"), emitDeclarations(reader.layout));
  writeWhole(join(root, "build/core.h"), emitHeader(reader.layout, version));
}

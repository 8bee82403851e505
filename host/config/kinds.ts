/**
 * Kinds of values in a configuration file. A kind reads a value, noting what is wrong with it, and knows the JSON Schema
 * that says the same to an editor: so the published schema cannot differ from what is accepted.
 *
 * `object` builds a kind of a table of fields, each with its sentence of documentation; what it reads keeps the place of every
 * field, for messages about values that are right by themselves but not together.
 */
import type { Node } from "jsonc-parser";
import { kindOf, shorten } from "./document.js";
import type { Problems } from "./problems.js";
import { didYouMean } from "./suggest.js";

/** A JSON Schema (draft 7), or a part of one. */
export type Schema = { readonly [key: string]: unknown };

/** A kind of value. */
export interface Kind<T> {
  readonly schema: Schema;
  /** The value of `node`, or undefined after noting what is wrong. */
  read(node: Node, problems: Problems): T | undefined;
}

/** A value and where it stands: an offset in the text. */
export interface Placed<T> {
  readonly value: T;
  readonly at: number;
}

/** One field of an object. */
export interface Field<T> {
  readonly kind: Kind<T>;
  /** What it means, its unit and default, in one or two sentences. */
  readonly doc: string;
  readonly required?: true;
}

/** The fields of an object by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What an object of these fields is read to: its place, the keys that it has, and every field that is there and right. */
export type Read<F extends Fields> = { readonly at: number; readonly keys: ReadonlySet<string> } & {
  readonly [K in keyof F]?: F[K] extends Field<infer T> ? Placed<T> : never;
};

/** Notes that `node` should be `wanted`. */
export function refuse(node: Node, problems: Problems, wanted: string): undefined {
  problems.error(node.offset, `${kindOf(node)} stands where ${wanted} should`);
  return undefined;
}

/** true or false. */
export const flag: Kind<boolean> = {
  schema: { type: "boolean" },
  read: (node, problems) =>
    node.type === "boolean" ? (node.value as boolean) : refuse(node, problems, "true or false"),
};

/** A whole number between two bounds. */
export function integer(least: number, most: number): Kind<number> {
  return {
    schema: { type: "integer", minimum: least, maximum: most },
    read(node, problems) {
      const value = node.value as unknown;
      if (
        node.type === "number" &&
        Number.isInteger(value) &&
        (value as number) >= least &&
        (value as number) <= most
      ) {
        return value as number;
      }
      return refuse(node, problems, `a whole number from ${least} to ${most}`);
    },
  };
}

/** A whole number that is a power of two, between two bounds. */
export function powerOfTwo(least: number, most: number): Kind<number> {
  const whole = integer(least, most);
  return {
    schema: whole.schema,
    read(node, problems) {
      const value = whole.read(node, problems);
      if (value === undefined || Math.log2(value) % 1 === 0) return value;
      const above = 2 ** Math.ceil(Math.log2(value));
      problems.error(node.offset, `${value} is not a power of two`, `The next one is ${above}.`);
      return undefined;
    },
  };
}

/** One of a few words. */
export function word<const W extends readonly string[]>(words: W): Kind<W[number]> {
  return {
    schema: { enum: words },
    read(node, problems) {
      if (words.includes(node.value as string)) return node.value as W[number];
      const list = words
        .map((each) => `"${each}"`)
        .join(", ")
        .replace(/, (?=[^,]*$)/, " or ");
      if (node.type !== "string") return refuse(node, problems, list);
      problems.error(
        node.offset,
        `"${shorten(node.value as string)}" is not a choice here`,
        didYouMean(node.value as string, words, `Write ${list}.`),
      );
      return undefined;
    },
  };
}

/** Text that a function turns into a value; it returns a sentence about what is wrong instead. */
export function text<T>(wanted: string, schema: Schema, parse: (text: string) => T | Fault): Kind<T> {
  return {
    schema: { type: "string", ...schema },
    read(node, problems) {
      if (node.type !== "string") return refuse(node, problems, wanted);
      const value = parse(node.value as string);
      if (!(value instanceof Fault)) return value;
      problems.error(node.offset, value.message, value.advice);
      return undefined;
    },
  };
}

/** Why a text stands for no value. */
export class Fault {
  constructor(
    readonly message: string,
    readonly advice: string,
  ) {}
}

/** Parts of the schema that several places refer to, by name. */
export const definitions = new Map<string, Schema>();

/** The same kind, told once in the schema and referred to from wherever it is used. */
export function named<T>(name: string, kind: Kind<T>): Kind<T> {
  definitions.set(name, kind.schema);
  return { schema: { $ref: `#/definitions/${name}` }, read: (node, problems) => kind.read(node, problems) };
}

/** A list. */
export function list<T>(item: Kind<T>, leastCount = 0): Kind<readonly Placed<T>[]> {
  return {
    schema: { type: "array", items: item.schema, ...(leastCount > 0 && { minItems: leastCount }) },
    read(node, problems) {
      if (node.type !== "array") return refuse(node, problems, "a list [ ... ]");
      const items: Placed<T>[] = [];
      for (const child of node.children ?? []) {
        const value = item.read(child, problems);
        if (value !== undefined) items.push({ value, at: child.offset });
      }
      if ((node.children?.length ?? 0) >= leastCount) return items;
      problems.error(node.offset, "this list is empty", "Leave it out, or put something into it.");
      return undefined;
    },
  };
}

/** Either of two kinds, told apart by a look at the value. */
export function either<A, B>(isFirst: (node: Node) => boolean, first: Kind<A>, second: Kind<B>): Kind<A | B> {
  return {
    schema: { anyOf: [first.schema, second.schema] },
    read: (node, problems) => (isFirst(node) ? first.read(node, problems) : second.read(node, problems)),
  };
}

/** The keys and values of an object, each key once; nothing after noting that it is none. */
export function entriesOf(node: Node, problems: Problems): { key: Node; value: Node }[] {
  if (node.type !== "object") {
    refuse(node, problems, "an object { ... }");
    return [];
  }
  const seen = new Map<string, number>();
  const entries: { key: Node; value: Node }[] = [];
  for (const { children } of node.children ?? []) {
    const [key, value] = children ?? [];
    if (!key || !value) continue;
    const first = seen.get(key.value as string);
    if (first === undefined) {
      seen.set(key.value as string, key.offset);
      entries.push({ key, value });
    } else {
      const { line } = problems.place(first);
      problems.error(
        key.offset,
        `"${shorten(key.value as string)}" stands here a second time`,
        `Line ${line} has it already: keep one of them.`,
      );
    }
  }
  return entries;
}

/** A schema with a description; beside a reference, draft 7 would not see it. */
export function withDescription(schema: Schema, description: string): Schema {
  return "$ref" in schema ? { description, allOf: [schema] } : { description, ...schema };
}

/** An object with these fields and no others. */
export function object<F extends Fields>(title: string, fields: F): Kind<Read<F>> {
  const properties = Object.entries(fields).map(([name, { kind, doc }]) => [name, withDescription(kind.schema, doc)]);
  const required = Object.keys(fields).filter((name) => fields[name]!.required);
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(properties),
      additionalProperties: false,
      ...(required.length > 0 && { required }),
    },
    read(node, problems) {
      if (node.type !== "object") return refuse(node, problems, `${title}, an object { ... },`);
      const entries = entriesOf(node, problems);
      const keys = new Set(entries.map(({ key }) => key.value as string));
      const read: Record<string, unknown> = { at: node.offset, keys };
      for (const { key, value } of entries) {
        const name = key.value as string;
        if (!Object.hasOwn(fields, name)) {
          const known = Object.keys(fields);
          const advice = didYouMean(
            name,
            known,
            `Known here: ${known.filter((each) => !each.startsWith("$")).join(", ")}.`,
          );
          problems.error(key.offset, `${title} has no "${shorten(name)}"`, advice);
          continue;
        }
        const result = fields[name]!.kind.read(value, problems);
        if (result !== undefined) read[name] = { value: result, at: value.offset };
      }
      for (const name of required) {
        if (keys.has(name)) continue;
        problems.error(node.offset, `${title} lacks "${name}"`, fields[name]!.doc);
      }
      return read as Read<F>;
    },
  };
}

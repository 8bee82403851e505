/**
 * Values of options: from how they stand in the file to the bytes on the wire (RFC 2132 and what extends it).
 *
 * Every type has its natural form (a list of addresses, a text, a number …). Whatever an option's type, the bytes can be given
 * instead as `{ "hex": "0a:0b" }`, and an option that the table does not know by the name of a type: `{ "u16": 7 }`.
 */
import type { Node } from "jsonc-parser";
import { shorten } from "./document.js";
import {
  either,
  entriesOf,
  Fault,
  flag,
  integer,
  type Kind,
  list,
  named,
  object,
  type Placed,
  refuse,
  text,
} from "./kinds.js";
import type { OptionType } from "./option-table.js";
import type { Problems } from "./problems.js";
import { didYouMean } from "./suggest.js";
import { ADDRESS_PATTERN, plainText, toAddress, toBytes, toPrefix } from "./values.js";

/** Longest value in bytes: it is split over several options when it exceeds 255 (RFC 3396). */
const MOST_BYTES = 1024;

/** A kind whose value is turned into bytes. */
function encoded<T>(kind: Kind<T>, encode: (value: T) => Uint8Array): Kind<Uint8Array> {
  return {
    schema: kind.schema,
    read(node, problems) {
      const value = kind.read(node, problems);
      if (value === undefined) return undefined;
      const bytes = encode(value);
      if (bytes.length <= MOST_BYTES) return bytes;
      problems.error(node.offset, `this value has ${bytes.length} bytes`, `An option has room for ${MOST_BYTES}.`);
      return undefined;
    },
  };
}

/** The `count` low bytes of a number, in network order. */
function numberBytes(value: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** (count - 1 - index)) & 0xff);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const address = text('an address such as "192.0.2.1"', { pattern: ADDRESS_PATTERN }, toAddress);

/** One value, or a list of at least one. */
function oneOrMore<T>(item: Kind<T>): Kind<readonly Placed<T>[]> {
  const single: Kind<readonly Placed<T>[]> = {
    schema: item.schema,
    read(node, problems) {
      const value = item.read(node, problems);
      return value === undefined ? undefined : [{ value, at: node.offset }];
    },
  };
  return either((node) => node.type !== "array", single, list(item, 1));
}

function each<T>(item: Kind<T>, encode: (value: T) => Uint8Array): Kind<Uint8Array> {
  return encoded(oneOrMore(item), (items) => join(items.map(({ value }) => encode(value))));
}

/** "192.0.2.0 255.255.255.0": two addresses. */
const addressPair = text("two addresses with a blank between them", {}, (value): readonly number[] | Fault => {
  const parts = value.trim().split(/\s+/).map(toAddress);
  const fault = parts.find((part) => part instanceof Fault);
  if (fault) return fault;
  if (parts.length === 2) return parts as number[];
  return new Fault(`"${shorten(value)}" is not a pair of addresses`, 'Write two, as in "192.0.2.0 255.255.255.0".');
});

/** A domain name in the encoding of RFC 1035 §3.1. */
const domain = text('a domain name such as "example.org"', {}, (value): Uint8Array | Fault => {
  const labels = value.replace(/\.$/, "").split(".");
  const bad = labels.find((label) => !/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
  if (bad !== undefined || value.length > 253) {
    return new Fault(
      `"${shorten(value)}" is not a domain name`,
      "Its labels have 1 to 63 letters, digits and hyphens each, 253 characters in all.",
    );
  }
  return Uint8Array.of(...labels.flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]), 0);
});

const destination = text('a prefix such as "198.51.100.0/24"', { pattern: "^[0-9.]+/\\d{1,2}$" }, toPrefix);

const route = object("a route", {
  destination: {
    kind: destination,
    doc: "The prefix that the route leads to; 0.0.0.0/0 is the default route.",
    required: true,
  },
  router: {
    kind: address,
    doc: "The router on the way; 0.0.0.0 where the destination is on the link itself.",
    required: true,
  },
});

/** A route as RFC 3442 packs it: width, the significant bytes of the destination, router. */
function encodeRoute({ destination, router }: ReturnType<typeof route.read> & object): Uint8Array {
  if (!destination || !router) return new Uint8Array();
  const { address, length } = destination.value;
  return Uint8Array.of(
    length,
    ...numberBytes(address, 4).subarray(0, Math.ceil(length / 8)),
    ...numberBytes(router.value, 4),
  );
}

const hexadecimal = text('hexadecimal bytes such as "0a:0b:0c"', {}, toBytes);

const shortText = encoded(plainText(MOST_BYTES), (value) => Buffer.from(value, "utf8"));

/** Types with a form of their own; of the others, `forms` below. */
const natural: Record<Exclude<OptionType, "suboptions">, Kind<Uint8Array>> = {
  flag: encoded(flag, (value) => Uint8Array.of(Number(value))),
  u8: encoded(integer(0, 0xff), (value) => numberBytes(value, 1)),
  u16: encoded(integer(0, 0xffff), (value) => numberBytes(value, 2)),
  u32: encoded(integer(0, 0xffffffff), (value) => numberBytes(value, 4)),
  i32: encoded(integer(-(2 ** 31), 2 ** 31 - 1), (value) => numberBytes(value >>> 0, 4)),
  u16s: each(integer(0, 0xffff), (value) => numberBytes(value, 2)),
  text: shortText,
  address: encoded(address, (value) => numberBytes(value, 4)),
  addresses: each(address, (value) => numberBytes(value, 4)),
  addressPairs: each(addressPair, (pair) => join(pair.map((value) => numberBytes(value, 4)))),
  routes: each(route, encodeRoute),
  domains: each(domain, (value) => value),
  bytes: encoded(hexadecimal, (value) => value),
};

/** Forms by name: what `{ "NAME": value }` says. */
const forms: Readonly<Record<string, Kind<Uint8Array>>> = {
  hex: natural.bytes,
  text: natural.text,
  flag: natural.flag,
  u8: natural.u8,
  u16: natural.u16,
  u32: natural.u32,
  address: natural.address,
  addresses: natural.addresses,
  domains: natural.domains,
  routes: natural.routes,
};

/** Whether a value is an object with one key that could be a form's name: anything but the fields of a route. */
function isForm(node: Node): boolean {
  const key = node.children?.[0]?.children?.[0]?.value as unknown;
  return (
    node.type === "object" &&
    node.children?.length === 1 &&
    typeof key === "string" &&
    !/^(\d+|router|destination)$/.test(key)
  );
}

const form: Kind<Uint8Array> = named("optionForm", {
  schema: {
    type: "object",
    description: "The value in a form of your choice, whatever the option's own type is.",
    properties: Object.fromEntries(Object.entries(forms).map(([name, { schema }]) => [name, schema])),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  },
  read(node, problems) {
    const [entry] = entriesOf(node, problems);
    if (!entry) return undefined;
    const name = entry.key.value as string;
    const kind = Object.hasOwn(forms, name) ? forms[name] : undefined;
    if (kind) return kind.read(entry.value, problems);
    const known = Object.keys(forms);
    problems.error(
      entry.key.offset,
      `values have no form "${shorten(name)}"`,
      didYouMean(name, known, `Known: ${known.join(", ")}.`),
    );
    return undefined;
  },
});

/** Encapsulated options: an object from sub-option number to value, or the whole in hexadecimal. */
const suboptions: Kind<Uint8Array> = {
  schema: {
    anyOf: [
      { type: "string" },
      {
        type: "object",
        patternProperties: { "^\\d{1,3}$": { anyOf: [{ type: "string" }, form.schema] } },
        additionalProperties: false,
      },
    ],
  },
  read(node, problems) {
    if (node.type === "string") return natural.bytes.read(node, problems);
    if (node.type !== "object") return refuse(node, problems, "sub-options { ... } or hexadecimal bytes");
    const parts = entriesOf(node, problems).map(({ key, value }) => readSuboption(key, value, problems));
    return join(parts);
  },
};

function readSuboption(key: Node, value: Node, problems: Problems): Uint8Array {
  const code = Number(key.value);
  if (!/^\d{1,3}$/.test(key.value as string) || code < 1 || code > 254) {
    problems.error(
      key.offset,
      `"${shorten(key.value as string)}" is not the number of a sub-option`,
      "They go from 1 to 254.",
    );
    return new Uint8Array();
  }
  const bytes = (isForm(value) ? form : natural.bytes).read(value, problems) ?? new Uint8Array();
  if (bytes.length <= 255) return Uint8Array.of(code, bytes.length, ...bytes);
  problems.error(value.offset, `sub-option ${code} has ${bytes.length} bytes`, "It has room for 255.");
  return new Uint8Array();
}

/** Kinds of the values of options, by type. */
const values = Object.fromEntries(
  Object.entries({ ...natural, suboptions }).map(([type, kind]) => [
    type,
    named(`${type}Option`, either(isForm, form, kind)),
  ]),
) as Record<OptionType, Kind<Uint8Array>>;

/** The kind of the values of options of a type. */
export function optionValue(type: OptionType): Kind<Uint8Array> {
  return values[type];
}

/** The addresses, as numbers, in the value of an option of type `addresses`. */
export function addressesIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getUint32(index * 4));
}

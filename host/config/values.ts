/**
 * Texts that stand for values: addresses, prefixes, ranges, hardware addresses, bytes, durations. Each parser says what is wrong and
 * what would be right, with the user's own text in it where that helps.
 */
import type { Node } from "jsonc-parser";
import { formatAddress, maskOf, parseAddress } from "../core/address.js";
import { Fault, type Kind, refuse, text } from "./kinds.js";
import { kindOf, shorten } from "./document.js";

/** An infinite lease time. */
export const INFINITE = 0xffffffff;

/** Addresses from `first` to `last`, both included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** A subnet: its address, mask and prefix length. */
export interface Prefix {
  readonly address: number;
  readonly mask: number;
  readonly length: number;
}

const quoted = (value: string) => JSON.stringify(shorten(value));

function addressFault(value: string): Fault {
  if (/:/.test(value))
    return new Fault(`${quoted(value)} is not an IPv4 address`, "Leasehold hands out IPv4 addresses only.");
  if (/(^|\.)0\d/.test(value))
    return new Fault(
      `${quoted(value)} has a number with a leading zero`,
      "Some programs read those as octal: leave the zero out.",
    );
  return new Fault(`${quoted(value)} is not an IPv4 address`, 'Write four numbers from 0 to 255, as in "192.0.2.1".');
}

/** Whether an address can be a host's: neither 0/8, loopback, multicast, reserved nor broadcast. */
export function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** "192.0.2.1" as a number, any address. */
export function toAddress(value: string): number | Fault {
  return parseAddress(value) ?? addressFault(value);
}

/** "192.0.2.0/24". */
export function toPrefix(value: string): Prefix | Fault {
  const [, addressText = "", lengthText = ""] = /^([^/]*)\/(\d{1,2})$/.exec(value) ?? [];
  const address = parseAddress(addressText);
  const length = Number(lengthText);
  if (address === undefined || lengthText === "" || length > 32) {
    const mended = parseAddress(value) === undefined ? "192.0.2.0/24" : `${value}/24`;
    return new Fault(
      `${quoted(value)} is not a subnet`,
      `Write its address and the length of its prefix, as in "${mended}".`,
    );
  }
  const mask = maskOf(length);
  const network = (address & mask) >>> 0;
  if (network === address) return { address, mask, length };
  return new Fault(
    `${quoted(value)} has bits set beyond its prefix of ${length}`,
    `The subnet of that address is "${formatAddress(network)}/${length}".`,
  );
}

/** "192.0.2.10-192.0.2.99", "192.0.2.64/26" or a single address. */
export function toRange(value: string): AddressRange | Fault {
  if (value.includes("/")) {
    const prefix = toPrefix(value);
    if (prefix instanceof Fault) return prefix;
    return { first: prefix.address, last: (prefix.address | ~prefix.mask) >>> 0 };
  }
  const parts = value.split("-").map((part) => part.trim());
  if (parts.length > 2)
    return new Fault(`${quoted(value)} is not a range`, 'Write it as "192.0.2.10-192.0.2.99" or "192.0.2.64/26".');
  const [first, last = first] = parts.map(toAddress);
  if (first === undefined || last === undefined) return addressFault(value);
  if (first instanceof Fault) return first;
  if (last instanceof Fault) {
    const number = /^\d{1,3}$/.test(parts[1]!) && Number(parts[1]) <= 255 ? Number(parts[1]) : 255;
    const whole = ((first & 0xffffff00) | number) >>> 0;
    return new Fault(last.message, `Write both ends whole, as in "${formatAddress(first)}-${formatAddress(whole)}".`);
  }
  if (first <= last) return { first, last };
  return new Fault(
    `the range ${quoted(value)} ends before it begins`,
    `Turned round it is "${formatAddress(last)}-${formatAddress(first)}".`,
  );
}

/** Hexadecimal digits, bytes parted by ":", "-", blanks, or not at all. */
export function toBytes(value: string): Uint8Array | Fault {
  const digits = /^[0-9a-f]{1,2}([:\- ][0-9a-f]{1,2})+$/i.test(value)
    ? value
        .split(/[:\- ]/)
        .map((pair) => pair.padStart(2, "0"))
        .join("")
    : value.replace(/^0x/i, "");
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Uint8Array.from(Buffer.from(digits, "hex"));
  return new Fault(
    `${quoted(value)} is not hexadecimal`,
    'Write pairs of the digits 0-9 and a-f, as in "0a:1b:2c" or "0a1b2c".',
  );
}

/** A hardware address of up to 16 bytes, with its type: "02:00:00:00:00:01", or "32/00:11:…" for another type than Ethernet (1). */
export function toHardware(value: string): Uint8Array | Fault {
  const [, typeText = "1", rest = ""] = /^(?:(\d{1,3})\/)?(.*)$/.exec(value) ?? [];
  const bytes = toBytes(rest);
  const type = Number(typeText);
  if (bytes instanceof Fault || bytes.length === 0 || bytes.length > 16 || type < 1 || type > 255) {
    return new Fault(
      `${quoted(value)} is not a hardware address`,
      'Write it as "02:00:00:00:00:01"; another type than Ethernet stands before a slash, as in "32/00:11:22:33".',
    );
  }
  if (type === 1 && bytes.length !== 6) {
    return new Fault(
      `the Ethernet address ${quoted(value)} has ${bytes.length} bytes`,
      "It has 6; another hardware type stands before a slash.",
    );
  }
  return Uint8Array.of(type, ...bytes);
}

/** A client identifier: hexadecimal bytes, or text in single quotes, which stands for a zero byte and its characters (RFC 2132 §9.14). */
export function toIdentifier(value: string): Uint8Array | Fault {
  const [, inner] = /^'(.+)'$/s.exec(value) ?? [];
  const bytes = inner === undefined ? toBytes(value) : Uint8Array.of(0, ...Buffer.from(inner, "utf8"));
  if (bytes instanceof Fault) {
    return new Fault(
      `${quoted(value)} is not a client identifier`,
      `Write its bytes in hexadecimal, type byte included, as in "01:02:00:00:00:00:01", or text as in "'printer'".`,
    );
  }
  if (bytes.length >= 1 && bytes.length <= 255) return bytes;
  return new Fault(`a client identifier of ${bytes.length} bytes`, "It has from 1 to 255.");
}

const unitSeconds: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** "90s", "15m", "12h", "1h30m", "7d", "2w" in seconds; "infinite" where it is allowed. */
export function toSeconds(value: string): number | Fault {
  if (value === "infinite") return INFINITE;
  const compact = value.replaceAll(" ", "");
  if (/^(\d{1,10}(ms|[smhdw]))+$/.test(compact)) {
    let seconds = 0;
    for (const [, amount, unit] of compact.matchAll(/(\d+)(ms|[smhdw])/g))
      seconds += Number(amount) * unitSeconds[unit!]!;
    return seconds;
  }
  return new Fault(
    `${quoted(value)} is not a time`,
    'Write a number with a unit (s, m, h, d, w), as in "12h" or "1h30m", or a plain number of seconds.',
  );
}

/** A duration in whole seconds between two bounds; `INFINITE` only when `mayBeInfinite`. */
export function duration(least: number, most: number, mayBeInfinite = false): Kind<number> {
  const bounds = `from ${formatSeconds(least)} to ${formatSeconds(most)}${mayBeInfinite ? ', or "infinite"' : ""}`;
  return {
    schema: {
      anyOf: [
        { type: "integer", minimum: least, maximum: most },
        { type: "string", pattern: `^((\\d+(ms|[smhdw]) ?)+${mayBeInfinite ? "|infinite" : ""})$` },
      ],
    },
    read(node, problems) {
      const seconds = secondsOf(node);
      if (seconds === undefined) return refuse(node, problems, `a time ${bounds},`);
      if (seconds instanceof Fault) {
        problems.error(node.offset, seconds.message, seconds.advice);
        return undefined;
      }
      if (seconds === INFINITE && mayBeInfinite) return seconds;
      if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return seconds;
      problems.error(node.offset, `${kindOf(node)} is out of bounds`, `This time goes ${bounds}, in whole seconds.`);
      return undefined;
    },
  };
}

/** Seconds of a number or a text; undefined for anything else. */
export function secondsOf(node: Node): number | Fault | undefined {
  if (node.type === "number") return node.value as number;
  return node.type === "string" ? toSeconds(node.value as string) : undefined;
}

/** Seconds as a person would say them: 43200 is "12h". */
export function formatSeconds(seconds: number): string {
  if (seconds === INFINITE) return "infinite";
  for (const unit of ["w", "d", "h", "m"]) {
    const size = unitSeconds[unit]!;
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return `${seconds}s`;
}

/** "192.0.2.10-192.0.2.99", or the one address. */
export function formatRange({ first, last }: AddressRange): string {
  return first === last ? formatAddress(first) : `${formatAddress(first)}-${formatAddress(last)}`;
}

/** JSON Schema pattern of an IPv4 address. */
export const ADDRESS_PATTERN = "^\\d{1,3}(\\.\\d{1,3}){3}$";

/** A host's address. */
export const hostAddress: Kind<number> = text("an IPv4 address", { pattern: ADDRESS_PATTERN }, (value) => {
  const address = toAddress(value);
  if (address instanceof Fault || isUnicast(address)) return address;
  return new Fault(
    `${value} is no host's address`,
    "Loopback, multicast and reserved addresses, and 0.0.0.0, can't be used here.",
  );
});

/** A subnet. */
export const subnetPrefix: Kind<Prefix> = text(
  'a subnet such as "192.0.2.0/24"',
  { pattern: "^[0-9.]+/\\d{1,2}$" },
  (value) => {
    const prefix = toPrefix(value);
    if (prefix instanceof Fault) return prefix;
    if (prefix.length < 8) return new Fault(`${value} is too large for a subnet`, "The largest is a /8.");
    if (isUnicast(prefix.address)) return prefix;
    return new Fault(
      `${value} holds no hosts' addresses`,
      "Loopback, multicast and reserved addresses can't be handed out.",
    );
  },
);

/** A range of addresses. */
export const addressRange: Kind<AddressRange> = text('a range such as "192.0.2.10-192.0.2.99"', {}, toRange);

/** Text of 1 to `most` bytes without control characters. */
export function plainText(most: number): Kind<string> {
  return text("a text", { minLength: 1, maxLength: most }, (value) => {
    if (value.length === 0) return new Fault("this text is empty", "Leave the key out instead.");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is sought
    if (/[\x00-\x1f\x7f]/.test(value))
      return new Fault("this text has a control character", "Only printable characters can stand here.");
    const bytes = Buffer.byteLength(value);
    return bytes <= most ? value : new Fault(`this text has ${bytes} bytes`, `There is room for ${most}.`);
  });
}

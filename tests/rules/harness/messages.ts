// DHCP messages for tests, built and read independently of the core: nothing here comes from the modules, their
// layout or the host. Offsets follow RFC 2131 §2, figure 1; options RFC 2132; overload and joining RFC 2132 §9.3 and RFC 3396.
//
// Addresses are written as text ("192.0.2.1") in tests and kept as numbers (0xC0000201) in messages.

import assert from "node:assert/strict";

/** DHCP message types (RFC 2132 §9.6). */
export const Type = Object.freeze({
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
});

/** Option codes that tests name (RFC 2132, RFC 3046, RFC 3442). */
export const Code = Object.freeze({
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTERS: 3,
  DNS_SERVERS: 6,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  INTERFACE_MTU: 26,
  BROADCAST_ADDRESS: 28,
  STATIC_ROUTES: 33,
  NTP_SERVERS: 42,
  VENDOR_SPECIFIC: 43,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER_IDENTIFIER: 54,
  PARAMETER_REQUEST_LIST: 55,
  MESSAGE: 56,
  MAXIMUM_MESSAGE_SIZE: 57,
  RENEWAL_TIME: 58,
  REBINDING_TIME: 59,
  VENDOR_CLASS: 60,
  CLIENT_IDENTIFIER: 61,
  RELAY_INFORMATION: 82,
  CLASSLESS_ROUTES: 121,
  END: 255,
});

/** The BROADCAST bit of `flags` (RFC 2131 §2, figure 2). */
export const BROADCAST_FLAG = 0x8000;

/** The first bytes of the options field (RFC 2131 §3). */
export const COOKIE = Uint8Array.of(99, 130, 83, 99);

/** Bytes before the cookie. */
export const HEADER_SIZE = 236;

/** "192.0.2.1" as a number. */
export function address(text: string): number {
  const parts = text.split(".").map(Number);
  assert.ok(parts.length === 4 && parts.every((part) => part >= 0 && part <= 255), `not an IPv4 address: ${text}`);
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** A number as "192.0.2.1". */
export function addressText(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

/** Bytes from "de ad be ef" or "deadbeef" or "de:ad:be:ef". */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/[\s:]/g, ""), "hex"));
}

/** Big-endian bytes of a number, and an address's, as option values need them. */
export const u8 = (value: number) => Uint8Array.of(value);
export const u16 = (value: number) => Uint8Array.of(value >>> 8, value & 255);
export const u32 = (value: number) =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
export const ip = (...texts: string[]) => Uint8Array.from(texts.flatMap((text) => text.split(".").map(Number)));
export const text = (value: string) => new TextEncoder().encode(value);

/** An option before encoding: its code and its value. */
export type OptionValue = readonly [code: number, value: Uint8Array];

/** What a message is built from. What is left out is zero; `op` is BOOTREQUEST, `htype` Ethernet, `hlen` chaddr's length. */
export interface MessageFields {
  op?: number;
  htype?: number;
  hlen?: number;
  hops?: number;
  xid?: number;
  secs?: number;
  flags?: number;
  ciaddr?: string;
  yiaddr?: string;
  siaddr?: string;
  giaddr?: string;
  /** Up to 16 bytes. */
  chaddr?: Uint8Array;
  /** Raw bytes of the field, up to 64. */
  sname?: Uint8Array;
  /** Raw bytes of the field, up to 128. */
  file?: Uint8Array;
  /** DHCP message type: becomes the first option. Left out: no such option. */
  type?: number;
  /** Options in this order; values beyond 255 bytes are split as RFC 3396 says. */
  options?: readonly OptionValue[];
  /** Bytes behind the cookie instead of `type`, `options` and the end option. */
  rawOptions?: Uint8Array;
  /** Pads the message with zeros to at least this size; 300 (BOOTP's minimum, RFC 1542 §2.1) when left out. */
  padTo?: number;
}

/** Encoded options, without an end option. */
export function encodeOptions(options: readonly OptionValue[]): Uint8Array {
  const bytes: number[] = [];
  for (const [code, value] of options) {
    let at = 0;
    do {
      const piece = value.subarray(at, at + 255);
      bytes.push(code, piece.length, ...piece);
      at += 255;
    } while (at < value.length);
  }
  return Uint8Array.from(bytes);
}

/** Builds a message. */
export function buildMessage(fields: MessageFields): Uint8Array {
  const chaddr = fields.chaddr ?? new Uint8Array(0);
  const typed: OptionValue[] = fields.type === undefined ? [] : [[Code.MESSAGE_TYPE, u8(fields.type)]];
  const options =
    fields.rawOptions ?? Uint8Array.from([...encodeOptions([...typed, ...(fields.options ?? [])]), Code.END]);
  const size = HEADER_SIZE + COOKIE.length + options.length;
  const bytes = new Uint8Array(Math.max(size, fields.padTo ?? 300));
  const view = new DataView(bytes.buffer);
  bytes.set([fields.op ?? 1, fields.htype ?? 1, fields.hlen ?? chaddr.length, fields.hops ?? 0], 0);
  view.setUint32(4, fields.xid ?? 0);
  view.setUint16(8, fields.secs ?? 0);
  view.setUint16(10, fields.flags ?? 0);
  view.setUint32(12, address(fields.ciaddr ?? "0.0.0.0"));
  view.setUint32(16, address(fields.yiaddr ?? "0.0.0.0"));
  view.setUint32(20, address(fields.siaddr ?? "0.0.0.0"));
  view.setUint32(24, address(fields.giaddr ?? "0.0.0.0"));
  bytes.set(chaddr.subarray(0, 16), 28);
  bytes.set((fields.sname ?? new Uint8Array(0)).subarray(0, 64), 44);
  bytes.set((fields.file ?? new Uint8Array(0)).subarray(0, 128), 108);
  bytes.set(COOKIE, HEADER_SIZE);
  bytes.set(options, HEADER_SIZE + COOKIE.length);
  return bytes;
}

/** A message that was read. */
export interface Message {
  op: number;
  htype: number;
  hlen: number;
  hops: number;
  xid: number;
  secs: number;
  flags: number;
  ciaddr: string;
  yiaddr: string;
  siaddr: string;
  giaddr: string;
  /** All 16 bytes of the field. */
  chaddr: Uint8Array;
  sname: Uint8Array;
  file: Uint8Array;
  /** Option 53, or 0. */
  type: number;
  /** Every option once, joined over its pieces, in the order of first appearance, without pads, end and overload. */
  options: Map<number, Uint8Array>;
  /** Option 52, or 0. */
  overload: number;
  /** Bytes of the whole message. */
  size: number;
}

/** Reads the options of one field into `into`; strict: what does not end with an end option, or runs past it, is an error. */
function readOptions(field: Uint8Array, name: string, into: [number, Uint8Array][]): void {
  for (let at = 0; ; ) {
    assert.ok(at < field.length, `the options in ${name} have no end option`);
    const code = field[at]!;
    if (code === Code.END) {
      assert.ok(
        field.subarray(at + 1).every((byte) => byte === 0),
        `${name}: something other than pads behind the end`,
      );
      return;
    }
    if (code === Code.PAD) {
      at++;
      continue;
    }
    const length = field[at + 1];
    assert.ok(length !== undefined && at + 2 + length <= field.length, `option ${code} runs past ${name}`);
    into.push([code, field.slice(at + 2, at + 2 + length)]);
    at += 2 + length;
  }
}

/** Reads a well-formed message; a malformed one fails the test that reads it. */
export function readMessage(bytes: Uint8Array): Message {
  assert.ok(bytes.length >= HEADER_SIZE + COOKIE.length + 1, `a message of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.deepEqual(bytes.subarray(HEADER_SIZE, HEADER_SIZE + 4), COOKIE, "the cookie");
  const pieces: [number, Uint8Array][] = [];
  readOptions(bytes.subarray(HEADER_SIZE + COOKIE.length), "the options field", pieces);
  const overload = pieces.find(([code]) => code === Code.OVERLOAD)?.[1][0] ?? 0;
  const [sname, file] = [bytes.slice(44, 108), bytes.slice(108, 236)];
  if (overload & 1) readOptions(file, "file", pieces);
  if (overload & 2) readOptions(sname, "sname", pieces);
  const options = new Map<number, Uint8Array>();
  for (const [code, value] of pieces) {
    if (code === Code.OVERLOAD) continue;
    options.set(code, Uint8Array.from([...(options.get(code) ?? []), ...value]));
  }
  return {
    op: bytes[0]!,
    htype: bytes[1]!,
    hlen: bytes[2]!,
    hops: bytes[3]!,
    xid: view.getUint32(4),
    secs: view.getUint16(8),
    flags: view.getUint16(10),
    ciaddr: addressText(view.getUint32(12)),
    yiaddr: addressText(view.getUint32(16)),
    siaddr: addressText(view.getUint32(20)),
    giaddr: addressText(view.getUint32(24)),
    chaddr: bytes.slice(28, 44),
    sname,
    file,
    type: options.get(Code.MESSAGE_TYPE)?.[0] ?? 0,
    options,
    overload,
    size: bytes.length,
  };
}

/** An option's value as a number (1, 2 or 4 bytes), or undefined when the message has none. */
export function numberOption(message: Message, code: number): number | undefined {
  const value = message.options.get(code);
  return value && [...value].reduce((sum, byte) => sum * 256 + byte, 0);
}

/** An option's value as the text of one address, or undefined when the message has none. */
export function addressOption(message: Message, code: number): string | undefined {
  const value = message.options.get(code);
  return value && [...value].join(".");
}

/** The codes of a message's options in the order in which they appear. */
export function codesOf(message: Message): number[] {
  return [...message.options.keys()];
}

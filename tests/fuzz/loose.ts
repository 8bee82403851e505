// What a message that anybody may have sent says, read as RFC 2131 and RFC 3396 would have it, independently of the core. Malformed
// options end their field; nothing here fails.

import { COOKIE, HEADER_SIZE } from "../rules/harness/messages.js";

/** A message, as far as it is one. */
export interface LooseMessage {
  /** Whether the fixed fields and the cookie are there, `op` is one that exists, and `hlen` fits `chaddr`. */
  readonly isDhcp: boolean;
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly xid: number;
  readonly flags: number;
  readonly ciaddr: number;
  readonly yiaddr: number;
  readonly giaddr: number;
  readonly chaddr: Uint8Array;
  /** Options, those of one code joined in the order of options field, `file`, `sname`. */
  readonly options: ReadonlyMap<number, Uint8Array>;
  /** Message type, or 0: also when the option is not one byte. */
  readonly type: number;
}

function walk(field: Uint8Array, into: Map<number, Uint8Array[]>, overloaded: boolean): void {
  for (let at = 0; at < field.length; ) {
    const code = field[at]!;
    if (code === 255) return;
    if (code === 0) {
      at++;
      continue;
    }
    const end = at + 2 + (field[at + 1] ?? 0);
    if (at + 1 >= field.length || end > field.length) return;
    if (!(overloaded && code === 52)) {
      const pieces = into.get(code);
      if (pieces) pieces.push(field.subarray(at + 2, end));
      else into.set(code, [field.subarray(at + 2, end)]);
    }
    at = end;
  }
}

const joined = (pieces: readonly Uint8Array[]) =>
  pieces.length === 1 ? pieces[0]! : Uint8Array.from(pieces.flatMap((piece) => [...piece]));

/** Bytes that a core has for the joined options of one message: one that finds no room any more counts as absent. */
export const JOIN_ROOM = 1024;

/** The options in whole, as far as `room` suffices for those that came in pieces. */
function wholeOptions(pieces: ReadonlyMap<number, Uint8Array[]>, room: number): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  let left = room;
  for (const [code, parts] of pieces) {
    const value = joined(parts);
    if (parts.length > 1 && value.length > left) continue;
    if (parts.length > 1) left -= value.length;
    options.set(code, value);
  }
  return options;
}

/** Reads any bytes; options that came in pieces share `room` bytes. */
export function readLoosely(bytes: Uint8Array, room = JOIN_ROOM): LooseMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = bytes.length >= HEADER_SIZE;
  const u32 = (at: number) => (header ? view.getUint32(at) : 0);
  const pieces = new Map<number, Uint8Array[]>();
  const cookie = COOKIE.every((byte, index) => bytes[HEADER_SIZE + index] === byte);
  const isDhcp = cookie && (bytes[0] === 1 || bytes[0] === 2) && bytes[2]! <= 16;
  if (isDhcp) {
    walk(bytes.subarray(HEADER_SIZE + COOKIE.length), pieces, false);
    const overload = pieces.get(52);
    const value = overload && joined(overload).length === 1 ? joined(overload)[0]! : 0;
    if (value & 1) walk(bytes.subarray(108, 236), pieces, true);
    if (value & 2) walk(bytes.subarray(44, 108), pieces, true);
  }
  const options = wholeOptions(pieces, room);
  const type = options.get(53);
  return {
    isDhcp,
    op: bytes[0] ?? 0,
    htype: bytes[1] ?? 0,
    hlen: bytes[2] ?? 0,
    xid: u32(4),
    flags: header ? view.getUint16(10) : 0,
    ciaddr: u32(12),
    yiaddr: u32(16),
    giaddr: u32(24),
    chaddr: bytes.subarray(28, 44),
    options,
    type: type?.length === 1 ? type[0]! : 0,
  };
}

/** A four-byte option as a number; 0 when it is absent or of another length. */
export function numberOf(message: LooseMessage, code: number): number {
  const value = message.options.get(code);
  return value?.length === 4 ? new DataView(value.buffer, value.byteOffset, 4).getUint32(0) : 0;
}

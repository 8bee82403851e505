/**
 * The options of a DHCP message as a map, with overload (RFC 2132 §9.3) and long options joined (RFC 3396). The core has
 * accepted the message; a field that is cut short is read up to there, as the core reads it.
 */
const SNAME_AT = 44;
const FILE_AT = 108;
const OPTIONS_AT = 240;
const OPTION_OVERLOAD = 52;
const PAD = 0;
const END = 255;

/** Option values by code; `message` begins with `op`. */
export function readOptions(message: Uint8Array): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  readField(message.subarray(OPTIONS_AT), options);
  const said = options.get(OPTION_OVERLOAD);
  const overload = said?.length === 1 ? said[0]! : 0;
  if (overload & 1) readField(message.subarray(FILE_AT, OPTIONS_AT - 4), options);
  if (overload & 2) readField(message.subarray(SNAME_AT, FILE_AT), options);
  return options;
}

function readField(field: Uint8Array, options: Map<number, Uint8Array>): void {
  let at = 0;
  while (at < field.length && field[at] !== END) {
    const code = field[at++]!;
    if (code === PAD) continue;
    const length = field[at++];
    if (length === undefined || at + length > field.length) return;
    const value = field.subarray(at, at + length);
    const before = options.get(code);
    options.set(code, before === undefined ? value : Buffer.concat([before, value]));
    at += length;
  }
}

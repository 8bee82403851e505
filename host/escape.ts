/**
 * Text from the network, made fit to print: host names, vendor classes and whatever else a client or a server chose.
 *
 * A terminal obeys control characters and a reader is fooled by ones that reorder or hide text, so nothing of the kind
 * leaves here: each becomes a backslash form that shows what it was (`\n`, `\x1b`, `\u{202e}`), bytes that are no UTF-8 become `\x`
 * forms, and a backslash is doubled so that the text can be read back without doubt.
 */

/** Longest text that `escapeBytes` and `escapeText` give, in characters; what is longer ends in "…". */
export const ESCAPED_LENGTH_LIMIT = 300;

/**
 * What is not shown as it is: backslash, C0 and C1 controls, and every character that Unicode counts as a format
 * character (bidirectional overrides, zero width), a separator other than the space, a surrogate, private or unassigned.
 */
const UNSAFE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

const SHORT: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  return SHORT[character] ?? (code < 0x80 ? `\\x${hexByte(code)}` : `\\u{${code.toString(16)}}`);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** `text` without a character that a terminal or a reader could stumble over. */
export function escapeText(text: string): string {
  const escaped = text.replace(UNSAFE, escapeCharacter);
  return escaped.length <= ESCAPED_LENGTH_LIMIT ? escaped : `${escaped.slice(0, ESCAPED_LENGTH_LIMIT - 1)}…`;
}

/** Bytes as text: UTF-8 where they are, `\x` forms where they are not; otherwise like `escapeText`. */
export function escapeBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let escaped = "";
  for (let at = 0; at < bytes.length && escaped.length <= ESCAPED_LENGTH_LIMIT; ) {
    const length = sequenceLength(bytes[at]!);
    try {
      escaped += decoder.decode(bytes.subarray(at, at + length)).replace(UNSAFE, escapeCharacter);
      at += length;
    } catch {
      escaped += `\\x${hexByte(bytes[at]!)}`;
      at++;
    }
  }
  return escaped.length <= ESCAPED_LENGTH_LIMIT ? escaped : `${escaped.slice(0, ESCAPED_LENGTH_LIMIT - 1)}…`;
}

/** How many bytes the UTF-8 sequence has that this byte begins; 1 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

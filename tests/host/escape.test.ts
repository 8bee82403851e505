// What clients send is printed only in a form that neither a terminal obeys nor a reader is fooled by.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ESCAPED_LENGTH_LIMIT, escapeBytes, escapeText } from "../../host/escape.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("plain text, also of other scripts, stays as it is", () => {
  assert.equal(escapeBytes(bytesOf("printer-3 Büro 東京")), "printer-3 Büro 東京");
});

test("control characters, ANSI sequences and C1 controls are shown, not sent", () => {
  assert.equal(escapeBytes(bytesOf("a\x1b[2Jb\x07\n\r\t\0\x9b")), "a\\x1b[2Jb\\x07\\n\\r\\t\\x00\\u{9b}");
});

test("characters that reorder, hide or break lines are shown", () => {
  assert.equal(escapeText("a\u202eb\u200bc\u2028d\u00a0e\ufefff"), "a\\u{202e}b\\u{200b}c\\u{2028}d\\u{a0}e\\u{feff}f");
});

test("bytes that are no UTF-8 are shown one by one, and what follows is read on", () => {
  assert.equal(escapeBytes(Uint8Array.of(0xc3, 0x28, 0xff, 0x41, 0xe2, 0x82)), "\\xc3(\\xffA\\xe2\\x82");
  assert.equal(escapeBytes(Uint8Array.of(0xed, 0xa0, 0x80)), "\\xed\\xa0\\x80", "an encoded surrogate");
});

test("a backslash is doubled, so that the text can be read back", () => {
  assert.equal(escapeText("\\x1b"), "\\\\x1b");
});

test("any bytes give a bounded line of printable characters", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      const text = escapeBytes(bytes);
      assert.ok(text.length <= ESCAPED_LENGTH_LIMIT);
      assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
    }),
  );
});

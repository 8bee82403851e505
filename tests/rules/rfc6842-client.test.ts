// RFC 6842 §3: a server returns the client identifier; a client must compare it. RFC 3396: options in several parts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, Code, hex, ip, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { encodeOptions } from "./harness/messages.js";

/** A client that has asked. */
function selecting(identifier: string): Client {
  const client = new Client({ settings: { identifier: hex(identifier) } });
  client.start();
  return client;
}

for (const [ours, theirs, verdict] of [
  ["ff0102", "ff0102", "OFFER_KEPT"],
  ["ff0102", "ff0103", "OTHER_CLIENT_IDENTIFIER"],
  ["ff0102", "ff01", "OTHER_CLIENT_IDENTIFIER"],
  ["ff0102", "ff010200", "OTHER_CLIENT_IDENTIFIER"],
  ["ff0102", "", "OTHER_CLIENT_IDENTIFIER"],
  ["", "ff0102", "OTHER_CLIENT_IDENTIFIER"],
] as const) {
  test(`RFC 6842 §3: the identifier "${theirs}" returned to a client that sent "${ours}"`, () => {
    const client = selecting(ours);
    const rawOptions = Uint8Array.from([
      ...encodeOptions([
        [Code.MESSAGE_TYPE, Uint8Array.of(Type.OFFER)],
        [Code.SERVER_IDENTIFIER, ip(SERVER)],
        [Code.LEASE_TIME, u32(60)],
      ]),
      Code.CLIENT_IDENTIFIER,
      theirs.length / 2,
      ...hex(theirs),
      255,
    ]);
    assert.equal(client.receive(client.answer(Type.OFFER, { rawOptions })).verdict, verdict);
  });
}

test("RFC 6842 §3: an answer without the identifier counts", () => {
  const client = selecting("ff0102");
  assert.equal(client.receive(client.answer(Type.OFFER)).verdict, "OFFER_KEPT");
});

test("RFC 2132 §9.3, RFC 2131 §4.1: options in file and sname count; RFC 3396 §5: parts of one option are joined", () => {
  const client = selecting("ff0102");
  const field = (size: number, ...bytes: number[]) =>
    Uint8Array.from([...bytes, ...new Uint8Array(size - bytes.length)]);
  const rawOptions = Uint8Array.of(52, 1, 3, 53, 1, Type.OFFER, 54, 2, 192, 0, 255);
  const file = field(128, 54, 2, 2, 1, 51, 2, 0, 0, 255);
  const sname = field(64, 51, 2, 0, 60, 255);
  const outcome = client.receive(client.answer(Type.OFFER, { rawOptions, file, sname }));
  assert.deepEqual([outcome.verdict, outcome.leaseSeconds, outcome.address], ["OFFER_KEPT", 60, LEASED]);
});

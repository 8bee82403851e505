// Signed modules: a board with a key runs what is signed with it and nothing else from its storage. The check of signatures is
// compared with Node's own.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import * as images from "./modules/images.js";
import { buildProgram, runProgram, scratchFile, skip } from "./modules/programs.js";

/** Bytes of a place in `modules/places.c`. */
const PLACE_SIZE = 16384;

/** The order of the group (RFC 8032 §5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const keys = generateKeyPairSync("ed25519");
const others = generateKeyPairSync("ed25519");

/** The same signature with another second half: S + L, which a careless check takes too. */
function malleated(signature: Uint8Array): Buffer {
  const changed = Buffer.from(signature);
  const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).reverse().toString("hex")}`) + ORDER;
  Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse().copy(changed, 32);
  return changed;
}

const { moduleSlot, rawKey, relabelled } = images;
const client = images.shippedModule("client");
const module = relabelled(client, "signed");
const signed = await moduleSlot(module, 8, keys.privateKey);

let board: string | undefined;

/** What a board with the key logs when this image is in its second place. */
function logged(image: Uint8Array): string | undefined {
  board ??= buildProgram(
    "signed",
    ["boards/common/crc32.c", "tests/boards/modules/places.c"],
    { LEASEHOLD_CLIENT: "", MAPPED: "", MODULE_KEY: [...rawKey(keys.publicKey)].join(",") },
    ["ed25519"],
  );
  const storage = Buffer.alloc(2 * PLACE_SIZE, 0xff);
  storage.set(image, PLACE_SIZE);
  return runProgram(board, ["take", scratchFile("storage", storage), "1"])[0];
}

test("a module that is signed with the board's key is run", { skip }, () => {
  assert.match(logged(signed) ?? "", /^module slot=1 number=8 checksum=\d+$/);
});

const altered = Buffer.from(signed);
altered.set(malleated(signed));
const forgeries: [what: string, image: Uint8Array][] = [
  ["not signed", await moduleSlot(module, 8)],
  ["signed with another key", await moduleSlot(module, 8, others.privateKey)],
  ["another one than was signed", images.forgedImage(signed, relabelled(client, "forged"))],
  ["given a larger number than was signed", images.withField(signed, images.Field.NUMBER, 9)],
  ["signed with a signature that was made of another (S + L)", altered],
  ["signed, one bit of the first half turned", images.damaged(signed, 3)],
  ["signed, one bit of the second half turned", images.damaged(signed, 35)],
];
for (const [what, image] of forgeries) {
  test(`a module is refused that is ${what}`, { skip }, () => {
    assert.equal(logged(image), "module slot=1 refused=7");
  });
}

test("a signed module is refused for what it is all the same", { skip }, () => {
  const importing = images.forgedImage(signed, images.withSection(client, [2, 1, 0]), keys.privateKey);
  assert.equal(logged(importing), "module slot=1 refused=8");
});

/** Numbers that look random and are the same in every run. */
function* digests(): Generator<Buffer> {
  for (let i = 0; ; i++) yield createHash("sha512").update(`signature ${i}`).digest();
}

test("the check of signatures says what Node says, of right and of altered ones", { skip }, () => {
  const program = buildProgram("signatures", ["tests/boards/modules/signatures.c"], {}, ["ed25519"]);
  const cases: Buffer[] = [];
  const expected: string[] = [];
  const chance = digests();
  for (let i = 0; i < 300; i++) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const random = chance.next().value as Buffer;
    const message = Buffer.concat(Array.from({ length: 1 + (i % 9) }, () => random)).subarray(i % 64);
    const right = sign(null, message, privateKey);
    const turned = Buffer.from(right);
    turned[random[0]! % 64]! ^= 1 << (random[1]! % 8);
    const otherMessage = Buffer.from(message);
    otherMessage[random[2]! % message.length]! ^= 1 << (random[3]! % 8);
    for (const [signature, text] of [
      [right, message],
      [turned, message],
      [right, otherMessage],
    ] as const) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      cases.push(rawKey(publicKey), signature, length, text);
      expected.push(verify(null, text, publicKey, signature) ? "1" : "0");
    }
  }
  assert.equal(expected.filter((answer) => answer === "1").length, 300);
  assert.deepEqual(runProgram(program, [], Buffer.concat(cases)), expected);
});

test("the package's check alone takes S + L: the board's own comparison with the order is needed", { skip }, () => {
  const program = buildProgram("signatures", ["tests/boards/modules/signatures.c"], {}, ["ed25519"]);
  const message = Buffer.from("message");
  const signature = malleated(sign(null, message, keys.privateKey));
  const length = Buffer.from([message.length, 0, 0, 0]);
  const input = Buffer.concat([rawKey(keys.publicKey), signature, length, message]);
  assert.deepEqual(runProgram(program, [], input), ["1"]);
  assert.equal(verify(null, message, keys.publicKey, signature), false);
});

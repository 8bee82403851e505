// Mutations of DHCP messages: some know what a message is made of and bend one part of it, so that the rest is still believed; some
// know nothing.

import { COOKIE, HEADER_SIZE, ip } from "../rules/harness/messages.js";
import type { Random } from "./random.js";
import { someAddress, someCode, someValue } from "./world.js";

const OPTIONS = HEADER_SIZE + COOKIE.length;

/** What stands in an options field: an option, or bytes that are none. */
type Piece = Uint8Array;

/** The options field in pieces; what cannot be read is the last piece. */
function piecesOf(message: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  let at = OPTIONS;
  while (at < message.length) {
    const code = message[at]!;
    const end = code === 0 || code === 255 ? at + 1 : at + 2 + (message[at + 1] ?? 0);
    if (end > message.length || code === 255) break;
    if (code !== 0) pieces.push(message.slice(at, end));
    at = end;
  }
  return pieces;
}

/** The header of `message` with these pieces, and END. */
function withPieces(message: Uint8Array, pieces: readonly Piece[], end = true): Uint8Array {
  const head = message.length >= OPTIONS ? message.subarray(0, OPTIONS) : message;
  return Buffer.concat([head, ...pieces, ...(end ? [Uint8Array.of(255)] : [])]);
}

function option(random: Random, code = someCode(random)): Piece {
  const value = someValue(random, code);
  return Uint8Array.from([code, value.length, ...value]);
}

type Mutation = (message: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** Changes one piece, or puts one in where there is none. */
function editPieces(edit: (pieces: Piece[], at: number, random: Random) => void): Mutation {
  return (message, random) => {
    const pieces = piecesOf(message);
    if (pieces.length === 0) pieces.push(option(random));
    edit(pieces, random.below(pieces.length), random);
    return withPieces(message, pieces, !random.oneIn(8));
  };
}

/** Sets a fixed field. */
function editHeader(edit: (message: Uint8Array, random: Random) => void): Mutation {
  return (message, random) => {
    const copy = Uint8Array.from(message);
    if (copy.length >= OPTIONS) edit(copy, random);
    return copy;
  };
}

const addressFields = [12, 16, 20, 24];

/** Fills `file` or `sname` with options, whole or not, and says so in option 52. */
const overload: Mutation = (message, random) => {
  const pieces = piecesOf(message).filter(([code]) => code !== 52);
  const copy = withPieces(message, []);
  if (copy.length < OPTIONS) return copy;
  const which = random.between(1, 3);
  const fields: readonly (readonly [number, number])[] = [
    [108, 128],
    [44, 64],
  ];
  fields.forEach(([at, size], bit) => {
    if (!(which & (1 << bit))) return;
    const moved = random.oneIn(3) ? random.bytes(size) : Buffer.concat([...pieces.splice(0, 2), option(random)]);
    copy.fill(random.oneIn(4) ? 12 : 0, at, at + size);
    copy.set(moved.subarray(0, size), at);
  });
  const said = random.oneIn(4) ? random.below(256) : which;
  return withPieces(copy, [Uint8Array.of(52, 1, said), ...pieces]);
};

const mutations: readonly Mutation[] = [
  // One option is another, has another value, another length than it says, comes twice, is missing, stands elsewhere.
  editPieces((pieces, at, random) => (pieces[at]![0] = someCode(random))),
  editPieces((pieces, at, random) => (pieces[at] = option(random, pieces[at]![0]))),
  editPieces((pieces, at, random) => (pieces[at] = option(random, pieces[at]![0]))),
  editPieces((pieces, at, random) => (pieces[at]![1] = random.pick([0, 1, 3, 4, 5, 254, 255, random.below(256)]))),
  editPieces((pieces, at) => pieces.push(pieces[at]!)),
  editPieces((pieces, at, random) => pieces.push(option(random, pieces[at]![0]))),
  editPieces((pieces, at) => pieces.splice(at, 1)),
  editPieces((pieces, at, random) => pieces.splice(random.below(pieces.length), 0, ...pieces.splice(at, 1))),
  editPieces((pieces, at, random) => pieces.splice(at, 0, option(random))),
  editPieces((pieces, at, random) => pieces.splice(at, 0, new Uint8Array(random.below(20)))),
  editPieces((pieces, _, random) => {
    const code = someCode(random);
    for (let copies = random.between(2, 9); copies > 0; copies--) pieces.push(option(random, code));
  }),
  overload,
  // Fixed fields.
  editHeader((message, random) => message.set(ip(someAddress(random)), random.pick(addressFields))),
  editHeader((message, random) => (message[0] = random.pick([0, 1, 1, 2, 255]))),
  editHeader((message, random) => (message[1] = random.pick([0, 1, 6, 32, 255]))),
  editHeader((message, random) => (message[2] = random.pick([0, 1, 5, 7, 16, 17, 255]))),
  editHeader((message, random) => (message[3] = random.pick([0, 1, 16, 255]))),
  editHeader((message, random) => message.set(random.bytes(2), random.pick([8, 10]))),
  editHeader((message, random) => (message[10] = random.pick([0, 0x80]))),
  editHeader((message, random) => message.set(random.bytes(random.between(1, 16)), 28)),
  editHeader((message, random) => (message[33] = random.below(16))),
  editHeader((message, random) => (message[HEADER_SIZE + random.below(4)] = random.below(256))),
  // Lengths of the whole.
  (message, random) => message.subarray(0, random.below(message.length + 1)),
  (message, random) => Buffer.concat([message, random.bytes(random.pick([1, 2, 64, 300, 1000]))]),
  // Two messages in one.
  (message, _, other) => withPieces(message, piecesOf(other)),
  (message, random, other) => {
    const at = random.below(Math.min(message.length, other.length) + 1);
    return Buffer.concat([message.subarray(0, at), other.subarray(at)]);
  },
  (message, random, other) => withPieces(message, [...piecesOf(message), ...piecesOf(other)], random.oneIn(2)),
  // Bytes and bits.
  (message, random) => {
    const copy = Uint8Array.from(message);
    for (let flips = random.between(1, 8); flips > 0; flips--) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  (message, random) => {
    const copy = Uint8Array.from(message);
    const at = random.below(copy.length);
    copy.set(random.bytes(Math.min(copy.length - at, random.between(1, 8))), at);
    return copy;
  },
];

/** `message`, mutated as often as `times`; `others` lend it parts. */
export function mutate(message: Uint8Array, random: Random, others: readonly Uint8Array[], times: number): Uint8Array {
  let mutated = message;
  for (let left = times; left > 0; left--) {
    if (mutated.length === 0) return mutated;
    mutated = random.pick(mutations)(mutated, random, random.pick(others));
  }
  return Uint8Array.from(mutated);
}

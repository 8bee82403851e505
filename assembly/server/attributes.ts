/**
 * The arena: what does not fit a lease of 56 bytes, in chains of 32-byte blocks with a limit of its own.
 *
 *     block ┌──────┬─────────────────────────────┐   chain  identifier (if longer than 20) │ chaddr from byte 6 on │
 *           │ next │ 28 bytes                    │          tag, length, value │ tag, length, value │ 0 …
 *           └──────┴─────────────────────────────┘
 *
 * The identity's bytes come first and must fit (`identity.ts` asks before anything changes); an attribute that finds no blocks
 * is left out and counted (`Verdict.ATTRIBUTE_DROPPED`). Attributes lie there as in a record, ended by a zero or by the chain's
 * end, so that records copy them unread. The longest chain holds 255 + 10 + 3 × 257 bytes: 37 blocks, the bound of the loops here.
 *
 * Free blocks are a list; blocks never used are behind a mark, so that the arena needs no pass to begin with.
 */
import { fillZero } from "../wire/bytes";
import { reserve } from "../machine/memory";

/** Bytes of one block. */
const BLOCK_SIZE: u32 = 32;
/** Bytes of a block before its data: the address of the next one. */
const BLOCK_DATA: u32 = sizeof<u32>();
/** Bytes of data in a block. */
export const BLOCK_CAPACITY: u32 = BLOCK_SIZE - BLOCK_DATA;

let arena: usize = 0;
let neverUsed: u32 = 0;
let firstFreed: u32 = 0;

/** Number of blocks, given at initialisation. */
export let attributeBlockCount: u32 = 0;

/** Blocks that can still be taken. */
export let freeBlockCount: u32 = 0;

/** Reserves the arena. */
export function layOutAttributes(blockCount: u32): void {
  attributeBlockCount = blockCount;
  arena = reserve(blockCount, BLOCK_SIZE);
}

/** Frees all blocks. */
export function openAttributes(): void {
  neverUsed = attributeBlockCount;
  freeBlockCount = attributeBlockCount;
  firstFreed = 0;
}

/** Blocks that `length` bytes take. */
export function blocksFor(length: u32): u32 {
  return (length + BLOCK_CAPACITY - 1) / BLOCK_CAPACITY;
}

/** Blocks in the chain that begins at `first`; 0 begins none. */
export function blocksIn(first: u32): u32 {
  let count: u32 = 0;
  for (let block = first; block != 0; block = load<u32>(block)) count++;
  return count;
}

/** Gives back the chain that begins at `first`. */
export function freeChain(first: u32): void {
  while (first != 0) {
    const next = load<u32>(first);
    store<u32>(first, firstFreed);
    firstFreed = first;
    freeBlockCount++;
    first = next;
  }
}

let chainFirst: u32 = 0;
let chainBlock: u32 = 0;
let chainPosition: u32 = 0;

/** Begins to write a chain. */
export function beginChain(): void {
  chainFirst = 0;
  chainBlock = 0;
  chainPosition = BLOCK_CAPACITY;
}

/** Whether the chain that is being written can take `length` more bytes. */
export function chainTakes(length: u32): bool {
  const inBlock = BLOCK_CAPACITY - chainPosition;
  return length <= inBlock || blocksFor(length - inBlock) <= freeBlockCount;
}

/** Adds one byte to the chain, for which there must be room. */
export function putChainByte(value: u32): void {
  if (chainPosition == BLOCK_CAPACITY) extendChain();
  store<u8>(chainBlock + BLOCK_DATA + chainPosition, value);
  chainPosition++;
}

/** Adds `count` bytes from address `from` to the chain. */
export function putChainBytes(from: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) putChainByte(load<u8>(from + i));
}

/** Address of the first block of the chain that was written, or 0 when it holds nothing. */
export function endChain(): u32 {
  return chainFirst;
}

function extendChain(): void {
  assert(freeBlockCount != 0);
  freeBlockCount--;
  let block = firstFreed;
  if (block != 0) firstFreed = load<u32>(block);
  else {
    neverUsed--;
    block = u32(arena + neverUsed * BLOCK_SIZE);
  }
  fillZero(block, BLOCK_SIZE);
  if (chainBlock == 0) chainFirst = block;
  else store<u32>(chainBlock, block);
  chainBlock = block;
  chainPosition = 0;
}

let readBlock: u32 = 0;
let readPosition: u32 = 0;

/** Begins to read the chain that begins at `first` (0: an empty one). */
export function openChain(first: u32): void {
  readBlock = first;
  readPosition = 0;
}

/** The chain's next byte; zeros follow its end. */
export function nextChainByte(): u32 {
  if (readPosition == BLOCK_CAPACITY) {
    readBlock = load<u32>(readBlock);
    readPosition = 0;
  }
  if (readBlock == 0) return 0;
  const value: u32 = load<u8>(readBlock + BLOCK_DATA + readPosition);
  readPosition++;
  return value;
}

/** Reads the chain's next `count` bytes to address `to`. */
export function nextChainBytes(to: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u8>(to + i, nextChainByte());
}

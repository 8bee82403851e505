// What a server's memory costs: the formula at the head of assembly/server/map.ts, asked of the shipped module itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const module = new WebAssembly.Module(readFileSync(new URL("../../../server.wasm", import.meta.url)));

/** The limits in the order of `initialise`'s parameters. */
const smallest = {
  imageSize: 1024,
  leaseCount: 64,
  attributeBlockCount: 16,
  poolCount: 1,
  interfaceCount: 1,
  inputSlotCount: 2,
  inputPayloadSize: 640,
  readySlotCount: 2,
  waitingSlotCount: 2,
  transmitPayloadSize: 600,
  journalSize: 1024,
  probeCount: 0,
};

type Limits = typeof smallest;

/** What the limits cost by the formula, without A, in bytes. */
function formula(limits: Limits): number {
  return (
    limits.imageSize +
    limits.journalSize +
    62 * limits.leaseCount +
    32 * limits.attributeBlockCount +
    16 * limits.poolCount +
    20 * limits.interfaceCount +
    (64 + limits.inputPayloadSize) * limits.inputSlotCount +
    (88 + limits.inputPayloadSize) * limits.probeCount +
    (84 + limits.transmitPayloadSize) * (limits.readySlotCount + limits.waitingSlotCount)
  );
}

/** Bytes from address 0 that an instance of these limits needs. */
function needed(limits: Limits): number {
  const exports = new WebAssembly.Instance(module).exports as Record<string, (...values: number[]) => number>;
  assert.equal(exports["initialise"]?.(0, ...Object.values(limits), 1, 2), 0);
  return (exports["memoryNeeded"]?.() ?? 0) >>> 0;
}

/** A: what a server has in any case. The README states it; lower it when it shrinks. */
const FIXED = 4500;

/** How much less than A may be found: tables begin at multiples of 8, and other work may have made A smaller. */
const SLACK = 400;

test("memory is what the formula says, whichever limit grows", () => {
  const variants: Partial<Limits>[] = [
    {},
    { imageSize: 70000 },
    { leaseCount: 100001 },
    { attributeBlockCount: 34 },
    { poolCount: 300 },
    { interfaceCount: 33 },
    { inputSlotCount: 64 },
    { inputPayloadSize: 2048 },
    { readySlotCount: 128 },
    { waitingSlotCount: 512 },
    { transmitPayloadSize: 1472 },
    { journalSize: 262144 },
    { probeCount: 256 },
  ];
  for (const variant of variants) {
    const limits = { ...smallest, ...variant };
    const rest = needed(limits) - formula(limits);
    const what = `${JSON.stringify(variant)}: ${rest} bytes besides the formula's`;
    assert.ok(rest <= FIXED && rest >= FIXED - SLACK, what);
  }
});

test("a server for 64 leases fits 16 KiB", (t) => {
  const bytes = needed(smallest);
  t.diagnostic(`${bytes} bytes`);
  assert.ok(bytes <= 16 * 1024, `${bytes} bytes`);
});

test("a million leases cost at most 64 bytes each, with all that a host's usual limits add", (t) => {
  const bytes = needed({
    ...smallest,
    leaseCount: 1_000_000,
    attributeBlockCount: 0,
    interfaceCount: 8,
    inputSlotCount: 64,
    inputPayloadSize: 2048,
    readySlotCount: 128,
    waitingSlotCount: 512,
    transmitPayloadSize: 1472,
    journalSize: 262144,
    probeCount: 256,
  });
  t.diagnostic(`${bytes / 1e6} bytes a lease`);
  assert.ok(bytes <= 64e6, `${bytes} bytes`);
});

test("limits that contradict each other or cannot be are refused, whatever the memory", () => {
  const refused: Partial<Limits>[] = [
    { readySlotCount: 3 },
    { waitingSlotCount: 0 },
    { journalSize: 1000 },
    { journalSize: 512 },
    { inputPayloadSize: 64 },
    { inputPayloadSize: 641 },
    { transmitPayloadSize: 300 },
    { inputSlotCount: 0 },
    { interfaceCount: 0 },
  ];
  for (const variant of refused) assert.equal(needed({ ...smallest, ...variant }), 0, JSON.stringify(variant));
  for (const each of ["leaseCount", "imageSize", "probeCount", "attributeBlockCount"] as const) {
    assert.equal(needed({ ...smallest, [each]: 0xffffffff, journalSize: 2048 }), 0xffffffff, each);
  }
});

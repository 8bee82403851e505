// The protocol replaced in the field: an emulated board whose storage holds a newer module runs that one from the next reset on and gets
// its lease with it; when it is damaged, traps, or refuses the board, that goes back to the other.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "../../host/store/checksum.js";
import { Cable } from "./harness/cable.js";
import { build, type Firmware, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { serve } from "./harness/friendly.js";
import { Key, Machine } from "./harness/machine.js";
import { changedClient, damaged, forgedImage, moduleSlot, relabelled, shippedModule } from "./modules/images.js";

const MAC = "02:00:c1:00:00:02";

/** Machines at a time: they wait most of the time. */
const MACHINES_AT_ONCE = 4;

const LEASE = /^lease .*address=192\.0\.2\.1\d\d /;

/** A board's storage before a start: what lies in its two places for modules. */
type Places = readonly [Uint8Array, Uint8Array];

/** Firmware without places: the code that wasm3 makes of a module leaves no room in RAM for another module. */
const withoutPlaces = ["lm3s6965evb/client-wasm3"];

/** How the places get into a machine. */
type Insert = (places: Places, folder: string) => { storage?: string; more?: string[] };

const inserts: Readonly<Record<string, Insert>> = {
  /** The third and the fourth block of its flash. */
  "virt-rv32"(places, folder) {
    const blockSize = 0x40000;
    const blocks = places.map((image) => Buffer.concat([image], blockSize));
    const storage = join(folder, "flash.img");
    writeFileSync(storage, Buffer.concat([Buffer.alloc(2 * blockSize, 0xff), ...blocks]));
    truncateSync(storage, 32 * 2 ** 20);
    return { storage };
  },
  /** The third and the fourth area of its SD card. */
  lm3s6965evb(places, folder) {
    const areaSize = 0x10000;
    const storage = join(folder, "card.img");
    const areas = places.map((image) => Buffer.concat([image], areaSize));
    writeFileSync(storage, Buffer.concat([Buffer.alloc(512 * 1024 + 2 * areaSize), ...areas]));
    truncateSync(storage, 8 * 2 ** 20);
    return { more: ["-drive", `if=sd,format=raw,file=${storage}`] };
  },
  /** Memory that the board's controller fills from its microSD card, which QEMU leaves to its loader. */
  "mps2-an385"(places, folder) {
    const more = places.flatMap((image, place) => {
      const file = join(folder, `place-${place}.bin`);
      writeFileSync(file, image);
      return ["-device", `loader,file=${file},addr=${0x21000000 + place * 0x10000},force-raw=on`];
    });
    return { more };
  },
};

const client = shippedModule("client");
const older = relabelled(client, "older");
const newer = relabelled(client, "newer");
const timers = "if (isConfigured() && leaseClockRuns()) runTimers();";
const trapping = await changedClient(timers, `unreachable(); ${timers}`);

/** Asks for more memory than any board has. */
const greedy = await changedClient("addEntropy(seedLow, seedHigh);", "addEntropy(seedLow, seedHigh); return 0;");

/** States a control block where a board has no memory. */
const wild = await changedClient(
  "return u32(changetype<usize>(block));",
  "return block ? 0x60000000 : u32(changetype<usize>(block));",
);

function taken(slot: number, number: number, module: Uint8Array): string {
  return `module slot=${slot} number=${number} checksum=${crc32(module)}`;
}

/** What the board says until it has its lease, as far as it is about modules. */
async function start(firmware: Firmware, elf: string, places: Places): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-replacing-"));
  const cable = await Cable.lay();
  serve(cable);
  const inserted = inserts[firmware.board]!(places, folder);
  const machine = Machine.alone({ qemu: firmware.qemu, elf, backend: cable.backend, mac: MAC, ...inserted });
  try {
    await machine.line(/^leasehold role=client/);
    machine.press(Key.START);
    await machine.line(LEASE, 0, 60_000);
    const said = machine.program.lines.map((line) => line.trim());
    return said.filter((line) => /^(module|trap) /.test(line));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${machine.transcript().slice(-4000)}`, { cause: error });
  } finally {
    await machine.cutPower();
    cable.remove();
    rmSync(folder, { recursive: true });
  }
}

async function replace(firmware: Firmware): Promise<void> {
  const elf = await build(firmware);
  const old = await moduleSlot(older, 1);
  const good = await moduleSlot(newer, 2);
  const bad = await moduleSlot(trapping, 3);
  const broken = damaged(good, good.length - 9);
  const empty = new Uint8Array();
  const [asBuilt, replaced, decayed, bothDecayed, fallen, refusing, straying] = await Promise.all([
    start(firmware, elf, [empty, empty]),
    start(firmware, elf, [old, good]),
    start(firmware, elf, [old, broken]),
    start(firmware, elf, [damaged(old, 70), broken]),
    start(firmware, elf, [bad, good]),
    start(firmware, elf, [forgedImage(good, greedy), old]),
    start(firmware, elf, [forgedImage(good, wild), old]),
  ]);
  assert.deepEqual(asBuilt, [taken(2, 0, client)]);
  assert.deepEqual(replaced, [taken(1, 2, newer)]);
  assert.deepEqual(decayed, ["module slot=1 refused=6", taken(0, 1, older)]);
  assert.deepEqual(bothDecayed, ["module slot=1 refused=6", "module slot=0 refused=3", taken(2, 0, client)]);
  assert.deepEqual(fallen, [taken(0, 3, trapping), "trap count=1", taken(1, 2, newer)]);
  assert.deepEqual(refusing, [taken(0, 2, greedy), "trap count=1", taken(1, 1, older)]);
  assert.deepEqual(straying, [taken(0, 2, wild), "trap count=1", taken(1, 1, older)]);
}

test("modules replaced in storage", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  const replaceable = firmwareOf("client").filter(
    (firmware) => firmware.engine !== "aot" && inserts[firmware.board] && !withoutPlaces.includes(titleOf(firmware)),
  );
  assert.ok(replaceable.length > 0);
  await Promise.all(
    replaceable.map((firmware) =>
      t.test(
        `${titleOf(firmware)}: the newer module gets the lease, and gives way when it is damaged, traps or refuses`,
        async (one) => {
          const want = await wantingFor(firmware);
          if (want !== null) return one.skip(want);
          await replace(firmware);
        },
      ),
    ),
  );
});

/**
 * Emulated boards whose storage holds modules: what they run, and what they refuse, until they have a lease.
 */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "../../../host/store/checksum.js";
import { Cable } from "../harness/cable.js";
import { type Firmware, firmwareOf, titleOf } from "../harness/firmware.js";
import { serve } from "../harness/friendly.js";
import { Key, Machine } from "../harness/machine.js";

const MAC = "02:00:c1:00:00:02";

const LEASE = /^lease .*address=192\.0\.2\.1\d\d /;

/** A board's storage before a start: what lies in its two places for modules. */
export type Places = readonly [Uint8Array, Uint8Array];

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

/** Firmware without places: the code that wasm3 makes of a module leaves no room in RAM for another module. */
const withoutPlaces = ["lm3s6965evb/client-wasm3"];

/** Client firmware whose module can be replaced, under any of these interpreters. */
export function replaceable(engines: readonly string[]): Firmware[] {
  return firmwareOf("client").filter(
    (firmware) =>
      engines.includes(firmware.engine) && inserts[firmware.board] && !withoutPlaces.includes(titleOf(firmware)),
  );
}

/** The line of a module that is taken. */
export function taken(slot: number, number: number, module: Uint8Array): string {
  return `module slot=${slot} number=${number} checksum=${crc32(module)}`;
}

/** What a board says until it has its lease, as far as it is about modules. */
export async function start(firmware: Firmware, elf: string, places: Places): Promise<string[]> {
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

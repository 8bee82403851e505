// A hundred thousand hostile frames, received by each firmware, counted by itself: no trap, no reset, no fault. Then a client gets a
// lease from a friendly server, and a server still stands by the lease that it had given before.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { captureNote } from "../fuzz/corpus.js";
import { howToRepeatSuite, Random, scaled } from "../fuzz/random.js";
import { hex } from "../rules/harness/messages.js";
import { Cable } from "./harness/cable.js";
import { Elf } from "./harness/elf.js";
import { build, type Firmware, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { isServed, serve, whoHas } from "./harness/friendly.js";
import { FriendlyClient } from "./harness/friendly-client.js";
import { HostileLink } from "./harness/hostile.js";
import { Key, Machine } from "./harness/machine.js";

const FRAMES = scaled(100_000);
const MAC = "02:00:c1:00:00:01";

/** Machines at a time: each keeps a processor busy, but for the seconds before and after. */
const MACHINES_AT_ONCE = 4;

/** Frames under way at a time: a chip that has no room for so many makes it less. */
const WINDOW = { least: 8, first: 32, most: 256 };

/** So many windows may be lost whole before the firmware counts as deaf. */
const LOST_WINDOWS = 50;

/** Milliseconds for a report, of a machine that shares its processor with others. */
const REPORT_PATIENCE = 120_000;

/** What a person might do meanwhile; it makes a client ask anew. */
const KEYS = [Key.START, Key.STOP, Key.START, Key.RELEASE, Key.START, Key.RENEW];

/** Sends hostile frames until the firmware has received enough. @returns how many were sent */
async function bombard(machine: Machine, cable: Cable, link: HostileLink, random: Random): Promise<number> {
  cable.onFrame = (frame) => link.hear(frame);
  const first = (await machine.report()).figures.get("received") ?? 0;
  let [sent, received, window, lostWindows] = [0, 0, WINDOW.first, 0];
  while (received < FRAMES) {
    await cable.send(Array.from({ length: window }, () => link.frame()));
    sent += window;
    if (random.oneIn(2)) machine.press(random.pick(KEYS));
    const now = ((await machine.report(REPORT_PATIENCE)).figures.get("received") ?? 0) - first;
    const came = now - received;
    received = now;
    window = Math.min(WINDOW.most, Math.max(WINDOW.least, came * 4 < window * 3 ? window >> 1 : window + 8));
    lostWindows = came === 0 ? lostWindows + 1 : 0;
    const enough = sent < FRAMES * 20 && lostWindows < LOST_WINDOWS;
    assert.ok(enough, `of ${sent} frames only ${received} were received, none of the last ${lostWindows} windows`);
  }
  return sent;
}

/** What a role is asked before the frames, whose result it is asked about after them. */
type Trial = (machine: Machine, cable: Cable) => Promise<() => Promise<void>>;

const trials: Readonly<Record<Firmware["role"], Trial>> = {
  /** It gives up what it has, asks anew, and gets an address for which it answers. */
  client: async (machine, cable) => async () => {
    machine.press(Key.STOP);
    await machine.report();
    serve(cable);
    const from = machine.mark();
    machine.press(Key.START);
    const line = await machine.line(/^lease .*address=192\.0\.2\.1\d\d /, from, 60_000);
    const address = line.values.get("address") ?? "";
    assert.ok(isServed(address), address);
    assert.equal(await whoHas(cable, address), MAC.replaceAll(":", ""));
  },
  /** It gives a lease, and gives it again to the same client, whoever else asked for it. */
  server: async (_, cable) => {
    const client = new FriendlyClient(cable);
    const address = await client.lease();
    return async () => assert.equal(await client.confirm(address), address);
  },
};

/** What the machine must never have said. */
function checkTranscript(machine: Machine): void {
  const words = machine.lines().map(({ word }) => word);
  assert.equal(words.filter((word) => word === "leasehold").length, 1, "it started once");
  assert.ok(!words.includes("trap"), machine.transcript());
}

async function withstand({ qemu, role }: Firmware, elf: string, random: Random): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "leasehold-hostile-"));
  const cable = await Cable.lay();
  const storage = role === "server" ? { storage: join(folder, "storage.img") } : {};
  const machine = Machine.alone({ qemu, elf, backend: cable.backend, mac: MAC, ...storage });
  try {
    await machine.line(/^leasehold role=/);
    const check = await trials[role](machine, cable);
    const began = performance.now();
    const sent = await bombard(machine, cable, new HostileLink(random, role, hex(MAC)), random);
    const seconds = (performance.now() - began) / 1000;
    await check();
    checkTranscript(machine);
    const { figures, counters } = await machine.report();
    assert.equal(figures.get("traps"), 0);
    assert.equal(figures.get("faults"), 0);
    const [stack, reserve] = [figures.get("stack") ?? Number.NaN, new Elf(readFileSync(elf)).sizeOf(".stack")];
    // What has been painted over to the last byte may have run out of it.
    assert.ok(stack < reserve, `${stack} bytes of stack, of ${reserve} that are reserved`);
    const what = `${figures.get("received")} of ${sent} frames received in ${seconds.toFixed(1)} s`;
    return `${what}, ${counters.size} verdicts, ${stack} of ${reserve} bytes of stack`;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${machine.transcript().slice(-4000)}`, { cause: error });
  } finally {
    await machine.cutPower();
    cable.remove();
    rmSync(folder, { recursive: true });
  }
}

/** All firmware, with the path of its ELF or why there is none. It is built before any is tried: a build keeps a processor busy, too. */
async function buildAll(): Promise<{ firmware: Firmware; elf: string; want: string | null }[]> {
  const built = [];
  for (const firmware of [...firmwareOf("client"), ...firmwareOf("server")]) {
    const want = await wantingFor(firmware);
    built.push({ firmware, want, elf: want === null ? await build(firmware) : "" });
  }
  return built;
}

test("hostile frames", { concurrency: MACHINES_AT_ONCE }, async (t) => {
  t.diagnostic(`${howToRepeatSuite("boards")} (${captureNote})`);
  const all = await buildAll();
  await Promise.all(
    all.map(({ firmware, elf, want }) =>
      t.test(`${titleOf(firmware)} withstands ${FRAMES} frames, then a lease is right`, async (one) => {
        if (want !== null) return one.skip(want);
        one.diagnostic(await withstand(firmware, elf, new Random(titleOf(firmware))));
      }),
    ),
  );
});

// A server whose card is put in after its start: until then it answers nobody, since it can't know what it has promised; then it serves.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Cable } from "./harness/cable.js";
import { build, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { FriendlyClient } from "./harness/friendly-client.js";
import { Machine } from "./harness/machine.js";

const MAC = "02:00:c1:00:00:06";

/** Bytes of the card. */
const CARD_SIZE = 8 * 2 ** 20;

/** Milliseconds in which the client asks in vain, once a second. */
const VAIN_MILLISECONDS = 3500;

/** Puts a card into a machine's empty slot, by QEMU's machine protocol on a socket. */
async function insertCard(socket: string, card: string): Promise<void> {
  const connection = createConnection(socket);
  const lines = createInterface(connection)[Symbol.asyncIterator]();
  try {
    await once(connection, "connect");
    const medium = { device: "card", filename: card, format: "raw" };
    for (const command of [
      { execute: "qmp_capabilities" },
      { execute: "blockdev-change-medium", arguments: medium, id: "inserted" },
    ]) {
      connection.write(`${JSON.stringify(command)}\n`);
    }
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, "QEMU has closed its socket");
      const answer = JSON.parse(value) as { id?: string; error?: object };
      assert.equal(answer.error, undefined, value);
      if (answer.id === "inserted") return;
    }
  } finally {
    connection.destroy();
  }
}

/** The servers whose storage is a card. */
const servers = firmwareOf("server").filter(({ qemu }) =>
  qemu.storage?.arguments.some((text) => /\bif=sd\b/.test(text)),
);

test("some server keeps its records on a card", () => assert.ok(servers.length > 0));

for (const firmware of servers) {
  test(`${titleOf(firmware)} serves nobody without its card, and everybody once it is put in`, async (t) => {
    const want = await wantingFor(firmware);
    if (want !== null) return t.skip(want);
    const folder = mkdtempSync(join(tmpdir(), "leasehold-card-"));
    const [card, socket] = [join(folder, "card.img"), join(folder, "qmp")];
    writeFileSync(card, "");
    truncateSync(card, CARD_SIZE);
    const cable = await Cable.lay();
    const more = ["-drive", "if=sd,id=card", "-qmp", `unix:${socket},server=on,wait=off`];
    const elf = await build(firmware);
    const machine = Machine.alone({ qemu: firmware.qemu, elf, backend: cable.backend, mac: MAC, more });
    try {
      await machine.line(/^store unreadable=1/);
      let address: string | undefined;
      const leased = new FriendlyClient(cable).lease().then((given) => (address = given));
      await Promise.race([leased, sleep(VAIN_MILLISECONDS)]);
      assert.equal(address, undefined, "it has given a lease without its card");
      await insertCard(socket, card);
      assert.match(await leased, /^192\.0\.2\.\d+$/);
      const words = machine.lines().map(({ word }) => word);
      assert.deepEqual(words, ["leasehold", "store", "serving"]);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${machine.transcript().slice(-4000)}`, { cause: error });
    } finally {
      await machine.cutPower();
      cable.remove();
      rmSync(folder, { recursive: true });
    }
  });
}

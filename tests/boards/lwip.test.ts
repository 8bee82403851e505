// The client over lwIP: what a lease gives reaches the IP stack, which answers for the address, sends the renewal, and loses all of it
// when the lease ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SERVER } from "../fuzz/world.js";
import { isArp, readDatagramFrame } from "../rules/harness/frames.js";
import { readMessage, Type } from "../rules/harness/messages.js";
import { SERVER_MAC } from "../rules/harness/server-harness.js";
import { Cable } from "./harness/cable.js";
import { build, type Firmware, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";
import { serve, whoHas } from "./harness/friendly.js";
import { Key, Machine } from "./harness/machine.js";

const MAC = "02:00:c1:00:00:02";

/** The first lease comes after a delay of up to 10 s, and three probes. */
const PATIENCE_MILLISECONDS = 60_000;

/** What the machine's lwIP says of its network from `from` on. */
async function networkOf(machine: Machine, from: number): Promise<Record<string, string>> {
  const line = await machine.line(/^network /, from, PATIENCE_MILLISECONDS);
  return Object.fromEntries(line.values);
}

/** The machine takes a lease with parameters, and lwIP has them. @returns the address */
async function acquire(machine: Machine, cable: Cable): Promise<string> {
  const from = machine.mark();
  serve(cable, { routers: ["192.0.2.254", SERVER], "domain-name-servers": ["192.0.2.53", SERVER] });
  const { address = "", ...others } = await networkOf(machine, from);
  assert.deepEqual(others, { mask: "255.255.255.0", router: "192.0.2.254", resolver: "192.0.2.53" });
  await machine.line(new RegExp(`^lease change=1 address=${address.replaceAll(".", "\\.")} `), from);
  return address;
}

/** The frames of a renewal, as they pass: lwIP asks for the server's hardware address itself. */
async function renew(machine: Machine, cable: Cable, address: string): Promise<void> {
  const requests: Uint8Array[] = [];
  const answer = cable.onFrame;
  cable.onFrame = (frame) => {
    if (!isArp(frame)) requests.push(frame);
    answer(frame);
  };
  const from = machine.mark();
  machine.press(Key.RENEW);
  await machine.line(/^lease change=2 /, from);
  const [request] = requests.map(readDatagramFrame);
  assert.ok(request, "a renewal");
  assert.deepEqual(request.destinationMac, SERVER_MAC);
  assert.deepEqual(
    { source: request.source, destination: request.destination, type: readMessage(request.payload).type },
    { source: address, destination: SERVER, type: Type.REQUEST },
  );
}

async function live(firmware: Firmware): Promise<void> {
  const cable = await Cable.lay();
  const elf = await build(firmware);
  const machine = Machine.alone({ qemu: firmware.qemu, elf, backend: cable.backend, mac: MAC });
  try {
    await machine.line(/^leasehold role=client/);
    const address = await acquire(machine, cable);
    await renew(machine, cable, address);
    const from = machine.mark();
    machine.press(Key.RELEASE);
    const none = "0.0.0.0";
    assert.deepEqual(await networkOf(machine, from), { address: none, mask: none, router: none, resolver: none });
    await assert.rejects(whoHas(cable, address), /nobody answers/);
    const { figures } = await machine.report();
    assert.equal(figures.get("lost"), 0);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${machine.transcript()}`, { cause: error });
  } finally {
    await machine.cutPower();
    cable.remove();
  }
}

test("lwIP's network is the lease's", { concurrency: 2 }, async (t) => {
  const firmware = firmwareOf("client").filter(({ libraries }) => libraries.includes("lwip"));
  assert.ok(firmware.length > 0);
  await Promise.all(
    firmware.map((each) =>
      t.test(titleOf(each), async (one) => {
        const want = await wantingFor(each);
        if (want !== null) return one.skip(want);
        await live(each);
      }),
    ),
  );
});

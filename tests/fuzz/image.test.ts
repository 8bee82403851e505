// Hostile configuration images (assembly/server/image-check.ts): sound ones with words changed and the checksum made right again.
// Each is refused with a fault and a place, or it is sound in truth: then a server that maps it answers whatever clients
// send, and never traps.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ImageFault,
  ImageHeader,
  InputKind,
  LinkMode,
  nameOfImageFault,
  NETWORK_BY_ADDRESS,
  RestoreStatus,
} from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import { checksumOf } from "../../host/config/image.js";
import { compileModule, CoreTrap, readModule, SERVER_DEFAULTS, ServerCore } from "../../host/core/index.js";
import { putInterface } from "../../host/core/inputs.js";
import { clientOf, discover, inform, reboot, select } from "../rules/harness/clients.js";
import { buildMessage } from "../rules/harness/messages.js";
import { howToRepeat, Random, scaled } from "./random.js";

const IMAGES = scaled(10_000);

const rich = {
  leaseTime: { default: 600, minimum: 60, maximum: "1d" },
  options: { routers: "192.0.2.1", "domain-name": "example.org", 224: "ab".repeat(300) },
  alwaysSend: [224],
  sharedNetworks: [
    {
      name: "one",
      subnets: [
        {
          subnet: "192.0.2.0/24",
          pools: ["192.0.2.10-192.0.2.20", { range: "192.0.2.30-192.0.2.40", exclude: ["192.0.2.35"], bootFile: "x" }],
          reservations: [
            { hardwareAddress: "02:00:00:00:00:01", address: "192.0.2.5", hostName: "one" },
            { clientIdentifier: "01:02:00:00:00:00:02", address: "192.0.2.12" },
          ],
        },
        { subnet: "198.51.100.0/28", authoritative: true, pools: ["198.51.100.0/28"] },
      ],
    },
  ],
  subnets: [{ subnet: "203.0.113.0/30", probe: false, pools: ["203.0.113.1"] }, { subnet: "10.0.0.0/30" }],
};

/** Values that offsets, counts and addresses break on. */
const edges = [
  0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffc,
  0xffffffff,
];

function change(image: Uint8Array<ArrayBuffer>, random: Random): void {
  const view = new DataView(image.buffer);
  for (let count = random.between(1, 3); count > 0; count--) {
    const at = random.below(image.length - 4) & ~1;
    const kind = random.below(4);
    if (kind === 0) view.setUint8(at, random.below(256));
    else if (kind === 1) view.setUint16(at, random.pick(edges) & 0xffff, true);
    else if (kind === 2) view.setUint32(at & ~3, random.pick(edges), true);
    else view.setUint32(at & ~3, view.getUint32(at & ~3, true) + random.pick([-4, -1, 1, 4, 60, 256]), true);
  }
  new ImageHeader(view, 0).checksum = checksumOf(image);
}

function putMessage(core: ServerCore, message: Uint8Array): void {
  const slot = core.freshSlot(0);
  slot.kind = InputKind.DATAGRAM;
  slot.sourcePort = 68;
  slot.destinationAddress = 0xffffffff;
  slot.destinationPort = 67;
  core.setPayload(0, message);
}

/** Lets a server that has taken an image answer a little of everything, over a long time. */
function live(core: ServerCore): void {
  let now = 1000;
  while (core.restoreSlice(new Uint8Array(0), 1_800_000_000, now) === RestoreStatus.MORE);
  const state = {
    index: 0,
    name: "lan0",
    up: true,
    linkMode: LinkMode.MIXED,
    htype: 1,
    mac: Uint8Array.of(2, 0, 0, 0, 0, 254),
    mtu: 1500,
  };
  putInterface(core, 0, { ...state, address: 0xc0000201, prefixLength: 24 }, NETWORK_BY_ADDRESS);
  core.handleInputs(1, now);
  const addresses = ["192.0.2.5", "192.0.2.12", "192.0.2.33", "198.51.100.3", "203.0.113.1"];
  for (const [index, address] of addresses.entries()) {
    const client = clientOf(index + 1, index === 3 ? { giaddr: "198.51.100.14" } : {});
    for (const fields of [
      discover(client),
      select(client, address),
      reboot(client, address),
      inform(client, address),
    ]) {
      putMessage(core, buildMessage(fields));
      now += 700;
      core.handleInputs(1, now);
      for (let turns = 0; core.deadline <= now && turns < 100; turns++) core.handleTimeout(now);
      core.ready.advance(core.ready.pending);
    }
  }
  for (let turns = 1; turns <= 200; turns++) core.handleTimeout(now + turns * 3_600_000);
}

test("a changed image is refused with its fault, or harmless", async (t) => {
  t.diagnostic(howToRepeat);
  const { configuration } = compileConfiguration(JSON.stringify(rich), "rich");
  assert.ok(configuration);
  const module = await compileModule(await readModule("server"));
  const limits = {
    ...SERVER_DEFAULTS,
    ...configuration.limits,
    interfaceCount: 1,
    inputSlotCount: 1,
    attributeBlockCount: 32,
    probeCount: 4,
  };
  const small = { ...limits, journalSize: 8192, readySlotCount: 4, waitingSlotCount: 64 };
  const random = new Random("image");
  const faults = new Map<string, number>();
  for (let number = 0; number < IMAGES; number++) {
    const image: Uint8Array<ArrayBuffer> = Uint8Array.from(configuration.image);
    if (number > 0) change(image, random);
    const core = new ServerCore(module, small, [1, number]);
    try {
      const fault = core.configure(image);
      const name = nameOfImageFault(fault);
      assert.ok(name !== undefined, `fault ${fault}`);
      faults.set(name, (faults.get(name) ?? 0) + 1);
      if (fault === ImageFault.NONE) live(core);
      else assert.ok(core.control.refusedAt <= image.length, `${name} at ${core.control.refusedAt}`);
    } catch (error) {
      if (!(error instanceof CoreTrap)) throw error;
      assert.fail(
        `image ${number} of ${howToRepeat} traps the core in ${error.batch.call}: ${Buffer.from(image).toString("hex")}`,
      );
    }
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(faults)));
  assert.ok((faults.get("NONE") ?? 0) > IMAGES / 100 && faults.size > 15, "both kinds of image were met");
});

// Hostile configuration: images of the server and records of the client with anything in any of their fields, their sizes and
// checksums made right again. Either `configure` refuses them and says where, or the core works with them.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientConfigurationFault,
  ImageFault,
  ImageHeader,
  ImageHeaderLayout,
  InputKind,
  LinkMode,
  RestoreStatus,
  TransmitKind,
} from "#layout";
import { compileConfiguration } from "../../host/config/compile.js";
import {
  CLIENT_DEFAULTS,
  ClientCore,
  compileModule,
  type Core,
  putCommand,
  putInterface,
  readModule,
  SERVER_DEFAULTS,
  ServerCore,
} from "../../host/core/index.js";
import { ClientCommand, Code, encodeSettings, SETTINGS } from "../rules/harness/client-harness.js";
import { clientOf, discover, extend, inform, reboot, select } from "../rules/harness/clients.js";
import { readDatagramFrame } from "../rules/harness/frames.js";
import { address, buildMessage, ip, readMessage, text } from "../rules/harness/messages.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { configuration, SECOND_SERVER, SERVER } from "./world.js";

const IMAGES = scaled(4000);
const serverModule = await compileModule(await readModule("server"));
const clientModule = await compileModule(await readModule("client"));

/** Limits that make an instance cheap: thousands of them are made. */
const few = { inputSlotCount: 2, readySlotCount: 8, waitingSlotCount: 8, journalSize: 8192, probeCount: 4 };

const edges = [0, 1, 2, 3, 4, 254, 255, 256, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Sets words, halves and bytes of `bytes` from `from` on to edges, to one another, or a little off what they are. */
function bend(bytes: Uint8Array, from: number, random: Random): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let times = random.between(1, 4); times > 0; times--) {
    const at = from + random.below(bytes.length - from - 4);
    const word = at & ~3;
    switch (random.below(5)) {
      case 0:
        view.setUint32(word, random.pick(edges), true);
        break;
      case 1:
        view.setUint32(word, view.getUint32(word, true) + random.between(-4, 4), true);
        break;
      case 2:
        view.setUint16(at & ~1, random.pick(edges), true);
        break;
      case 3:
        view.setUint32(word, view.getUint32((random.below(bytes.length - 4) >>> 2) << 2, true), true);
        break;
      default:
        bytes[at] = random.below(256);
    }
  }
}

/** FNV-1a over what the checksum covers (`assembly/server/image.ts`). */
function seal(image: Uint8Array): void {
  const header = new ImageHeader(new DataView(image.buffer, image.byteOffset, image.byteLength), 0);
  header.size = image.length;
  let hash = 0x811c9dc5;
  for (const byte of image.subarray(ImageHeaderLayout.leaseCount)) hash = Math.imul(hash ^ byte, 0x01000193);
  header.checksum = hash >>> 0;
}

const link = (index: number, own: string) => ({
  index,
  name: "",
  up: true,
  linkMode: LinkMode.MIXED,
  htype: 1,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 0xfe),
  address: address(own),
  prefixLength: 24,
  mtu: 1500,
});

/** Takes all that a core would send, and reads it strictly. */
function drain(core: Core): void {
  for (const ring of [core.ready, core.waiting]) {
    for (let offset = 0; offset < ring.pending; offset++) {
      const { payload, length, messageType, kind } = ring.at(offset);
      const bytes = core.bytes.slice(payload, payload + length);
      if (messageType === 0 || length === 0) continue;
      readMessage(kind === TransmitKind.FRAME ? readDatagramFrame(bytes).payload : bytes);
    }
    ring.advance(ring.pending);
  }
}

/** A server's life with an image that was accepted: clients on both links and behind a relay agent, then a day passes. */
function live(core: ServerCore, ranges: readonly string[]): void {
  let now = 1_000_000;
  while (core.restoreSlice(new Uint8Array(0), 1_700_000_000, now) === RestoreStatus.MORE);
  putInterface(core, 0, link(0, SERVER), 0xffffffff);
  putInterface(core, 1, link(1, SECOND_SERVER), 2);
  core.handleInputs(2, now);
  for (let number = 0; number < 6; number++) {
    const client = clientOf(number, number % 3 === 2 ? { giaddr: "198.51.100.1" } : {});
    const about = ranges[number % ranges.length]!;
    const said = [
      discover(client, [[Code.REQUESTED_ADDRESS, ip(about)]]),
      select(client, about),
      reboot(client, about),
      extend(client, about),
      inform(client, about),
    ];
    for (const message of said) {
      const slot = core.freshSlot(0);
      slot.kind = InputKind.DATAGRAM;
      slot.interfaceIndex = number & 1;
      slot.destinationAddress = number & 2 ? 0xffffffff : address(SERVER);
      core.setPayload(0, buildMessage(message));
      core.handleInputs(1, now);
      const durable = core.freshSlot(0);
      durable.kind = InputKind.DURABLE;
      durable.value = core.journalHead;
      core.handleInputs(1, now);
      drain(core);
    }
  }
  for (let calls = 0; calls < 100 && Number.isFinite(core.deadline); calls++) {
    now = Math.max(now, core.deadline);
    core.handleTimeout(now);
    drain(core);
  }
  for (let from: number | null = 0; from !== null; ) from = core.exportSlice(from).next;
}

test("a server's image with anything in it is refused, or works", (t) => {
  announce(t);
  const random = new Random("images");
  const rich = { ...configuration, alwaysSend: [6], probe: false };
  const { configuration: compiled } = compileConfiguration(JSON.stringify(rich), "rich.json");
  const { image, limits } = compiled!;
  const faults = new Map<string, number>();
  const addresses = ["192.0.2.16", "192.0.2.200", "198.51.100.16", "203.0.113.130", "192.0.2.250", "10.0.0.1"];
  forEachInput(IMAGES, (_, note) => {
    const bytes = random.oneIn(8) ? image.slice(0, (random.below(image.length) >>> 2) << 2) : Uint8Array.from(image);
    if (bytes.length > ImageHeaderLayout.byteSize)
      bend(bytes, random.oneIn(3) ? 0 : ImageHeaderLayout.leaseCount, random);
    if (bytes.length >= ImageHeaderLayout.byteSize && !random.oneIn(10)) seal(bytes);
    note(bytes);
    const core = new ServerCore(serverModule, { ...SERVER_DEFAULTS, ...limits, ...few }, [1, 2]);
    const fault = core.configure(bytes);
    const name = Object.keys(ImageFault).find((key) => ImageFault[key as keyof typeof ImageFault] === fault);
    assert.ok(name, `fault ${fault}`);
    faults.set(name, (faults.get(name) ?? 0) + 1);
    if (fault === 0) live(core, addresses);
    else assert.ok(core.control.refusedAt <= bytes.length, "where the fault is");
  });
  t.diagnostic(`${IMAGES} images: ${JSON.stringify([...faults])}`);
  assert.ok((faults.get("NONE") ?? 0) > IMAGES / 100, "some are accepted");
});

test("a client's configuration with anything in it is refused, or works", (t) => {
  const random = new Random("client configurations");
  const faults = new Map<string, number>();
  const record = encodeSettings({
    ...SETTINGS,
    allow: [SERVER],
    deny: [SECOND_SERVER],
    options: [...SETTINGS.options, [Code.HOST_NAME, text("host")]],
  });
  forEachInput(IMAGES, (_, note) => {
    const bytes = Uint8Array.from(record);
    bend(bytes, random.oneIn(3) ? 0 : 8, random);
    note(bytes);
    const core = new ClientCore(clientModule, CLIENT_DEFAULTS, [1, 2]);
    const fault = core.configure(bytes.subarray(0, random.oneIn(8) ? random.below(bytes.length) : bytes.length));
    const known = ClientConfigurationFault as Record<string, number>;
    const name = Object.keys(known).find((key) => known[key] === fault);
    assert.ok(name, `fault ${fault}`);
    faults.set(name, (faults.get(name) ?? 0) + 1);
    if (fault !== 0) return;
    let now = 1_000_000;
    core.restoreSlice(new Uint8Array(0), 1_700_000_000, now);
    putInterface(core, 0, link(0, "0.0.0.0"), 0);
    putCommand(core, 1, ClientCommand.START);
    core.handleInputs(2, now);
    for (let calls = 0; calls < 20 && Number.isFinite(core.deadline); calls++) {
      now = Math.max(now, core.deadline);
      core.handleTimeout(now);
      drain(core);
    }
  });
  t.diagnostic(`${IMAGES} records: ${JSON.stringify([...faults])}`);
  assert.ok((faults.get("NONE") ?? 0) > IMAGES / 100, "some are accepted");
});

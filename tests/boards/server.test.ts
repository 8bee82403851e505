// The server as firmware, in QEMU on a link of real clients: it gives leases to them, is silent and counts when there is none left,
// and forgets none when its power is cut at any instant.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerVerdict } from "#layout";
import { Random, seed } from "../fuzz/random.js";
import { play, type Scene } from "../interop/harness/scene.js";
import { dhclient } from "../interop/peers/dhclient.js";
import { leaseholdClient } from "../interop/peers/leasehold.js";
import type { Place } from "../interop/peers/peer.js";
import { udhcpc } from "../interop/peers/udhcpc.js";
import { acquire } from "../interop/steps/ladder.js";
import { Crowd } from "../restart/crowd.js";
import { type Link, openLinkIn } from "../restart/link.js";
import { TAP_BACKEND, wire } from "./harness/client.js";
import { build, type Firmware, firmwareOf, hasProgram, titleOf, wantingFor } from "./harness/firmware.js";
import { Machine } from "./harness/machine.js";

/** What each board's `server.jsonc` says: the network's first bytes, the server's own last byte, and which addresses it gives. */
const NET = "192.0.2";
const OWN = 1;
const POOL = { first: 64, last: 127 };
const LEASES = POOL.last - POOL.first + 1;

/** Clients that ask at once: the server has room for as many answers (`SERVER_READY_SLOTS`), and is silent to the others. */
const AT_ONCE = 2;

/** The last byte of a relay agent's address, through which a crowd of clients speaks. */
const RELAY = 2;

/** Programs without which nothing here runs, by the Debian package that has them. */
const PROGRAMS = {
  dhclient: "isc-dhcp-client",
  ip: "iproute2",
  tcpdump: "tcpdump",
  tshark: "tshark",
  udhcpc: "udhcpc",
};

/** A server's machine in its host: started again and again with what its storage holds. */
class Board {
  readonly #place: Place;
  readonly #socket: { readonly mac: string };
  readonly #firmware: Firmware;
  readonly #elf: string;

  constructor(place: Place, firmware: Firmware, elf: string) {
    this.#place = place;
    this.#firmware = firmware;
    this.#elf = elf;
    this.#socket = wire(place);
  }

  get #image(): string {
    return join(this.#place.folder, "storage.img");
  }

  /** Powers it on, and waits until it has started. */
  async start(): Promise<Machine> {
    const { lab, host } = this.#place;
    const { qemu } = this.#firmware;
    const parts = { qemu, elf: this.#elf, backend: TAP_BACKEND, mac: this.#socket.mac, storage: this.#image };
    const machine = Machine.inLab(lab, host, parts);
    await machine.line(/^leasehold role=server/);
    return machine;
  }

  /** Forgets everything. */
  forget(): void {
    rmSync(this.#image);
  }
}

/** Starts and crashes that a machine has seen since its power came on: one, unless it was reset. */
const startsOf = (machine: Machine) => machine.lines().filter(({ word }) => word === "leasehold").length;

/** A way from a crowd to the server. */
function openCrowd(relay: Place): Promise<Link> {
  return openLinkIn(relay.host, `${NET}.${RELAY}`, `${NET}.${OWN}`);
}

/** Why a firmware can't be tried here, or null. */
async function wanting(firmware: Firmware): Promise<string | null> {
  if (process.getuid?.() !== 0) return "want of root";
  const missing = Object.entries(PROGRAMS).find(([program]) => !hasProgram(program));
  return missing ? `want of a package: ${missing[1]}` : wantingFor(firmware);
}

/** Real clients of three kinds get leases; after a power cut, each is given its own again. */
async function givesLeases(scene: Scene, board: Board): Promise<void> {
  const first = await board.start();
  const peers = [dhclient, udhcpc, leaseholdClient].map((peer, index) => ({ peer, where: scene.client(10 + index) }));
  const leases: string[] = [];
  for (const { peer, where } of peers) {
    const { running, ack } = await acquire(scene, peer, where);
    const own = Number(ack.yiaddr.slice(NET.length + 1));
    assert.ok(ack.yiaddr.startsWith(`${NET}.`) && own >= POOL.first && own <= POOL.last, ack.yiaddr);
    assert.equal(ack.serverIdentifier, `${NET}.${OWN}`);
    leases.push(ack.yiaddr);
    await running.stop();
  }
  assert.equal(new Set(leases).size, leases.length);
  await first.cutPower();
  await board.start();
  for (const [index, { peer, where }] of peers.entries()) {
    const { ack } = await acquire(scene, peer, where);
    assert.equal(ack.yiaddr, leases[index], `${peer.name} has another address`);
  }
}

/** As many clients join as are served at once; resolves when they have leases, or after some seconds. */
async function joinSome(crowd: Crowd): Promise<void> {
  const before = crowd.acknowledged;
  crowd.join(AT_ONCE);
  await crowd.acknowledgedMore(before + AT_ONCE - 1);
}

/** More clients come than there are addresses: silence, counted, and whoever has one keeps it. */
async function fillsUp(t: TestContext, scene: Scene, board: Board): Promise<void> {
  const machine = await board.start();
  const link = await openCrowd(scene.server(NET, RELAY));
  const crowd = new Crowd();
  crowd.use(link);
  try {
    for (let round = 0; round < LEASES && crowd.promises < LEASES; round++) await joinSome(crowd);
    assert.equal(crowd.promises, LEASES);
    const before = crowd.acknowledged;
    for (let round = 0; round < 8; round++) crowd.join(AT_ONCE);
    await sleep(1000);
    assert.equal(crowd.acknowledged, before);
    await crowd.confirm();
    assert.deepEqual(crowd.broken, []);
    const { figures, counters } = await machine.report();
    for (const [name, value] of figures) t.diagnostic(`${name} ${value}`);
    assert.ok((counters.get(ServerVerdict.NO_FREE_ADDRESS) ?? 0) > 0, "no silence was counted");
    assert.equal(figures.get("traps"), 0);
    assert.equal(startsOf(machine), 1);
  } finally {
    link.close();
  }
}

/** The power is cut again and again while clients come and go; each time all promises stand. */
async function survives(t: TestContext, scene: Scene, board: Board, lives: number, forgets: boolean): Promise<Crowd> {
  const chance = new Random("server firmware");
  const relay = scene.server(NET, RELAY);
  const crowd = new Crowd();
  for (let life = 0; life < lives && crowd.broken.length === 0; life++) {
    const machine = await board.start();
    const link = await openCrowd(relay);
    try {
      crowd.use(link);
      await crowd.confirm();
      if (life % 3 === 2) crowd.leave(6, `${NET}.${OWN}`);
      for (let round = chance.below(4); round > 0; round--) await joinSome(crowd);
      const before = crowd.acknowledged;
      crowd.join(AT_ONCE);
      await crowd.acknowledgedMore(before + chance.below(AT_ONCE));
      await sleep(chance.below(4));
    } finally {
      await machine.cutPower();
      crowd.use(null);
      link.close();
    }
    if (forgets) board.forget();
  }
  t.diagnostic(`${crowd.acknowledged} DHCPACKs, ${crowd.promises} promises at the end`);
  return crowd;
}

for (const firmware of firmwareOf("server")) {
  const title = titleOf(firmware);
  test(title, async (t) => {
    const want = await wanting(firmware);
    if (want !== null) return t.skip(want);
    const elf = await build(firmware);
    t.diagnostic(`LEASEHOLD_SEED=${seed}`);
    const playOn = (body: (scene: Scene, board: Board) => Promise<void>) =>
      play((scene) => body(scene, new Board(scene.client(1), firmware, elf)));
    await t.test("gives leases to dhclient, udhcpc and Leasehold's client, and the same after a power cut", () =>
      playOn(givesLeases),
    );
    await t.test("is silent when no address is left, counts it, and goes on", (t) =>
      playOn((scene, board) => fillsUp(t, scene, board)),
    );
    await t.test("forgets no lease when its power is cut under load", (t) =>
      playOn(async (scene, board) => {
        const crowd = await survives(t, scene, board, 10, false);
        assert.deepEqual(crowd.broken, []);
        assert.ok(crowd.promises > 10, "clients got addresses");
      }),
    );
    await t.test("is found out when it does forget", (t) =>
      playOn(async (scene, board) => {
        const { broken } = await survives(t, scene, board, 3, true);
        assert.ok(broken.length > 0, "storage was taken away, and nobody noticed");
      }),
    );
  });
}

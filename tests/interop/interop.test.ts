// Our server with other people's clients, and our client with other people's servers, over real links: every cell of
// `matrix.json` that says "shown" is played here, several labs at a time, and each capture is dissected by tshark.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { type Scene, play } from "./harness/scene.js";
import { cellKey, formatMatrix, peersOf, readMatrix, type Side, SHOWN, SIDES } from "./matrix.js";
import { dhclient } from "./peers/dhclient.js";
import { dhcpcd } from "./peers/dhcpcd.js";
import { dnsmasq } from "./peers/dnsmasq.js";
import { iscDhcpd } from "./peers/isc-dhcpd.js";
import { kea } from "./peers/kea.js";
import { leaseholdClient, leaseholdServer } from "./peers/leasehold.js";
import { networkd } from "./peers/networkd.js";
import type { ClientPeer, ServerPeer } from "./peers/peer.js";
import { dhcrelay, dnsmasqRelay } from "./peers/relays.js";
import { udhcpc } from "./peers/udhcpc.js";
import { udhcpd } from "./peers/udhcpd.js";
import * as keeping from "./steps/keeping.js";
import * as ladder from "./steps/ladder.js";
import * as mishaps from "./steps/mishaps.js";
import { throughRelay } from "./steps/relayed.js";

/** Labs at a time: they wait more than they work. */
const LABS_AT_ONCE = 8;

const CLIENTS: readonly ClientPeer[] = [dhclient, udhcpc, dhcpcd, networkd, leaseholdClient];
const SERVERS: readonly ServerPeer[] = [kea, iscDhcpd, dnsmasq, udhcpd];

/** Steps that only one of the peers can do. */
const ONE_PEER_ONLY: ReadonlySet<string> = new Set(["ourServer inform"]);

/** Programs without which nothing here runs, by the Debian package that has them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  arping: "iputils-arping",
  dhclient: "isc-dhcp-client",
  dhcpcd: "dhcpcd-base",
  dhcpd: "isc-dhcp-server",
  dhcrelay: "isc-dhcp-relay",
  dnsmasq: "dnsmasq-base",
  ethtool: "ethtool",
  ip: "iproute2",
  "kea-dhcp4": "kea-dhcp4-server",
  tcpdump: "tcpdump",
  tshark: "tshark",
  udhcpc: "udhcpc",
  udhcpd: "udhcpd",
  "/lib/systemd/systemd-networkd": "systemd",
};

type Step = (scene: Scene, pair: ladder.Pair) => Promise<void>;

/** The steps that are the same for every peer. */
const STEPS: Readonly<Record<string, Step>> = {
  ladder: ladder.ladder,
  preferredAddress: ladder.preferredAddress,
  leaseTime: ladder.leaseTime,
  renew: keeping.renew,
  rebind: keeping.rebind,
  reboot: keeping.reboot,
  networkChanged: mishaps.networkChanged,
  decline: mishaps.decline,
  release: ladder.release,
  previousAddress: ladder.previousAddress,
  inform: ladder.inform,
};

/**
 * The step for a pair. With two servers, the other one is somebody else's where the client collects offers; a client that takes
 * the first meets our server twice, so that one of ours is declined in any case. ISC dhcpd and udhcpd keep an offer that was
 * declined: they are the ones chosen. dhcrelay adds option 82, which udhcpd does not return.
 */
function stepOf(name: string, { client, server }: ladder.Pair): Step {
  if (name === "relay") {
    const plain = client === networkd || client === dhcpcd || server === dnsmasq || server === udhcpd;
    return throughRelay(plain ? dnsmasqRelay : dhcrelay);
  }
  if (name === "twoServers") {
    if (server === leaseholdServer) return mishaps.twoServers(client === dhclient ? kea : leaseholdServer);
    // The second of each pair is the one chosen.
    if (server === kea) return mishaps.twoServers(iscDhcpd);
    if (server === dnsmasq) return mishaps.twoServers(kea);
    return (scene, pair) => mishaps.twoServers(server)(scene, { ...pair, server: dnsmasq });
  }
  const step = STEPS[name];
  assert.ok(step, `there is no step ${name}; matrix.json names it`);
  return step;
}

function pairOf(side: Side, peer: string): ladder.Pair {
  const client = side === "ourServer" ? CLIENTS.find(({ name }) => name === peer) : leaseholdClient;
  const server = side === "ourServer" ? leaseholdServer : SERVERS.find(({ name }) => name === peer);
  assert.ok(client && server, `there is no peer ${peer}; matrix.json names it`);
  return { client, server };
}

/** Why nothing can be played here, or null. */
function wanting(): string | null {
  if (process.getuid?.() !== 0) return "want of root";
  const missing = Object.entries(PROGRAMS).find(([program]) => {
    return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status !== 0;
  });
  return missing ? `want of a package: ${missing[1]}` : null;
}

const matrix = readMatrix();
const results = new Map<string, boolean>();
const cells = (Object.keys(SIDES) as Side[]).flatMap((side) =>
  Object.entries(matrix[side]).flatMap(([step, peers]) =>
    Object.entries(peers)
      .filter(([, cell]) => cell === SHOWN)
      .map(([peer]) => ({ side, step, peer })),
  ),
);
const want = wanting();

test("real peers", { concurrency: LABS_AT_ONCE }, async (t) => {
  if (want !== null) return t.skip(want);
  await Promise.all(
    cells.map(({ side, step, peer }) =>
      t.test(`${SIDES[side]} ${peer}: ${step}`, async () => {
        results.set(cellKey(side, step, peer), false);
        const pair = pairOf(side, peer);
        await play((scene) => stepOf(step, pair)(scene, pair));
        results.set(cellKey(side, step, peer), true);
      }),
    ),
  );
});

/** A peer that reads frames, one that reads datagrams, and our own at both ends. */
const VIRTUAL_PAIRS: readonly ladder.Pair[] = [
  { client: leaseholdClient, server: udhcpd },
  { client: leaseholdClient, server: dnsmasq },
  { client: dhclient, server: leaseholdServer },
  { client: leaseholdClient, server: leaseholdServer },
];

test("virtual network cards, whose checksums nobody fills in", { concurrency: LABS_AT_ONCE }, async (t) => {
  if (want !== null) return t.skip(want);
  await Promise.all(
    VIRTUAL_PAIRS.map((pair) =>
      t.test(`${pair.client.name} and ${pair.server.name}: ladder and renew`, async () => {
        await play((scene) => keeping.renew(scene, pair), false);
      }),
    ),
  );
});

test("the matrix: every cell is shown or has its reason, every step with two peers on each side", (t) => {
  for (const side of Object.keys(SIDES) as Side[]) {
    const peers = peersOf(matrix, side);
    for (const [step, row] of Object.entries(matrix[side])) {
      for (const peer of peers) {
        const cell = row[peer] ?? "";
        assert.ok(cell === SHOWN || cell.length >= 20, `${side}, ${step}, ${peer}: neither shown nor a reason`);
      }
      const others = peers.filter((peer) => peer !== "leasehold" && row[peer] === SHOWN);
      const least = ONE_PEER_ONLY.has(`${side} ${step}`) ? 1 : 2;
      assert.ok(others.length >= least, `${side}, ${step}: shown with ${others.join() || "nobody"}, not with ${least}`);
    }
  }
  assert.deepEqual(Object.keys(matrix.ourServer), Object.keys(matrix.ourClient), "both sides show the same steps");
  if (want !== null) return t.skip(want);
  for (const line of formatMatrix(matrix, results)) t.diagnostic(line);
  const unshown = cells.filter(({ side, step, peer }) => results.get(cellKey(side, step, peer)) !== true);
  assert.deepEqual(unshown, []);
});

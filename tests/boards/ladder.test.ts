// Firmware climbs the ladder on emulated boards, each with its own network chip, and keeps its lease, loses it and gives it back: the
// steps of `tests/interop` with other people's servers and our own, each capture dissected by tshark.

import { test } from "node:test";
import { play } from "../interop/harness/scene.js";
import { dnsmasq } from "../interop/peers/dnsmasq.js";
import { kea } from "../interop/peers/kea.js";
import { leaseholdServer } from "../interop/peers/leasehold.js";
import type { ClientPeer, ServerPeer } from "../interop/peers/peer.js";
import * as keeping from "../interop/steps/keeping.js";
import * as ladder from "../interop/steps/ladder.js";
import * as mishaps from "../interop/steps/mishaps.js";
import { firmwareClient } from "./harness/client.js";
import { build, type Firmware, firmwareOf, hasProgram, titleOf, wantingFor } from "./harness/firmware.js";

/** Labs at a time: they wait most of the time, for firmware begins after 1 to 10 s (RFC 2131 §4.4.1) and probes its address. */
const LABS_AT_ONCE = 8;

/** T1 and T2 in seconds that leave time to probe the address first. */
const TIMES = { leaseSeconds: 40, times: [12, 20] } as const;

/** The same where the lease must last until another server has taken the place of the first. */
const LONGER_TIMES = { leaseSeconds: 180, times: [25, 35] } as const;

const LIFE = {
  renew: keeping.renew,
  rebind: keeping.rebind,
  networkChanged: mishaps.networkChanged,
  decline: mishaps.decline,
  release: ladder.release,
};

/** What is played with each server. dnsmasq's shortest lease is two minutes. */
const STEPS: readonly { server: ServerPeer; steps: Partial<typeof LIFE> & { ladder?: typeof ladder.ladder } }[] = [
  { server: dnsmasq, steps: { ladder: ladder.ladder } },
  { server: kea, steps: LIFE },
  { server: leaseholdServer, steps: LIFE },
];

/** Programs besides the firmware's own without which nothing here runs, by their Debian packages. */
const PROGRAMS: Readonly<Record<string, string>> = {
  arping: "iputils-arping",
  dnsmasq: "dnsmasq-base",
  ethtool: "ethtool",
  ip: "iproute2",
  "kea-dhcp4": "kea-dhcp4-server",
  tcpdump: "tcpdump",
  tshark: "tshark",
};

function wanting(): string | null {
  if (process.getuid?.() !== 0) return "want of root";
  const missing = Object.entries(PROGRAMS).find(([program]) => !hasProgram(program));
  return missing ? `want of a package: ${missing[1]}` : null;
}

/** The clients that can be played here; the others skip. */
async function buildAll(): Promise<{ firmware: Firmware; client: ClientPeer | string }[]> {
  const want = wanting();
  const built = [];
  for (const firmware of firmwareOf("client")) {
    const wantOfIts = want ?? (await wantingFor(firmware));
    built.push({ firmware, client: wantOfIts ?? firmwareClient(firmware, await build(firmware)) });
  }
  return built;
}

test("firmware and real servers", { concurrency: LABS_AT_ONCE }, async (t) => {
  const clients = await buildAll();
  const cells = STEPS.flatMap(({ server, steps }) =>
    Object.entries(steps).flatMap(([name, step]) =>
      clients.map(({ firmware, client }) => ({ server, name, step, firmware, client })),
    ),
  );
  await Promise.all(
    cells.map(({ server, name, step, firmware, client }) =>
      t.test(`${titleOf(firmware)} and ${server.name}: ${name}`, async (cell) => {
        if (typeof client === "string") return cell.skip(client);
        const shortly = step === LIFE.networkChanged ? LONGER_TIMES : TIMES;
        await play((scene) => step(scene, { client, server, shortly }));
      }),
    ),
  );
});

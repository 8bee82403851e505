// The native client and server with real peers: the steps that `tests/interop` plays with the Node host, every capture dissected by tshark.

import { test } from "node:test";
import { play, type Scene } from "../interop/harness/scene.js";
import { dhclient } from "../interop/peers/dhclient.js";
import { dhcpcd } from "../interop/peers/dhcpcd.js";
import { dnsmasq } from "../interop/peers/dnsmasq.js";
import { kea } from "../interop/peers/kea.js";
import { leaseholdClient, leaseholdServer } from "../interop/peers/leasehold.js";
import { udhcpc } from "../interop/peers/udhcpc.js";
import * as keeping from "../interop/steps/keeping.js";
import * as ladder from "../interop/steps/ladder.js";
import * as mishaps from "../interop/steps/mishaps.js";
import { buildNative, nativeClient, nativeServer, wanting } from "./linux-programs.js";

/** Labs at a time: they wait more than they work. */
const LABS_AT_ONCE = 6;

type Step = (scene: Scene, pair: ladder.Pair) => Promise<void>;

const STEPS = {
  ladder: ladder.ladder,
  preferredAddress: ladder.preferredAddress,
  leaseTime: ladder.leaseTime,
  renew: keeping.renew,
  rebind: keeping.rebind,
  reboot: keeping.reboot,
  networkChanged: mishaps.networkChanged,
  decline: mishaps.decline,
  release: ladder.release,
} satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;

const ALL = Object.keys(STEPS) as StepName[];
const but = (...left: StepName[]) => ALL.filter((name) => !left.includes(name));

const want = wanting({
  arping: "iputils-arping",
  dhclient: "isc-dhcp-client",
  dhcpcd: "dhcpcd-base",
  dnsmasq: "dnsmasq-base",
  ethtool: "ethtool",
  "kea-dhcp4": "kea-dhcp4-server",
  tcpdump: "tcpdump",
  tshark: "tshark",
  udhcpc: "udhcpc",
});

async function pairs(): Promise<[ladder.Pair, StepName[]][]> {
  const client = nativeClient(await buildNative("client"));
  const server = nativeServer(await buildNative("server"));
  return [
    [{ client, server: kea }, ALL],
    [{ client, server: dnsmasq }, ALL],
    [{ client, server: leaseholdServer }, ALL],
    [{ client, server }, ALL],
    [{ client: dhclient, server }, ALL],
    // udhcpc has no INIT-REBOOT: it always begins with DHCPDISCOVER.
    [{ client: udhcpc, server }, but("reboot")],
    [{ client: dhcpcd, server }, ALL],
    [{ client: leaseholdClient, server }, ALL],
  ];
}

test("native programs with real peers", { concurrency: LABS_AT_ONCE }, async (t) => {
  if (want !== null) return t.skip(want);
  const played = (await pairs()).flatMap(([pair, steps]) =>
    steps.map((step) =>
      t.test(`${pair.client.name} and ${pair.server.name}: ${step}`, () =>
        play((scene) => (STEPS[step] as Step)(scene, pair)),
      ),
    ),
  );
  await Promise.all(played);
});

test("on virtual network cards, whose checksums nobody fills in", async (t) => {
  if (want !== null) return t.skip(want);
  const client = nativeClient(await buildNative("client"));
  const server = nativeServer(await buildNative("server"));
  await play((scene) => keeping.renew(scene, { client, server: dnsmasq }), false);
  await play((scene) => keeping.renew(scene, { client: dhclient, server }), false);
});

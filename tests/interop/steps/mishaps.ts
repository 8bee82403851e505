/**
 * What goes wrong on real links: the machine was carried to another network, somebody already has the address, two servers
 * offer at once.
 */
import assert from "node:assert/strict";
import { DHCP } from "../harness/capture.js";
import { ELSEWHERE, HOME, type Scene } from "../harness/scene.js";
import type { ServerPeer } from "../peers/peer.js";
import { acquire, is, ORDINARY, type Pair } from "./ladder.js";

/** The same server for the other network, which it knows whole. */
const OTHER_NETWORK = { ...ORDINARY, net: ELSEWHERE, authoritative: true } as const;

/**
 * The network is another one when the client asks for its lease again: DHCPNAK, at once DHCPDISCOVER, and an address of that
 * network (RFC 2131 §4.3.2). A client without INIT-REBOOT learns it when it renews, or, from a server that says nothing to messages for
 * its old address, when it rebinds `shortly`.
 */
export async function networkChanged(scene: Scene, { client, server, shortly }: Pair): Promise<void> {
  const host = scene.server(HOME, 1);
  const program = await server.start(host, { ...ORDINARY, ...(client.comesBackBy === null && shortly) });
  const where = scene.client(1);
  const { running, ack } = await acquire(scene, client, where);
  // From here on: a client may renew by itself while the other server starts.
  const from = scene.capture.mark();
  await program.end();
  scene.lab.run(host.host, "ip", "address", "del", `${HOME}.1/24`, "dev", "eth0");
  scene.lab.run(host.host, "ip", "address", "add", `${ELSEWHERE}.1/24`, "dev", "eth0");
  // Who renews asks the server at its old address, which stands behind the new one: Kea goes by the first.
  if (client.comesBackBy === null) scene.lab.run(host.host, "ip", "address", "add", `${HOME}.1/24`, "dev", "eth0");
  await server.start(scene.afresh(host), OTHER_NETWORK);
  if (client.comesBackBy === "cable") {
    scene.lab.unplug(where.host, "eth0");
    scene.lab.plug(where.host, "eth0", scene.link);
  } else if (client.comesBackBy === "restart") {
    await running.stop();
    scene.lab.run(where.host, "ip", "-4", "address", "flush", "dev", "eth0");
    client.start(where, {});
  } else {
    running.renew?.();
  }
  const request = await scene.capture.message("DHCPREQUEST", is(DHCP.REQUEST, where), { from });
  assert.equal(request.requestedAddress || request.ciaddr, ack.yiaddr);
  const nak = await scene.capture.message("DHCPNAK", is(DHCP.NAK, where), { from });
  assert.equal(nak.yiaddr, "0.0.0.0");
  assert.equal(nak.leaseSeconds, undefined);
  // The first server may have acknowledged a renewal before it ended.
  const afterNak = scene.capture.messages().findIndex(({ at }) => at >= nak.at);
  const next = await scene.capture.message("DHCPACK", is(DHCP.ACK, where), { from: afterNak });
  assert.match(next.yiaddr, new RegExp(`^${ELSEWHERE}\\.`));
  await scene.hasAddress(client, where, next.yiaddr);
}

/**
 * Somebody on the link has the first address that is given out, and answers ARP for it: the client declines it and gets another
 * (RFC 2131 §3.1 step 5; RFC 5227 §2.1).
 */
export async function decline(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), { ...ORDINARY, pool: [100, 101] });
  const squatter = scene.client(99);
  for (const last of [100, 101]) {
    scene.lab.run(squatter.host, "ip", "address", "add", `${HOME}.${last}/24`, "dev", "eth0");
  }
  const where = scene.client(1);
  client.start(where, { probe: true });
  const declined = await scene.capture.message("DHCPDECLINE", is(DHCP.DECLINE, where));
  const messages = scene.capture.messages();
  const ack = messages.find(is(DHCP.ACK, where));
  assert.equal(declined.requestedAddress, ack?.yiaddr);
  assert.equal(declined.serverIdentifier, `${HOME}.1`);
  assert.equal(declined.ciaddr, "0.0.0.0");
  const other = declined.requestedAddress === `${HOME}.100` ? `${HOME}.101` : `${HOME}.100`;
  scene.lab.run(squatter.host, "ip", "address", "del", `${other}/24`, "dev", "eth0");
  const second = await scene.capture.message("DHCPACK for the other address", (message) => {
    return is(DHCP.ACK, where)(message) && message.yiaddr === other;
  });
  await scene.hasAddress(client, where, second.yiaddr);
  assert.ok(!scene.lab.addressesOf(where.host, "eth0").includes(declined.requestedAddress));
}

/**
 * Two servers offer, each the one address it has. The client chooses one of them; its DHCPREQUEST tells the other that its
 * offer is free again (RFC 2131 §3.1 step 4), so that a second client gets that address at once.
 */
export function twoServers(other: ServerPeer): (scene: Scene, pair: Pair) => Promise<void> {
  return async (scene, { client, server }) => {
    const wishes = { ...ORDINARY, leaseSeconds: 600 };
    await Promise.all([
      server.start(scene.server(HOME, 1), { ...wishes, pool: [100, 100], own: 1 }),
      other.start(scene.server(HOME, 2), { ...wishes, pool: [200, 200], own: 2 }),
    ]);
    const where = scene.client(1);
    const { ack } = await acquire(scene, client, where, { preferServer: `${HOME}.2` });
    const offers = () => scene.capture.messages().filter(is(DHCP.OFFER, where));
    await scene.capture.message("the other DHCPOFFER", (message) => {
      return is(DHCP.OFFER, where)(message) && message.serverIdentifier !== ack.serverIdentifier;
    });
    assert.equal(new Set(offers().map(({ serverIdentifier }) => serverIdentifier)).size, 2);
    const chosen = scene.capture.messages().find(is(DHCP.REQUEST, where));
    assert.equal(chosen?.serverIdentifier, ack.serverIdentifier);
    const from = scene.capture.mark();
    const second = scene.client(2);
    const { ack: next } = await acquire(scene, client, second);
    const free = [`${HOME}.100`, `${HOME}.200`].find((address) => address !== ack.yiaddr);
    assert.equal(next.yiaddr, free);
    assert.equal(scene.capture.messages().slice(from).filter(is(DHCP.NAK, second)).length, 0);
  };
}

/**
 * The ladder without mishaps: an address and a lease time asked for, offered, acknowledged and used; given back; had again.
 */
import assert from "node:assert/strict";
import { type CapturedMessage, DHCP } from "../harness/capture.js";
import { type ClientPlace, HOME, type Scene } from "../harness/scene.js";
import type { ClientPeer, ClientWishes, RunningClient, ServerPeer, ServerWishes } from "../peers/peer.js";

/** A server with a pool of a hundred addresses and leases of ten minutes. */
export const ORDINARY: ServerWishes = { net: HOME, pool: [100, 199], own: 1, leaseSeconds: 600 };

/** A pair of peers to play a step with. */
export interface Pair {
  readonly client: ClientPeer;
  readonly server: ServerPeer;
  /** Times of a lease that is kept and extended while a test waits; a lease of 24 s, T1 of 4 s and T2 of 8 s when left out. */
  readonly shortly?: Pick<ServerWishes, "leaseSeconds" | "times">;
}

/** Whether a message is of a type and of a client. */
export function is(type: number, client: ClientPlace): (message: CapturedMessage) => boolean {
  return (message) => message.type === type && message.chaddr === client.mac;
}

/**
 * Starts a client and waits for the DHCPACK of its first lease and the address on its interface.
 * @returns the client, and the DHCPACK
 */
export async function acquire(
  scene: Scene,
  peer: ClientPeer,
  where: ClientPlace,
  wishes: ClientWishes = {},
): Promise<{ readonly running: RunningClient; readonly ack: CapturedMessage }> {
  const from = scene.capture.mark();
  const running = peer.start(where, wishes);
  const ack = await scene.capture.message("DHCPACK", is(DHCP.ACK, where), { from });
  await scene.hasAddress(peer, where, ack.yiaddr);
  return { running, ack };
}

/** DHCPDISCOVER, DHCPOFFER, DHCPREQUEST, DHCPACK (RFC 2131 §3.1), with the fields of table 5. */
export async function ladder(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), ORDINARY);
  const where = scene.client(1);
  const { ack } = await acquire(scene, client, where);
  const messages = scene.capture.messages();
  const offer = messages.find(is(DHCP.OFFER, where));
  const request = messages.find(is(DHCP.REQUEST, where));
  assert.ok(messages.some(is(DHCP.DISCOVER, where)) && offer && request);
  assert.equal(request.serverIdentifier, `${HOME}.1`);
  assert.equal(request.requestedAddress, offer.yiaddr);
  assert.equal(request.ciaddr, "0.0.0.0");
  assert.equal(ack.yiaddr, offer.yiaddr);
  assert.equal(ack.serverIdentifier, `${HOME}.1`);
  assert.equal(ack.leaseSeconds, 600);
}

/** The client asks for an address, and the server gives it (RFC 2131 §4.3.1). */
export async function preferredAddress(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), ORDINARY);
  const where = scene.client(1);
  const { ack } = await acquire(scene, client, where, { address: `${HOME}.133` });
  assert.equal(scene.capture.messages().find(is(DHCP.DISCOVER, where))?.requestedAddress, `${HOME}.133`);
  assert.equal(scene.capture.messages().find(is(DHCP.OFFER, where))?.yiaddr, `${HOME}.133`);
  assert.equal(ack.yiaddr, `${HOME}.133`);
}

/** The client asks for a lease time, and the server gives it (RFC 2131 §4.3.1). */
export async function leaseTime(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), ORDINARY);
  const where = scene.client(1);
  const { ack } = await acquire(scene, client, where, { leaseSeconds: 444 });
  assert.equal(scene.capture.messages().find(is(DHCP.DISCOVER, where))?.leaseSeconds, 444);
  assert.equal(ack.leaseSeconds, 444);
}

/** The client gives its lease back (RFC 2131 §4.4.6), and the address is given to the next that asks for it. */
export async function release(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), { ...ORDINARY, pool: [100, 100] });
  const where = scene.client(1);
  const { running, ack } = await acquire(scene, client, where);
  await running.release();
  const message = await scene.capture.message("DHCPRELEASE", is(DHCP.RELEASE, where));
  assert.equal(message.ciaddr, ack.yiaddr);
  // networkd leaves the server identifier out, which RFC 2131 §4.4.1, table 5 asks for.
  assert.ok([`${HOME}.1`, client.name === "networkd" ? "" : `${HOME}.1`].includes(message.serverIdentifier));
  assert.equal(message.destination, `${HOME}.1`);
  const next = scene.client(2);
  const { ack: second } = await acquire(scene, client, next);
  assert.equal(second.yiaddr, ack.yiaddr);
}

/**
 * A client that gave its lease back, and remembers nothing of it, is given the same address again: its previous binding
 * (RFC 2131 §4.3.1). It had asked for an address in the middle of the pool, which no server would choose by itself.
 */
export async function previousAddress(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), ORDINARY);
  const where = scene.client(1);
  const { running, ack } = await acquire(scene, client, where, { address: `${HOME}.133` });
  assert.equal(ack.yiaddr, `${HOME}.133`);
  await running.release();
  await scene.capture.message("DHCPRELEASE", is(DHCP.RELEASE, where));
  const from = scene.capture.mark();
  const { ack: second } = await acquire(scene, client, scene.afresh(where));
  const discover = scene.capture.messages().slice(from).find(is(DHCP.DISCOVER, where));
  assert.equal(discover?.requestedAddress, "", "the client asks for no address");
  assert.equal(second.yiaddr, `${HOME}.133`);
}

/** Parameters without a lease (RFC 2131 §3.4). */
export async function inform(scene: Scene, { client, server }: Pair): Promise<void> {
  // ISC dhcpd answers DHCPINFORM only where it is authoritative.
  await server.start(scene.server(HOME, 1), { ...ORDINARY, authoritative: true });
  const where = scene.client(1);
  const address = `${HOME}.20`;
  assert.ok(client.inform, `${client.name} can inform`);
  scene.lab.run(where.host, "ip", "address", "add", `${address}/24`, "dev", "eth0");
  client.inform(where, address);
  const message = await scene.capture.message("DHCPINFORM", is(DHCP.INFORM, where));
  assert.equal(message.ciaddr, address);
  const ack = await scene.capture.message("DHCPACK", is(DHCP.ACK, where));
  assert.equal(ack.yiaddr, "0.0.0.0");
  assert.equal(ack.leaseSeconds, undefined);
  assert.equal(ack.serverIdentifier, `${HOME}.1`);
}

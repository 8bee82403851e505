/**
 * Keeping a lease: renewed at T1 by the server that gave it, rebound at T2 by another when that one is gone, asked for again
 * after a restart (RFC 2131 §4.4.5, §3.2).
 */
import assert from "node:assert/strict";
import { DHCP } from "../harness/capture.js";
import { HOME, type Scene } from "../harness/scene.js";
import { acquire, is, ORDINARY, type Pair } from "./ladder.js";

/** Short enough to be waited for. dnsmasq gives two minutes at least, with these times in them all the same. */
const SHORT = { leaseSeconds: 24, times: [4, 8] } as const;

/** At T1 the client asks its server, and no other; the lease goes on. */
export async function renew(scene: Scene, { client, server, shortly = SHORT }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), { ...ORDINARY, ...shortly });
  const where = scene.client(1);
  const { running, ack } = await acquire(scene, client, where);
  const from = scene.capture.mark();
  running.renew?.();
  const request = await scene.capture.message("renewing DHCPREQUEST", is(DHCP.REQUEST, where), { from });
  assert.equal(request.ciaddr, ack.yiaddr);
  assert.equal(request.source, ack.yiaddr);
  assert.equal(request.destination, `${HOME}.1`);
  assert.equal(request.serverIdentifier, "");
  assert.equal(request.requestedAddress, "");
  const second = await scene.capture.message("DHCPACK", is(DHCP.ACK, where), { from });
  assert.equal(second.yiaddr, ack.yiaddr);
  assert.equal(second.leaseSeconds, ack.leaseSeconds);
  await scene.hasAddress(client, where, ack.yiaddr);
}

/**
 * The server dies, its state lives on in another at another address. T1 passes unanswered; at T2 the client asks everybody, and
 * keeps its address by the new server.
 */
export async function rebind(scene: Scene, { client, server, shortly = SHORT }: Pair): Promise<void> {
  const first = scene.server(HOME, 1);
  const program = await server.start(first, { ...ORDINARY, ...shortly });
  const where = scene.client(1);
  const { ack } = await acquire(scene, client, where);
  await server.flush?.(program);
  await program.kill();
  scene.lab.unplug(first.host, "eth0");
  const second = { ...scene.server(HOME, 2), folder: first.folder };
  await server.start(second, { ...ORDINARY, ...shortly, own: 2 });
  const from = scene.capture.mark();
  const request = await scene.capture.message(
    "broadcast DHCPREQUEST",
    (message) => {
      return is(DHCP.REQUEST, where)(message) && message.destination === "255.255.255.255";
    },
    { from },
  );
  assert.equal(request.ciaddr, ack.yiaddr);
  assert.equal(request.serverIdentifier, "");
  const rebound = await scene.capture.message("DHCPACK", is(DHCP.ACK, where), { from });
  assert.equal(rebound.serverIdentifier, `${HOME}.2`);
  assert.equal(rebound.yiaddr, ack.yiaddr);
  await scene.hasAddress(client, where, ack.yiaddr);
}

/** A client that comes back asks for the address it had (INIT-REBOOT), and gets it without another DHCPDISCOVER. */
export async function reboot(scene: Scene, { client, server }: Pair): Promise<void> {
  await server.start(scene.server(HOME, 1), ORDINARY);
  const where = scene.client(1);
  const { running, ack } = await acquire(scene, client, where, { address: `${HOME}.133` });
  const from = scene.capture.mark();
  if (client.comesBackBy === "cable") {
    scene.lab.unplug(where.host, "eth0");
    scene.lab.plug(where.host, "eth0", scene.link);
  } else {
    await running.stop();
    scene.lab.run(where.host, "ip", "-4", "address", "flush", "dev", "eth0");
    client.start(where, {});
  }
  const again = await scene.capture.message("DHCPACK", is(DHCP.ACK, where), { from });
  const messages = scene.capture.messages().slice(from);
  assert.equal(messages.filter(is(DHCP.DISCOVER, where)).length, 0, "no DHCPDISCOVER was needed");
  const request = messages.find(is(DHCP.REQUEST, where));
  assert.equal(request?.ciaddr, "0.0.0.0");
  assert.equal(request?.requestedAddress, ack.yiaddr);
  assert.equal(request?.serverIdentifier, "");
  assert.equal(again.yiaddr, ack.yiaddr);
  await scene.hasAddress(client, where, ack.yiaddr);
}

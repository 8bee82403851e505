/**
 * A client and a server on different links, with a relay agent between them (RFC 2131 §4.1, RFC 3046): giaddr tells the subnet,
 * answers go back through the relay, renewals straight to the server.
 */
import assert from "node:assert/strict";
import { Capture, DHCP } from "../harness/capture.js";
import { HOME, type Scene } from "../harness/scene.js";
import type { RelayPeer } from "../peers/relays.js";
import { acquire, is, ORDINARY, type Pair } from "./ladder.js";

/** The link between relay and server: RFC 5737's TEST-NET-1. */
const BACKBONE = "192.0.2";

/** The ladder and a renewal through a relay. */
export function throughRelay(relay: RelayPeer): (scene: Scene, pair: Pair) => Promise<void> {
  return async (scene, { client, server }) => {
    const { lab } = scene;
    const backbone = lab.addLink("back");
    const behind = await Capture.start(lab, backbone);
    const host = scene.server(BACKBONE, 1, backbone);
    lab.run(host.host, "ip", "route", "add", "default", "via", `${BACKBONE}.254`);
    const agent = scene.server(HOME, 254);
    lab.connect(agent.host, "eth1", backbone, `${BACKBONE}.254/24`);
    lab.writeChecksums(agent.host, "eth1");
    lab.run(agent.host, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    await server.start(host, { ...ORDINARY, leaseSeconds: 24, times: [4, 8], behindRelay: true });
    await relay.start(agent, { clients: "eth0", servers: "eth1", agent: `${HOME}.254`, server: `${BACKBONE}.1` });
    const where = scene.client(1);
    const { running, ack } = await acquire(scene, client, where);
    assert.equal(ack.serverIdentifier, `${BACKBONE}.1`);
    const relayed = behind.messages().filter(({ giaddr }) => giaddr === `${HOME}.254`);
    for (const type of [DHCP.DISCOVER, DHCP.OFFER, DHCP.REQUEST, DHCP.ACK]) {
      const message = relayed.find(is(type, where));
      assert.ok(message, `message of type ${type} between relay and server`);
      if (relay.addsInformation) assert.ok(message.options.has(82), `option 82 in type ${type} (RFC 3046 §2.2)`);
    }
    const from = behind.mark();
    running.renew?.();
    const request = await behind.message("renewing DHCPREQUEST", is(DHCP.REQUEST, where), { from });
    assert.equal(request.giaddr, "0.0.0.0");
    assert.equal(request.source, ack.yiaddr);
    assert.equal(request.destination, `${BACKBONE}.1`);
    const renewed = await behind.message("DHCPACK", is(DHCP.ACK, where), { from });
    assert.equal(renewed.yiaddr, ack.yiaddr);
    assert.equal(renewed.destination, ack.yiaddr);
    assert.deepEqual(await behind.faults(), []);
  };
}

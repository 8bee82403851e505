// RFC 2131 §4.1: constructing and sending DHCP messages: where answers go, from which address, and in what shape.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TransmitKind } from "#layout";
import { bind, type Client, clientOf, discover, extend, reboot, select, toServer } from "./harness/clients.js";
import { BROADCAST_MAC, buildDatagramFrame, readDatagramFrame } from "./harness/frames.js";
import { addressOption, BROADCAST_FLAG, buildMessage, Code, hex, Type } from "./harness/messages.js";
import { LinkMode, type Sent, Server, SERVER_MAC } from "./harness/server-harness.js";

const config = {
  probe: false,
  subnets: [
    { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.19"] },
  ],
};

function on(linkMode: LinkMode): Server {
  return new Server({ config, interfaces: [{ address: "192.0.2.1", linkMode }] });
}

/** The IP and UDP ends of what was sent. */
const ends = ({ source, sourcePort, destination, destinationPort }: Sent) =>
  `${source}:${sourcePort} > ${destination}:${destinationPort}`;

test("RFC 2131 §4.1: with giaddr, answers go to the relay agent's server port", () => {
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.MIXED]) {
    for (const flags of [0, BROADCAST_FLAG]) {
      const server = on(linkMode);
      const client = clientOf(1, { giaddr: "198.51.100.1", flags });
      const from = { source: "198.51.100.1", destination: "192.0.2.1" };
      const offer = server.receive(discover(client), from).answer;
      assert.equal(offer.kind, TransmitKind.DATAGRAM);
      assert.equal(ends(offer), "192.0.2.1:67 > 198.51.100.1:67");
      assert.equal(offer.message.giaddr, "198.51.100.1");
      assert.equal(offer.message.flags, flags, "flags as they came (lesson 9)");
      assert.equal(offer.message.yiaddr, "198.51.100.10");
      const ack = server.receive(select(client, offer.message.yiaddr), from).answer;
      assert.equal(ends(ack), "192.0.2.1:67 > 198.51.100.1:67");
      assert.equal(ack.message.flags, flags, "flags as they came (lesson 9)");
    }
  }
});

test("RFC 2131 §4.1: without giaddr, a client with an address is answered there by unicast", () => {
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.MIXED]) {
    for (const flags of [0, BROADCAST_FLAG]) {
      const server = on(linkMode);
      const client = clientOf(1, { flags });
      const held = bind(server, client);
      const renewed = server.receive(extend(client, held), toServer(held)).answer;
      assert.equal(renewed.kind, TransmitKind.DATAGRAM);
      assert.equal(ends(renewed), `192.0.2.1:67 > ${held}:68`);
      const rebound = server.receive(extend(client, held), { source: held }).answer;
      assert.equal(ends(rebound), `192.0.2.1:67 > ${held}:68`);
    }
  }
});

test("RFC 2131 §4.1: the BROADCAST bit asks for a broadcast of OFFER and ACK (lesson 37)", () => {
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.MIXED]) {
    const server = on(linkMode);
    const client = clientOf(1, { flags: BROADCAST_FLAG });
    const offer = server.receive(discover(client)).answer;
    assert.equal(offer.kind, TransmitKind.DATAGRAM);
    assert.equal(ends(offer), "192.0.2.1:67 > 255.255.255.255:68");
    assert.equal(offer.message.flags, BROADCAST_FLAG);
    const ack = server.receive(select(client, offer.message.yiaddr)).answer;
    assert.equal(ends(ack), "192.0.2.1:67 > 255.255.255.255:68");
  }
});

test("RFC 2131 §4.1: without the BROADCAST bit, OFFER and ACK go to yiaddr at the client's hardware address", () => {
  const server = on(LinkMode.MIXED);
  const client = clientOf(1);
  const offer = server.receive(discover(client)).answer;
  const ack = server.receive(select(client, offer.message.yiaddr)).answer;
  for (const sent of [offer, ack]) {
    assert.equal(sent.kind, TransmitKind.FRAME);
    const frame = sent.frame!;
    assert.deepEqual(frame.destinationMac, client.chaddr);
    assert.deepEqual(frame.sourceMac, SERVER_MAC);
    assert.equal(frame.source, "192.0.2.1");
    assert.equal(frame.destination, sent.message.yiaddr);
    assert.deepEqual([frame.sourcePort, frame.destinationPort], [67, 68]);
    assert.equal(sent.message.flags, 0);
  }
});

test("RFC 2131 §4.1: where unicasting is not possible, the answer is broadcast", () => {
  const noFrames = on(LinkMode.DATAGRAM).receive(discover(clientOf(1))).answer;
  assert.equal(ends(noFrames), "192.0.2.1:67 > 255.255.255.255:68");
  assert.equal(noFrames.message.flags, 0, "the flag is the client's own");
  const notEthernet = on(LinkMode.MIXED).receive({ ...discover(clientOf(1)), htype: 32, hlen: 16 }).answer;
  assert.equal(notEthernet.kind, TransmitKind.DATAGRAM);
  assert.equal(ends(notEthernet), "192.0.2.1:67 > 255.255.255.255:68");
});

test("RFC 2131 §4.1: when giaddr is zero, a DHCPNAK is broadcast in all cases", () => {
  for (const linkMode of [LinkMode.DATAGRAM, LinkMode.MIXED]) {
    const server = on(linkMode);
    const rebooting = server.receive(reboot(clientOf(1), "203.0.113.9")).answer;
    assert.equal(rebooting.message.type, Type.NAK);
    assert.equal(ends(rebooting), "192.0.2.1:67 > 255.255.255.255:68");
    bind(server, clientOf(2));
    const renewing = server.receive(extend(clientOf(2), "192.0.2.200"), toServer("192.0.2.200")).answer;
    assert.equal(renewing.message.type, Type.NAK);
    assert.equal(ends(renewing), "192.0.2.1:67 > 255.255.255.255:68");
  }
});

test("RFC 2131 §4.1: a ciaddr in a DISCOVER aims answers nowhere outside the client's network", () => {
  const server = on(LinkMode.MIXED);
  const sent = server.receive({ ...discover(clientOf(1)), ciaddr: "203.0.113.66" }).answer;
  assert.notEqual(sent.destination, "203.0.113.66");
});

/** Sends a message in a frame, as a client or a relay behind `mac` does. */
function inFrame(
  server: Server,
  client: Client,
  message: Uint8Array,
  source = "0.0.0.0",
  destination = "255.255.255.255",
) {
  const destinationMac = destination === "255.255.255.255" ? BROADCAST_MAC : SERVER_MAC;
  const sourcePort = source === client.giaddr ? 67 : 68;
  return server.receiveFrame(
    buildDatagramFrame({
      destinationMac,
      sourceMac: source === client.giaddr ? hex("02 00 00 00 99 99") : client.chaddr,
      source,
      destination,
      sourcePort,
      destinationPort: 67,
      payload: message,
    }),
  );
}

test("RFC 2131 §4.1: on a link of frames, every answer is a frame to the right hardware address", () => {
  const server = on(LinkMode.FRAMES);
  const client = clientOf(1);
  const offer = inFrame(server, client, buildMessage(discover(client))).answer;
  assert.deepEqual(offer.frame!.destinationMac, client.chaddr);
  assert.equal(offer.frame!.destination, offer.message.yiaddr);
  const held = offer.message.yiaddr;
  inFrame(server, client, buildMessage(select(client, held)));
  const renewed = inFrame(server, client, buildMessage(extend(client, held)), held, "192.0.2.1").answer;
  assert.deepEqual(renewed.frame!.destinationMac, client.chaddr);
  assert.equal(renewed.frame!.destination, held);
  const loud = clientOf(2, { flags: BROADCAST_FLAG });
  const broadcast = inFrame(server, loud, buildMessage(discover(loud))).answer;
  assert.deepEqual(broadcast.frame!.destinationMac, BROADCAST_MAC);
  assert.equal(broadcast.frame!.destination, "255.255.255.255");
  const refused = inFrame(server, client, buildMessage(reboot(client, "203.0.113.9"))).answer;
  assert.deepEqual(refused.frame!.destinationMac, BROADCAST_MAC);
  const relayed = clientOf(3, { giaddr: "198.51.100.1" });
  const viaRelay = inFrame(server, relayed, buildMessage(discover(relayed)), "198.51.100.1", "192.0.2.1").answer;
  assert.deepEqual(viaRelay.frame!.destinationMac, hex("02 00 00 00 99 99"), "the router it came from");
  assert.equal(viaRelay.frame!.destination, "198.51.100.1");
  assert.deepEqual([viaRelay.frame!.sourcePort, viaRelay.frame!.destinationPort], [67, 67]);
  assert.equal(readDatagramFrame(viaRelay.bytes).payload.length, viaRelay.message.size);
});

test("RFC 2131 §4.1: the server identifier is the address of the interface that the message arrived on", () => {
  const server = new Server({ config, interfaces: [{ address: "192.0.2.1" }, { address: "198.51.100.3" }] });
  const here = server.receive(discover(clientOf(1))).answer;
  const there = server.receive(discover(clientOf(2)), { interfaceIndex: 1 }).answer;
  assert.equal(addressOption(here.message, Code.SERVER_IDENTIFIER), "192.0.2.1");
  assert.equal(addressOption(there.message, Code.SERVER_IDENTIFIER), "198.51.100.3");
  assert.equal(here.interfaceIndex, 0);
  assert.equal(there.interfaceIndex, 1);
  assert.equal(there.message.yiaddr, "198.51.100.10", "and so is the subnet");
});

test("RFC 2131 §4.1: any address of the server identifies it", () => {
  const server = new Server({ config, interfaces: [{ address: "192.0.2.1" }, { address: "198.51.100.3" }] });
  const client = clientOf(1);
  const { yiaddr } = server.receive(discover(client)).answer.message;
  const bound = server.receive(select(client, yiaddr, "198.51.100.3"));
  assert.equal(bound.verdict, "BOUND_SELECTING");
  assert.equal(addressOption(bound.answer.message, Code.SERVER_IDENTIFIER), "192.0.2.1");
});

test("RFC 2131 §4.1: a changed interface address is the identifier from then on (lesson 38)", () => {
  const server = new Server({ config });
  server.setInterface(0, { address: "192.0.2.2" });
  const client = clientOf(1);
  const offer = server.receive(discover(client)).answer.message;
  assert.equal(addressOption(offer, Code.SERVER_IDENTIFIER), "192.0.2.2");
  assert.equal(server.receive(select(client, offer.yiaddr, "192.0.2.1")).verdict, "OFFER_WITHDRAWN");
  server.setInterface(0, { address: "0.0.0.0" });
  assert.equal(server.receive(discover(client)).verdict, "NO_SERVER_ADDRESS");
  server.setInterface(0, { address: "192.0.2.2", up: false });
  assert.equal(server.receive(discover(client)).verdict, "UNKNOWN_INTERFACE");
});

test("RFC 2131 §4.1: options end with the end option, the message is at least as long as BOOTP's", () => {
  const { message, bytes } = on(LinkMode.DATAGRAM).receive(discover(clientOf(1))).answer;
  assert.equal(message.size, bytes.length);
  assert.ok(bytes.length >= 300);
});

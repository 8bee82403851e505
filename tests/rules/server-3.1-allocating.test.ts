// RFC 2131 §3.1: client-server interaction, allocating a network address. The ladder, step by step.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, release, select, toServer } from "./harness/clients.js";
import { addressOption, Code, numberOption, Type } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const config = { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] }] };

test("RFC 2131 §3.1: DISCOVER is offered an address, REQUEST acknowledged, RELEASE taken", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const offered = server.receive(discover(client));
  assert.equal(offered.verdict, "OFFERED");
  const offer = offered.answer.message;
  assert.equal(offer.type, Type.OFFER);
  assert.equal(offer.yiaddr, "192.0.2.10");
  assert.equal(addressOption(offer, Code.SERVER_IDENTIFIER), "192.0.2.1");
  const bound = server.receive(select(client, offer.yiaddr));
  assert.equal(bound.verdict, "BOUND_SELECTING");
  const ack = bound.answer.message;
  assert.equal(ack.type, Type.ACK);
  assert.equal(ack.yiaddr, offer.yiaddr);
  assert.equal(numberOption(ack, Code.LEASE_TIME), 43200);
  assert.equal(bound.leaseSeconds, 43200);
  const released = server.receive(release(client, ack.yiaddr), toServer(ack.yiaddr));
  assert.equal(released.verdict, "RELEASED");
  assert.deepEqual(released.sent, []);
});

test("RFC 2131 §3.1 step 2: an address offered to one client is not offered to another", () => {
  const server = new Server({ config });
  const addresses = new Set<string>();
  for (let number = 1; number <= 10; number++) {
    addresses.add(server.receive(discover(clientOf(number))).answer.message.yiaddr);
  }
  assert.equal(addresses.size, 10);
  assert.equal(server.receive(discover(clientOf(11))).verdict, "NO_FREE_ADDRESS");
});

test("RFC 2131 §3.1 step 2: an offer that nobody answers is free again after its time", () => {
  const server = new Server({ config: { ...config, offerTime: 30 } });
  for (let number = 1; number <= 10; number++) server.receive(discover(clientOf(number)));
  server.advance(29_000);
  assert.equal(server.receive(discover(clientOf(11))).verdict, "NO_FREE_ADDRESS");
  server.advance(3_000);
  assert.equal(server.status.offered, 0);
  assert.equal(server.receive(discover(clientOf(11))).verdict, "OFFERED");
});

test("RFC 2131 §3.1 step 4: another server's identifier is an implicit decline: the offer is free at once", () => {
  const server = new Server({ config: { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10"] }] } });
  assert.equal(server.receive(discover(clientOf(1))).verdict, "OFFERED");
  assert.equal(server.receive(discover(clientOf(2))).verdict, "NO_FREE_ADDRESS");
  const declined = server.receive(select(clientOf(1), "198.51.100.7", "192.0.2.2"));
  assert.equal(declined.verdict, "OFFER_WITHDRAWN");
  assert.equal(declined.address, "192.0.2.10");
  assert.deepEqual(declined.sent, []);
  assert.equal(server.receive(discover(clientOf(2))).answer.message.yiaddr, "192.0.2.10");
});

test("RFC 2131 §3.1 step 4: an implicit decline never touches a lease", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const held = bind(server, client);
  assert.equal(server.receive(select(client, "192.0.2.99", "192.0.2.2")).verdict, "OTHER_SERVER");
  server.receive(discover(client));
  assert.equal(server.receive(select(client, "192.0.2.99", "192.0.2.2")).verdict, "OTHER_SERVER");
  assert.equal(server.status.bound, 1);
  assert.equal(server.receive(discover(client)).answer.message.yiaddr, held);
});

test("RFC 2131 §3.1 step 4: a request that cannot be met is refused with DHCPNAK", () => {
  const server = new Server({ config });
  const holder = bind(server, clientOf(1));
  const refused = server.receive(select(clientOf(2), holder));
  assert.equal(refused.verdict, "REFUSED_TAKEN");
  assert.equal(refused.answer.message.type, Type.NAK);
});

test("RFC 2131 §3.1 step 4: a repeated DHCPREQUEST is acknowledged again", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const held = bind(server, client);
  const again = server.receive(select(client, held));
  assert.equal(again.verdict, "BOUND_SELECTING");
  assert.equal(again.answer.message.yiaddr, held);
});

test("RFC 2131 §3.1 step 6: a released address goes back to its client while nobody else took it", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const held = bind(server, client);
  server.receive(release(client, held), toServer(held));
  assert.equal(server.status.released, 1);
  bind(server, clientOf(2));
  assert.equal(server.receive(discover(client)).answer.message.yiaddr, held);
});

test("RFC 2131 §3.1: a full pool lets nobody's lease go, and serves again once one ends (lesson 10)", () => {
  const server = new Server({ config: { ...config, leaseTime: 600 } });
  for (let number = 1; number <= 10; number++) bind(server, clientOf(number));
  assert.equal(server.receive(discover(clientOf(11))).verdict, "NO_FREE_ADDRESS");
  server.advance(599_000);
  assert.equal(server.receive(discover(clientOf(11))).verdict, "NO_FREE_ADDRESS");
  server.advance(3_000);
  assert.equal(server.status.expired, 10);
  assert.equal(server.receive(discover(clientOf(11))).verdict, "OFFERED");
});

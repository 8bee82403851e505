// RFC 2131 §3.1: client-server interaction, allocating a network address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, discover, release, select, toServer } from "./harness/clients.js";
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

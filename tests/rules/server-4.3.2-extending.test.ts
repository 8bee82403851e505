// RFC 2131 §4.3.2: DHCPREQUEST in RENEWING and REBINDING.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, extend, release, toServer } from "./harness/clients.js";
import { Code, numberOption, Type, u32 } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] };
const far = { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.19"] };
const config = { probe: false, leaseTime: 600, subnets: [subnet] };

test("RFC 2131 §4.3.2: RENEWING: the holder's lease is extended from now", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  for (let round = 0; round < 5; round++) {
    server.advance(300_000);
    const renewed = server.receive(extend(clientOf(1), held), toServer(held));
    assert.equal(renewed.verdict, "BOUND_RENEWING");
    const ack = renewed.answer.message;
    assert.equal(ack.type, Type.ACK);
    assert.equal(ack.yiaddr, held);
    assert.equal(ack.ciaddr, held, "table 3: ciaddr from the DHCPREQUEST");
    assert.equal(numberOption(ack, Code.LEASE_TIME), 600);
  }
  server.advance(599_000);
  assert.equal(server.status.bound, 1);
  server.advance(3_000);
  assert.equal(server.status.bound, 0);
});

test("RFC 2131 §4.3.2: RENEWING: the lease never ends before what the client was told", () => {
  for (let offset = 0; offset < 1000; offset += 111) {
    const server = new Server({ config });
    server.advance(offset);
    bind(server, clientOf(1));
    server.advance(600_000);
    assert.equal(server.status.bound, 1, `bound at +${offset} ms`);
    server.advance(2_000);
    assert.equal(server.status.bound, 0);
  }
});

test("RFC 2131 §4.3.2: REBINDING: the holder's lease is extended", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const rebound = server.receive(extend(clientOf(1), held), { source: held });
  assert.equal(rebound.verdict, "BOUND_REBINDING");
  assert.equal(rebound.answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.2: RENEWING: a lease that just ended is extended while nobody took the address", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.advance(700_000);
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).verdict, "BOUND_RENEWING");
});

test("RFC 2131 §4.3.2: a client behind a relay agent renews by unicast, past the relay agent", () => {
  const server = new Server({ config: { ...config, subnets: [subnet, far] } });
  const held = bind(server, clientOf(1, { giaddr: "198.51.100.1" }));
  const renewed = server.receive(extend(clientOf(1), held), toServer(held));
  assert.equal(renewed.verdict, "BOUND_RENEWING");
  assert.equal(renewed.answer.destination, held);
  assert.equal(renewed.answer.destinationPort, 68);
});

test("RFC 2131 §4.3.2: REBINDING through a relay agent is answered through it", () => {
  const server = new Server({ config: { ...config, subnets: [subnet, far] } });
  const relayed = clientOf(1, { giaddr: "198.51.100.1" });
  const held = bind(server, relayed);
  const rebound = server.receive(extend(relayed, held), { source: "198.51.100.1", destination: "192.0.2.1" });
  assert.equal(rebound.answer.destination, "198.51.100.1");
  assert.equal(rebound.answer.destinationPort, 67);
});

test("RFC 2131 §4.3.2: REBINDING: an address of another network is refused", () => {
  const server = new Server({ config: { ...config, subnets: [subnet, far] } });
  const held = bind(server, clientOf(1, { giaddr: "198.51.100.1" }));
  const moved = server.receive(extend(clientOf(1), held), { source: held });
  assert.equal(moved.verdict, "REFUSED_WRONG_NETWORK");
  assert.equal(moved.answer.message.type, Type.NAK);
});

test("RFC 2131 §4.3.2: 'SHOULD check ciaddr': an address that another client holds is refused", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  for (const envelope of [toServer(held), { source: held }]) {
    const refused = server.receive(extend(clientOf(2), held), envelope);
    assert.equal(refused.verdict, "REFUSED_TAKEN");
    assert.equal(refused.answer.message.type, Type.NAK);
  }
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).verdict, "BOUND_RENEWING");
});

test("RFC 2131 §4.3.2: a client that holds another address is refused", () => {
  const server = new Server({ config });
  bind(server, clientOf(1));
  const refused = server.receive(extend(clientOf(1), "192.0.2.19"), toServer("192.0.2.19"));
  assert.equal(refused.verdict, "REFUSED_WRONG_ADDRESS");
});

test("RFC 2131 §4.3.2: a renewing client without a record hears nothing, or DHCPNAK from an authoritative server", () => {
  for (const authoritative of [false, true]) {
    const server = new Server({ config: { ...config, authoritative } });
    for (const held of ["192.0.2.15", "192.0.2.200"]) {
      const outcome = server.receive(extend(clientOf(1), held), toServer(held));
      assert.equal(outcome.verdict, authoritative ? "REFUSED_UNKNOWN_CLIENT" : "UNKNOWN_CLIENT");
      assert.equal(outcome.sent.length, authoritative ? 1 : 0);
    }
  }
});

test("RFC 2131 §4.3.2: a unicast request from no subnet of ours is dropped (CVE-2025-40779)", () => {
  const server = new Server({ config });
  const everything = Array.from({ length: 254 }, (_, code) => [code + 1, u32(0)] as const).filter(
    ([code]) => code !== Code.MESSAGE_TYPE && code !== Code.SERVER_IDENTIFIER,
  );
  const outcome = server.receive(extend(clientOf(1), "203.0.113.9", [...everything]), toServer("203.0.113.9"));
  assert.equal(outcome.verdict, "NO_SUBNET");
  assert.deepEqual(outcome.sent, []);
});

test("RFC 2131 §4.3.2: a renewal is answered for the address, not for what the client also asks for", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const renewed = server.receive(
    extend(clientOf(1), held, [[Code.REQUESTED_ADDRESS, u32(0xc0000212)]]),
    toServer(held),
  );
  assert.equal(renewed.verdict, "BOUND_RENEWING");
  assert.equal(renewed.answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.1: who asks for no time gets the configured one, also when renewing (a choice of ours)", () => {
  const server = new Server({ config: { ...config, leaseTime: { default: 600, minimum: 60, maximum: 6000 } } });
  const held = bind(server, clientOf(1), {}, [[Code.LEASE_TIME, u32(6000)]]);
  server.advance(1_000_000);
  const renewed = server.receive(extend(clientOf(1), held), toServer(held));
  assert.equal(numberOption(renewed.answer.message, Code.LEASE_TIME), 600);
});

test("RFC 2131 §4.3.2: a released lease that is renewed after all is a lease again", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).verdict, "BOUND_RENEWING");
  assert.equal(server.receive(discover(clientOf(2))).answer.message.yiaddr !== held, true);
});

// RFC 2131 §3.4 and §4.3.5: DHCPINFORM.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, inform, toServer } from "./harness/clients.js";
import { addressOption, Code, hex, ip, Type, u32 } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const config = {
  probe: false,
  leaseTime: 600,
  nextServer: "192.0.2.5",
  options: { routers: "192.0.2.254", "domain-name-servers": ["192.0.2.53"] },
  subnets: [
    { subnet: "192.0.2.0/24", pools: [{ range: "192.0.2.10-192.0.2.19", options: { routers: "192.0.2.253" } }] },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.10"], options: { routers: "198.51.100.254" } },
  ],
};

test("RFC 2131 §4.3.5: DHCPACK goes to ciaddr, without a lease time and without yiaddr (lesson 12)", () => {
  for (const flags of [0, 0x8000]) {
    const server = new Server({ config });
    const informed = server.receive(inform(clientOf(1, { flags }), "192.0.2.100"), { source: "192.0.2.100" });
    assert.equal(informed.verdict, "INFORMED");
    assert.equal(informed.leaseSeconds, 0);
    const { destination, destinationPort, message, waited } = informed.answer;
    assert.deepEqual([destination, destinationPort], ["192.0.2.100", 68]);
    assert.equal(waited, false, "nothing is recorded, nothing is waited for");
    assert.equal(message.type, Type.ACK);
    assert.equal(message.yiaddr, "0.0.0.0");
    assert.equal(message.ciaddr, "192.0.2.100");
    assert.equal(message.siaddr, "192.0.2.5");
    for (const code of [Code.LEASE_TIME, Code.RENEWAL_TIME, Code.REBINDING_TIME]) assert.ok(!message.options.has(code));
    assert.equal(addressOption(message, Code.ROUTERS), "192.0.2.254", "the subnet's, not a pool's");
    assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), "192.0.2.1");
  }
});

test("RFC 2131 §3.4: no address is allocated, no binding looked up or changed, a lease time not answered", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const records = server.records.length;
  const free = server.status.free;
  const informed = server.receive(inform(clientOf(1), held, [[Code.LEASE_TIME, u32(60)]]), toServer(held));
  assert.equal(informed.verdict, "INFORMED");
  assert.ok(!informed.answer.message.options.has(Code.LEASE_TIME));
  server.receive(inform(clientOf(2), "192.0.2.11"), toServer("192.0.2.11"));
  assert.equal(server.records.length, records);
  assert.equal(server.status.free, free);
  assert.equal(server.status.bound, 1);
});

test("RFC 2131 §3.4: the address is checked for consistency with the network", () => {
  const server = new Server({ config });
  assert.equal(server.receive(inform(clientOf(1), "0.0.0.0")).verdict, "NO_CLIENT_ADDRESS");
  assert.equal(
    server.receive(inform(clientOf(1), "198.51.100.77")).verdict,
    "NO_CLIENT_ADDRESS",
    "broadcast on another link",
  );
  assert.equal(server.receive(inform(clientOf(1), "203.0.113.7")).verdict, "NO_CLIENT_ADDRESS");
  assert.equal(server.receive(inform(clientOf(1), "203.0.113.7"), toServer("203.0.113.7")).verdict, "NO_SUBNET");
});

test("RFC 2131 §4.3.5: the parameters are those of the client's own subnet", () => {
  const server = new Server({ config });
  const routed = server.receive(inform(clientOf(1), "198.51.100.77"), toServer("198.51.100.77")).answer;
  assert.equal(addressOption(routed.message, Code.ROUTERS), "198.51.100.254");
  const relayed = server.receive(inform(clientOf(1, { giaddr: "198.51.100.1" }), "198.51.100.77")).answer;
  assert.deepEqual([relayed.destination, relayed.destinationPort], ["198.51.100.1", 67]);
});

test("RFC 2131 §4.3.5: where subnets share a network, the address says which is the client's, behind a relay agent as on the link", () => {
  const sharedNetworks = [{ name: "office", subnets: config.subnets }];
  const server = new Server({ config: { ...config, subnets: [], sharedNetworks } });
  for (const giaddr of ["0.0.0.0", "192.0.2.254"]) {
    const { message } = server.receive(inform(clientOf(1, { giaddr }), "198.51.100.77")).answer;
    assert.equal(addressOption(message, Code.ROUTERS), "198.51.100.254", giaddr);
  }
  const apart = new Server({ config });
  const foreign = apart.receive(inform(clientOf(1, { giaddr: "192.0.2.254" }), "198.51.100.77"), toServer("0.0.0.0"));
  assert.equal(foreign.verdict, "NO_CLIENT_ADDRESS", "a relay agent's network counts, not the address");
});

test("RFC 2131 §4.3.1: parameters for this client in particular are those of its reservation", () => {
  const reservations = [
    { hardwareAddress: "02:00:00:00:00:01", address: "192.0.2.77", options: { routers: "192.0.2.1" } },
  ];
  const server = new Server({ config: { ...config, subnets: [{ ...config.subnets[0], reservations }] } });
  const informed = server.receive(inform(clientOf(1), "192.0.2.77"), toServer("192.0.2.77"));
  assert.equal(addressOption(informed.answer.message, Code.ROUTERS), "192.0.2.1");
  assert.equal(informed.scope, "RESERVATION");
});

test("RFC 2131 §4.3.5: what is asked for comes in the order asked", () => {
  const server = new Server({ config });
  const { message } = server.receive(
    inform(clientOf(1), "192.0.2.100", [[Code.PARAMETER_REQUEST_LIST, hex("06 03")]]),
    toServer("192.0.2.100"),
  ).answer;
  assert.deepEqual([...message.options.keys()].slice(2), [Code.DNS_SERVERS, Code.ROUTERS]);
  assert.deepEqual(message.options.get(Code.DNS_SERVERS), ip("192.0.2.53"));
});

test("RFC 2131 §4.3.5: an informed client can become an ordinary one", () => {
  const server = new Server({ config });
  server.receive(inform(clientOf(1), "192.0.2.100"), toServer("192.0.2.100"));
  assert.equal(server.receive(discover(clientOf(1))).verdict, "OFFERED");
});

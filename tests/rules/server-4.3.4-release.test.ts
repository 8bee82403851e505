// RFC 2131 §4.3.4: DHCPRELEASE.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, fillJournal, release, toServer } from "./harness/clients.js";
import { Code, hex } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const config = { probe: false, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.11"] }] };

test("RFC 2131 §4.3.4: the address is not allocated any more, and there is no answer", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  bind(server, clientOf(2));
  assert.equal(server.receive(discover(clientOf(3))).verdict, "NO_FREE_ADDRESS");
  const released = server.receive(release(clientOf(1), held), toServer(held));
  assert.equal(released.verdict, "RELEASED");
  assert.equal(released.address, held);
  assert.deepEqual(released.sent, []);
  assert.equal(bind(server, clientOf(3)), held);
});

test("RFC 2131 §4.3.4: the previous binding is kept, also over a restart", () => {
  const server = new Server({
    config: { ...config, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.99"] }] },
  });
  bind(server, clientOf(2));
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  assert.equal(server.restart().status.released, 1);
  assert.equal(server.restart().receive(discover(clientOf(1))).answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.4: only the holder is believed (release spoof)", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const identified = clientOf(2, { identifier: hex("01 aa") });
  const other = bind(server, identified);
  for (const message of [
    release(clientOf(1), other),
    release(clientOf(3), held),
    release(clientOf(1), "192.0.2.200"),
    release(clientOf(1, { identifier: hex("01 bb") }), held),
    release({ ...identified, identifier: hex("01 ab") }, other),
  ]) {
    assert.equal(server.receive(message, toServer(held)).verdict, "NOT_THE_HOLDER");
  }
  assert.equal(server.receive(release(clientOf(1), held, "192.0.2.7"), toServer(held)).verdict, "OTHER_SERVER");
  assert.equal(server.status.bound, 2);
});

test("RFC 2131 §4.4.1, table 5: without a server identifier, a release must be sent to our own address (networkd's is)", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const { options, ...rest } = release(clientOf(1), held);
  const anonymous = { ...rest, options: options!.filter(([code]) => code !== Code.SERVER_IDENTIFIER) };
  assert.equal(server.receive(anonymous, { source: held }).verdict, "NO_SERVER_IDENTIFIER");
  assert.equal(server.receive({ ...anonymous, ciaddr: "192.0.2.200" }, toServer(held)).verdict, "NOT_THE_HOLDER");
  assert.equal(server.status.bound, 1);
  assert.equal(server.receive(anonymous, toServer(held)).verdict, "RELEASED");
});

test("RFC 2131 §4.3.4: releasing twice is not to hold it the second time", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  assert.equal(server.receive(release(clientOf(1), held), toServer(held)).verdict, "NOT_THE_HOLDER");
});

test("RFC 2131 §4.3.4: a client behind a relay agent releases by unicast, past the relay agent", () => {
  const far = { subnet: "198.51.100.0/24", pools: ["198.51.100.10"] };
  const server = new Server({ config: { ...config, subnets: [...config.subnets, far] } });
  const held = bind(server, clientOf(1, { giaddr: "198.51.100.1" }));
  assert.equal(server.receive(release(clientOf(1), held), toServer(held)).verdict, "RELEASED");
});

test("RFC 2131 §4.3.4: a release that the journal has no room for changes nothing", () => {
  const server = new Server({ config, limits: { journalSize: 1024, attributeBlockCount: 0 } });
  const held = bind(server, clientOf(1));
  fillJournal(server, clientOf(2), bind(server, clientOf(2)));
  assert.equal(server.receive(release(clientOf(1), held), toServer(held)).verdict, "STORE_BEHIND");
  assert.equal(server.status.bound, 2);
  server.sync();
  assert.equal(server.receive(release(clientOf(1), held), toServer(held)).verdict, "RELEASED");
});

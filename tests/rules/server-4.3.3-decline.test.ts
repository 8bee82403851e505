// RFC 2131 §4.3.3: DHCPDECLINE.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, decline, discover, extend, fillJournal, select, toServer } from "./harness/clients.js";
import { Code, hex, ip, Type } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] };
const config = { probe: false, quarantineTime: 3600, subnets: [subnet] };

test("RFC 2131 §4.3.3: the address is not available for the quarantine time, then it is again (lesson 16)", () => {
  const server = new Server({ config: { ...config, subnets: [{ ...subnet, pools: ["192.0.2.10"] }] } });
  const held = bind(server, clientOf(1));
  const declined = server.receive(decline(clientOf(1), held));
  assert.equal(declined.verdict, "DECLINED");
  assert.equal(declined.address, held);
  assert.deepEqual(declined.sent, []);
  assert.equal(server.status.quarantined, 1);
  assert.equal(server.receive(discover(clientOf(1))).verdict, "NO_FREE_ADDRESS");
  assert.equal(server.receive(discover(clientOf(2), [[Code.REQUESTED_ADDRESS, ip(held)]])).verdict, "NO_FREE_ADDRESS");
  assert.equal(server.receive(select(clientOf(2), held)).verdict, "REFUSED_TAKEN");
  server.advance(3_599_000);
  assert.equal(server.receive(discover(clientOf(2))).verdict, "NO_FREE_ADDRESS");
  server.advance(3_000);
  assert.equal(server.receive(discover(clientOf(2))).answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.3: the client that declined gets another address", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.receive(decline(clientOf(1), held));
  assert.notEqual(bind(server, clientOf(1)), held);
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).answer.message.type, Type.NAK);
});

test("RFC 2131 §4.3.3: quarantine outlives a restart", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.receive(decline(clientOf(1), held));
  const restarted = server.restart();
  assert.equal(restarted.status.quarantined, 1);
  assert.notEqual(
    restarted.receive(discover(clientOf(1), [[Code.REQUESTED_ADDRESS, ip(held)]])).answer.message.yiaddr,
    held,
  );
});

test("RFC 2131 §4.3.3: only the holder is believed (decline spoof)", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const identified = clientOf(2, { identifier: hex("01 aa") });
  const other = bind(server, identified);
  const refused = [
    decline(clientOf(3), held),
    decline(clientOf(1), other),
    decline(clientOf(1, { identifier: hex("01 bb") }), held),
    decline({ ...identified, identifier: hex("01 ab") }, other),
    decline(clientOf(1), "192.0.2.200"),
    decline(clientOf(1), "203.0.113.1"),
  ];
  for (const message of refused) assert.equal(server.receive(message).verdict, "NOT_THE_HOLDER");
  assert.equal(server.receive(decline(clientOf(1), held, "192.0.2.7")).verdict, "OTHER_SERVER");
  const { options, ...rest } = decline(clientOf(1), held);
  const without = (code: number) => ({ ...rest, options: options!.filter(([each]) => each !== code) });
  assert.equal(server.receive(without(Code.SERVER_IDENTIFIER)).verdict, "NO_SERVER_IDENTIFIER");
  assert.equal(server.receive(without(Code.REQUESTED_ADDRESS)).verdict, "NO_REQUESTED_ADDRESS");
  assert.equal(server.status.bound, 2);
  assert.equal(server.status.quarantined, 0);
});

test("RFC 2131 §4.3.3: an offer that was not acknowledged cannot be declined", () => {
  const server = new Server({ config });
  const { yiaddr } = server.receive(discover(clientOf(1))).answer.message;
  assert.equal(server.receive(decline(clientOf(1), yiaddr)).verdict, "NOT_THE_HOLDER");
});

test("RFC 2131 §4.3.3: one source cannot decline the pool away (decline flood)", () => {
  const server = new Server({ config: { ...config, subnets: [{ ...subnet, offersPerSource: 3 }] } });
  const verdicts: string[] = [];
  for (let number = 1; number <= 6; number++) {
    const held = bind(server, clientOf(number));
    verdicts.push(server.receive(decline(clientOf(number), held)).verdict);
  }
  assert.deepEqual(verdicts, [...Array(3).fill("DECLINED"), ...Array(3).fill("DECLINES_CAPPED")]);
  assert.equal(server.status.quarantined, 3);
  assert.equal(server.status.bound, 3, "beyond the cap the holder keeps its address");
  server.advance(3_601_000);
  const later = bind(server, clientOf(9));
  assert.equal(server.receive(decline(clientOf(9), later)).verdict, "DECLINED", "once the quarantine time is over");
});

test("RFC 2131 §4.3.3: a decline that the journal has no room for changes nothing", () => {
  const server = new Server({ config, limits: { journalSize: 1024, attributeBlockCount: 0 } });
  const held = bind(server, clientOf(1));
  fillJournal(server, clientOf(2), bind(server, clientOf(2)));
  assert.equal(server.receive(decline(clientOf(1), held)).verdict, "STORE_BEHIND");
  assert.equal(server.status.bound, 2);
  server.sync();
  assert.equal(server.receive(decline(clientOf(1), held)).verdict, "DECLINED");
});

// Addresses kept for one client (RFC 2131 §2.2: manual allocation; §4.3.1): by hardware address and by client identifier, in and out of
// pools, and what becomes of clients when reservations change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, decline, discover, extend, reboot, release, select, toServer } from "./harness/clients.js";
import { addressOption, Code, hex, ip, Type } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.11"] };
const byHardware = { hardwareAddress: "02:00:00:00:00:01", address: "192.0.2.77" };
const byIdentifier = { clientIdentifier: "01:aa:bb", address: "192.0.2.88" };

function configOf(...reservations: object[]) {
  return { probe: false, leaseTime: 600, subnets: [{ ...subnet, reservations }] };
}

const identified = (number: number) => clientOf(number, { identifier: hex("01 aa bb") });

test("a reservation by hardware address is served from outside the pools", () => {
  const server = new Server({ config: configOf(byHardware) });
  const offered = server.receive(discover(clientOf(1), [[Code.REQUESTED_ADDRESS, ip("192.0.2.10")]]));
  assert.equal(offered.answer.message.yiaddr, "192.0.2.77");
  assert.equal(offered.scope, "RESERVATION");
  assert.equal(offered.scopeIndex, 0);
  assert.equal(server.receive(select(clientOf(1), "192.0.2.77")).verdict, "BOUND_SELECTING");
  assert.equal(server.receive(extend(clientOf(1), "192.0.2.77"), toServer("192.0.2.77")).verdict, "BOUND_RENEWING");
});

test("a reservation by client identifier comes before one by hardware address (lesson 5)", () => {
  const server = new Server({ config: configOf(byHardware, byIdentifier) });
  assert.equal(bind(server, identified(1)), "192.0.2.88");
  assert.equal(bind(server, identified(2)), "192.0.2.88", "on whatever machine");
  assert.equal(bind(server, clientOf(1)), "192.0.2.77");
});

test("nobody else gets a reserved address: not from the pool, not by asking", () => {
  const server = new Server({ config: configOf({ ...byHardware, address: "192.0.2.10" }, byIdentifier) });
  assert.equal(bind(server, clientOf(2)), "192.0.2.11");
  assert.equal(server.receive(discover(clientOf(3))).verdict, "NO_FREE_ADDRESS");
  for (const address of ["192.0.2.10", "192.0.2.88"]) {
    assert.equal(
      server.receive(discover(clientOf(3), [[Code.REQUESTED_ADDRESS, ip(address)]])).verdict,
      "NO_FREE_ADDRESS",
    );
    assert.equal(server.receive(select(clientOf(3), address)).verdict, "REFUSED_BY_CONFIGURATION");
    assert.equal(server.receive(reboot(clientOf(3), address)).verdict, "UNKNOWN_CLIENT");
  }
  assert.equal(bind(server, clientOf(1)), "192.0.2.10");
});

test("a full pool does not concern reservations (lesson 10)", () => {
  const server = new Server({ config: configOf(byHardware, byIdentifier) });
  bind(server, clientOf(2));
  bind(server, clientOf(3));
  assert.equal(server.receive(discover(clientOf(4))).verdict, "NO_FREE_ADDRESS");
  assert.equal(bind(server, clientOf(1)), "192.0.2.77");
  assert.equal(bind(server, identified(5)), "192.0.2.88");
});

test("a reservation by hardware address follows the machine when its identifier changes (boot ROM, then system)", () => {
  const server = new Server({ config: configOf(byHardware) });
  const bootRom = clientOf(1, { identifier: hex("00 11 22 33") });
  const system = clientOf(1, { identifier: hex("ff 01 02 03") });
  assert.equal(bind(server, bootRom), "192.0.2.77");
  assert.equal(bind(server, system), "192.0.2.77");
  assert.equal(server.status.bound, 1);
  assert.equal(server.receive(extend(system, "192.0.2.77"), toServer("192.0.2.77")).verdict, "BOUND_RENEWING");
  assert.equal(bind(server, clientOf(1)), "192.0.2.77", "and without any identifier");
  assert.equal(server.restart().receive(reboot(system, "192.0.2.77")).verdict, "BOUND_REBOOTING");
});

test("a machine that goes on with its reserved address under another identifier is served at once", () => {
  const server = new Server({ config: configOf(byHardware) });
  assert.equal(bind(server, clientOf(1, { identifier: hex("00 11 22 33") })), "192.0.2.77");
  for (const [number, ask] of [reboot, extend, extend].entries()) {
    const client = clientOf(1, { identifier: Uint8Array.of(255, number) });
    const { verdict } = server.receive(ask(client, "192.0.2.77"), number === 1 ? toServer("192.0.2.77") : {});
    assert.equal(verdict, ["BOUND_REBOOTING", "BOUND_RENEWING", "BOUND_REBINDING"][number]);
  }
  assert.equal(server.status.bound, 1);
});

test("a displaced client that asks for its reserved address is refused, and the holder keeps it", () => {
  const before = new Server({ config: configOf() });
  bind(before, clientOf(9));
  const server = before.restart({ config: configOf({ ...byHardware, address: "192.0.2.10" }) });
  for (const message of [
    reboot(clientOf(1), "192.0.2.10"),
    extend(clientOf(1), "192.0.2.10"),
    select(clientOf(1), "192.0.2.10"),
  ]) {
    assert.equal(server.receive(message).answer.message.type, Type.NAK);
  }
  assert.equal(server.status.bound, 1);
});

test("an offer to the boot ROM does not keep the system from the address", () => {
  const server = new Server({ config: configOf(byHardware) });
  server.receive(discover(clientOf(1, { identifier: hex("00 11") })));
  assert.equal(bind(server, clientOf(1, { identifier: hex("ff 22") })), "192.0.2.77");
});

test("while somebody else holds the reserved address, the client gets another one, and a verdict says so", () => {
  const before = new Server({ config: configOf() });
  const squatter = clientOf(9);
  assert.equal(bind(before, squatter), "192.0.2.10");
  const server = before.restart({ config: configOf({ ...byHardware, address: "192.0.2.10" }) });
  const instead = server.receive(discover(clientOf(1)));
  assert.equal(instead.verdict, "OFFERED_UNRESERVED");
  assert.equal(instead.answer.message.yiaddr, "192.0.2.11");
  assert.equal(server.receive(select(clientOf(1), "192.0.2.11")).verdict, "BOUND_SELECTING");
  assert.equal(server.receive(extend(clientOf(1), "192.0.2.11"), toServer("192.0.2.11")).verdict, "BOUND_RENEWING");
  const moved = server.receive(extend(squatter, "192.0.2.10"), toServer("192.0.2.10"));
  assert.equal(moved.verdict, "REFUSED_BY_CONFIGURATION");
  assert.equal(moved.answer.message.type, Type.NAK);
  server.advance(700_000);
  assert.equal(
    server.receive(extend(clientOf(1), "192.0.2.11"), toServer("192.0.2.11")).verdict,
    "REFUSED_BY_CONFIGURATION",
  );
  assert.equal(bind(server, clientOf(1)), "192.0.2.10", "once it is free");
});

test("a changed reservation moves the client at its next contact, by DHCPNAK (lesson 17)", () => {
  const before = new Server({ config: configOf() });
  assert.equal(bind(before, clientOf(1)), "192.0.2.10");
  for (const ask of [
    (server: Server) => server.receive(extend(clientOf(1), "192.0.2.10"), toServer("192.0.2.10")),
    (server: Server) => server.receive(extend(clientOf(1), "192.0.2.10")),
    (server: Server) => server.receive(reboot(clientOf(1), "192.0.2.10")),
    (server: Server) => server.receive(select(clientOf(1), "192.0.2.10")),
  ]) {
    const server = before.restart({ config: configOf(byHardware) });
    const refused = ask(server);
    assert.equal(refused.verdict, "REFUSED_BY_CONFIGURATION");
    assert.equal(refused.answer.message.type, Type.NAK);
    assert.equal(bind(server, clientOf(1)), "192.0.2.77");
    assert.equal(server.status.bound, 1);
    assert.equal(bind(server, clientOf(2)), "192.0.2.11", "never used before given back");
    assert.equal(bind(server, clientOf(3)), "192.0.2.10");
  }
});

test("a new reservation by client identifier moves its client too", () => {
  const before = new Server({ config: configOf() });
  assert.equal(bind(before, identified(1)), "192.0.2.10");
  const server = before.restart({ config: configOf(byIdentifier) });
  assert.equal(bind(server, identified(1)), "192.0.2.88");
  assert.equal(server.status.bound, 1);
});

test("a repeated DISCOVER of a client that is being moved gets the same offer again", () => {
  const before = new Server({ config: configOf() });
  assert.equal(bind(before, clientOf(1)), "192.0.2.10");
  const server = before.restart({ config: configOf({ hardwareAddress: "02:00:00:00:00:09", address: "192.0.2.10" }) });
  const offers = [1, 2, 3].map((xid) => server.receive(discover({ ...clientOf(1), xid })).answer.message.yiaddr);
  assert.deepEqual(offers, Array(3).fill("192.0.2.11"));
  assert.equal(server.receive(select(clientOf(1), "192.0.2.11")).verdict, "BOUND_SELECTING");
  assert.equal(bind(server, clientOf(9)), "192.0.2.10");
});

test("a reservation that is gone leaves its client like any other", () => {
  const before = new Server({ config: configOf({ ...byHardware, address: "192.0.2.10" }) });
  assert.equal(bind(before, clientOf(1)), "192.0.2.10");
  const inPool = before.restart({ config: configOf() });
  assert.equal(inPool.receive(extend(clientOf(1), "192.0.2.10"), toServer("192.0.2.10")).verdict, "BOUND_RENEWING");
  const outside = new Server({ config: configOf(byHardware) });
  assert.equal(bind(outside, clientOf(1)), "192.0.2.77");
  const withdrawn = outside.restart({ config: configOf() });
  assert.equal(withdrawn.status.unserved, 1);
  assert.equal(withdrawn.receive(extend(clientOf(1), "192.0.2.77"), toServer("192.0.2.77")).verdict, "UNKNOWN_CLIENT");
});

test("a released or ended reserved lease stays its client's, and nobody else's", () => {
  const server = new Server({ config: configOf({ ...byHardware, address: "192.0.2.10" }) });
  bind(server, clientOf(1));
  server.receive(release(clientOf(1), "192.0.2.10"), toServer("192.0.2.10"));
  assert.equal(bind(server, clientOf(2)), "192.0.2.11");
  assert.equal(server.receive(discover(clientOf(3))).verdict, "NO_FREE_ADDRESS");
  assert.equal(server.receive(reboot(clientOf(1), "192.0.2.10")).verdict, "BOUND_REBOOTING");
  server.advance(700_000);
  assert.equal(bind(server, clientOf(3)) === "192.0.2.10", false);
});

test("RFC 2131 §4.3.2: INIT-REBOOT: a reservation is a record of the client", () => {
  const server = new Server({ config: configOf(byHardware) });
  assert.equal(server.receive(reboot(clientOf(1), "192.0.2.77")).verdict, "BOUND_REBOOTING");
});

test("a declined reserved address is quarantined; meanwhile the client gets another one", () => {
  const server = new Server({ config: { ...configOf(byHardware), quarantineTime: 60 } });
  bind(server, clientOf(1));
  assert.equal(server.receive(decline(clientOf(1), "192.0.2.77")).verdict, "DECLINED");
  assert.equal(server.receive(discover(clientOf(1))).verdict, "OFFERED_UNRESERVED");
  server.advance(62_000);
  assert.equal(bind(server, clientOf(1)), "192.0.2.77");
});

test("a reservation's own settings hold for its client alone", () => {
  const server = new Server({ config: configOf({ ...byHardware, leaseTime: 60, options: { routers: "192.0.2.9" } }) });
  const reserved = server.receive(discover(clientOf(1)));
  assert.equal(reserved.leaseSeconds, 60);
  assert.equal(addressOption(reserved.answer.message, Code.ROUTERS), "192.0.2.9");
  const other = server.receive(discover(clientOf(2)));
  assert.equal(other.leaseSeconds, 600);
  assert.ok(!other.answer.message.options.has(Code.ROUTERS));
});

test("an identifier that begins like a reserved one, or ends like it, is another client", () => {
  const server = new Server({ config: configOf(byIdentifier) });
  for (const identifier of ["01 aa", "01 aa bb 00", "00 aa bb", "aa bb"]) {
    assert.notEqual(bind(server, clientOf(1, { identifier: hex(identifier) })), "192.0.2.88");
    server.receive(release(clientOf(1, { identifier: hex(identifier) }), "192.0.2.10"), toServer("192.0.2.10"));
    server.receive(release(clientOf(1, { identifier: hex(identifier) }), "192.0.2.11"), toServer("192.0.2.11"));
  }
});

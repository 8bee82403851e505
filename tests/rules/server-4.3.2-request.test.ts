// RFC 2131 §4.3.2: DHCPREQUEST. SELECTING and INIT-REBOOT; who hears DHCPACK, who DHCPNAK, who nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, type Client, clientOf, discover, extend, reboot, release, select, toServer } from "./harness/clients.js";
import { addressOption, BROADCAST_FLAG, Code, hex, ip, type MessageFields, text, Type } from "./harness/messages.js";
import { type Outcome, Server } from "./harness/server-harness.js";

const subnet = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] };
const config = { probe: false, subnets: [subnet] };
const authoritative = { ...config, authoritative: true };

function assertNak(outcome: Outcome, verdict: string): void {
  assert.equal(outcome.verdict, verdict);
  assert.equal(outcome.answer.message.type, Type.NAK);
}

function assertSilence(outcome: Outcome, verdict: string): void {
  assert.equal(outcome.verdict, verdict);
  assert.deepEqual(outcome.sent, []);
  assert.equal(outcome.answerType, 0);
}

test("RFC 2131 §4.3.2: SELECTING: after a crash, a request for an address that is still free is acknowledged", () => {
  const server = new Server({ config });
  const { yiaddr } = server.receive(discover(clientOf(1))).answer.message;
  const restarted = server.restart();
  const bound = restarted.receive(select(clientOf(1), yiaddr));
  assert.equal(bound.verdict, "BOUND_SELECTING");
  assert.equal(bound.answer.message.yiaddr, yiaddr);
});

test("RFC 2131 §4.3.2: SELECTING: an address outside the client's network is refused", () => {
  assertNak(new Server({ config }).receive(select(clientOf(1), "203.0.113.9")), "REFUSED_WRONG_NETWORK");
});

test("RFC 2131 §4.3.2: SELECTING: an address that nobody may be given is refused", () => {
  assertNak(new Server({ config }).receive(select(clientOf(1), "192.0.2.200")), "REFUSED_BY_CONFIGURATION");
});

test("RFC 2131 §4.3.2: SELECTING: an address offered to another client is refused", () => {
  const server = new Server({ config });
  const { yiaddr } = server.receive(discover(clientOf(1))).answer.message;
  assertNak(server.receive(select(clientOf(2), yiaddr)), "REFUSED_TAKEN");
  assert.equal(server.receive(select(clientOf(1), yiaddr)).verdict, "BOUND_SELECTING");
});

test("RFC 2131 §4.3.2: a client that takes another address gives up the one it held", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  assert.equal(server.receive(select(clientOf(1), "192.0.2.15")).verdict, "BOUND_SELECTING");
  assert.equal(server.status.bound, 1);
  assert.equal(server.status.released, 1);
  const restarted = server.restart();
  assert.equal(restarted.status.bound, 1, "and both are recorded");
  assert.equal(restarted.receive(extend(clientOf(1), "192.0.2.15"), toServer("192.0.2.15")).verdict, "BOUND_RENEWING");
  assert.notEqual(held, "192.0.2.15");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: the address that the client holds is confirmed", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const confirmed = server.receive(reboot(clientOf(1), held));
  assert.equal(confirmed.verdict, "BOUND_REBOOTING");
  assert.equal(confirmed.answer.message.yiaddr, held);
  assert.equal(confirmed.answer.message.ciaddr, "0.0.0.0");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: an ended lease is confirmed too while nobody else took the address", () => {
  const server = new Server({ config: { ...config, leaseTime: 600 } });
  const held = bind(server, clientOf(1));
  server.advance(700_000);
  assert.equal(server.receive(reboot(clientOf(1), held)).verdict, "BOUND_REBOOTING");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: an address of the wrong network is refused, known client or not", () => {
  for (const each of [config, authoritative]) {
    const server = new Server({ config: each });
    assertNak(server.receive(reboot(clientOf(1), "203.0.113.9")), "REFUSED_WRONG_NETWORK");
    bind(server, clientOf(2));
    assertNak(server.receive(reboot(clientOf(2), "203.0.113.9")), "REFUSED_WRONG_NETWORK");
  }
});

test("RFC 2131 §4.3.2: INIT-REBOOT: the wrong network is told by giaddr where there is one", () => {
  const server = new Server({
    config: { ...config, subnets: [subnet, { subnet: "198.51.100.0/24", pools: ["198.51.100.10"] }] },
  });
  const held = bind(server, clientOf(1));
  const moved = server.receive(reboot(clientOf(1, { giaddr: "198.51.100.1" }), held));
  assertNak(moved, "REFUSED_WRONG_NETWORK");
  assert.equal(moved.answer.destination, "198.51.100.1");
  assert.equal(moved.answer.destinationPort, 67);
  assert.equal(moved.answer.message.flags, BROADCAST_FLAG, "the relay agent must broadcast it");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: a client that holds another address is told so", () => {
  const server = new Server({ config });
  bind(server, clientOf(1));
  assertNak(server.receive(reboot(clientOf(1), "192.0.2.18")), "REFUSED_WRONG_ADDRESS");
  assertNak(server.receive(reboot(clientOf(1), "192.0.2.200")), "REFUSED_WRONG_ADDRESS");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: a client without a record hears nothing, whatever the address", () => {
  const server = new Server({ config });
  const holder = bind(server, clientOf(1));
  for (const address of ["192.0.2.15", "192.0.2.200", holder]) {
    assertSilence(server.receive(reboot(clientOf(2), address)), "UNKNOWN_CLIENT");
  }
});

test("RFC 2131 §3.2: INIT-REBOOT: an ended lease here does not speak against an address from another server", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  assertSilence(server.receive(reboot(clientOf(1), "192.0.2.200")), "UNKNOWN_CLIENT");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: an authoritative server refuses a client without a record", () => {
  const server = new Server({ config: authoritative });
  const holder = bind(server, clientOf(1));
  for (const address of ["192.0.2.15", "192.0.2.200", holder]) {
    assertNak(server.receive(reboot(clientOf(2), address)), "REFUSED_UNKNOWN_CLIENT");
  }
});

test("RFC 2131 §4.3.2: INIT-REBOOT: a previous address that was given to another is refused to none but the unknown", () => {
  const server = new Server({ config: { probe: false, subnets: [{ ...subnet, pools: ["192.0.2.10"] }] } });
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  bind(server, clientOf(2));
  assertSilence(server.receive(reboot(clientOf(1), held)), "UNKNOWN_CLIENT");
});

test("RFC 2131 §4.3.2: INIT-REBOOT: a request changes nothing of a lease that it is refused", () => {
  const server = new Server({ config: authoritative });
  const held = bind(server, clientOf(1));
  const before = server.records.length;
  server.receive(reboot(clientOf(2), held));
  server.receive(reboot(clientOf(1), "192.0.2.18"));
  assert.equal(server.records.length, before);
  assert.equal(server.status.bound, 1);
});

test("RFC 2131 §4.3.2: a DHCPNAK has server identifier and message, and nothing else of a lease", () => {
  const server = new Server({
    config: {
      ...authoritative,
      nextServer: "192.0.2.5",
      serverName: "boot",
      bootFile: "f",
      options: { routers: "192.0.2.1" },
    },
  });
  const client: Client = clientOf(1, { identifier: hex("01 02 03"), flags: 0 });
  const { message } = server.receive(
    reboot(client, "192.0.2.15", [[Code.PARAMETER_REQUEST_LIST, hex("01 03 33")]]),
  ).answer;
  assert.deepEqual(
    [...message.options.keys()],
    [Code.MESSAGE_TYPE, Code.SERVER_IDENTIFIER, Code.CLIENT_IDENTIFIER, Code.MESSAGE],
  );
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), "192.0.2.1");
  assert.deepEqual(message.options.get(Code.MESSAGE), text("no lease of yours is known"));
  const { op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr } = message;
  assert.deepEqual([op, htype, hlen, hops, xid, secs, flags], [2, 1, 6, 0, client.xid, 0, 0]);
  assert.deepEqual([ciaddr, yiaddr, siaddr, giaddr], Array(4).fill("0.0.0.0"));
  assert.ok([...message.sname, ...message.file].every((byte) => byte === 0));
});

test("RFC 2131 §4.3.2: each reason to refuse has its sentence", () => {
  const server = new Server({ config: authoritative });
  const held = bind(server, clientOf(1));
  const said = (message: MessageFields) =>
    new TextDecoder().decode(server.receive(message).answer.message.options.get(Code.MESSAGE));
  assert.equal(said(reboot(clientOf(1), "203.0.113.9")), "address is not on this network");
  assert.equal(said(reboot(clientOf(1), "192.0.2.15")), "you hold another address");
  assert.equal(said(select(clientOf(2), held)), "address is in use");
  assert.equal(said(select(clientOf(2), "192.0.2.200")), "address is no longer yours");
  assert.equal(said(reboot(clientOf(2), "192.0.2.15")), "no lease of yours is known");
});

test("RFC 2131 §4.3.6: table 4: a request without any address is no request", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const bare = { ...reboot(client, "192.0.2.10"), options: [] };
  assertSilence(server.receive(bare), "NO_REQUESTED_ADDRESS");
  const identified = { ...bare, options: [[Code.SERVER_IDENTIFIER, ip("192.0.2.1")] as const] };
  assertSilence(server.receive(identified), "NO_REQUESTED_ADDRESS");
});

test("RFC 2131 §4.3.6: a renewal that repeats our server identifier is still a renewal", () => {
  const server = new Server({ config });
  const held = bind(server, clientOf(1));
  const renewal = extend(clientOf(1), held, [[Code.SERVER_IDENTIFIER, ip("192.0.2.1")]]);
  assert.equal(server.receive(renewal, toServer(held)).verdict, "BOUND_RENEWING");
  const foreign = extend(clientOf(1), held, [[Code.SERVER_IDENTIFIER, ip("192.0.2.7")]]);
  assertSilence(server.receive(foreign, toServer(held)), "OTHER_SERVER");
  assert.equal(server.status.bound, 1);
});

test("RFC 2131 §4.2: one client identifier in every message, else it is another client (lesson 22)", () => {
  const server = new Server({ config });
  const identified = clientOf(1, { identifier: hex("ff 01 02 03") });
  const held = bind(server, identified);
  assertNak(server.receive(extend(clientOf(1), held), toServer(held)), "REFUSED_TAKEN");
  assert.equal(server.receive(extend(identified, held), toServer(held)).verdict, "BOUND_RENEWING");
  const moved = { ...identified, chaddr: hex("02 00 00 00 77 77") };
  assert.equal(
    server.receive(extend(moved, held), toServer(held)).verdict,
    "BOUND_RENEWING",
    "the identifier is the client",
  );
});

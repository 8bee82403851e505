// RFC 2131 §4.4.3 and §3.4: parameters for an address that came from elsewhere (DHCPINFORM).

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, ClientVerdict, LeaseChange } from "#layout";
import { ABSENT, Client, CLIENT_MAC, ClientCommand, Code, ip, SERVER, Type } from "./harness/client-harness.js";

/** 192.0.2.9 as the command's argument. */
const NINE = Uint8Array.of(9, 2, 0, 192);

/** A client that has sent its DHCPINFORM. */
function informing(): Client {
  const client = new Client();
  assert.equal(client.command(ClientCommand.INFORM, NINE).verdict, "COMMAND_DONE");
  return client;
}

test("§4.4.3: DHCPINFORM has the client's own address in ciaddr, its wishes, and no lease parameters", () => {
  const client = new Client({
    settings: { requestedLeaseSeconds: 60, requestedAddress: "192.0.2.50", flags: ClientFlag.BROADCAST },
  });
  client.command(ClientCommand.INFORM, NINE);
  const { message, source, destination } = client.takeSent(Type.INFORM);
  assert.deepEqual(
    [...message.options.keys()].sort((a, b) => a - b),
    [53, 55, 57, 61],
  );
  assert.deepEqual([message.ciaddr, source, destination], ["192.0.2.9", "192.0.2.9", "255.255.255.255"]);
  assert.equal(message.flags, 0, "unicast reaches a client that has an address");
});

test("§4.4.3: without an argument it speaks for the interface's own address; with none at all it is refused", () => {
  const client = new Client();
  assert.equal(client.command(ClientCommand.INFORM).verdict, "COMMAND_REFUSED");
  client.link(true, CLIENT_MAC, "192.0.2.10");
  client.command(ClientCommand.INFORM);
  assert.equal(client.takeSent().message.ciaddr, "192.0.2.10");
});

test("§4.4.3: once a DHCPACK arrives from any server, the client has its parameters, and no lease", () => {
  const client = informing();
  const answer = client.answer(Type.ACK, { yiaddr: "0.0.0.0", ciaddr: "192.0.2.9" }, [[Code.LEASE_TIME, ABSENT]]);
  assert.equal(client.receive(answer).verdict, "INFORMED");
  assert.equal(client.state, "STOPPED");
  const { status } = client.core;
  assert.deepEqual([status.change, status.generation, status.address], [LeaseChange.INFORMED, 1, 0]);
  assert.deepEqual(client.core.acknowledgement, answer);
  assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
  assert.equal(client.records().length, 0);
});

test("§4.4.3: an answer to another transaction or from a denied server does not count", () => {
  const client = informing();
  assert.equal(client.receive(client.answer(Type.ACK, { xid: 1 })).verdict, "OTHER_TRANSACTION");
  assert.equal(
    client.receive(client.answer(Type.ACK, {}, [[Code.SERVER_IDENTIFIER, ABSENT]])).verdict,
    "NO_SERVER_IDENTIFIER",
  );
  assert.equal(client.state, "INFORMING");
});

test("§4.4.3: after four tries in 60 s without an answer, the host is told", () => {
  const client = informing();
  const began = client.now;
  while (client.state === "INFORMING") client.step();
  assert.ok(Math.abs(client.now - began - 60_000) <= 4000);
  assert.equal(client.takeAll().length, 4);
  assert.equal(client.core.status.change, LeaseChange.UNANSWERED);
  assert.equal(client.counted(ClientVerdict.INFORM_UNANSWERED), 1);
  assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
});

test("§4.4.3: a lease that was kept over a STOP is not touched by a DHCPINFORM", () => {
  const client = new Client().bind();
  client.command(ClientCommand.STOP);
  client.command(ClientCommand.INFORM, NINE);
  client.receive(client.answer(Type.ACK, { yiaddr: "0.0.0.0" }));
  client.takeAll();
  client.start();
  assert.equal(client.takeSent(Type.REQUEST).message.options.get(Code.REQUESTED_ADDRESS)?.[3], 77);
});

test("§4.4.3, §4.4.5: a lease that was stopped is renewed with its own server, whoever answered a DHCPINFORM meanwhile", () => {
  const client = new Client().bind();
  client.command(ClientCommand.STOP);
  client.command(ClientCommand.INFORM, NINE);
  const other = client.answer(Type.ACK, { yiaddr: "0.0.0.0" }, [[Code.SERVER_IDENTIFIER, ip("192.0.2.200")]]);
  assert.equal(client.receive(other).verdict, "INFORMED");
  client.start();
  client.until("BOUND").until("RENEWING");
  assert.equal(client.takeAll().at(-1)!.destination, SERVER);
});

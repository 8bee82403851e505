// RFC 2131 §3.1: allocating an address, as the client does it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, ClientCommand, Code, LEASED, SERVER, Type } from "./harness/client-harness.js";
import { addressOption } from "./harness/messages.js";

test("§3.1: the client climbs the ladder from DISCOVER to BOUND, renews, rebinds and releases", () => {
  const client = new Client();
  assert.equal(client.state, "STOPPED");
  assert.equal(client.start().verdict, "COMMAND_DONE");
  client.takeSent(Type.DISCOVER);
  assert.equal(client.state, "SELECTING");

  assert.deepEqual(client.receive(client.answer(Type.OFFER)).answerType, Type.REQUEST);
  const request = client.takeSent(Type.REQUEST);
  assert.equal(client.state, "REQUESTING");
  assert.equal(addressOption(request.message, Code.SERVER_IDENTIFIER), SERVER);
  assert.equal(addressOption(request.message, Code.REQUESTED_ADDRESS), LEASED);

  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_ACQUIRED");
  assert.equal(client.state, "BOUND");
  assert.equal(client.address, LEASED);

  client.until("RENEWING");
  const renewal = client.takeSent(Type.REQUEST);
  assert.equal(renewal.destination, SERVER);
  assert.equal(renewal.message.ciaddr, LEASED);
  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_EXTENDED");
  assert.equal(client.state, "BOUND");

  client.until("REBINDING");
  assert.equal(client.takeAll().at(-1)?.destination, "255.255.255.255");
  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "LEASE_EXTENDED");
  assert.equal(client.state, "BOUND");

  assert.equal(client.command(ClientCommand.RELEASE).verdict, "COMMAND_DONE");
  const release = client.takeSent(Type.RELEASE);
  assert.equal(release.destination, SERVER);
  assert.equal(release.message.ciaddr, LEASED);
  assert.equal(client.state, "STOPPED");
  assert.equal(client.address, "0.0.0.0");
});

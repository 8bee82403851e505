// RFC 2131 §4.4.1: how an offer is chosen among many, and what is checked of an answer before anything of it is used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ABSENT, Client, Code, hex, ip, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { addressOption, type OptionValue, u8 } from "./harness/messages.js";

/** A client in SELECTING that collects offers for a second. */
function selecting(settings: object = {}): Client {
  const client = new Client({ settings: { offerWindow: 1000, ...settings } });
  client.start();
  client.takeAll();
  return client;
}

/** Offers from one server: the address, and the lease time. */
function offer(client: Client, server: string, address = LEASED, seconds = 3600): string {
  const options: OptionValue[] = [
    [Code.SERVER_IDENTIFIER, ip(server)],
    [Code.LEASE_TIME, u32(seconds)],
  ];
  return client.receive(client.answer(Type.OFFER, { yiaddr: address }, options)).verdict;
}

/** The server and the address that the client then asks for. */
function chosen(client: Client): string {
  client.advance(1000);
  const { message } = client.takeSent(Type.REQUEST);
  return `${addressOption(message, Code.SERVER_IDENTIFIER)} ${addressOption(message, Code.REQUESTED_ADDRESS)}`;
}

test("§4.4.1: the client collects offers over a period of time", () => {
  const client = selecting();
  offer(client, "192.0.2.2");
  client.advance(999);
  assert.equal(client.sent.length, 0);
  client.advance(1);
  client.takeSent(Type.REQUEST);
});

test("§4.4.1: the choice: among equal offers the first wins", () => {
  const client = selecting();
  assert.equal(offer(client, "192.0.2.2", "192.0.2.20"), "OFFER_KEPT");
  assert.equal(offer(client, "192.0.2.3", "192.0.2.30"), "OFFER_NOT_BETTER");
  assert.equal(chosen(client), "192.0.2.2 192.0.2.20");
});

test("§4.4.1: the choice: the longest lease wins over the first", () => {
  const client = selecting();
  offer(client, "192.0.2.2", "192.0.2.20", 600);
  assert.equal(offer(client, "192.0.2.3", "192.0.2.30", 601), "OFFER_KEPT");
  assert.equal(offer(client, "192.0.2.4", "192.0.2.40", 600), "OFFER_NOT_BETTER");
  assert.equal(chosen(client), "192.0.2.3 192.0.2.30");
});

test("§4.4.1: the choice: the requested address wins over the longest lease", () => {
  const client = selecting({ requestedAddress: "192.0.2.20" });
  offer(client, "192.0.2.3", "192.0.2.30", 0xffffffff);
  assert.equal(offer(client, "192.0.2.2", "192.0.2.20", 60), "OFFER_KEPT");
  assert.equal(chosen(client), "192.0.2.2 192.0.2.20");
});

test("§4.4.1: the choice: the preferred server wins over all, at once", () => {
  const client = selecting({ requestedAddress: "192.0.2.20", preferredServer: "192.0.2.9" });
  offer(client, "192.0.2.2", "192.0.2.20", 0xffffffff);
  assert.equal(offer(client, "192.0.2.9", "192.0.2.90", 60), "OFFER_KEPT");
  const { message } = client.takeSent(Type.REQUEST);
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), "192.0.2.9");
});

test("§4.4.1: denied servers are not heard, in offers nor in refusals", () => {
  const client = selecting({ deny: ["192.0.2.6", "192.0.2.7"] });
  assert.equal(offer(client, "192.0.2.6"), "SERVER_DENIED");
  assert.equal(offer(client, "192.0.2.7"), "SERVER_DENIED");
  assert.equal(offer(client, "192.0.2.2"), "OFFER_KEPT");
});

test("§4.4.1: with a list of allowed servers no other is heard, and denial wins", () => {
  const client = selecting({ allow: ["192.0.2.2", "192.0.2.7"], deny: ["192.0.2.7"] });
  assert.equal(offer(client, "192.0.2.3"), "SERVER_DENIED");
  assert.equal(offer(client, "192.0.2.7"), "SERVER_DENIED");
  assert.equal(offer(client, "192.0.2.2"), "OFFER_KEPT");
});

test("§4.4.1: a server that left the DHCPREQUESTs unanswered comes last in the next choice", () => {
  const client = selecting({ preferredServer: "192.0.2.9" });
  offer(client, "192.0.2.9");
  client.takeSent(Type.REQUEST);
  client.until("SELECTING");
  client.takeAll();
  assert.equal(offer(client, "192.0.2.9", "192.0.2.90"), "OFFER_KEPT");
  assert.equal(offer(client, "192.0.2.2", "192.0.2.20"), "OFFER_KEPT");
  assert.equal(chosen(client), "192.0.2.2 192.0.2.20");
});

/** What makes an answer useless, and its verdict. */
const refused: [string, string, (client: Client, type: number) => Uint8Array][] = [
  ["another xid", "OTHER_TRANSACTION", (client, type) => client.answer(type, { xid: (client.xid ^ 1) >>> 0 })],
  ["another chaddr", "OTHER_HARDWARE_ADDRESS", (client, type) => client.answer(type, { chaddr: hex("020000000002") })],
  [
    "a chaddr that goes on",
    "OTHER_HARDWARE_ADDRESS",
    (client, type) => client.answer(type, { chaddr: hex("02000000000199"), hlen: 6 }),
  ],
  ["op BOOTREQUEST", "WRONG_OPERATION", (client, type) => client.answer(type, { op: 1 })],
  ["op 3", "WRONG_OPERATION", (client, type) => client.answer(type, { op: 3 })],
  ["hlen 17", "BAD_HARDWARE_LENGTH", (client, type) => client.answer(type, { hlen: 17 })],
  [
    "no server identifier",
    "NO_SERVER_IDENTIFIER",
    (client, type) => client.answer(type, {}, [[Code.SERVER_IDENTIFIER, ABSENT]]),
  ],
  ...["0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1"].map((server): (typeof refused)[number] => [
    `the server identifier ${server}`,
    "NO_SERVER_IDENTIFIER",
    (client, type) => client.answer(type, {}, [[Code.SERVER_IDENTIFIER, ip(server)]]),
  ]),
  [
    "a server identifier of three bytes",
    "NO_SERVER_IDENTIFIER",
    (client, type) => client.answer(type, {}, [[Code.SERVER_IDENTIFIER, hex("c00002")]]),
  ],
  ["no lease time", "NO_LEASE_TIME", (client, type) => client.answer(type, {}, [[Code.LEASE_TIME, ABSENT]])],
  ["a lease time of 0", "NO_LEASE_TIME", (client, type) => client.answer(type, {}, [[Code.LEASE_TIME, u32(0)]])],
  ["a lease time of one byte", "NO_LEASE_TIME", (client, type) => client.answer(type, {}, [[Code.LEASE_TIME, u8(9)]])],
  ...[
    "0.0.0.0",
    "0.1.2.3",
    "255.255.255.255",
    "127.0.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "192.0.2.0",
    "192.0.2.255",
    SERVER,
  ].map((address): (typeof refused)[number] => [
    `the address ${address}`,
    "BAD_ADDRESS",
    (client, type) => client.answer(type, { yiaddr: address }),
  ]),
];

for (const [what, verdict, build] of refused) {
  test(`§4.4.1: a DHCPOFFER with ${what} is discarded`, () => {
    const client = selecting();
    assert.equal(client.receive(build(client, Type.OFFER)).verdict, verdict);
    client.advance(1000);
    assert.equal(client.state, "SELECTING");
    assert.equal(offer(client, SERVER), "OFFER_KEPT");
  });

  for (const state of ["REQUESTING", "RENEWING", "REBINDING", "REBOOTING"]) {
    test(`§4.4.1: a DHCPACK with ${what} is discarded in ${state}`, () => {
      const client = new Client();
      if (state === "REQUESTING") {
        client.start();
        client.receive(client.answer(Type.OFFER));
      } else {
        client.bind();
        if (state === "REBOOTING") {
          client.link(false);
          client.link(true);
        }
        client.until(state);
      }
      assert.equal(client.receive(build(client, Type.ACK)).verdict, verdict);
      assert.equal(client.state, state);
      client.receive(client.answer(Type.ACK));
      assert.equal(client.state, "BOUND");
    });
  }
}

test("§4.4.1: a mask of 31 or 32 bits has neither network nor broadcast address (RFC 3021)", () => {
  for (const mask of ["255.255.255.254", "255.255.255.255", "255.0.255.0"]) {
    const client = selecting();
    const options: OptionValue[] = [[Code.SUBNET_MASK, ip(mask)]];
    assert.equal(client.receive(client.answer(Type.OFFER, { yiaddr: "192.0.2.0" }, options)).verdict, "OFFER_KEPT");
  }
});

test("§4.4.1: a DHCPACK for another address than the one asked for is discarded in REQUESTING", () => {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  assert.equal(client.receive(client.answer(Type.ACK, { yiaddr: "192.0.2.78" })).verdict, "OTHER_ADDRESS");
  assert.equal(client.state, "REQUESTING");
});

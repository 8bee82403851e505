// RFC 2131 §4.4.1: initialization and allocation: what is sent (Table 5), when, how an offer is chosen, and what is checked.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ABSENT,
  Client,
  CLIENT_MAC,
  ClientCommand,
  Code,
  hex,
  ip,
  LEASED,
  SERVER,
  Type,
  u32,
} from "./harness/client-harness.js";
import { addressOption, type Message, numberOption, type OptionValue, text, u8 } from "./harness/messages.js";
import { ClientFlag, LinkMode } from "#layout";

const identifier = hex("01 02 00 00 00 00 01");

/** Settings with all that a client may say. */
const talkative = {
  requestedAddress: "192.0.2.50",
  requestedLeaseSeconds: 7200,
  options: [
    [Code.PARAMETER_REQUEST_LIST, hex("01 03 06 0f")],
    [Code.HOST_NAME, text("pegasus")],
    [Code.VENDOR_CLASS, text("lease-test")],
  ] as OptionValue[],
};

/** Checks the fields that are the same in every message of a client (Table 5). */
function assertHeader(message: Message): void {
  assert.deepEqual(
    [message.op, message.htype, message.hlen, message.hops, message.yiaddr, message.siaddr, message.giaddr],
    [1, 1, 6, 0, "0.0.0.0", "0.0.0.0", "0.0.0.0"],
  );
  assert.deepEqual(message.chaddr, Uint8Array.from([...CLIENT_MAC, ...new Uint8Array(10)]));
  assert.ok(message.sname.every((byte) => byte === 0) && message.file.every((byte) => byte === 0), "unused fields");
  assert.ok(message.size >= 300, "padded to BOOTP's minimum");
  assert.deepEqual(message.options.get(Code.CLIENT_IDENTIFIER), identifier, "the same client identifier in all");
}

/** The option codes of a message, sorted. */
const codes = (message: Message) => [...message.options.keys()].sort((a, b) => a - b);

test("§4.4.1 Table 5: DHCPDISCOVER", () => {
  const client = new Client({ settings: talkative });
  client.start();
  const { message, source, destination, sourcePort, destinationPort } = client.takeSent(Type.DISCOVER);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), "192.0.2.50");
  assert.equal(numberOption(message, Code.LEASE_TIME), 7200);
  assert.deepEqual([source, destination, sourcePort, destinationPort], ["0.0.0.0", "255.255.255.255", 68, 67]);
});

test("§4.4.1 Table 5: DHCPREQUEST in SELECTING names the server, asks for yiaddr, and repeats the DHCPDISCOVER's wishes", () => {
  const client = new Client({ settings: talkative });
  client.start();
  const discover = client.takeSent(Type.DISCOVER).message;
  client.receive(client.answer(Type.OFFER));
  const { message, source, destination } = client.takeSent(Type.REQUEST);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 54, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), SERVER);
  assert.deepEqual(
    message.options.get(55),
    discover.options.get(55),
    "MUST include that list in all subsequent messages",
  );
  assert.equal(message.xid, discover.xid, "the xid of the DHCPOFFER");
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPREQUEST in RENEWING and REBINDING has ciaddr, and neither requested address nor server identifier", () => {
  const client = new Client({ settings: talkative }).bind();
  for (const [state, to] of [
    ["RENEWING", SERVER],
    ["REBINDING", "255.255.255.255"],
  ] as const) {
    client.until(state);
    const { message, source, destination } = client.takeAll().at(-1)!;
    assertHeader(message);
    assert.deepEqual(codes(message), [12, 51, 53, 55, 57, 60, 61]);
    assert.deepEqual([message.ciaddr, source, destination], [LEASED, LEASED, to]);
  }
});

test("§4.4.1 Table 5: DHCPREQUEST in INIT-REBOOT has the requested address, and neither ciaddr nor server identifier", () => {
  const first = new Client({ settings: talkative }).bind();
  const client = new Client({ settings: talkative, records: first.records() });
  client.start();
  const { message, source, destination } = client.takeSent(Type.REQUEST);
  assertHeader(message);
  assert.deepEqual(codes(message), [12, 50, 51, 53, 55, 57, 60, 61]);
  assert.equal(message.ciaddr, "0.0.0.0");
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPDECLINE is broadcast with requested address and server identifier, and nothing it must not have", () => {
  const client = new Client({
    linkMode: LinkMode.FRAMES,
    settings: { ...talkative, flags: ClientFlag.PROBE | ClientFlag.BROADCAST },
  });
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.receive(client.answer(Type.ACK));
  const request = client.takeAll().at(-1)!.message;
  client.advance(3000);
  client.arp(2, LEASED, LEASED);
  const { message, source, destination } = client.takeSent(Type.DECLINE);
  assertHeader(message);
  assert.deepEqual(codes(message), [50, 53, 54, 61]);
  assert.equal(addressOption(message, Code.REQUESTED_ADDRESS), LEASED);
  assert.equal(addressOption(message, Code.SERVER_IDENTIFIER), SERVER);
  assert.deepEqual([message.ciaddr, message.secs, message.flags], ["0.0.0.0", 0, 0]);
  assert.notEqual(message.xid, request.xid, "selected by the client");
  assert.deepEqual([source, destination], ["0.0.0.0", "255.255.255.255"]);
});

test("§4.4.1 Table 5: DHCPRELEASE is unicast with ciaddr and server identifier, and nothing it must not have", () => {
  const client = new Client({ settings: { ...talkative, flags: ClientFlag.BROADCAST } }).bind();
  client.advance(10_000);
  client.command(ClientCommand.RELEASE);
  const { message, source, destination } = client.takeSent(Type.RELEASE);
  assertHeader(message);
  assert.deepEqual(codes(message), [53, 54, 61]);
  assert.deepEqual([message.ciaddr, message.secs, message.flags], [LEASED, 0, 0]);
  assert.deepEqual([source, destination], [LEASED, SERVER]);
});

test("§4.4.1: the first DHCPDISCOVER waits a random time between one and ten seconds", () => {
  const delays = Array.from({ length: 200 }, (_, index) => {
    const client = new Client({ settings: { initialDelay: [1000, 10_000] }, seed: [index, 77] });
    client.start();
    assert.equal(client.sent.length, 0);
    return client.core.deadline - client.now;
  });
  assert.ok(delays.every((delay) => delay >= 1000 && delay <= 10_000));
  assert.ok(Math.min(...delays) < 2000 && Math.max(...delays) > 9000, "the whole range is used");
});

test("§4.4.1: the delay is a setting, and may be none", () => {
  const client = new Client();
  client.start();
  client.takeSent(Type.DISCOVER);
});

test("§4.4.1: xids are random", () => {
  const xids = Array.from({ length: 100 }, (_, index) => {
    const client = new Client({ seed: [index, 0] });
    client.start();
    return client.takeSent().message.xid;
  });
  assert.equal(new Set(xids).size, 100);
});

test("§4.4.1: secs counts from the first DHCPDISCOVER, and the DHCPREQUEST repeats its DHCPDISCOVER's", () => {
  const client = new Client({ settings: { offerWindow: 3500 } });
  client.start();
  client.advance(20_000);
  const discovers = client.takeAll();
  assert.equal(discovers[0]!.message.secs, 0);
  for (const { at, message } of discovers) assert.equal(message.secs, Math.floor((at - discovers[0]!.at) / 1000));
  client.receive(client.answer(Type.OFFER));
  client.advance(3500);
  const request = client.takeSent(Type.REQUEST);
  assert.equal(request.message.secs, discovers.at(-1)!.message.secs);
  client.advance(10_000);
  assert.equal(client.takeAll()[0]!.message.secs, discovers.at(-1)!.message.secs, "a repeated DHCPREQUEST too");
});

test("§4.4.1: secs saturates", () => {
  const client = new Client();
  client.start();
  client.advance(70_000_000);
  assert.equal(client.takeAll().at(-1)!.message.secs, 65535);
});

test("§4.4.1: the BROADCAST flag is set when wanted, in what asks without an address", () => {
  const client = new Client({ settings: { flags: ClientFlag.BROADCAST } });
  client.start();
  assert.equal(client.takeSent().message.flags, 0x8000);
  client.receive(client.answer(Type.OFFER));
  assert.equal(client.takeSent().message.flags, 0x8000);
  client.receive(client.answer(Type.ACK));
  client.until("RENEWING");
  assert.equal(client.takeSent().message.flags, 0, "with an address, unicast reaches the client");
});

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

test("§4.4.1: the lease's end counts from the sending of the DHCPREQUEST", () => {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  const sentAt = client.now;
  client.advance(2500);
  client.receive(client.answer(Type.ACK, {}, [[Code.LEASE_TIME, u32(100)]]));
  assert.equal(client.core.status.expiresAt, BigInt(sentAt + 100_000));
});

test("§4.4.1: what the host is told of a lease", () => {
  const client = new Client();
  assert.equal(client.core.status.generation, 0);
  client.bind();
  const { status } = client.core;
  assert.deepEqual(
    [status.generation, status.change, status.leaseSeconds, status.serverIdentifier, status.subnetMask],
    [1, 1, 3600, 0xc0000201, 0xffffff00],
  );
  assert.deepEqual(client.core.acknowledgement, client.answer(Type.ACK), "the DHCPACK whole");
});

// RFC 2131 §4.3.1: DHCPDISCOVER. Which address is chosen, for how long, on which network.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, clientOf, discover, release, select, toServer } from "./harness/clients.js";
import { Code, hex, ip, numberOption, type OptionValue, u32 } from "./harness/messages.js";
import { Server } from "./harness/server-harness.js";

const pool = { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] };
const config = { probe: false, subnets: [pool] };

const asking = (address: string): OptionValue[] => [[Code.REQUESTED_ADDRESS, ip(address)]];

test("RFC 2131 §4.3.1: first choice: the client's current address", () => {
  const server = new Server({ config });
  const client = clientOf(1);
  const held = bind(server, client);
  bind(server, clientOf(2));
  const again = server.receive(discover(client, asking("192.0.2.19")));
  assert.equal(again.answer.message.yiaddr, held);
  assert.equal(server.status.bound, 2, "an offer of its own address does not end a lease");
});

test("RFC 2131 §4.3.1: second choice: the previous address, expired or released, if it is free", () => {
  const server = new Server({ config: { ...config, leaseTime: 600 } });
  const expired = bind(server, clientOf(1));
  server.advance(700_000);
  bind(server, clientOf(2));
  assert.equal(server.receive(discover(clientOf(1), asking("192.0.2.19"))).answer.message.yiaddr, expired);
  const released = bind(server, clientOf(3));
  server.receive(release(clientOf(3), released), toServer(released));
  assert.equal(server.receive(discover(clientOf(3), asking("192.0.2.19"))).answer.message.yiaddr, released);
});

test("RFC 2131 §4.3.1: a previous address that was given to another client is not offered", () => {
  const server = new Server({ config: { probe: false, subnets: [{ ...pool, pools: ["192.0.2.10"] }] } });
  const held = bind(server, clientOf(1));
  server.receive(release(clientOf(1), held), toServer(held));
  assert.equal(bind(server, clientOf(2)), held);
  assert.equal(server.receive(discover(clientOf(1))).verdict, "NO_FREE_ADDRESS");
});

test("RFC 2131 §4.3.1: third choice: the requested address, if it is valid and free", () => {
  const server = new Server({ config });
  assert.equal(server.receive(discover(clientOf(1), asking("192.0.2.15"))).answer.message.yiaddr, "192.0.2.15");
  const taken = server.receive(discover(clientOf(2), asking("192.0.2.15")));
  assert.notEqual(taken.answer.message.yiaddr, "192.0.2.15", "offered to another");
  for (const invalid of ["192.0.2.200", "203.0.113.7", "0.0.0.0", "255.255.255.255", "192.0.2.0"]) {
    const { yiaddr } = new Server({ config }).receive(discover(clientOf(3), asking(invalid))).answer.message;
    assert.equal(yiaddr, "192.0.2.10", invalid);
  }
});

test("RFC 2131 §4.3.1: fourth choice: an address never used, else the one that has been free longest", () => {
  const server = new Server({ config: { ...config, leaseTime: 600 } });
  const first = bind(server, clientOf(1));
  server.receive(release(clientOf(1), first), toServer(first));
  const order: string[] = [];
  for (let number = 2; number <= 10; number++) order.push(bind(server, clientOf(number)));
  assert.ok(!order.includes(first), "nine others were never used");
  assert.equal(bind(server, clientOf(11)), first, "then the released one");
  server.receive(release(clientOf(5), order[3]!), toServer(order[3]!));
  server.advance(10_000);
  server.receive(release(clientOf(4), order[2]!), toServer(order[2]!));
  assert.equal(bind(server, clientOf(12)), order[3], "longest free first");
  assert.equal(bind(server, clientOf(13)), order[2]);
});

test("RFC 2131 §4.3.1: the address is chosen by the relay agent's subnet, or the link's", () => {
  const server = new Server({
    config: { probe: false, subnets: [pool, { subnet: "198.51.100.0/25", pools: ["198.51.100.64/26"] }] },
  });
  const relayed = clientOf(1, { giaddr: "198.51.100.1" });
  const offered = server.receive(discover(relayed));
  assert.equal(offered.answer.message.yiaddr, "198.51.100.64");
  assert.equal(offered.scope, "POOL");
  assert.equal(server.receive(discover(clientOf(1))).answer.message.yiaddr, "192.0.2.10");
  const unknown = server.receive(discover(clientOf(2, { giaddr: "203.0.113.1" })));
  assert.equal(unknown.verdict, "NO_SUBNET");
  assert.deepEqual(unknown.sent, []);
});

test("RFC 2131 §4.3.1: a ciaddr in a DHCPDISCOVER does not move the client to another network", () => {
  const far = { subnet: "198.51.100.0/24", pools: ["198.51.100.10"] };
  const server = new Server({ config: { probe: false, subnets: [pool, far] } });
  const strange = { ...discover(clientOf(1)), ciaddr: "198.51.100.10" };
  for (const envelope of [{}, toServer("198.51.100.10")]) {
    assert.equal(server.receive(strange, envelope).answer.message.yiaddr, "192.0.2.10");
  }
});

test("RFC 2131 §4.3.1: a shared network gives from the relay's own subnet first, then from the others", () => {
  const subnets = [
    { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.11"] },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.11"] },
  ];
  const server = new Server({ config: { probe: false, sharedNetworks: [{ name: "office", subnets }] } });
  const got = [1, 2, 3, 4].map((number) => bind(server, clientOf(number, { giaddr: "198.51.100.1" })));
  assert.deepEqual(got, ["198.51.100.10", "198.51.100.11", "192.0.2.10", "192.0.2.11"]);
  assert.equal(server.receive(discover(clientOf(5))).verdict, "NO_FREE_ADDRESS");
});

test("RFC 2131 §4.3.1: one client has one address in a shared network, whatever subnet it asks from", () => {
  const subnets = [
    { subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.19"] },
  ];
  const server = new Server({ config: { probe: false, sharedNetworks: [{ name: "office", subnets }] } });
  const held = bind(server, clientOf(1));
  assert.equal(server.receive(discover(clientOf(1, { giaddr: "198.51.100.1" }))).answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.1: the same client on two networks is two clients", () => {
  const server = new Server({
    config: { probe: false, subnets: [pool, { subnet: "198.51.100.0/24", pools: ["198.51.100.10"] }] },
  });
  const here = bind(server, clientOf(1));
  bind(server, clientOf(1, { giaddr: "198.51.100.1" }));
  assert.equal(server.status.bound, 2);
  assert.equal(server.receive(discover(clientOf(1))).answer.message.yiaddr, here);
});

test("RFC 2131 §4.3.1: unusual subnets are as good as a /24 (lesson 20)", () => {
  for (const [subnet, range, first, server] of [
    ["10.0.0.0/8", "10.255.255.0-10.255.255.254", "10.255.255.0", "10.0.0.1"],
    ["172.16.4.0/22", "172.16.5.255-172.16.6.0", "172.16.5.255", "172.16.4.1"],
    ["192.0.2.128/30", "192.0.2.130", "192.0.2.130", "192.0.2.129"],
    ["192.0.2.6/31", "192.0.2.7", "192.0.2.7", "192.0.2.6"],
  ] as const) {
    const interfaces = [{ address: server }];
    const tested = new Server({ config: { probe: false, subnets: [{ subnet, pools: [range] }] }, interfaces });
    const { yiaddr } = tested.receive(discover(clientOf(1))).answer.message;
    assert.equal(yiaddr, first, subnet);
    assert.equal(tested.receive(select(clientOf(1), yiaddr, server)).verdict, "BOUND_SELECTING");
  }
});

test("RFC 2131 §4.3.1: exclusions are never given", () => {
  const pools = [{ range: "192.0.2.10-192.0.2.13", exclude: ["192.0.2.11", "192.0.2.12"] }];
  const server = new Server({ config: { probe: false, subnets: [{ ...pool, pools }] } });
  assert.deepEqual([bind(server, clientOf(1)), bind(server, clientOf(2))], ["192.0.2.10", "192.0.2.13"]);
  assert.equal(server.receive(discover(clientOf(3), asking("192.0.2.11"))).verdict, "NO_FREE_ADDRESS");
});

test("RFC 2131 §4.3.1: a repeated DHCPDISCOVER gets the same offer again, held anew", () => {
  const server = new Server({ config: { ...config, offerTime: 10 } });
  const client = clientOf(1);
  const { yiaddr } = server.receive(discover(client)).answer.message;
  server.advance(8_000);
  assert.equal(server.receive(discover({ ...client, xid: 7 }, asking("192.0.2.18"))).answer.message.yiaddr, yiaddr);
  server.advance(8_000);
  assert.equal(server.status.offered, 1, "held from the second offer on");
  server.advance(4_000);
  assert.equal(server.status.offered, 0);
});

test("RFC 2131 §4.3.1: a lease time that is asked for is given within bounds, else the configured one", () => {
  const leaseTime = { default: 3600, minimum: 300, maximum: 7200 };
  const server = new Server({ config: { ...config, leaseTime } });
  const given = (asked?: Uint8Array) => {
    const options: OptionValue[] = asked ? [[Code.LEASE_TIME, asked]] : [];
    const offer = server.receive(discover(clientOf(1), options));
    const time = numberOption(offer.answer.message, Code.LEASE_TIME);
    assert.equal(time, offer.leaseSeconds);
    return time;
  };
  assert.equal(given(), 3600);
  assert.equal(given(u32(1000)), 1000);
  assert.equal(given(u32(299)), 300);
  assert.equal(given(u32(0)), 300);
  assert.equal(given(u32(1)), 300);
  assert.equal(given(u32(7201)), 7200);
  assert.equal(given(u32(0xffffffff)), 7200);
  assert.equal(given(hex("00 0e 10")), 3600, "three bytes are no time");
  assert.equal(given(hex("00 00 0e 10 00")), 3600, "five bytes are no time");
});

test("RFC 2131 §4.3.1: offers are capped for each source; clients with a lease are not concerned", () => {
  const pools = ["192.0.2.10-192.0.2.99"];
  const subnets = [
    { ...pool, pools, offersPerSource: 5 },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.19"] },
  ];
  const server = new Server({ config: { probe: false, offerTime: 30, subnets } });
  const held = bind(server, clientOf(100));
  const verdicts = Array.from({ length: 8 }, (_, number) => server.receive(discover(clientOf(number))).verdict);
  assert.deepEqual(verdicts, [...Array(5).fill("OFFERED"), ...Array(3).fill("OFFERS_CAPPED")]);
  assert.equal(server.receive(discover(clientOf(0))).verdict, "OFFERED", "the same offer again");
  assert.equal(server.receive(discover(clientOf(100))).answer.message.yiaddr, held);
  const relayed = server.receive(discover(clientOf(50, { giaddr: "198.51.100.1" })));
  assert.equal(relayed.verdict, "OFFERED", "another source");
  server.advance(32_000);
  assert.equal(server.receive(discover(clientOf(9))).verdict, "OFFERED", "once the offers have lapsed");
});

test("RFC 2131 §4.3.1: behind relay agents, each of them, and each circuit of option 82, is a source of its own", () => {
  const server = new Server({ config: { probe: false, subnets: [{ ...pool, offersPerSource: 1 }] } });
  const from = (number: number, giaddr: string, circuit: string) =>
    server.receive(discover(clientOf(number, { giaddr, options: [[Code.RELAY_INFORMATION, hex(circuit)]] }))).verdict;
  assert.equal(from(1, "192.0.2.2", "01 01 01"), "OFFERED");
  assert.equal(from(2, "192.0.2.2", "01 01 01"), "OFFERS_CAPPED");
  assert.equal(from(3, "192.0.2.2", "01 01 02"), "OFFERED");
  assert.equal(from(4, "192.0.2.3", "01 01 01"), "OFFERED");
});

test("RFC 2131 §4.3.1: a reserved address is offered whatever its source holds", () => {
  const reservations = [{ hardwareAddress: "02:00:00:00:00:09", address: "192.0.2.77" }];
  const server = new Server({ config: { probe: false, subnets: [{ ...pool, offersPerSource: 1, reservations }] } });
  server.receive(discover(clientOf(1)));
  assert.equal(server.receive(discover(clientOf(2))).verdict, "OFFERS_CAPPED");
  assert.equal(server.receive(discover(clientOf(9))).verdict, "OFFERED");
});

test("RFC 2131 §4.3.1: a bound client takes no part in its source's cap, and an answered offer leaves it", () => {
  const server = new Server({ config: { probe: false, subnets: [{ ...pool, offersPerSource: 1 }] } });
  for (let number = 1; number <= 10; number++) bind(server, clientOf(number));
  assert.equal(server.status.bound, 10);
});

test("RFC 2131 §4.3.1: thousands of identifiers cost nothing but bounded offers (starvation)", () => {
  const server = new Server({
    config: { probe: false, subnets: [{ ...pool, pools: ["192.0.2.10-192.0.2.250"], offersPerSource: 100 }] },
  });
  const held = bind(server, clientOf(1));
  const memory = server.core.bytes.length;
  for (let number = 0; number < 20_000; number++) {
    const identifier = hex(`ff${number.toString(16).padStart(8, "0")}`);
    server.receive(discover(clientOf(number & 0xffff, { identifier })));
    assert.ok(server.status.offered <= 100);
  }
  assert.equal(server.core.bytes.length, memory);
  assert.equal(server.receive(discover(clientOf(1))).answer.message.yiaddr, held);
});

test("RFC 2131 §4.3.1: expired leases come back for years (lessons 1 and 2)", () => {
  const server = new Server({ config: { ...config, leaseTime: 86400, offerTime: 5 } });
  for (let day = 0; day < 800; day++) {
    for (let each = 0; each < 10; each++) bind(server, clientOf(day * 10 + each));
    server.advance(86_403_000);
    assert.equal(server.status.bound, 0);
  }
});

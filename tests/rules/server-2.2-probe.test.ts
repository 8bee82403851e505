// RFC 2131 §2.2: "the allocating server SHOULD probe the reused address before allocating the address". Asynchronous, bounded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InputKind, ServerVerdict, TransmitKind } from "#layout";
import { bind, clientOf, discover, extend, release, select, toServer } from "./harness/clients.js";
import { BROADCAST_MAC, buildArpFrame, readArpFrame } from "./harness/frames.js";
import { addressOption, Code, hex, Type } from "./harness/messages.js";
import { LinkMode, type Sent, Server, SERVER_MAC } from "./harness/server-harness.js";

const config = {
  probeTime: "500ms",
  quarantineTime: 3600,
  subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.10-192.0.2.19"] }],
};

/** An ARP reply that says that `mac` has `address`. */
function arpReply(mac: Uint8Array, address: string): Uint8Array {
  return buildArpFrame({
    destinationMac: SERVER_MAC,
    sourceMac: mac,
    operation: 2,
    senderMac: mac,
    sender: address,
    targetMac: SERVER_MAC,
    target: "0.0.0.0",
  });
}

const offersIn = (sent: Sent[]) => sent.filter(({ kind }) => kind !== TransmitKind.ECHO).map(({ message }) => message);
const stranger = hex("02 00 00 00 ab cd");

test("RFC 2131 §2.2: on a link of frames the address is probed by ARP, and offered when nobody answers", () => {
  for (const linkMode of [LinkMode.MIXED, LinkMode.FRAMES]) {
    const server = new Server({ config, interfaces: [{ address: "192.0.2.1", linkMode }] });
    const started = server.receive(discover(clientOf(1)));
    assert.equal(started.verdict, "PROBE_STARTED");
    assert.equal(started.address, "192.0.2.10");
    const probe = readArpFrame(started.answer.bytes);
    assert.equal(probe.operation, 1);
    assert.deepEqual(probe.destinationMac, BROADCAST_MAC);
    assert.deepEqual(probe.senderMac, SERVER_MAC);
    assert.equal(probe.sender, "0.0.0.0", "RFC 5227 §2.1.1: a probe is in nobody's name");
    assert.equal(probe.target, "192.0.2.10");
    assert.equal(server.status.probing, 1);
    assert.deepEqual(server.advance(499), []);
    const [offer] = offersIn(server.advance(2));
    assert.equal(offer?.type, Type.OFFER);
    assert.equal(offer?.yiaddr, "192.0.2.10");
    assert.equal(server.count(ServerVerdict.OFFERED), 1);
    assert.equal(server.receive(select(clientOf(1), "192.0.2.10")).verdict, "BOUND_SELECTING");
  }
});

test("RFC 2131 §2.2: an address that answers is quarantined and recorded, and another one is looked for", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  const answered = server.receiveFrame(arpReply(stranger, "192.0.2.10"));
  assert.equal(answered.verdict, "PROBE_ANSWERED");
  assert.equal(answered.address, "192.0.2.10");
  assert.equal(readArpFrame(answered.answer.bytes).target, "192.0.2.11");
  assert.equal(server.status.quarantined, 1);
  assert.equal(server.restart().status.quarantined, 1);
  const [offer] = offersIn(server.advance(501));
  assert.equal(offer?.yiaddr, "192.0.2.11");
});

test("RFC 2131 §2.2: the client's own answer is no conflict", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  assert.equal(server.receiveFrame(arpReply(clientOf(1).chaddr, "192.0.2.10")).verdict, "ARP_NOT_OURS");
  assert.equal(offersIn(server.advance(501))[0]?.yiaddr, "192.0.2.10");
});

test("RFC 2131 §2.2: ARP about other addresses is nothing to the probe", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  for (const address of ["192.0.2.11", "192.0.2.200", "203.0.113.1"]) {
    assert.equal(server.receiveFrame(arpReply(stranger, address)).verdict, "ARP_NOT_OURS");
  }
  assert.equal(server.status.probing, 1);
});

test("RFC 2131 §2.2: without frames, or behind a relay agent, the host is asked for an ICMP echo", () => {
  const far = { subnet: "198.51.100.0/24", pools: ["198.51.100.10-198.51.100.19"] };
  const both = { ...config, subnets: [...config.subnets, far] };
  for (const [linkMode, giaddr, address] of [
    [LinkMode.DATAGRAM, "0.0.0.0", "192.0.2.10"],
    [LinkMode.MIXED, "198.51.100.1", "198.51.100.10"],
  ] as const) {
    const server = new Server({ config: both, interfaces: [{ address: "192.0.2.1", linkMode }] });
    const echo = server.receive(discover(clientOf(1, { giaddr }))).answer;
    assert.equal(echo.kind, TransmitKind.ECHO);
    assert.equal(echo.destination, address);
    assert.equal(echo.source, "192.0.2.1");
    assert.deepEqual([...echo.bytes.subarray(0, 2)], [8, 0], "an echo request (RFC 792)");
    assert.equal(echo.bytes.length, 8);
    const next = server.tell(InputKind.PROBE_RESULT, { address, value: 1 });
    assert.equal(next.verdict, "PROBE_ANSWERED");
    assert.equal(next.answer.kind, TransmitKind.ECHO, "the next address is probed");
    const free = server.tell(InputKind.PROBE_RESULT, { address: next.answer.destination, value: 0 });
    assert.equal(free.verdict, "PROBE_UNANSWERED");
    assert.equal(free.answer.message.type, Type.OFFER);
    assert.equal(free.answer.message.yiaddr, next.answer.destination);
  }
});

test("RFC 2131 §2.2: the result of a probe that does not run changes nothing", () => {
  const server = new Server({ config });
  const held = bindAfterProbe(server, 1);
  for (const address of ["192.0.2.15", held, "203.0.113.1"]) {
    assert.equal(server.tell(InputKind.PROBE_RESULT, { address, value: 1 }).verdict, "PROBE_UNKNOWN");
  }
  assert.equal(server.status.bound, 1);
  assert.equal(server.status.quarantined, 0);
});

function bindAfterProbe(server: Server, number: number): string {
  server.receive(discover(clientOf(number)));
  const [offer] = offersIn(server.advance(501));
  server.receive(select(clientOf(number), offer!.yiaddr));
  return offer!.yiaddr;
}

test("RFC 2131 §2.2: a client that asks again meanwhile is answered once, and its newest message", () => {
  const server = new Server({ config });
  server.receive(discover({ ...clientOf(1), xid: 1 }));
  server.advance(200);
  const again = server.receive(discover({ ...clientOf(1), xid: 2 }, [[Code.PARAMETER_REQUEST_LIST, hex("01")]]));
  assert.equal(again.verdict, "PROBE_RUNS");
  assert.deepEqual(again.sent, []);
  const offers = offersIn(server.advance(1000));
  assert.equal(offers.length, 1);
  assert.equal(offers[0]!.xid, 2);
  assert.ok(!offers[0]!.options.has(Code.BROADCAST_ADDRESS));
});

test("RFC 2131 §2.2: an address that its client holds, or is offered, is not probed", () => {
  const server = new Server({ config });
  const held = bindAfterProbe(server, 1);
  assert.equal(server.receive(discover(clientOf(1))).verdict, "OFFERED");
  assert.equal(server.receive(extend(clientOf(1), held), toServer(held)).verdict, "BOUND_RENEWING");
  server.receive(discover(clientOf(2)));
  server.advance(501);
  assert.equal(server.receive(discover(clientOf(2))).verdict, "OFFERED");
});

test("RFC 2131 §2.2: the table of probes is bounded; what does not fit is counted, and its client asks again", () => {
  const server = new Server({ config, limits: { probeCount: 2 } });
  const verdicts = [1, 2, 3].map((number) => server.receive(discover(clientOf(number))).verdict);
  assert.deepEqual(verdicts, ["PROBE_STARTED", "PROBE_STARTED", "PROBES_FULL"]);
  assert.equal(server.status.probes, 2);
  assert.equal(offersIn(server.advance(501)).length, 2);
  assert.equal(server.status.probes, 0);
  assert.equal(server.receive(discover(clientOf(3))).verdict, "PROBE_STARTED");
});

test("RFC 2131 §2.2: a probe whose client took another way ends without an offer", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  assert.equal(server.receive(select(clientOf(1), "198.51.100.9", "192.0.2.7")).verdict, "OFFER_WITHDRAWN");
  assert.equal(server.status.probing, 0);
  assert.deepEqual(server.advance(1000), []);
  server.receive(discover(clientOf(2)));
  assert.equal(server.receive(select(clientOf(2), "192.0.2.15")).verdict, "BOUND_SELECTING");
  assert.deepEqual(server.advance(1000), []);
  assert.equal(server.status.probes, 0);
});

test("RFC 2131 §2.2: an address that is probed anew is the new client's, though the old probe has not ended", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  server.advance(100);
  assert.equal(server.receive(discover(clientOf(2))).address, "192.0.2.11");
  server.advance(401);
  assert.equal(server.receive(select(clientOf(2), "198.51.100.9", "192.0.2.7")).verdict, "OFFER_WITHDRAWN");
  assert.equal(server.receive(discover(clientOf(3))).address, "192.0.2.11");
  assert.deepEqual(server.advance(400), []);
  const [offer] = offersIn(server.advance(101));
  assert.deepEqual(offer?.chaddr.subarray(0, 6), clientOf(3).chaddr);
  assert.equal(server.status.probes, 0);
});

test("RFC 2131 §2.2: a full ring starts no probe; one that ends then frees its address", () => {
  const server = new Server({ config, limits: { readySlotCount: 1 } });
  server.receive(discover(clientOf(1)));
  server.networkWorks = false;
  server.advance(400);
  server.receive(select(clientOf(2), "203.0.113.1"));
  assert.equal(server.receive(discover(clientOf(3))).verdict, "TRANSMIT_FULL");
  assert.equal(server.status.probes, 1);
  server.advance(200);
  assert.equal(server.status.probing + server.status.offered, 0);
});

test("RFC 2131 §2.2: what the configuration gives the client meanwhile is probed instead", () => {
  const reservation = { hardwareAddress: "02:00:00:00:00:01", address: "192.0.2.10" };
  const [subnet] = config.subnets;
  const before = new Server({ config: { ...config, probe: false } });
  const squatted = bind(before, clientOf(9));
  assert.equal(squatted, reservation.address);
  const server = before.restart({ config: { ...config, subnets: [{ ...subnet, reservations: [reservation] }] } });
  assert.equal(server.receive(discover(clientOf(1))).address, "192.0.2.11");
  server.receive(release(clientOf(9), squatted), toServer(squatted));
  const [next] = server.advance(501);
  assert.equal(readArpFrame(next!.bytes).target, reservation.address);
  assert.equal(offersIn(server.advance(501))[0]?.yiaddr, reservation.address);
});

test("RFC 2131 §2.2: the saved message passes all gates again: an interface that went down is silent", () => {
  const server = new Server({ config });
  server.receive(discover(clientOf(1)));
  server.setInterface(0, { address: "192.0.2.1", up: false });
  assert.deepEqual(server.advance(1000), []);
  assert.equal(server.status.probing, 0, "and the address is free again");
  server.setInterface(0, { address: "192.0.2.2" });
  server.receive(discover(clientOf(1)));
  const [offer] = offersIn(server.advance(501));
  assert.equal(addressOption(offer!, Code.SERVER_IDENTIFIER), "192.0.2.2");
});

test("RFC 2131 §2.2: a conflict that cannot be recorded leaves the address free, not offered", () => {
  const server = new Server({ config, limits: { journalSize: 1024, attributeBlockCount: 0 } });
  const held = bindAfterProbe(server, 1);
  server.receive(discover(clientOf(2)));
  server.storeWorks = false;
  while (server.receive(extend(clientOf(1), held), toServer(held)).verdict !== "STORE_BEHIND");
  const answered = server.receiveFrame(arpReply(stranger, "192.0.2.11"));
  assert.equal(answered.verdict, "STORE_BEHIND");
  assert.equal(server.status.probing, 0);
  assert.equal(server.status.quarantined, 0);
  assert.deepEqual(offersIn(server.advance(1000).filter(({ waited }) => !waited)), []);
});

test("RFC 2131 §2.2: with the probe off, the offer is immediate", () => {
  const server = new Server({ config: { ...config, probe: false } });
  assert.equal(server.receive(discover(clientOf(1))).verdict, "OFFERED");
  assert.equal(bind(server, clientOf(2)), "192.0.2.11");
});

test("RFC 2131 §2.2: what another link says of the same address is nothing to the probe", () => {
  const far = { address: "198.51.100.1" };
  const server = new Server({ config, interfaces: [{ address: "192.0.2.1" }, far] });
  server.receive(discover(clientOf(1)));
  assert.equal(server.receiveFrame(arpReply(stranger, "192.0.2.10"), 1).verdict, "OTHER_FRAME");
  const broadcast = buildArpFrame({
    destinationMac: BROADCAST_MAC,
    sourceMac: stranger,
    operation: 1,
    senderMac: stranger,
    sender: "192.0.2.10",
    targetMac: new Uint8Array(6),
    target: "192.0.2.10",
  });
  assert.equal(server.receiveFrame(broadcast, 1).verdict, "ARP_NOT_OURS");
  assert.equal(server.status.probing, 1);
  assert.equal(server.receiveFrame(broadcast, 0).verdict, "PROBE_ANSWERED");
});

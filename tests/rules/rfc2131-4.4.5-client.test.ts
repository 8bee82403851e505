// RFC 2131 §4.4.5 and §3.3: T1, T2, the lease's end, and time values; §4.4.6: release is tested in §3.1.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientVerdict, LeaseChange } from "#layout";
import { Client, ClientCommand, Code, hex, ip, LEASED, SERVER, Type, u32 } from "./harness/client-harness.js";
import { addressOption, type OptionValue } from "./harness/messages.js";

/** Lease time, T1 and T2 as options. */
function times(lease: number, t1?: number, t2?: number): OptionValue[] {
  return [
    [Code.LEASE_TIME, u32(lease)],
    ...(t1 === undefined ? [] : [[Code.RENEWAL_TIME, u32(t1)] as const]),
    ...(t2 === undefined ? [] : [[Code.REBINDING_TIME, u32(t2)] as const]),
  ];
}

/** T1, T2 and the end in milliseconds after the DHCPREQUEST. */
function timers(options: readonly OptionValue[], seed: readonly [number, number] = [1, 2]): [number, number, number] {
  const client = new Client({ seed }).bind(options);
  const { renewAt, rebindAt, expiresAt } = client.core.status;
  return [renewAt, rebindAt, expiresAt].map((at) => Number(at) - client.now) as [number, number, number];
}

test("§4.4.5: T1 and T2 are the server's", () => {
  assert.deepEqual(timers(times(1000, 100, 200)), [100_000, 200_000, 1000_000]);
  assert.deepEqual(timers(times(1000, 998, 999)), [998_000, 999_000, 1000_000]);
  assert.deepEqual(timers(times(3, 1, 2)), [1000, 2000, 3000]);
});

test("§4.4.5: T1 alone or T2 alone is taken with the other's default", () => {
  assert.deepEqual(timers(times(1000, 100)), [100_000, 875_000, 1000_000]);
  assert.deepEqual(timers(times(1000, undefined, 900)), [500_000, 900_000, 1000_000]);
});

const wrong: [string, OptionValue[]][] = [
  ["T1 = 0", times(1000, 0, 800)],
  ["T1 = T2", times(1000, 500, 500)],
  ["T1 > T2", times(1000, 600, 500)],
  ["T2 = lease", times(1000, 500, 1000)],
  ["T2 > lease", times(1000, 500, 2000)],
  ["58 > 59 > 51", times(1000, 3000, 2000)],
  ["T1 and T2 all ones", times(1000, 0xffffffff, 0xffffffff)],
  ["T1 alone, after the default T2", times(1000, 900)],
  ["T1 of three bytes", [...times(1000), [Code.RENEWAL_TIME, hex("000064")]]],
];

for (const [what, options] of wrong) {
  test(`§4.4.5: with ${what}, T1 and T2 are ½ and ⅞ of the lease`, () => {
    const [t1, t2, end] = timers(options);
    assert.ok(t1 > 437_000 && t1 <= 500_000, `T1 at ${t1}`);
    assert.ok(t2 > 812_000 && t2 <= 875_000, `T2 at ${t2}`);
    assert.equal(end, 1000_000);
  });
}

test("§4.4.5: the defaults are randomised, so that clients do not ask all at once", () => {
  const all = Array.from({ length: 100 }, (_, index) => timers(times(1000), [index, 5]));
  const spread = (values: number[]) => Math.max(...values) - Math.min(...values);
  assert.ok(spread(all.map(([t1]) => t1)) > 40_000);
  assert.ok(spread(all.map(([, t2]) => t2)) > 40_000);
  for (const [t1, t2, end] of all) assert.ok(0 < t1 && t1 < t2 && t2 < end);
});

for (const seconds of [1, 2, 3, 7, 4_294_967, 4_294_968, 8_589_936, 0x7fffffff, 0xfffffffe]) {
  test(`§3.3: a lease of ${seconds} s: the timers are in order and nothing overflows`, () => {
    const [t1, t2, end] = timers(times(seconds));
    assert.equal(end, seconds * 1000);
    assert.ok(t1 > seconds * 430 && t1 <= seconds * 500);
    assert.ok(t2 > seconds * 810 && t2 <= seconds * 875);
    const endsAt = 1_800_000_000 + seconds;
    assert.equal(new Client().bind(times(seconds)).core.status.endsAt, Math.min(endsAt, 0xffffffff));
  });
}

test("§3.3: an infinite lease has no timers, whatever T1 and T2 say", () => {
  const client = new Client().bind(times(0xffffffff, 10, 20));
  assert.equal(client.core.deadline, Number.POSITIVE_INFINITY);
  assert.equal(client.core.status.endsAt, 0xffffffff);
  client.advance(1e12);
  assert.equal(client.state, "BOUND");
});

test("§4.4.5: an infinite lease can be renewed when told to, and asks again after a minute", () => {
  const client = new Client().bind(times(0xffffffff));
  client.command(ClientCommand.RENEW);
  client.advance(59_999);
  assert.equal(client.takeAll().length, 1);
  client.advance(1);
  assert.equal(client.takeAll().length, 1);
  client.receive(client.answer(Type.ACK, {}, times(600)));
  assert.equal(client.core.status.leaseSeconds, 600);
});

test("§4.4.5: at T1 the server alone is asked, at T2 everybody", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  client.advance(1000_000);
  assert.equal(client.state, "RENEWING");
  assert.equal(client.takeSent(Type.REQUEST).destination, SERVER);
  client.advance(8000_000);
  assert.equal(client.state, "REBINDING");
  assert.equal(client.takeAll().at(-1)!.destination, "255.255.255.255");
});

test("§4.4.5: retransmissions wait half the time that is left to T2 or to the end, down to 60 s", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  const began = client.now;
  client.until("SELECTING");
  const requests = client.takeAll().filter(({ message }) => message.type === Type.REQUEST);
  const sent = requests.map(({ at }) => (at - began) / 1000);
  assert.deepEqual(
    sent,
    [1000, 5000, 7000, 8000, 8500, 8750, 8875, 8937.5, 8997.5, 9000, 9500, 9750, 9875, 9937.5, 9997.5],
  );
});

test("§4.4.5: the same xid in RENEWING and REBINDING, so that a late answer counts", () => {
  const client = new Client().bind();
  client.until("RENEWING");
  const { xid } = client.takeAll().at(-1)!.message;
  client.until("REBINDING");
  assert.equal(client.takeAll().at(-1)!.message.xid, xid);
});

test("§4.4.5: secs counts from the beginning of the extension", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  client.advance(5000_000);
  assert.deepEqual(
    client.takeAll().map(({ message }) => message.secs),
    [0, 4000],
  );
});

test("§4.4.5: the new end counts from the DHCPREQUEST that was sent last", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  const began = client.now;
  client.advance(5001_000);
  client.receive(client.answer(Type.ACK, {}, times(10_000)));
  assert.equal(client.core.status.expiresAt, BigInt(began + 15_000_000));
  assert.equal(client.core.status.change, LeaseChange.EXTENDED);
});

test("§4.4.5: when the lease ends, the address is withdrawn at once and the client starts anew, asking for it again", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  client.advance(9_999_999);
  assert.equal(client.address, LEASED);
  client.takeAll();
  client.advance(1);
  assert.equal(client.address, "0.0.0.0");
  assert.equal(client.core.status.change, LeaseChange.EXPIRED);
  assert.equal(client.counted(ClientVerdict.LEASE_EXPIRED), 1);
  assert.equal(addressOption(client.takeSent(Type.DISCOVER).message, Code.REQUESTED_ADDRESS), LEASED);
});

for (const state of ["BOUND", "RENEWING", "REBINDING"])
  test(`§4.4.5: a machine that slept through its lease in ${state} does not use the address even once`, () => {
    const client = new Client().bind(times(10_000, 1000, 9000)).until(state);
    client.takeAll();
    client.now += 20_000_000;
    client.core.handleTimeout(client.now);
    client.drain();
    assert.equal(client.address, "0.0.0.0");
    assert.deepEqual(
      client.takeAll().map(({ message }) => message.type),
      [Type.DISCOVER],
    );
  });

test("§4.4.5: a machine that slept through T1 and T2 rebinds", () => {
  const client = new Client().bind(times(10_000, 1000, 9000));
  client.now += 9500_000;
  client.core.handleTimeout(client.now);
  client.drain();
  assert.equal(client.state, "REBINDING");
  assert.equal(client.takeSent(Type.REQUEST).destination, "255.255.255.255");
});

test("§4.4.5: a client may renew before T1 when told to", () => {
  const client = new Client().bind();
  assert.equal(client.command(ClientCommand.RENEW).answerType, Type.REQUEST);
  assert.equal(client.takeSent().destination, SERVER);
  client.receive(client.answer(Type.ACK));
  assert.equal(client.state, "BOUND");
});

test("§4.4.5: the server that extends the lease in REBINDING is the leasing server from then on", () => {
  const client = new Client().bind().until("REBINDING");
  client.receive(client.answer(Type.ACK, {}, [[Code.SERVER_IDENTIFIER, ip("192.0.2.2")]]));
  client.takeAll();
  client.until("RENEWING");
  assert.equal(client.takeSent().destination, "192.0.2.2");
  assert.equal(client.receive(client.answer(Type.ACK)).verdict, "OTHER_SERVER");
});

test("§4.4.5: a DHCPACK whose time is already over ends in INIT, not in a loop", () => {
  const client = new Client();
  client.start();
  client.receive(client.answer(Type.OFFER));
  client.advance(3500);
  client.takeAll();
  client.receive(client.answer(Type.ACK, {}, times(1)));
  assert.equal(client.address, "0.0.0.0");
  assert.equal(client.takeAll().length, 1, "one DHCPDISCOVER");
});

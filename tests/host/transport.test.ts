// The portable transports: what arrives is in the slots as it was sent, what leaves goes where the core says.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createSocket, type RemoteInfo } from "node:dgram";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { InputFlag, InputKind, LinkMode, TransmitKind } from "#layout";
import { parseAddress } from "../../host/core/address.js";
import { LoopbackTransport } from "../../host/net/loopback.js";
import { MAILBOX_LIMIT } from "../../host/net/mailbox.js";
import { MemoryLink } from "../../host/net/memory.js";
import { PortableTransport } from "../../host/net/portable.js";
import type { Transport } from "../../host/net/transport.js";
import { UserError } from "../../host/user-error.js";
import { BareCore } from "./bare-core.js";

const mac = (last: number) => Uint8Array.of(2, 0, 0, 0, 0, last);
const text = (value: string) => new TextEncoder().encode(value);
const loopback = parseAddress("127.0.0.1")!;

/** Waits until the transport has filled `count` slots. */
async function arrive(transport: Transport, core: BareCore, count = 1): Promise<void> {
  let filled = 0;
  for (let tries = 0; tries < 200 && filled < count; tries++) {
    filled += transport.receive(core, filled);
    if (filled < count) await sleep(5);
  }
  assert.equal(filled, count, "datagrams that arrived");
}

/** A plain UDP socket on loopback that closes with the test. */
async function peer(t: TestContext, port = 0) {
  const socket = createSocket("udp4").bind(port, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return socket;
}

/** A loopback interface as the system would list it. */
const lo = {
  address: "127.0.0.1",
  netmask: "255.0.0.0",
  family: "IPv4",
  mac: "02:00:00:00:00:01",
  internal: true,
  cidr: null,
} as const;

async function portable(t: TestContext, client: number, interfaces: NodeJS.Dict<(typeof lo)[]> = { lo: [lo] }) {
  const own = await peer(t);
  const server = own.address().port + 1;
  const transport = await PortableTransport.open({
    role: "server",
    interfaces: Object.keys(interfaces),
    ports: { server, client },
    source: () => interfaces as never,
  });
  t.after(() => transport.close());
  return { transport, server };
}

test("portable: a datagram arrives with interface, addresses and the standard ports", async (t) => {
  const client = await peer(t);
  const { transport, server } = await portable(t, client.address().port);
  const core = new BareCore();
  client.send(text("discover"), server, "127.0.0.1");
  await arrive(transport, core);
  const { kind, flags, interfaceIndex, sourceAddress, destinationAddress, sourcePort, destinationPort } = core.slot(0);
  assert.deepEqual(
    { kind, flags, interfaceIndex, sourceAddress, destinationAddress, sourcePort, destinationPort },
    {
      kind: InputKind.DATAGRAM,
      flags: InputFlag.CHECKSUM_TRUSTED,
      interfaceIndex: 0,
      sourceAddress: loopback,
      destinationAddress: loopback,
      sourcePort: 68,
      destinationPort: 67,
    },
  );
  assert.deepEqual(core.payload(0), text("discover"));
});

test("portable: an answer leaves from the interface's own address and port, in order, and the ring is drained", async (t) => {
  const client = await peer(t);
  const { transport, server } = await portable(t, client.address().port);
  const core = new BareCore();
  for (const payload of ["offer", "ack"]) {
    core.emit({ payload: text(payload), destinationAddress: loopback, destinationPort: 68 });
  }
  const heard: string[] = [];
  const done = new Promise<RemoteInfo>((resolve) =>
    client.on("message", (bytes, from) => heard.push(bytes.toString()) === 2 && resolve(from)),
  );
  assert.equal(transport.send(core, core.ready), 2);
  assert.equal(core.ready.pending, 0);
  const from = await done;
  assert.deepEqual(heard, ["offer", "ack"]);
  assert.deepEqual([from.address, from.port], ["127.0.0.1", server]);
  assert.equal(transport.statistics.sent, 2);
});

test("portable: an entry that was dropped after all is skipped, a frame and a dead interface are counted", async (t) => {
  const { transport } = await portable(t, 9);
  const core = new BareCore();
  core.emit({ payload: new Uint8Array(0) });
  core.emit({ payload: text("frame"), kind: TransmitKind.FRAME });
  core.emit({ payload: text("elsewhere"), interfaceIndex: 7, destinationAddress: loopback, destinationPort: 68 });
  assert.equal(transport.send(core, core.ready), 3);
  assert.deepEqual(Object.fromEntries(transport.statistics.failed), { ENOTSUP: 1, ENETDOWN: 1 });
});

test("portable: with several interfaces a source tells which; without one the datagram is dropped and counted", async (t) => {
  const other = {
    ...lo,
    address: "127.1.0.1",
    netmask: "255.255.0.0",
    mac: "02:00:00:00:00:02",
  } as unknown as typeof lo;
  const first = { ...lo, netmask: "255.255.0.0" } as unknown as typeof lo;
  const { transport, server } = await portable(t, 9, { a: [first], b: [other] });
  const core = new BareCore();
  const client = await peer(t);
  // To an address that only the wildcard socket hears: the interface has to be worked out from the source.
  client.send(text("from a's subnet"), server, "127.0.0.9");
  await arrive(transport, core);
  assert.equal(core.slot(0).interfaceIndex, 0);
  assert.equal(core.slot(0).destinationAddress, 0xffffffff);
  const stranger = createSocket("udp4").bind(0, "127.9.0.1");
  await once(stranger, "listening");
  t.after(() => stranger.close());
  stranger.send(text("from nowhere"), server, "127.0.0.9");
  for (let tries = 0; tries < 100 && transport.statistics.dropped === 0; tries++) await sleep(5);
  assert.equal(transport.statistics.dropped, 1);
  assert.equal(transport.receive(core, 0), 0);
});

test("portable: an interface that goes and comes keeps its number, and each change is told", async (t) => {
  const own = await peer(t);
  const server = own.address().port + 1;
  let present: NodeJS.Dict<(typeof lo)[]> = { a: [lo] };
  const transport = await PortableTransport.open({
    role: "server",
    interfaces: ["a"],
    ports: { server, client: 9 },
    source: () => present as never,
    pollMilliseconds: 10,
  });
  t.after(() => transport.close());
  const told: [boolean, number][] = [];
  transport.onInterfacesChanged = () => {
    const [state] = transport.interfaces();
    told.push([state!.up, state!.address]);
  };
  const settled = async (count: number) => {
    for (let tries = 0; tries < 200 && told.length < count; tries++) await sleep(5);
  };
  present = {};
  await settled(1);
  present = { a: [{ ...lo, address: "127.0.0.2" } as unknown as typeof lo] };
  await settled(2);
  await sleep(50);
  assert.deepEqual(told, [
    [false, loopback],
    [true, parseAddress("127.0.0.2")!],
  ]);
  assert.deepEqual(
    transport.interfaces().map(({ index }) => index),
    [0],
  );
  const client = await peer(t);
  client.send(text("unicast"), server, "127.0.0.2");
  const core = new BareCore();
  await arrive(transport, core);
  assert.equal(core.slot(0).destinationAddress, parseAddress("127.0.0.2"));
});

test("portable: mistakes are said in sentences", async (t) => {
  await assert.rejects(
    PortableTransport.open({
      role: "server",
      interfaces: ["lan9"],
      ports: { server: 0, client: 0 },
      source: () => ({}),
    }),
    (error) => error instanceof UserError && /lan9 does not exist/.test(error.message),
  );
  // Shared, as another server of this kind would hold it.
  const taken = createSocket({ type: "udp4", reuseAddr: true }).bind(0);
  await once(taken, "listening");
  t.after(() => taken.close());
  await assert.rejects(
    PortableTransport.open({ role: "server", ports: { server: taken.address().port, client: 0 } }),
    (error) => error instanceof UserError && /is in use/.test(error.message),
  );
});

test("more datagrams than slots are read in several goes; one longer than a slot is cut and marked", async (t) => {
  const client = await peer(t);
  const { transport, server } = await portable(t, client.address().port);
  const core = new BareCore();
  for (let at = 0; at < core.inputSlotCount + 1; at++) client.send(new Uint8Array(600).fill(at), server, "127.0.0.1");
  await arrive(transport, core, core.inputSlotCount);
  assert.equal(core.slot(0).flags & InputFlag.TRUNCATED, InputFlag.TRUNCATED);
  assert.equal(core.slot(0).length, core.inputPayloadSize);
  await arrive(transport, core, 1);
  assert.equal(core.payload(0)[0], core.inputSlotCount);
});

test("loopback: a server answers stations that it has heard from, and knows how it was addressed", async (t) => {
  const own = { address: 0xc0000201, prefixLength: 24 };
  const server = await LoopbackTransport.open({ role: "server", mac: mac(1), ...own });
  const client = await LoopbackTransport.open({ role: "client", mac: mac(2), stations: [server.ports] });
  t.after(() => Promise.all([server.close(), client.close()]));
  const core = new BareCore();
  for (const destinationAddress of [0xffffffff, own.address]) {
    core.emit({ payload: text("request"), destinationAddress, destinationPort: 67 });
    client.send(core, core.ready);
    await arrive(server, core);
    assert.equal(core.slot(0).destinationAddress, destinationAddress);
    assert.deepEqual([core.slot(0).sourcePort, core.slot(0).destinationPort], [68, 67]);
  }
  core.emit({ payload: text("ack"), destinationAddress: 0xc000020a, destinationPort: 68 });
  server.send(core, core.ready);
  await arrive(client, core);
  assert.deepEqual(core.payload(0), text("ack"));
  assert.deepEqual([core.slot(0).sourcePort, core.slot(0).destinationPort], [67, 68]);
  assert.equal(server.statistics.sent, 1, "one station, not its port twice");
});

test("memory: every other station hears a message, unless the link loses it", () => {
  const link = new MemoryLink();
  const stations = [1, 2, 3].map((n) => link.join({ name: `s${n}`, linkMode: LinkMode.FRAMES, mac: mac(n) }));
  const core = new BareCore();
  core.emit({ payload: text("frame"), kind: TransmitKind.FRAME });
  core.emit({ payload: text("lost"), kind: TransmitKind.FRAME });
  link.carry = ({ bytes }) => bytes.length !== 4;
  stations[0]!.send(core, core.ready);
  assert.equal(stations[0]!.receive(core, 0), 0);
  for (const station of stations.slice(1)) {
    assert.equal(station.receive(core, 0), 1);
    assert.equal(core.slot(0).kind, InputKind.FRAME);
    assert.deepEqual(core.payload(0), text("frame"));
  }
});

test("memory: a station that nobody reads drops what exceeds its mailbox, and counts it", () => {
  const link = new MemoryLink();
  const station = link.join({ name: "s", linkMode: LinkMode.DATAGRAM, mac: mac(1) });
  const message = {
    kind: TransmitKind.DATAGRAM,
    sourceAddress: 0,
    destinationAddress: 0,
    sourcePort: 68,
    destinationPort: 67,
    bytes: text("x"),
  };
  for (let sent = 0; sent < MAILBOX_LIMIT + 3; sent++) link.deliver(message);
  assert.equal(station.statistics.dropped, 3);
});

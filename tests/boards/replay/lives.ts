// The life of a client and of a server at a board's limits, on links of frames without an IP stack beside the core: what a trace of both should
// have in it. A program to be loaded with `record.js`; each life ends with a call that traps.

import assert from "node:assert/strict";
import { ClientFlag, InputKind } from "#layout";
import { CoreTrap } from "../../../host/core/index.js";
import { CLIENT_MAC, Client, ClientCommand, LEASED, SERVER, Type } from "../../rules/harness/client-harness.js";
import {
  bind,
  clientOf,
  decline,
  discover,
  extend,
  inform,
  reboot,
  release,
  select,
  toServer,
} from "../../rules/harness/clients.js";
import { buildMessage, Code, text } from "../../rules/harness/messages.js";
import { LinkMode, Server } from "../../rules/harness/server-harness.js";
import { clientMessages, serverMessages } from "../../fuzz/corpus.js";
import { someArp, someFrame } from "../../fuzz/frames.js";
import { mutate } from "../../fuzz/mutate.js";
import { Random } from "../../fuzz/random.js";
import { configuration, RELAY } from "../../fuzz/world.js";

/** Hostile frames in each life. The seed is always the same: what is recorded is to be replayed, not to find anything new. */
const FRAMES = 3000;
const SEED = 5227;

/** A call that no host makes: it must trap, whatever runs the module. */
function trap(core: Client["core"] | Server["core"], now: number): void {
  assert.throws(() => core.handleInputs(core.inputSlotCount + 1, now), CoreTrap);
}

function bornClient(records: Uint8Array): Client {
  return new Client({
    linkMode: LinkMode.FRAMES,
    settings: { flags: ClientFlag.PROBE | ClientFlag.ANSWER_ARP, offerWindow: 500 },
    limits: {
      configurationSize: 128,
      inputSlotCount: 2,
      inputPayloadSize: 600,
      transmitSlotCount: 2,
      transmitPayloadSize: 300,
      journalSize: 512,
      acknowledgementSize: 600,
    },
    records,
  });
}

/** Up the ladder, through each way of extending a lease, and down again: refused, in conflict, released. */
function climb(client: Client): void {
  client.bind();
  client.until("RENEWING").receive(client.answer(Type.ACK));
  client.until("REBINDING").receive(client.answer(Type.ACK));
  client.until("RENEWING").receive(client.answer(Type.NAK));
  client.bind();
  client.arp(2, LEASED, LEASED);
  client.arp(2, LEASED, LEASED);
  client.command(ClientCommand.STOP);
  client.bind();
  client.command(ClientCommand.INFORM, Uint8Array.of(77, 2, 0, 192));
  client.command(ClientCommand.RELEASE);
  client.start();
  while (client.state === "INIT") client.step();
  client.receive(client.answer(Type.OFFER));
  client.advance(500);
  client.receive(client.answer(Type.ACK));
  assert.equal(client.state, "CHECKING");
  client.arp(1, "0.0.0.0", LEASED);
  client.arp(2, LEASED, LEASED);
  assert.notEqual(client.address, LEASED, "a declined address is not used");
  client.advance(60_000);
  client.command(ClientCommand.STOP);
  client.bind();
  client.advance(3 * 3_600_000);
  assert.equal(client.address, "0.0.0.0", "an address is not used beyond its lease");
}

/** Comes up again with the records of an earlier life, and asks for the same address. */
function rebootClient(records: Uint8Array): Client {
  const client = bornClient(records);
  client.start();
  while (client.state === "INIT") client.step();
  assert.equal(client.state, "REBOOTING");
  client.step();
  client.receive(client.answer(Type.ACK));
  return client;
}

function shootAtClient(client: Client, random: Random): void {
  client.start();
  if (random.oneIn(200)) client.command(random.pick([ClientCommand.STOP, ClientCommand.RELEASE]));
  if (random.oneIn(4) && Number.isFinite(client.core.deadline)) client.step();
  const type = client.state === "SELECTING" ? Type.OFFER : random.pick([Type.ACK, Type.ACK, Type.NAK]);
  const base = random.oneIn(4) ? random.pick(serverMessages) : client.answer(type);
  const payload = mutate(base, random, serverMessages, random.below(3)).subarray(0, 550);
  client.frame(random.oneIn(10) ? someArp(random, LEASED) : someFrame(payload, { mac: CLIENT_MAC, port: 68 }, random));
}

function liveClient(): void {
  const random = new Random("client", SEED);
  const first = bornClient(new Uint8Array(0));
  climb(first);
  first.command(ClientCommand.STOP);
  first.records();
  first.bind();
  const client = rebootClient(first.records());
  for (let index = 0; index < FRAMES; index++) shootAtClient(client, random);
  client.command(ClientCommand.STOP);
  client.command(ClientCommand.RELEASE);
  client.bind();
  trap(client.core, client.now);
}

function bornServer(): Server {
  return new Server({
    config: { ...configuration, probe: true },
    interfaces: [{ address: SERVER, linkMode: LinkMode.FRAMES }],
    limits: {
      attributeBlockCount: 64,
      interfaceCount: 1,
      inputSlotCount: 2,
      inputPayloadSize: 600,
      readySlotCount: 2,
      waitingSlotCount: 2,
      transmitPayloadSize: 576,
      journalSize: 2048,
      probeCount: 4,
    },
  });
}

/** What some clients do with their leases, each in its own way; a probe that nobody answers goes before every offer. */
function serveClients(server: Server): void {
  for (let number = 1; number <= 40; number++) {
    const long = { identifier: Uint8Array.from({ length: 8 + number }, (_, at) => at + number) };
    const named = { options: [[Code.HOST_NAME, text(`host-${number}`)]] as [number, Uint8Array][] };
    const client = clientOf(number, number % 3 === 0 ? long : number % 3 === 1 ? named : { giaddr: RELAY });
    server.receive(discover(client));
    server.advance(2000);
    const held = bind(server, client);
    server.receive(extend(client, held), toServer(held));
    if (number % 5 === 0) server.receive(decline(client, held));
    if (number % 7 === 0) server.receive(release(client, held), toServer(held));
    if (number % 4 === 0) server.receive(reboot(client, held));
    server.receive(inform(client, held));
    server.receive(select(client, held, "192.0.2.99"));
  }
  server.receive(discover(clientOf(99)));
  server.tell(InputKind.PROBE_RESULT, { address: "192.0.2.16", value: 1 });
  server.tell(InputKind.WALL_CLOCK, { value: server.wallClock + 10 });
  server.advance(10_000_000);
}

function liveServer(): void {
  const random = new Random("server", SEED);
  const first = bornServer();
  serveClients(first);
  for (let from: number | null = 0; from !== null; ) from = first.core.exportSlice(from).next;
  const server = first.restart();
  const listener = { mac: Uint8Array.of(2, 0, 0, 0, 0, 0xfe), port: 67 };
  for (let index = 0; index < FRAMES; index++) {
    const client = clientOf(random.below(40));
    const base = random.oneIn(3) ? random.pick(clientMessages) : buildMessage(discover(client));
    const payload = mutate(base, random, clientMessages, random.below(3)).subarray(0, 550);
    server.receiveFrame(random.oneIn(10) ? someArp(random, SERVER) : someFrame(payload, listener, random));
    if (random.oneIn(10)) server.advance(random.below(60_000));
  }
  for (let from: number | null = 0; from !== null; ) from = server.core.exportSlice(from).next;
  trap(server.core, server.now);
}

liveClient();
liveServer();

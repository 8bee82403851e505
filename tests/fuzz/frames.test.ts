// Hostile frames (RFC 894, 791, 768, 826): to a server and to a client whose link has no IP stack beside the core. A frame
// brings a message only if an independent reading finds one in it; then the rules of datagrams hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag } from "#layout";
import { CLIENT_MAC, ClientCommand, LEASED, Type } from "../rules/harness/client-harness.js";
import { clientOf, discover, extend, select } from "../rules/harness/clients.js";
import { isArp, readArpFrame } from "../rules/harness/frames.js";
import { buildMessage } from "../rules/harness/messages.js";
import { LinkMode, type Outcome, SERVER_MAC } from "../rules/harness/server-harness.js";
import { clientMessages, serverMessages } from "./corpus.js";
import { FuzzedClient } from "./fuzzed-client.js";
import { FuzzedServer, links } from "./fuzzed-server.js";
import { datagramIn, someArp, someFrame } from "./frames.js";
import { readLoosely } from "./loose.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { SECOND_SERVER, SERVER, someAddress } from "./world.js";

const FRAMES = scaled(20_000);
const NOTHING = new Uint8Array(0);

/** A request of one of a few clients, mutated or not. */
function someRequest(random: Random): Uint8Array {
  const client = clientOf(random.below(40));
  const about = someAddress(random);
  const sound = random.pick([discover(client), select(client, about), extend(client, about)]);
  const base = random.oneIn(3) ? random.pick(clientMessages) : buildMessage(sound);
  return mutate(base, random, clientMessages, random.below(3)).subarray(0, 1900);
}

/** An answer to ARP is one to a question for the server's own address, on a link of frames, to the one who asked. */
function checkArp(frame: Uint8Array, outcome: Outcome, interfaceIndex: number): void {
  const replies = outcome.sent.filter(({ bytes }) => isArp(bytes));
  if (replies.length === 0) return;
  assert.equal(replies.length, 1);
  assert.equal(links[interfaceIndex]!.linkMode, LinkMode.FRAMES);
  const asked = readArpFrame(frame);
  const said = readArpFrame(replies[0]!.bytes);
  assert.deepEqual([asked.operation, asked.target, said.operation], [1, links[interfaceIndex]!.address, 2]);
  assert.deepEqual([said.sender, said.target, said.targetMac], [asked.target, asked.sender, asked.senderMac]);
}

test("bent frames to a server: only a sound datagram is heard, and the server goes on serving", (t) => {
  announce(t);
  const random = new Random("frames to servers");
  const fuzzed = new FuzzedServer();
  let heard = 0;
  forEachInput(FRAMES, (index, note) => {
    const interfaceIndex = random.below(2);
    const mac = Uint8Array.from([...SERVER_MAC.subarray(0, 5), 0xfe - interfaceIndex]);
    const listener = { mac, port: 67, addresses: [SERVER, SECOND_SERVER] };
    const frame = random.oneIn(6) ? someArp(random) : someFrame(someRequest(random), listener, random);
    note(frame);
    const outcome = fuzzed.server.receiveFrame(frame, interfaceIndex);
    checkArp(frame, outcome, interfaceIndex);
    const brought = datagramIn(frame, listener);
    const request = readLoosely(brought?.payload ?? NOTHING);
    const sent = outcome.sent.filter(({ bytes }) => !isArp(bytes));
    const dropped = ["OTHER_FRAME", "BAD_FRAME", "BAD_CHECKSUM", "FRAGMENT", "ARP_NOT_OURS", "ARP_ANSWERED"];
    assert.equal(dropped.includes(outcome.verdict), brought === undefined, outcome.verdict);
    const { verdict, answerType, address } = outcome;
    fuzzed.check(request, { verdict, answerType, address, sent }, links[interfaceIndex]!);
    if (brought) heard++;
    if (random.oneIn(20)) fuzzed.server.advance(random.below(60_000));
    if (index % 1000 === 999) {
      fuzzed.serveLadder(index);
      fuzzed.checkBooks();
    }
  });
  t.diagnostic(`${FRAMES} frames, ${heard} of them with a sound datagram`);
});

test("bent frames to a client: only a sound datagram is heard, and the client goes on", (t) => {
  const random = new Random("frames to clients");
  const flags = ClientFlag.PROBE | ClientFlag.ANSWER_ARP;
  const fuzzed = new FuzzedClient({ linkMode: LinkMode.FRAMES, settings: { flags, offerWindow: 500 } });
  const { client } = fuzzed;
  let heard = 0;
  forEachInput(FRAMES, (index, note) => {
    client.start();
    if (random.oneIn(200)) client.command(random.pick([ClientCommand.STOP, ClientCommand.RELEASE]));
    if (random.oneIn(6) && Number.isFinite(client.core.deadline)) client.step();
    fuzzed.settle();
    const type = client.state === "SELECTING" ? Type.OFFER : random.pick([Type.ACK, Type.ACK, Type.NAK]);
    const base = random.oneIn(4) ? random.pick(serverMessages) : client.answer(type);
    const payload = mutate(base, random, serverMessages, random.below(3)).subarray(0, 1400);
    const listener = { mac: CLIENT_MAC, port: 68 };
    const isArpTurn = random.oneIn(10);
    const frame = isArpTurn ? someArp(random, LEASED) : someFrame(payload, listener, random);
    note(frame);
    const brought = datagramIn(frame, listener);
    if (isArpTurn) client.frame(frame);
    else fuzzed.judge(brought?.payload, () => client.frame(frame));
    fuzzed.checkSent();
    fuzzed.checkState();
    client.arps = [];
    if (brought) heard++;
    if (index % 1000 === 999) fuzzed.climb();
  });
  t.diagnostic(`${FRAMES} frames, ${heard} of them with a sound datagram`);
});

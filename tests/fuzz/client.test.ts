// Hostile datagrams to the client (RFC 2131 §4.4), in each of its states: mutated answers to what it just asked, and everything else that
// servers say. An independent reading of each message says whether it is an answer; what is none must change nothing.

import { test } from "node:test";
import { CLIENT_MAC } from "../rules/harness/client-harness.js";
import { address, type MessageFields, u32 } from "../rules/harness/messages.js";
import { clientMessages, ownServerMessages, serverMessages } from "./corpus.js";
import { ClientCommand, DENIED, FuzzedClient, SERVER, Type } from "./fuzzed-client.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { someAddress } from "./world.js";

const MESSAGES = scaled(100_000);
/** Messages between two ladders with a well-behaved server. */
const STRETCH = 1000;

/** An answer to the exchange under way, sound before it is mutated. */
function someAnswer(random: Random, { client, asked }: FuzzedClient): Uint8Array {
  const expected = asked.state === "SELECTING" ? Type.OFFER : Type.ACK;
  const type = random.oneIn(6) ? random.pick([Type.OFFER, Type.ACK, Type.NAK]) : expected;
  const fields: MessageFields = {};
  if (type !== Type.NAK && asked.state !== "SELECTING" && !random.oneIn(8)) fields.yiaddr = asked.address;
  const server = asked.server === "0.0.0.0" || random.oneIn(8) ? SERVER : asked.server;
  const stranger = random.oneIn(2) ? DENIED : someAddress(random);
  return client.answer(type, fields, [[54, u32(address(random.oneIn(20) ? stranger : server))]]);
}

/** What a server or anybody else says; addressed to us mostly. */
function nextMessage(random: Random, fuzzed: FuzzedClient): Uint8Array {
  if (random.oneIn(32)) return mutate(random.pick(clientMessages), random, serverMessages, random.below(3));
  if (!random.oneIn(3)) return mutate(someAnswer(random, fuzzed), random, serverMessages, random.below(4));
  const base = Uint8Array.from(random.pick(serverMessages));
  if (base.length >= 240 && !random.oneIn(4)) {
    base.set(u32(fuzzed.client.xid), 4);
    base.fill(0, 28, 44);
    base.set(CLIENT_MAC, 28);
  }
  return mutate(base, random, serverMessages, random.below(4));
}

/** Something else happens: time, the user, the link. */
function disturb(random: Random, { client }: FuzzedClient): void {
  switch (random.below(10)) {
    case 0:
      client.command(random.pick([ClientCommand.RELEASE, ClientCommand.STOP]));
      break;
    case 1:
      client.command(ClientCommand.INFORM, Uint8Array.of(77, 2, 0, 192));
      break;
    case 2:
      client.command(random.below(8) as ClientCommand);
      break;
    case 3:
      client.link(false);
      client.link(true);
      break;
    default:
      client.start();
      client.command(ClientCommand.RENEW);
      if (Number.isFinite(client.core.deadline)) client.step();
      client.advance(random.below(4) * random.below(600_000));
  }
}

test("RFC 2131 §4.4: what is no answer changes nothing, and the client goes on getting leases", (t) => {
  announce(t);
  const random = new Random("client");
  const fuzzed = new FuzzedClient();
  const states = new Map<string, number>();
  forEachInput(MESSAGES, (index, note) => {
    if (random.oneIn(4)) disturb(random, fuzzed);
    fuzzed.settle();
    const bytes = nextMessage(random, fuzzed);
    note(bytes);
    states.set(fuzzed.client.state, (states.get(fuzzed.client.state) ?? 0) + 1);
    fuzzed.receive(bytes);
    if (index % STRETCH === STRETCH - 1) fuzzed.climb();
  });
  t.diagnostic(`${MESSAGES} messages, by the state they met: ${JSON.stringify([...states])}`);
});

test("RFC 2131 §4.4: answers cut off at every byte change nothing where they are no answer any more", () => {
  const random = new Random("cuts");
  const fuzzed = new FuzzedClient();
  const lengths = ownServerMessages.flatMap((message) => Array.from(message, (_, length) => length));
  forEachInput(lengths.length, (index, note) => {
    if (index % 20 === 0) disturb(random, fuzzed);
    fuzzed.settle();
    const bytes = someAnswer(random, fuzzed).subarray(0, lengths[index]!);
    note(bytes);
    fuzzed.receive(bytes);
  });
  fuzzed.climb();
});

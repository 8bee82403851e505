// Hostile datagrams to the server (RFC 2131 §4.3): truncated at every byte, mutated with and without knowledge of their
// structure, from clients that hold leases and from nobody. Whatever comes, each answer is one that the RFC allows and the next client is served.

import { test } from "node:test";
import { clientOf, decline, discover, extend, inform, reboot, release, select } from "../rules/harness/clients.js";
import { buildMessage, type MessageFields } from "../rules/harness/messages.js";
import type { Envelope } from "../rules/harness/server-harness.js";
import { clientMessages, ownClientMessages, serverMessages } from "./corpus.js";
import { FuzzedServer } from "./fuzzed-server.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";
import { RELAY, SERVER, someAddress } from "./world.js";

const MESSAGES = scaled(100_000);
/** Messages between two ladders of well-behaved clients. */
const STRETCH = 1000;

/** Addresses that clients of this run were given last, so that some messages speak of a lease that is there. */
const given = new Map<number, string>();

/** A sound message of one of a few clients, about the address it holds, or another one. */
function someMessage(random: Random): MessageFields {
  const number = random.below(48);
  const client = clientOf(number, random.oneIn(4) ? { giaddr: RELAY } : {});
  if (random.oneIn(3)) client.identifier = Uint8Array.of(1, 2, 0, 0, 0, 0, number);
  const about = random.oneIn(4) ? someAddress(random) : (given.get(number) ?? someAddress(random));
  switch (random.below(8)) {
    case 0:
    case 1:
      return discover(client);
    case 2:
    case 3:
      return select(client, about, random.oneIn(8) ? someAddress(random) : SERVER);
    case 4:
      return reboot(client, about);
    case 5:
      return extend(client, about);
    case 6:
      return random.oneIn(2) ? decline(client, about) : release(client, about);
    default:
      return inform(client, about);
  }
}

/** The next message: from the captures, or of our own, as it is or mutated up to four times. */
function nextMessage(random: Random): Uint8Array {
  if (random.oneIn(32)) return mutate(random.pick(serverMessages), random, clientMessages, random.below(3));
  const base = random.oneIn(2) ? buildMessage(someMessage(random)) : random.pick(clientMessages);
  return mutate(base, random, clientMessages, random.below(5));
}

function someEnvelope(random: Random): Envelope {
  const interfaceIndex = random.oneIn(6) ? random.between(1, 2) : 0;
  if (random.oneIn(2)) return { interfaceIndex };
  return { interfaceIndex, source: someAddress(random), destination: random.oneIn(4) ? someAddress(random) : SERVER };
}

/** Notes what a client was given, where its hardware address is one of `someMessage`'s. */
function noteGiven(yiaddr: string, chaddr: Uint8Array): void {
  if (yiaddr !== "0.0.0.0" && chaddr[4] === 0) given.set(chaddr[5]!, yiaddr);
}

test("RFC 2131 §4.3: mutated messages get no answer but an allowed one, and the server goes on serving", (t) => {
  announce(t);
  const random = new Random("server");
  const fuzzed = new FuzzedServer();
  const answered = new Map<number, number>();
  forEachInput(MESSAGES, (index, note) => {
    const bytes = nextMessage(random);
    note(bytes);
    const answer = fuzzed.receive(bytes, someEnvelope(random));
    if (answer) {
      noteGiven(answer.yiaddr, answer.chaddr);
      answered.set(answer.type, (answered.get(answer.type) ?? 0) + 1);
    }
    if (random.oneIn(20)) fuzzed.server.advance(random.below(60_000));
    if (index % STRETCH === STRETCH - 1) {
      fuzzed.serveLadder(index / STRETCH);
      fuzzed.checkBooks();
    }
  });
  t.diagnostic(`${MESSAGES} messages; answers by type: ${JSON.stringify([...answered].sort())}`);
});

test("RFC 2131 §4.3: messages cut off at every byte get no answer but an allowed one", () => {
  const fuzzed = new FuzzedServer();
  const cuts = ownClientMessages.flatMap((message) => Array.from(message, (_, length) => message.subarray(0, length)));
  forEachInput(cuts.length, (index, note) => {
    const bytes = cuts[index]!;
    note(bytes);
    fuzzed.receive(bytes);
  });
  fuzzed.serveLadder(0);
  fuzzed.checkBooks();
});

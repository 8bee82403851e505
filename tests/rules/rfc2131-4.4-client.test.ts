// RFC 2131 §4.4, figure 5: what each message means in each state. Every pair of state and message type is tried, with a message that is
// right in all else; what the figure does not show must change nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientFlag, ClientState, ClientStatusLayout, LinkMode } from "#layout";
import { Client, ClientCommand, Code, ip, LEASED, type Options, Type } from "./harness/client-harness.js";
import type { OptionValue } from "./harness/messages.js";

/** Probes and frames: the settings in which every state can be looked at. */
const probing: Options = {
  linkMode: LinkMode.FRAMES,
  settings: { flags: ClientFlag.PROBE, initialDelay: [5000, 5000] },
};

/** Climbs as far as `state`, one of the first steps of the ladder. */
function reach(client: Client, state: "INIT" | "SELECTING" | "REQUESTING" | "CHECKING"): Client {
  client.start();
  if (state === "INIT") return client;
  client.until("SELECTING");
  if (state === "SELECTING") return client;
  client.receive(client.answer(Type.OFFER));
  if (state === "REQUESTING") return client;
  client.receive(client.answer(Type.ACK));
  return client;
}

/** A client in INIT_REBOOT: its link went and came back. */
function rebooting(): Client {
  const client = new Client(probing).bind();
  client.link(false);
  client.link(true);
  return client;
}

/** A client in each state, just arrived there. */
const inState: Record<string, () => Client> = {
  STOPPED: () => new Client(probing),
  INIT: () => reach(new Client(probing), "INIT"),
  SELECTING: () => reach(new Client({ ...probing, settings: { ...probing.settings, offerWindow: 1000 } }), "SELECTING"),
  REQUESTING: () => reach(new Client(probing), "REQUESTING"),
  CHECKING: () => reach(new Client(probing), "CHECKING"),
  BOUND: () => new Client(probing).bind(),
  RENEWING: () => new Client(probing).bind().until("RENEWING"),
  REBINDING: () => new Client(probing).bind().until("REBINDING"),
  INIT_REBOOT: rebooting,
  REBOOTING: () => rebooting().until("REBOOTING"),
  DECLINING: () => {
    const client = stuck("CHECKING");
    client.arp(2, LEASED, LEASED);
    return client;
  },
  RELEASING: () => {
    const client = stuck("BOUND");
    client.command(ClientCommand.RELEASE);
    return client;
  },
  INFORMING: () => {
    const client = new Client(probing);
    client.command(ClientCommand.INFORM, Uint8Array.of(77, 2, 0, 192));
    return client;
  },
};

/** A client whose ring takes one message, which is never taken out, so that the next cannot leave. */
function stuck(state: string): Client {
  const client = new Client({ ...probing, limits: { transmitSlotCount: 1 } });
  if (state === "BOUND") client.bind();
  else reach(client, "CHECKING");
  client.draining = false;
  while (client.core.ready.pending === 0) client.step();
  return client;
}

/**
 * What happens: the verdict, and the state afterwards. "–": nothing changes, because the state expects no such message; "x": because
 * the exchange that the message answers is over.
 */
type Reaction = readonly [verdict: string, state: string] | "–" | "x";

const reactions: Record<string, Record<"OFFER" | "ACK" | "NAK", Reaction>> = {
  STOPPED: { OFFER: "–", ACK: "–", NAK: "–" },
  INIT: { OFFER: "–", ACK: "–", NAK: "–" },
  SELECTING: { OFFER: ["OFFER_KEPT", "SELECTING"], ACK: "–", NAK: "–" },
  REQUESTING: { OFFER: "–", ACK: ["LEASE_ACQUIRED", "CHECKING"], NAK: ["LEASE_REFUSED", "INIT"] },
  CHECKING: { OFFER: "–", ACK: "–", NAK: "–" },
  BOUND: { OFFER: "–", ACK: "–", NAK: "–" },
  RENEWING: { OFFER: "–", ACK: ["LEASE_EXTENDED", "BOUND"], NAK: ["LEASE_REFUSED", "INIT"] },
  REBINDING: { OFFER: "–", ACK: ["LEASE_EXTENDED", "BOUND"], NAK: ["LEASE_REFUSED", "INIT"] },
  INIT_REBOOT: { OFFER: "–", ACK: "–", NAK: "–" },
  REBOOTING: { OFFER: "–", ACK: ["LEASE_ACQUIRED", "CHECKING"], NAK: ["LEASE_REFUSED", "INIT"] },
  DECLINING: { OFFER: "x", ACK: "x", NAK: "x" },
  RELEASING: { OFFER: "x", ACK: "x", NAK: "x" },
  INFORMING: { OFFER: "–", ACK: ["INFORMED", "STOPPED"], NAK: "–" },
};

const unchanged = { "–": "NOT_EXPECTED", x: "OTHER_TRANSACTION" } as const;

/** Types with a verdict of their own: none at all, and DHCPFORCERENEW. */
const refusals = new Map([
  [0, "NO_MESSAGE_TYPE"],
  [9, "FORCERENEW_NOT_AUTHENTICATED"],
]);

/** All that a host can see of a client, to be compared before and after. */
function visible(client: Client): unknown {
  const { base } = client.core.status;
  return [client.state, client.core.bytes.slice(base, base + ClientStatusLayout.byteSize), client.core.deadline];
}

test("§4.4 figure 5: every state is tried", () => {
  assert.deepEqual(Object.keys(inState).sort(), Object.keys(ClientState).sort());
  assert.deepEqual(Object.keys(reactions).sort(), Object.keys(ClientState).sort());
});

for (const [state, byType] of Object.entries(reactions)) {
  for (const [type, reaction] of Object.entries(byType)) {
    test(`§4.4 figure 5: ${type} in ${state}`, () => {
      const client = inState[state]!();
      assert.equal(client.state, state);
      const before = visible(client);
      client.takeAll();
      const { verdict, answerType } = client.receive(client.answer(Type[type as "OFFER" | "ACK" | "NAK"]));
      if (typeof reaction === "string") {
        assert.equal(verdict, unchanged[reaction]);
        assert.deepEqual(visible(client), before, "nothing changes");
        assert.equal(answerType, 0, "nothing is sent");
      } else {
        assert.deepEqual([verdict, client.state], reaction);
      }
    });
  }

  test(`§4.4: in ${state}, messages that are not from servers, and unknown ones, are discarded`, () => {
    const client = inState[state]!();
    const before = visible(client);
    for (let type = 0; type <= 255; type++) {
      if (type === Type.OFFER || type === Type.ACK || type === Type.NAK) continue;
      const { verdict } = client.receive(client.answer(type));
      assert.equal(verdict, refusals.get(type) ?? "UNEXPECTED_MESSAGE_TYPE");
      assert.deepEqual(visible(client), before, `type ${type} changes nothing`);
    }
  });
}

/** From whom a DHCPACK and a DHCPNAK count (the table in `assembly/client/answers.ts`). */
const speakers: Record<string, "the server asked" | "any server"> = {
  REQUESTING: "the server asked",
  REBOOTING: "any server",
  RENEWING: "the server asked",
  REBINDING: "any server",
};

for (const [state, speaker] of Object.entries(speakers)) {
  for (const type of ["ACK", "NAK"] as const) {
    test(`§4.4: in ${state}, a DHCP${type} counts from ${speaker}`, () => {
      const client = inState[state]!();
      const other: OptionValue = [Code.SERVER_IDENTIFIER, ip("192.0.2.2")];
      const { verdict } = client.receive(client.answer(Type[type], {}, [other]));
      if (speaker === "any server") {
        assert.notEqual(client.state, state);
      } else {
        assert.equal(verdict, "OTHER_SERVER");
        assert.equal(client.state, state);
        assert.notEqual(client.receive(client.answer(Type[type])).verdict, "OTHER_SERVER");
        assert.notEqual(client.state, state);
      }
    });
  }
}

/** Which commands each state takes. */
const commands: Record<string, readonly string[]> = {
  STOPPED: ["START", "INFORM"],
  INIT: ["STOP"],
  SELECTING: ["STOP"],
  REQUESTING: ["STOP"],
  CHECKING: ["RELEASE", "STOP"],
  BOUND: ["RELEASE", "RENEW", "STOP"],
  RENEWING: ["RELEASE", "STOP"],
  REBINDING: ["RELEASE", "STOP"],
  INIT_REBOOT: ["STOP"],
  REBOOTING: ["STOP"],
  DECLINING: ["STOP"],
  RELEASING: ["STOP"],
  INFORMING: ["STOP"],
};

for (const [state, taken] of Object.entries(commands)) {
  test(`§4.4: ${state} takes the commands ${taken.join(", ")} and refuses the others`, () => {
    for (const [name, number] of Object.entries({ ...ClientCommand, UNKNOWN: 99 })) {
      const client = inState[state]!();
      const before = visible(client);
      const { verdict } = client.command(number as ClientCommand, Uint8Array.of(77, 2, 0, 192));
      assert.equal(verdict, taken.includes(name) ? "COMMAND_DONE" : "COMMAND_REFUSED", name);
      if (verdict === "COMMAND_REFUSED") assert.deepEqual(visible(client), before, "nothing changes");
      else assert.notEqual(client.state, state);
      if (name === "STOP" && verdict === "COMMAND_DONE") {
        assert.equal(client.state, "STOPPED");
        assert.equal(client.core.deadline, Number.POSITIVE_INFINITY, "a stopped client wants nothing");
      }
    }
  });
}

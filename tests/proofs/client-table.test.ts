// The client's table (assembly/client/states.ts) as a whole: no pair twice, nothing unreachable, RFC 2131 figure 5 in it, and
// the diagram drawn from it up to date.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ClientState } from "#layout";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Row {
  state: string;
  event: string;
  action: string;
  next: string;
}

const { readTable, drawPage } = (await import(`${root}scripts/diagram.js`)) as {
  readTable(): Row[];
  drawPage(): string;
};
const rows = readTable();

/** The names that an enumeration of assembly/client/events.ts declares. */
function declared(name: string): string[] {
  const source = readFileSync(`${root}assembly/client/events.ts`, "utf8");
  const body = new RegExp(`export enum ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)![1]!;
  return [...body.matchAll(/^ {2}(\w+)/gm)].map(([, member]) => member!).filter((member) => member !== "NONE");
}

test("every line of the table is a row", () => {
  const source = readFileSync(`${root}assembly/client/states.ts`, "utf8");
  assert.equal(rows.length, source.match(/^ {2}ClientState\./gm)!.length - 1);
});

test("no pair of state and event is listed twice", () => {
  const pairs = rows.map(({ state, event }) => `${state} ${event}`);
  assert.deepEqual(
    pairs.filter((pair, index) => pairs.indexOf(pair) !== index),
    [],
  );
});

test("every event and every action is used", () => {
  assert.deepEqual(
    declared("ClientEvent").filter((event) => !rows.some((row) => row.event === event)),
    [],
  );
  assert.deepEqual(
    declared("ClientAction").filter((action) => !rows.some((row) => row.action === action)),
    [],
  );
});

test("every state can be reached from STOPPED, and leads back to it by STOP", () => {
  const reached = new Set(["STOPPED"]);
  for (const state of reached) for (const row of rows) if (row.state === state) reached.add(row.next);
  assert.deepEqual([...reached].sort(), Object.keys(ClientState).sort());
  for (const state of reached) {
    if (state === "STOPPED") continue;
    assert.ok(
      rows.some((row) => row.state === state && row.event === "STOP" && row.next === "STOPPED"),
      state,
    );
  }
});

test("a state that may hold a lease has a row for its end", () => {
  for (const state of ["CHECKING", "BOUND", "RENEWING", "REBINDING", "INIT_REBOOT", "REBOOTING"]) {
    assert.ok(
      rows.some((row) => row.state === state && row.event === "EXPIRY" && row.next === "INIT"),
      state,
    );
  }
});

/** RFC 2131 figure 5, with CHECKING between DHCPACK and BOUND, and DECLINING on the way of a DHCPACK that is not accepted. */
const figure5: [state: string, event: string, next: string][] = [
  ["INIT", "TIMER", "SELECTING"],
  ["SELECTING", "OFFER", "SELECTING"],
  ["SELECTING", "CHOSEN", "REQUESTING"],
  ["REQUESTING", "ACK", "CHECKING"],
  ["REQUESTING", "NAK", "INIT"],
  ["CHECKING", "CLEAR", "BOUND"],
  ["CHECKING", "CONFLICT", "DECLINING"],
  ["DECLINING", "SENT", "INIT"],
  ["BOUND", "T1", "RENEWING"],
  ["RENEWING", "ACK", "BOUND"],
  ["RENEWING", "NAK", "INIT"],
  ["RENEWING", "T2", "REBINDING"],
  ["REBINDING", "ACK", "BOUND"],
  ["REBINDING", "NAK", "INIT"],
  ["REBINDING", "EXPIRY", "INIT"],
  ["INIT_REBOOT", "TIMER", "REBOOTING"],
  ["REBOOTING", "ACK", "CHECKING"],
  ["REBOOTING", "NAK", "INIT"],
];

for (const [state, event, next] of figure5) {
  test(`RFC 2131 figure 5: ${state}, on ${event}, becomes ${next}`, () => {
    assert.ok(rows.some((row) => row.state === state && row.event === event && row.next === next));
  });
}

test("the diagram in assembly/client/README.md is drawn from the table as it is", () => {
  const page = readFileSync(`${root}assembly/client/README.md`, "utf8");
  assert.equal(page, drawPage(), "run `node scripts/diagram.js --write`");
});

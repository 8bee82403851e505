/**
 * Measures firmware: its size from its ELF file, the rest in QEMU on a friendly link, where each instruction takes the same time
 * (`-icount`), so that the time that a turn of its loop takes says how many instructions that was. For this the loop is one
 * that says so (`main.c`), and a client begins at once; nothing else differs from what is shipped.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SERVER } from "../../fuzz/world.js";
import { PATIENCE_MILLISECONDS } from "../../interop/harness/program.js";
import { BROADCAST_MAC, buildDatagramFrame, isArp, readDatagramFrame } from "../../rules/harness/frames.js";
import { buildMessage, Code, ip, readMessage, Type } from "../../rules/harness/messages.js";
import { Cable } from "../harness/cable.js";
import type { ConsoleLine } from "../harness/console.js";
import { Elf } from "../harness/elf.js";
import type { Emulation } from "../harness/firmware.js";
import { serve } from "../harness/friendly.js";
import { Key, Machine } from "../harness/machine.js";

/** What a program takes. All sizes are bytes. */
export interface Cost {
  /** Code, constants, and what variables are at the start. */
  readonly flash: number;
  /** All variables: linear memory and an interpreter's heap among them, but not the stack. */
  readonly statics: number;
  /** Linear memory, or the heap of an interpreter, which holds it. */
  readonly memory: number;
  /** Deepest stack seen, and what is reserved for it. */
  readonly stack: number;
  readonly stackReserve: number;
  /** Instructions a message, received or sent, from the network chip to the end of what follows, on the mean. */
  readonly instructions: number | null;
  /** Milliseconds from the reset to the first DHCPACK, with which a client is BOUND that does not probe; null for a server. */
  readonly acknowledged: number | null;
  /** Milliseconds from the reset to BOUND with the probe of RFC 5227; null for a server. */
  readonly bound: number | null;
}

/** The instructions that QEMU lets a second have are 2^30 / 2^shift of these: 31 million, as a Cortex-M3 at some 50 MHz. */
const SHIFT = 5;
const NANOSECONDS_PER_INSTRUCTION = 2 ** SHIFT;

/** Exchanges after the first that are measured, and the messages in each. */
const EXCHANGES = 20;
const MESSAGES_PER_EXCHANGE = 2;

const MAC = "02:00:00:00:00:01";
const PEER_MAC = Uint8Array.of(2, 0, 0, 0, 0, 2);

/** A program that says what it costs. */
export interface Measured {
  readonly role: "client" | "server";
  readonly qemu: Emulation;
  /** As in `Cost`. */
  readonly memory: number;
  /** Path of the program as it is shipped. */
  readonly shipped: string;
  /** Path of the one that says what a turn of its loop costs; null: the program has a loop of its own, which does not. */
  readonly measured: string | null;
}

const numberIn = (line: ConsoleLine, name: string): number => {
  const value = Number(line.values.get(name) ?? Number.NaN);
  assert.ok(Number.isInteger(value), `${line.word} says ${name}`);
  return value;
};

/** A turn of the loop that received or sent something. */
const isTurn = ({ word }: ConsoleLine) => word === "cost";

/** One that received something. */
const TURN_WITH_MESSAGE = /^cost messages=[1-9]/;

/**
 * What a message costs, on the mean of many exchanges, each of a DHCPREQUEST and its DHCPACK. An exchange may take one turn or two: what
 * its turns cost is added up.
 */
async function instructionsOf(machine: Machine, begin: () => Promise<void> | void): Promise<number> {
  let nanoseconds = 0;
  for (let exchange = 0; exchange < EXCHANGES; exchange++) {
    const before = machine.lines().length;
    const from = machine.mark();
    await begin();
    await machine.line(TURN_WITH_MESSAGE, from);
    const turns = machine.lines().slice(before).filter(isTurn);
    nanoseconds += turns.reduce((sum, turn) => sum + numberIn(turn, "nanoseconds"), 0);
  }
  return Math.round(nanoseconds / EXCHANGES / MESSAGES_PER_EXCHANGE / NANOSECONDS_PER_INSTRUCTION);
}

/** Only sees to it that what has to be done was done: a lease was had, and extended. */
async function exercise(machine: Machine, cable: Cable) {
  serve(cable);
  await machine.line(/^lease .*address=192/);
  const from = machine.mark();
  machine.press(Key.RENEW);
  await machine.line(/^state is=5/, from);
  return { instructions: null, acknowledged: null, bound: null };
}

async function measureClient(machine: Machine, cable: Cable) {
  serve(cable);
  await machine.line(/^lease .*address=192/);
  // A turn says what it cost after all else that it says: what comes after a report has said it.
  await machine.report();
  const lines = machine.lines();
  const leased = lines.findIndex(({ word, values }) => word === "lease" && values.get("address") !== "0.0.0.0");
  const last = lines.slice(0, leased).findLast((line) => isTurn(line) && numberIn(line, "messages") > 0);
  const binding = lines.slice(leased).find(isTurn);
  assert.ok(last && binding, machine.transcript());
  const instructions = await instructionsOf(machine, () => machine.press(Key.RENEW));
  return { instructions, acknowledged: numberIn(last, "at"), bound: numberIn(binding, "at") };
}

/** A DHCPREQUEST of one client: for an address as if it had been offered, then to extend its lease. */
function requestFrame(xid: number, options: { requested?: string; ciaddr?: string; server?: string }): Uint8Array {
  const { requested, ciaddr = "0.0.0.0", server } = options;
  const payload = buildMessage({
    op: 1,
    type: Type.REQUEST,
    xid,
    chaddr: PEER_MAC,
    ciaddr,
    options: [
      ...(requested ? ([[Code.REQUESTED_ADDRESS, ip(requested)]] as const) : []),
      ...(server ? ([[Code.SERVER_IDENTIFIER, ip(server)]] as const) : []),
    ],
  });
  return buildDatagramFrame({
    destinationMac: BROADCAST_MAC,
    sourceMac: PEER_MAC,
    source: ciaddr,
    destination: "255.255.255.255",
    sourcePort: 68,
    destinationPort: 67,
    payload,
  });
}

const LEASED = "192.0.2.64";

async function measureServer(machine: Machine, cable: Cable) {
  let acknowledged = 0;
  cable.onFrame = (frame) => {
    if (!isArp(frame) && readMessage(readDatagramFrame(frame).payload).type === Type.ACK) acknowledged++;
  };
  await machine.line(/^serving/);
  const ask = async (options: Parameters<typeof requestFrame>[1]) => {
    const from = machine.mark();
    await cable.send([requestFrame(acknowledged + 1, options)]);
    await machine.line(TURN_WITH_MESSAGE, from);
  };
  await ask({ requested: LEASED, server: SERVER });
  const instructions = await instructionsOf(machine, () => ask({ ciaddr: LEASED }));
  // The last one may still be on its way when the console has told of it.
  for (let waited = 0; acknowledged <= EXCHANGES && waited < PATIENCE_MILLISECONDS; waited += 10) await sleep(10);
  assert.equal(acknowledged, EXCHANGES + 1, machine.transcript());
  return { instructions, acknowledged: null, bound: null };
}

/** Bytes of a program, by the sections that all linker scripts here have. */
function sizesOf(path: string) {
  const elf = new Elf(readFileSync(path));
  const size = (...names: string[]) => names.reduce((sum, name) => sum + elf.sizeOf(name), 0);
  return {
    flash: size(".text", ".data"),
    statics: size(".data", ".bss", ".noinit"),
    stackReserve: size(".stack"),
  };
}

/**
 * Measures a program.
 * @param storage path of an image for what outlives the power
 */
export async function measure({ role, qemu, memory, shipped, measured }: Measured, storage: string): Promise<Cost> {
  const cable = await Cable.lay();
  const more = ["-icount", `shift=${SHIFT}`];
  const parts = {
    qemu,
    elf: measured ?? shipped,
    backend: cable.backend,
    mac: MAC,
    more,
    ...(qemu.storage && { storage }),
  };
  const machine = Machine.alone(parts);
  try {
    const seen = await (measured === null ? exercise : role === "client" ? measureClient : measureServer)(
      machine,
      cable,
    );
    const { figures } = await machine.report();
    assert.equal(figures.get("traps") ?? 0, 0, machine.transcript());
    return { ...sizesOf(shipped), memory, stack: figures.get("stack")!, ...seen };
  } finally {
    await machine.cutPower();
    cable.remove();
  }
}

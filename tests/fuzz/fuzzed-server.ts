// A server under fire: whatever it is given, what it does is held against RFC 2131, its promises, its journal and its counters.

import assert from "node:assert/strict";
import { InputFlag, LeaseState, ServerVerdict, Verdict } from "#layout";
import { readLease, recordsIn } from "../../host/core/record.js";
import { addressText, Code, hex, type Message, numberOption, Type } from "../rules/harness/messages.js";
import { clientOf, discover, extend, release, select, toServer } from "../rules/harness/clients.js";
import { type Envelope, LinkMode, type Outcome, Server, type ServerOptions } from "../rules/harness/server-harness.js";
import { checkAnswer, type Link, mayBeAnswered } from "./answers.js";
import { type LooseMessage, numberOf, readLoosely } from "./loose.js";
import { Promises } from "./promises.js";
import { configuration, LEASE, RESERVED, RESERVED_MAC, SECOND_SERVER, SERVER } from "./world.js";

/** The links that the server is on, by interface. */
export const links: readonly Link[] = [
  { address: SERVER, linkMode: LinkMode.MIXED, mtu: 1500 },
  { address: SECOND_SERVER, linkMode: LinkMode.FRAMES, mtu: 1500 },
  { address: SERVER, linkMode: LinkMode.DATAGRAM, mtu: 600 },
];

/** How long a declined address is kept away. */
export const QUARANTINE_SECONDS = 600;

/** How long a probe takes where the configuration asks for probes. */
export const PROBE_MILLISECONDS = 10;

/** Verdicts that are only counted, beside the one that an input gets. */
const countedOnly = [
  Verdict.ANSWER_STALE,
  Verdict.OPTION_TOO_LONG,
  Verdict.OPTION_TRUNCATED,
  Verdict.ATTRIBUTE_DROPPED,
  ServerVerdict.RELAY_INFORMATION_OMITTED,
];

/** What an outcome is judged by. */
export type Judged = Pick<Outcome, "verdict" | "answerType" | "address" | "sent">;

/** A server and what is known of it from outside. */
export class FuzzedServer {
  readonly server: Server;
  readonly promises = new Promises([RESERVED, "192.0.2.200"]);
  #inputs = 0;
  readonly #memory: readonly [size: number, used: number];

  constructor(more: Partial<ServerOptions> = {}) {
    this.server = new Server({ config: configuration, interfaces: [...links], seed: [3, 4], ...more });
    this.server.storeWorks = false;
    const { core } = this.server;
    const handle = core.handleInputs.bind(core);
    core.handleInputs = (count, now) => {
      this.#inputs += count;
      handle(count, now);
    };
    this.#inputs = this.#verdictsGiven();
    this.#memory = [core.bytes.length, core.memoryUsed];
  }

  /**
   * Gives the server bytes as a datagram, as a host does (one that is longer than a slot is marked), and checks all that it does.
   * Returns its answer, if any.
   */
  receive(bytes: Uint8Array, envelope: Envelope = {}): Message | undefined {
    const whole = bytes.length <= this.server.core.inputPayloadSize;
    const outcome = this.server.receive(bytes, { ...envelope, flags: whole ? 0 : InputFlag.TRUNCATED });
    const request = readLoosely(whole ? bytes : new Uint8Array(0));
    return this.check(request, outcome, links[envelope.interfaceIndex ?? 0]!, envelope.destination);
  }

  /** Checks what the server did about `request`, which was sent to `destination`. */
  check(request: LooseMessage, outcome: Judged, link: Link, destination = ""): Message | undefined {
    assert.notEqual(outcome.verdict, "NONE", "a verdict");
    for (const { waited } of outcome.sent) assert.ok(!waited, "nothing that waits leaves before its record is durable");
    const sent = [...outcome.sent, ...this.#recorded(outcome)];
    const answers = sent.filter(({ frame, bytes }) => frame || bytes.length >= 300);
    assert.ok(answers.length <= 1, `${answers.length} answers to one message`);
    if (!mayBeAnswered(request)) assert.equal(sent.length, 0, "silence");
    this.#checkEnd(request, outcome, destination);
    const [answer] = answers;
    assert.equal(answer?.message.type ?? 0, outcome.answerType, "the type of the answer in the slot");
    if (!answer) return undefined;
    const message = checkAnswer(request, answer, link);
    const isLease = message.yiaddr !== "0.0.0.0";
    assert.equal(answer.waited, isLease && message.type === Type.ACK, "a DHCPACK of a lease waits, nothing else does");
    if (isLease) this.promises.checkFree(message.yiaddr, request, this.server.now);
    if (answer.waited) this.promises.grant(message, request, this.server.now);
    return message;
  }

  /** Makes durable what was recorded, and returns what waited for it: a DHCPACK whose own record is the last one. */
  #recorded(outcome: Judged): ReturnType<Server["sync"]> {
    const before = this.server.records.length;
    const freed = this.server.sync();
    if (freed.length === 0) return freed;
    assert.equal(freed.length, 1, "one answer that waited");
    const { yiaddr, options } = freed[0]!.message;
    assert.equal(this.server.records.length, before + 1, `a record before the answer (${outcome.verdict})`);
    const lease = [...recordsIn(this.server.records.at(-1)!)].map((record) => readLease(record)).at(-1);
    assert.equal(addressText(lease!.address), yiaddr, "the record of the address");
    assert.equal(lease!.state, LeaseState.BOUND);
    const seconds = numberOption({ options } as Message, Code.LEASE_TIME)!;
    assert.ok(lease!.endsAt >= this.server.wallClock + seconds, "a record that ends no sooner than what was promised");
    return freed;
  }

  /** Notes what the server says it took back: what named it, or was a release without a name, sent to its own address. */
  #checkEnd(request: LooseMessage, { verdict, address }: Judged, destination: string): void {
    if (verdict !== "RELEASED" && verdict !== "DECLINED") return;
    const unnamed = verdict === "RELEASED" && !request.options.has(Code.SERVER_IDENTIFIER);
    const named = unnamed ? destination : addressText(numberOf(request, Code.SERVER_IDENTIFIER));
    assert.ok(
      links.some((link) => link.address === named),
      verdict,
    );
    if (verdict === "RELEASED") {
      assert.deepEqual([request.type, addressText(request.ciaddr)], [Type.RELEASE, address]);
      this.promises.release(address, request, this.server.now);
    } else {
      assert.deepEqual([request.type, addressText(numberOf(request, Code.REQUESTED_ADDRESS))], [Type.DECLINE, address]);
      this.promises.decline(address, request, this.server.now, QUARANTINE_SECONDS);
    }
  }

  /** Every input has one verdict, and the memory is what it was. */
  checkBooks(): void {
    const { core } = this.server;
    assert.equal(this.#verdictsGiven(), this.#inputs, "one verdict an input");
    assert.equal(this.server.count(Verdict.NONE), 0, "no input without a verdict");
    const size = (core as unknown as { exports: { memory: WebAssembly.Memory } }).exports.memory.buffer.byteLength;
    assert.deepEqual([size, core.memoryUsed], this.#memory, "the memory");
  }

  #verdictsGiven(): number {
    const { counters, counterCount } = this.server.core.control;
    let sum = 0;
    for (let entry = 0; entry < counterCount; entry++)
      sum += this.server.core.view.getUint32(counters + 4 * entry, true);
    for (const verdict of countedOnly) sum -= this.server.count(verdict);
    return sum;
  }

  /**
   * Two clients that behave climb the whole ladder: one with a reservation, which the fullest pool cannot keep out, and, once all
   * leases have run out, a new one without.
   */
  serveLadder(number: number): void {
    this.#climb(clientOf(0xfe01, { chaddr: hex(RESERVED_MAC) }), RESERVED);
    this.server.advance((LEASE.maximum + 60) * 1000);
    this.#climb(clientOf(0x8000 + (number % 0x4000)), undefined);
  }

  #climb(client: ReturnType<typeof clientOf>, expected: string | undefined): void {
    const ask = (message: Parameters<Server["receive"]>[0], envelope?: Envelope) => {
      const outcome = this.server.receive(message, envelope);
      const probing = outcome.verdict === "PROBE_STARTED";
      const sent = probing ? this.server.advance(PROBE_MILLISECONDS) : [...outcome.sent, ...this.server.sync()];
      return { outcome, answer: sent[0]?.message };
    };
    const { answer: offer, outcome } = ask(discover(client));
    assert.equal(offer?.type, Type.OFFER, `the well-behaved client hears ${outcome.verdict}`);
    const { yiaddr } = offer!;
    if (expected) assert.equal(yiaddr, expected, "the reserved address");
    assert.equal(ask(select(client, yiaddr)).answer?.type, Type.ACK);
    assert.equal(ask(extend(client, yiaddr), toServer(yiaddr)).answer?.yiaddr, yiaddr);
    assert.equal(ask(release(client, yiaddr), toServer(yiaddr)).outcome.verdict, "RELEASED");
  }
}

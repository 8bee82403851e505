/**
 * The exchanges that are under way, one in each place of a window: what each client asked last, and what becomes of the answers.
 * Every answer is held against its question; what is wrong is counted by its reason.
 *
 * A question's xid holds its place and how many exchanges that place had before, so an answer that comes after its exchange is told
 * from one to a question that was never asked.
 */
import { MessageType } from "#layout";
import type { Answer } from "./answer.js";
import type { Clients } from "./clients.js";
import type { Fault } from "./faults.js";
import type { Mix } from "./mix.js";
import { Say } from "./question.js";
import type { Tally } from "./tally.js";
import type { Way } from "./way.js";

/** Places of the largest window: as many as half an xid counts. */
export const MOST_PLACES = 65_536;

/** After so long without an answer a question is asked again, in milliseconds, and so often altogether. */
const RETRY_MILLISECONDS = 1000;
const ATTEMPTS = 4;

/** A place in which nothing is under way. */
const IDLE = 255;

/** What exchanges are made with. */
export interface Parts {
  readonly way: Way;
  readonly clients: Clients;
  readonly mix: Mix;
  readonly tally: Tally;
  /** The server's address; 0: that of the first offer. */
  readonly server: number;
  readonly window: number;
  /** Called when a place has become idle. */
  readonly onIdle: (place: number, now: number) => void;
}

/** The exchanges of a load. Instants are milliseconds of `performance.now()`. */
export class Exchanges {
  /** Places in which an exchange is under way. */
  active = 0;
  readonly #parts: Parts;
  #server: number;
  readonly #step: Uint8Array;
  readonly #client: Uint32Array;
  readonly #address: Uint32Array;
  readonly #xid: Uint32Array;
  readonly #attempts: Uint8Array;
  /** When the exchange was due, when its present question was first asked, and when last. */
  readonly #due: Float64Array;
  readonly #asked: Float64Array;
  readonly #sent: Float64Array;
  readonly #fields = { xid: 0, client: 0, server: 0, address: 0 };

  constructor(parts: Parts) {
    const { window } = parts;
    this.#parts = parts;
    this.#server = parts.server;
    this.#step = new Uint8Array(window).fill(IDLE);
    this.#client = new Uint32Array(window);
    this.#address = new Uint32Array(window);
    this.#xid = Uint32Array.from({ length: window }, (_, place) => place);
    this.#attempts = new Uint8Array(window);
    this.#due = new Float64Array(window);
    this.#asked = new Float64Array(window);
    this.#sent = new Float64Array(window);
  }

  /** Begins an exchange in an idle place, which was due at `due`. A release ends as soon as it is said: false. */
  begin(place: number, due: number, now: number): boolean {
    const { mix, clients, tally } = this.#parts;
    mix.choose(place, now);
    const { client, say } = mix;
    this.#client[place] = client;
    this.#address[place] = clients.addressOf(client, now);
    this.#xid[place] = (this.#xid[place]! + MOST_PLACES) >>> 0;
    this.#due[place] = due;
    if (say === Say.RELEASE) {
      this.#say(place, say, now);
      clients.drop(client);
      tally.released++;
      return false;
    }
    this.active++;
    this.#ask(place, say, now);
    return true;
  }

  /** Takes the answer that `Answer` has read; `isWhole` says whether it could. */
  take(answer: Answer, isWhole: boolean, now: number): void {
    const { tally } = this.#parts;
    tally.received++;
    if (!isWhole) {
      tally.blame("malformed");
      return;
    }
    const place = answer.xid & (MOST_PLACES - 1);
    if (place >= this.#xid.length || this.#step[place] === IDLE || this.#xid[place] !== answer.xid) {
      this.#takeUnasked();
    } else if (this.#isMeant(place, answer)) this.#judge(place, answer, now);
  }

  /** Asks again where no answer came for long, and gives up where that was often enough. */
  retry(now: number): void {
    for (let place = 0; place < this.#step.length; place++) {
      if (this.#step[place] === IDLE || now - this.#sent[place]! < RETRY_MILLISECONDS) continue;
      if (this.#attempts[place]! < ATTEMPTS) {
        this.#parts.tally.retries++;
        this.#say(place, this.#step[place] as Say, now);
      } else this.#giveUp(place, now);
    }
  }

  /** Gives up whatever is under way. */
  giveUpAll(now: number): void {
    for (let place = 0; place < this.#step.length; place++) if (this.#step[place] !== IDLE) this.#giveUp(place, now);
  }

  #ask(place: number, say: Say, now: number): void {
    this.#step[place] = say;
    this.#attempts[place] = 0;
    this.#asked[place] = now;
    this.#say(place, say, now);
  }

  #say(place: number, say: Say, now: number): void {
    const fields = this.#fields;
    fields.xid = this.#xid[place]!;
    fields.client = this.#client[place]!;
    fields.server = this.#server;
    fields.address = this.#address[place]!;
    this.#attempts[place]! += 1;
    this.#sent[place] = now;
    this.#parts.way.say(say, fields);
  }

  /** An answer to no question under way: each question that was asked again may have drawn one more. */
  #takeUnasked(): void {
    const { tally } = this.#parts;
    if (tally.late < tally.retries) tally.late++;
    else tally.blame("unasked");
  }

  /** Whether the answer is for this place's client, from the right server; else what is wrong has been counted. */
  #isMeant(place: number, answer: Answer): boolean {
    const { tally, way } = this.#parts;
    if (this.#server === 0 && this.#step[place] === Say.DISCOVER) this.#server = answer.serverIdentifier;
    let fault: Fault | null = null;
    if (answer.client !== this.#client[place]) fault = "hardware-address";
    else if (answer.serverIdentifier !== this.#server || answer.serverIdentifier === 0) fault = "server-identifier";
    else if (way.source !== this.#server) fault = "source-address";
    if (fault !== null) tally.blame(fault);
    return fault === null;
  }

  /** Holds an answer against the question of its place. */
  #judge(place: number, answer: Answer, now: number): void {
    const isOffered = this.#step[place] === Say.DISCOVER;
    const { messageType } = answer;
    if (messageType === MessageType.DHCPNAK && !isOffered) {
      this.#parts.clients.drop(this.#client[place]!);
      this.#spoil(place, "refused", now);
      return;
    }
    if (messageType !== (isOffered ? MessageType.DHCPOFFER : MessageType.DHCPACK)) {
      // The offer to a DHCPDISCOVER that was repeated, when the first offer has been taken up already.
      if (messageType === MessageType.DHCPOFFER) this.#takeUnasked();
      else this.#parts.tally.blame("message-type");
      return;
    }
    const fault = this.#faultOf(place, answer, isOffered, now);
    if (fault !== null) {
      this.#spoil(place, fault, now);
    } else if (isOffered) {
      this.#address[place] = answer.yiaddr;
      this.#ask(place, Say.SELECT, now);
    } else this.#acknowledge(place, answer, now);
  }

  #faultOf(place: number, { yiaddr, leaseSeconds }: Answer, isOffered: boolean, now: number): Fault | null {
    if (yiaddr === 0 || (!isOffered && yiaddr !== this.#address[place])) return "other-address";
    if (leaseSeconds === 0) return "lease-time";
    const holder = this.#parts.clients.holderOf(yiaddr, now);
    return holder >= 0 && holder !== this.#client[place] ? "held-by-another" : null;
  }

  #acknowledge(place: number, { yiaddr, leaseSeconds }: Answer, now: number): void {
    const { clients, tally } = this.#parts;
    clients.grant(this.#client[place]!, yiaddr, this.#asked[place]!, leaseSeconds);
    if (this.#step[place] === Say.RENEW) tally.renewed++;
    else tally.acquired++;
    tally.latencies.add(now - this.#due[place]!);
    this.#end(place, now);
  }

  /** Ends an exchange whose client cannot go on with the answer it got. */
  #spoil(place: number, fault: Fault, now: number): void {
    this.#parts.tally.blame(fault);
    this.#end(place, now);
  }

  /** Ends an exchange that got no answer: it counts with the time that was waited. */
  #giveUp(place: number, now: number): void {
    const { tally, clients } = this.#parts;
    // Perhaps the server has renewed or moved the lease, and only its answer was lost: nothing is known of it any more.
    clients.drop(this.#client[place]!);
    tally.unanswered++;
    tally.latencies.add(now - this.#due[place]!);
    this.#end(place, now);
  }

  #end(place: number, now: number): void {
    this.#step[place] = IDLE;
    this.active--;
    this.#parts.onIdle(place, now);
  }
}

/**
 * Clients on the link itself, each with a hardware address of its own: their messages are frames, and so are the answers, which a
 * server sends to hardware addresses that this machine does not have. Where the server's kernel asks by ARP who has a client's
 * address, the client answers.
 */
import { FRAME_HEADERS_SIZE } from "#layout";
import { hearAllFrames, openLinkSocket } from "../net/linux/sockets.js";
import { ARP_SIZE, BROADCAST_MAC, Frame, sourceMacOf, writeArpReply, writeHeaders } from "./frame.js";
import { CHADDR_PREFIX, type Fields, QUESTION_SIZE, Questions, Say } from "./question.js";
import { Way } from "./way.js";

const SERVER_PORT = 67;
const CLIENT_PORT = 68;
const BROADCAST = 0xffffffff;

/** The interface by which clients reach the link. */
export interface LinkInterface {
  readonly name: string;
  readonly kernelIndex: number;
}

/** The way over a link. */
export class LinkWay extends Way {
  readonly #interfaceIndex: number;
  readonly #holderOf: (address: number) => number;
  readonly #questions: Questions;
  readonly #frame = new Frame();
  /** Where the last answer came from: that is where what is for the server alone goes. */
  readonly #serverMac = BROADCAST_MAC.slice();

  /**
   * Opens the socket. Throws a `SystemCallError` (EPERM without CAP_NET_RAW).
   * @param holderOf the client that holds an address, or −1
   */
  constructor(link: LinkInterface, broadcast: boolean, holderOf: (address: number) => number) {
    super(openLinkSocket(link.kernelIndex, link.name, CLIENT_PORT));
    this.#interfaceIndex = link.kernelIndex;
    this.#holderOf = holderOf;
    this.#questions = new Questions(0, broadcast);
    hearAllFrames(this.descriptor, link.kernelIndex);
  }

  say(say: Say, fields: Fields): void {
    const at = this.nextBuffer();
    const hasAddress = say === Say.RENEW || say === Say.RELEASE;
    writeHeaders(this.view, at, QUESTION_SIZE, {
      destinationMac: hasAddress ? this.#serverMac : BROADCAST_MAC,
      macPrefix: CHADDR_PREFIX,
      macNumber: fields.client,
      source: hasAddress ? fields.address : 0,
      sourcePort: CLIENT_PORT,
      destination: hasAddress ? fields.server : BROADCAST,
      destinationPort: SERVER_PORT,
    });
    this.#questions.write(this.bytes, this.view, at + FRAME_HEADERS_SIZE, say, fields);
    this.#send(at, FRAME_HEADERS_SIZE + QUESTION_SIZE);
  }

  open(index: number): boolean {
    const at = this.slotAt(index);
    const frame = this.#frame;
    frame.read(this.received, at, this.batch.length(index));
    if (frame.wanted !== 0) this.#answerArp(at, frame.wanted);
    if (frame.payloadLength === 0) return false;
    this.#serverMac.set(sourceMacOf(this.received, at));
    this.at = frame.payloadAt;
    this.length = frame.payloadLength;
    this.source = frame.source;
    return true;
  }

  #answerArp(asked: number, wanted: number): void {
    const holder = this.#holderOf(wanted);
    if (holder < 0) return;
    const at = this.nextBuffer();
    writeArpReply(this.view, at, this.received, asked, CHADDR_PREFIX, holder);
    this.#send(at, ARP_SIZE);
  }

  #send(at: number, length: number): void {
    this.sending.addFrame(this.descriptor, this.addressIn(at), length, this.#interfaceIndex);
  }
}

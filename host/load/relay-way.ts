/**
 * Clients behind a relay agent (RFC 2131 §4.1, RFC 1542 §4.1): every message leaves from the relay's address and port 67, and every
 * answer comes there, whatever the client has or has not.
 */
import { InternetAddress } from "../net/linux/abi.js";
import { openDatagramSocket } from "../net/linux/sockets.js";
import { type Fields, QUESTION_SIZE, Questions, type Say } from "./question.js";
import { Way } from "./way.js";

const SERVER_PORT = 67;

/** The way through a relay. */
export class RelayWay extends Way {
  readonly #relay: number;
  readonly #server: number;
  readonly #questions: Questions;

  /**
   * Opens the socket. Addresses are numbers. Throws a `SystemCallError`: EADDRNOTAVAIL where `relay` is no address of this machine,
   * EADDRINUSE, EACCES.
   */
  constructor(relay: number, server: number, broadcast: boolean) {
    super(openDatagramSocket(SERVER_PORT, relay));
    this.#relay = relay;
    this.#server = server;
    this.#questions = new Questions(relay, broadcast);
  }

  say(say: Say, fields: Fields): void {
    const at = this.nextBuffer();
    this.#questions.write(this.bytes, this.view, at, say, fields);
    this.sending.addDatagram(
      this.descriptor,
      this.addressIn(at),
      QUESTION_SIZE,
      0,
      this.#relay,
      this.#server,
      SERVER_PORT,
    );
  }

  open(index: number): boolean {
    this.at = this.slotAt(index);
    this.length = this.batch.length(index);
    this.source = this.batch.view.getUint32(this.batch.nameAt(index) + InternetAddress.address, false);
    return true;
  }
}

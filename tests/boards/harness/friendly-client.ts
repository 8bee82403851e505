/**
 * A friendly client on the other end of the cable: it takes a lease, and asks later whether it still stands.
 */
import { type Client, clientOf, discover, reboot, select } from "../../rules/harness/clients.js";
import { BROADCAST_MAC, buildDatagramFrame, isArp, readDatagramFrame } from "../../rules/harness/frames.js";
import { buildMessage, type Message, type MessageFields, readMessage, Type } from "../../rules/harness/messages.js";
import type { Cable } from "./cable.js";

/** How often a question is asked, once a second, until it counts as not answered. */
const ATTEMPTS = 20;

/** A client that keeps to the rules, with a hardware address of its own. */
export class FriendlyClient {
  readonly #cable: Cable;
  readonly #client: Client = clientOf(0x7777);

  constructor(cable: Cable) {
    this.#cable = cable;
  }

  /** Takes a lease (RFC 2131 §3.1). @returns its address */
  async lease(): Promise<string> {
    const offer = await this.#ask(discover(this.#client), Type.OFFER);
    const ack = await this.#ask(select(this.#client, offer.yiaddr), Type.ACK);
    return ack.yiaddr;
  }

  /** Asks again for the address that it had (RFC 2131 §3.2). @returns the one that the server grants */
  async confirm(address: string): Promise<string> {
    return (await this.#ask(reboot(this.#client, address), Type.ACK)).yiaddr;
  }

  /** Asks until an answer of a type comes. From then on nobody hears the cable. */
  #ask(question: MessageFields, type: number): Promise<Message> {
    const frame = buildDatagramFrame({
      destinationMac: BROADCAST_MAC,
      sourceMac: this.#client.chaddr,
      source: "0.0.0.0",
      destination: "255.255.255.255",
      sourcePort: 68,
      destinationPort: 67,
      payload: buildMessage(question),
    });
    return new Promise((resolve, reject) => {
      let asked = 0;
      const ask = () => {
        if (asked++ < ATTEMPTS) this.#cable.send([frame]).catch(reject);
        else end(() => reject(new Error(`no message of type ${type} came, asked ${ATTEMPTS} times`)));
      };
      const timer = setInterval(ask, 1000);
      const end = (then: () => void) => {
        clearInterval(timer);
        this.#cable.onFrame = () => {};
        then();
      };
      this.#cable.onFrame = (heard) => {
        const message = isArp(heard) ? null : readMessage(readDatagramFrame(heard).payload);
        if (message?.xid === this.#client.xid && message.type === type) end(() => resolve(message));
      };
      ask();
    });
  }
}

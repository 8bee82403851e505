// Clients, and what they were promised.
//
// The crowd keeps what every DHCPACK promised. Two things must never happen, whatever becomes of the server: that it does not know a
// lease any more that it acknowledged (INIT-REBOOT hears silence or DHCPNAK, RFC 2131 §4.3.2), and that it
// gives an address that one client holds to another.

import { setTimeout as sleep } from "node:timers/promises";
import { buildMessage, Code, ip, type OptionValue, readMessage, Type } from "../rules/harness/messages.js";
import type { Link } from "./link.js";

/** How long an answer may take, in milliseconds, and how often it is asked for. */
const PATIENCE = 400;
const ATTEMPTS = 10;

/** One client. */
export interface Client {
  readonly number: number;
  readonly chaddr: Uint8Array;
  /** What was acknowledged, or null. */
  address: string | null;
  /** Whether the last question was answered by DHCPACK. */
  confirmed: boolean;
  /** Whether it gave its address back: answers that were still on their way promise it nothing. */
  gone: boolean;
}

/** The clients of one test. */
export class Crowd {
  readonly #clients: Client[] = [];
  /** Clients by the address that they hold. */
  protected readonly holders = new Map<string, Client>();
  #link: Link | null = null;
  /** Promises that were broken, as sentences. */
  readonly broken: string[] = [];
  /** DHCPOFFERs received. */
  offered = 0;
  /** DHCPACKs received. */
  acknowledged = 0;

  /** Resolves when there were more than `count` DHCPACKs, or after some seconds. */
  async acknowledgedMore(count: number): Promise<void> {
    for (let waited = 0; waited < PATIENCE * ATTEMPTS && this.acknowledged <= count; waited += 2) await sleep(2);
  }

  /** Promises that stand. */
  get promises(): number {
    return this.holders.size;
  }

  /** Talks to a server by another link from now on; with null, to none. */
  use(link: Link | null): void {
    this.#link = link;
    if (link) link.onMessage = (bytes) => this.#hear(bytes);
  }

  /** So many new clients ask for addresses. */
  join(count: number): void {
    for (; count > 0; count--) this.ask(this.newClient());
  }

  /** So many clients give back what they hold. Nothing is promised to them from then on. */
  leave(count: number, serverIdentifier: string): void {
    for (const [address, client] of [...this.holders].slice(0, count)) {
      this.holders.delete(address);
      client.address = null;
      client.gone = true;
      this.release(client, address, serverIdentifier);
    }
  }

  /** Everyone who was promised an address asks whether it still is theirs; what isn't is broken. */
  async confirm(): Promise<void> {
    const holders = [...this.holders.values()];
    for (const client of holders) client.confirmed = false;
    const missing = () => holders.filter(({ confirmed, address }) => !confirmed && address !== null);
    for (let attempt = 0; attempt < ATTEMPTS && missing().length > 0; attempt++) {
      for (const client of missing()) {
        this.ask(client);
        if (client.number % 16 === 0) await sleep(1);
      }
      for (let waited = 0; waited < PATIENCE && missing().length > 0; waited += 10) await sleep(10);
    }
    for (const client of missing()) {
      this.broken.push(`${client.address}, acknowledged to client ${client.number}, is forgotten`);
      this.holders.delete(client.address ?? "");
      client.address = null;
    }
  }

  /** A client that holds nothing, and has not asked yet. */
  protected newClient(): Client {
    const number = this.#clients.length;
    const chaddr = Uint8Array.of(2, 1, 0, number >> 16, number >> 8, number);
    const client: Client = { number, chaddr, address: null, confirmed: false, gone: false };
    this.#clients.push(client);
    return client;
  }

  /** A client asks for an address, or for the one that it holds again (INIT-REBOOT). */
  protected ask(client: Client): void {
    if (client.address === null) this.#send(client, Type.DISCOVER, []);
    else this.#send(client, Type.REQUEST, [[Code.REQUESTED_ADDRESS, ip(client.address)]]);
  }

  /** A client says that it gives back what it held. */
  protected release(client: Client, held: string, serverIdentifier: string): void {
    this.#send(client, Type.RELEASE, [[Code.SERVER_IDENTIFIER, ip(serverIdentifier)]], held);
  }

  #send(client: Client, type: number, options: OptionValue[], ciaddr = "0.0.0.0"): void {
    const giaddr = this.#link?.giaddr ?? "0.0.0.0";
    const { chaddr, number } = client;
    this.#link?.send(buildMessage({ type, xid: number + 1, chaddr, ciaddr, giaddr, flags: 0x8000, options }));
  }

  #hear(bytes: Uint8Array): void {
    const message = readMessage(Uint8Array.from(bytes));
    const client = this.#clients[message.xid - 1];
    if (!client || client.gone) return;
    const server = message.options.get(Code.SERVER_IDENTIFIER) ?? new Uint8Array(4);
    if (message.type === Type.OFFER) this.offered++;
    if (message.type === Type.OFFER && client.address === null) {
      this.#send(client, Type.REQUEST, [
        [Code.REQUESTED_ADDRESS, ip(message.yiaddr)],
        [Code.SERVER_IDENTIFIER, server],
      ]);
    }
    if (message.type === Type.NAK && client.address !== null) {
      this.broken.push(`${client.address}, acknowledged to client ${client.number}, is refused`);
    }
    if (message.type === Type.ACK) this.acknowledge(client, message.yiaddr);
  }

  /** A client was promised an address. */
  protected acknowledge(client: Client, address: string): void {
    this.acknowledged++;
    const holder = this.holders.get(address);
    if (holder && holder !== client) {
      this.broken.push(`${address}, held by client ${holder.number}, is given to client ${client.number}`);
    }
    if (client.address !== null && client.address !== address) this.holders.delete(client.address);
    this.holders.set(address, client);
    client.address = address;
    client.confirmed = true;
  }
}

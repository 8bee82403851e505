// Clients that never rest: so many ask at any time, and where one is answered the next one begins.
//
// An address of the pool is taken by chance. Who holds it extends the lease, or gives it back; where nobody holds it, a new client
// comes. So extensions, new leases and releases mix, and the pool stays about four fifths full.

import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.js";
import { address, addressText } from "../rules/harness/messages.js";
import { type Client, Crowd } from "./crowd.js";
import type { Link } from "./link.js";
import type { Load } from "./lives.js";

/** The pool that the clients climb for. */
export const POOL = { first: "192.0.4.0", last: "192.0.7.231", count: 1000 } as const;

/** The server that they talk to. */
export const SERVER_ADDRESS = "192.0.2.1";

/** A client that was not answered asks again after so long, in milliseconds, and is looked after so often. */
const PATIENCE = 200;
const LOOK = 20;

/** The clients. */
export class BusyCrowd extends Crowd {
  readonly #random: Random;
  readonly #window: number;
  /** Who is asking, and since when. */
  readonly #asking = new Map<Client, number>();
  /** Who gave an address back in this life of the server, which may have ended before it heard so: nothing answers a DHCPRELEASE. */
  readonly #leaving = new Map<Client, string>();
  #timer: NodeJS.Timeout | null = null;

  /** @param window how many ask at any time */
  constructor(random: Random, window: number) {
    super();
    this.#random = random;
    this.#window = window;
  }

  override use(link: Link | null): void {
    this.calm();
    super.use(link);
  }

  override async confirm(): Promise<void> {
    for (const [client, held] of this.#leaving) this.release(client, held, SERVER_ADDRESS);
    this.#leaving.clear();
    await super.confirm();
  }

  /** From now on they ask, until `calm`. */
  bustle(): void {
    this.#timer = setInterval(() => this.#look(PATIENCE), LOOK);
    this.#look(0);
  }

  /** Who was answered is quiet from now on. */
  calm(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Whoever has waited for so long asks again, and there are enough who ask. */
  #look(patience: number): void {
    const now = performance.now();
    for (const [client, since] of this.#asking) if (now - since >= patience) this.#begin(client);
    while (this.#asking.size < this.#window) this.#next();
  }

  /** Lets one more client ask. */
  #next(): void {
    this.#begin(this.#anyone());
  }

  /** A client by chance that is not asking yet. */
  #anyone(): Client {
    for (;;) {
      const holder = this.holders.get(addressText(address(POOL.first) + this.#random.below(POOL.count)));
      if (!holder) return this.newClient();
      if (this.#random.oneIn(4)) this.#leave(holder);
      else if (!this.#asking.has(holder)) return holder;
    }
  }

  #begin(client: Client): void {
    this.#asking.set(client, performance.now());
    this.ask(client);
  }

  /** Lets a client give back what it holds. Nothing is promised to it from then on. */
  #leave(client: Client): void {
    const held = client.address ?? "";
    this.holders.delete(held);
    this.#asking.delete(client);
    client.address = null;
    client.gone = true;
    this.#leaving.set(client, held);
    this.release(client, held, SERVER_ADDRESS);
  }

  protected override acknowledge(client: Client, address: string): void {
    super.acknowledge(client, address);
    if (this.#asking.delete(client) && this.#timer) this.#next();
  }
}

/** Longest life under load, in milliseconds. */
const LONGEST_LIFE = 250;

/** A load that is full from the first instant to the last, which comes by chance. */
export class Bustle implements Load {
  readonly crowd: BusyCrowd;
  readonly #random: Random;

  constructor(random: Random, window: number) {
    this.#random = random;
    this.crowd = new BusyCrowd(random, window);
  }

  async bear(_life: number, ended: Promise<unknown>): Promise<void> {
    this.crowd.bustle();
    await Promise.race([ended, sleep(this.#random.below(LONGEST_LIFE))]);
  }
}

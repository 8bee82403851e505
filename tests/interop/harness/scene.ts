/**
 * A scene: one link with a capture on it, hosts for servers and clients, and the order in which it is taken down. What a step
 * shows is read from the capture, not from what the programs say of themselves.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ClientPeer, INTERFACE, type Place } from "../peers/peer.js";
import { Capture } from "./capture.js";
import { Lab } from "./lab.js";
import { eventually } from "./program.js";

/** The network that scenes serve first, and the one that a machine comes to later: RFC 5737's TEST-NET-2 and -3. */
export const HOME = "198.51.100";
/** The other network. */
export const ELSEWHERE = "203.0.113";

/** A host with the number of its hardware address. */
export interface ClientPlace extends Place {
  readonly mac: string;
}

/** One link and the hosts on it. */
export class Scene {
  readonly lab = new Lab();
  readonly link: string;
  #capture: Capture | null = null;
  #hosts = 0;
  readonly #checksums: boolean;

  /** @param checksums false: hosts leave UDP checksums to a card that is not there, as in many virtual machines */
  constructor(checksums: boolean) {
    this.#checksums = checksums;
    this.link = this.lab.addLink("link");
  }

  /** What goes over the link. */
  get capture(): Capture {
    assert.ok(this.#capture, "the capture was started");
    return this.#capture;
  }

  /** Begins to capture. */
  async begin(): Promise<void> {
    this.#capture = await Capture.start(this.lab, this.link, this.#checksums);
  }

  /** A host for a server, with an address. @param net first three bytes @param own last byte */
  server(net: string, own: number, link = this.link): Place {
    const host = this.lab.addHost(`s${this.#hosts++}`);
    const folder = this.#folder(host);
    this.lab.connect(host, INTERFACE, link, `${net}.${own}/24`, `02:00:5e:00:00:${hex(own)}`);
    if (this.#checksums) this.lab.writeChecksums(host, INTERFACE);
    return { lab: this.lab, host, folder };
  }

  /** A host without an address. @param number the last byte of its hardware address */
  client(number: number, link = this.link): ClientPlace {
    const host = this.lab.addHost(`c${this.#hosts++}`);
    const folder = this.#folder(host);
    const mac = `02:00:c1:00:00:${hex(number)}`;
    this.lab.connect(host, INTERFACE, link, undefined, mac);
    if (this.#checksums) this.lab.writeChecksums(host, INTERFACE);
    return { lab: this.lab, host, folder, mac };
  }

  /** Waits until a client uses an address: until its interface has it, or as the peer itself finds out. */
  async hasAddress(peer: ClientPeer, client: Place, address: string): Promise<void> {
    if (peer.usesAddress) return peer.usesAddress(client, address);
    const has = () => this.lab.addressesOf(client.host, INTERFACE).includes(address);
    await eventually(`${address} on ${client.host}`, has);
  }

  /** Another folder for a place's files, as if they had been deleted. */
  afresh<P extends Place>(where: P): P {
    return { ...where, folder: this.#folder(`${where.host}-${this.#hosts++}`) };
  }

  #folder(name: string): string {
    const folder = join(this.lab.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }
}

/**
 * Plays a step in a scene of its own; ends with tshark's judgement of the capture.
 * @param checksums false: hosts leave UDP checksums to a card that is not there
 */
export async function play(step: (scene: Scene) => Promise<void>, checksums = true): Promise<void> {
  const scene = new Scene(checksums);
  try {
    await scene.begin();
    await step(scene);
    assert.deepEqual(await scene.capture.faults(), []);
  } catch (error) {
    const fault = error as Error;
    fault.message += `\n${scene.capture.report()}\n${scene.lab.report()}`;
    throw fault;
  } finally {
    await scene.lab.close();
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

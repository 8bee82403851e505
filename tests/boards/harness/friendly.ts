/**
 * A friendly link: Leasehold's own server core on the other end of the cable, on raw frames, in real time.
 */
import { SERVER } from "../../fuzz/world.js";
import { buildArpFrame, isArp, readArpFrame } from "../../rules/harness/frames.js";
import { LinkMode, SERVER_MAC, Server } from "../../rules/harness/server-harness.js";
import type { Cable } from "./cable.js";

const POOL = { first: 100, last: 199 };

/**
 * Serves 192.0.2.100 to 192.0.2.199 over a cable from now on; whoever asks for another address is refused at once.
 * @param options what clients get besides, as a configuration file names it
 */
export function serve(cable: Cable, options: object = {}): void {
  const subnet = {
    subnet: "192.0.2.0/24",
    pools: [`192.0.2.${POOL.first}-192.0.2.${POOL.last}`],
    probe: false,
    authoritative: true,
    options,
  };
  const link = { address: SERVER, linkMode: LinkMode.FRAMES, mac: SERVER_MAC };
  const server = new Server({ config: { subnets: [subnet] }, interfaces: [link] });
  let last = performance.now();
  cable.onFrame = (frame) => {
    const now = performance.now();
    const sent = [...server.advance(Math.round(now - last)), ...server.receiveFrame(frame).sent];
    last = now;
    void cable.send(sent.map(({ bytes }) => bytes));
  };
}

/** Whether an address is one that `serve` gives. */
export function isServed(address: string): boolean {
  const own = Number(/^192\.0\.2\.(\d+)$/.exec(address)?.[1]);
  return own >= POOL.first && own <= POOL.last;
}

/** Asks by ARP who has an address, once; resolves to the hardware address of the one who answers. */
export function whoHas(cable: Cable, address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nobody answers for ${address}`)), 3000);
    cable.onFrame = (frame) => {
      if (!isArp(frame)) return;
      const { operation, sender, senderMac } = readArpFrame(frame);
      if (operation !== 2 || sender !== address) return;
      clearTimeout(timer);
      resolve(Buffer.from(senderMac).toString("hex"));
    };
    const question = {
      destinationMac: Uint8Array.of(255, 255, 255, 255, 255, 255),
      sourceMac: SERVER_MAC,
      operation: 1,
      senderMac: SERVER_MAC,
      sender: SERVER,
      targetMac: new Uint8Array(6),
      target: address,
    };
    cable.send([buildArpFrame(question)]).catch(reject);
  });
}

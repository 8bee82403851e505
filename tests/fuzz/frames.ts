// Hostile Ethernet frames: built sound, then bent in one layer or in all, with checksums made right again or left wrong. And an
// independent reading of a frame (RFC 894, 791, 768, 1071) that says what datagram it holds, if any.

import { buildArpFrame, buildDatagramFrame, BROADCAST_MAC } from "../rules/harness/frames.js";
import { address } from "../rules/harness/messages.js";
import type { Random } from "./random.js";
import { SERVER, someAddress } from "./world.js";

const IPV4 = 14;

/** The one's complement sum of RFC 1071, folded. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function sumOfUdp(packet: Uint8Array, datagram: Uint8Array): number {
  const length = Uint8Array.of(0, 17, datagram.length >>> 8, datagram.length & 255);
  return sum(datagram, sum(length, sum(packet.subarray(12, 20))));
}

/** What a frame brings. */
export interface Brought {
  readonly payload: Uint8Array;
  readonly destination: number;
}

/** Who hears: hardware address, own addresses, port. */
export interface Listener {
  readonly mac: Uint8Array;
  readonly port: number;
  /** Addresses besides broadcast that a datagram may go to; undefined: any. */
  readonly addresses?: readonly string[];
}

/** The datagram for `listener` in a frame; undefined: there is none, or something about it is wrong. */
export function datagramIn(frame: Uint8Array, { mac, port, addresses }: Listener): Brought | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const ours = (frame[0]! & 1) === 1 || mac.every((byte, at) => frame[at] === byte);
  if (frame.length < IPV4 + 20 || !ours || view.getUint16(12) !== 0x0800) return undefined;
  const [total, size] = [view.getUint16(IPV4 + 2), (frame[IPV4]! & 15) * 4];
  if (frame[IPV4]! >>> 4 !== 4 || size < 20 || size > total || IPV4 + total > frame.length) return undefined;
  const packet = frame.subarray(IPV4, IPV4 + total);
  if (sum(packet.subarray(0, size)) !== 0xffff || packet[9] !== 17 || view.getUint16(IPV4 + 6) & 0x3fff)
    return undefined;
  const room = packet.subarray(size);
  const length = room.length < 8 ? 0 : view.getUint16(IPV4 + size + 4);
  if (length < 8 || length > room.length) return undefined;
  const datagram = room.subarray(0, length);
  if (view.getUint16(IPV4 + size + 6) !== 0 && sumOfUdp(packet, datagram) !== 0xffff) return undefined;
  const destination = view.getUint32(IPV4 + 16);
  const heard = !addresses || [...addresses, "255.255.255.255"].some((text) => address(text) === destination);
  return view.getUint16(IPV4 + size + 2) === port && heard ? { payload: datagram.subarray(8), destination } : undefined;
}

/** Makes the checksums of a frame right where its lengths allow. */
function repair(frame: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const size = (frame[IPV4]! & 15) * 4;
  if (frame.length < IPV4 + size + 8 || size < 20) return;
  const packet = frame.subarray(IPV4);
  view.setUint16(IPV4 + 10, 0);
  view.setUint16(IPV4 + 10, ~sum(packet.subarray(0, size)) & 0xffff);
  const length = view.getUint16(IPV4 + size + 4);
  if (length < 8 || IPV4 + size + length > frame.length) return;
  view.setUint16(IPV4 + size + 6, 0);
  view.setUint16(IPV4 + size + 6, ~sumOfUdp(packet, packet.subarray(size, size + length)) & 0xffff || 0xffff);
}

const lengths = [0, 7, 8, 19, 20, 28, 255, 300, 0x7fff, 0xffff];

/** Bends one thing about a frame. */
function bend(frame: Uint8Array, random: Random): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  switch (random.below(9)) {
    case 0:
      return frame.slice(0, random.below(frame.length + 1));
    case 1:
      return Uint8Array.from([...frame, ...random.bytes(random.pick([1, 4, 18, 60]))]);
    case 2:
      view.setUint16(16, random.oneIn(2) ? random.pick(lengths) : frame.length - IPV4 + random.between(-3, 3));
      break;
    case 3:
      view.setUint16(38, random.oneIn(2) ? random.pick(lengths) : frame.length - 34 + random.between(-3, 3));
      break;
    case 4:
      frame[IPV4] = random.oneIn(2) ? 0x40 | random.below(16) : random.below(256);
      break;
    case 5:
      view.setUint16(20, random.pick([0x2000, 0x4000, 1, 0x1fff, 0x8000]));
      break;
    case 6:
      frame[random.pick([12, 13, 23, 36, 37])] = random.below(256);
      break;
    case 7: {
      // IPv4 options: the header grows, the datagram moves behind it.
      const words = random.between(1, 10);
      const grown = Uint8Array.from([...frame.subarray(0, 34), ...random.bytes(words * 4), ...frame.subarray(34)]);
      grown[IPV4] = 0x45 + words;
      new DataView(grown.buffer).setUint16(16, grown.length - IPV4);
      return grown;
    }
    default:
      frame[random.below(Math.min(frame.length, 42))]! ^= 1 << random.below(8);
  }
  return frame;
}

/** A frame around `payload` to `listener`, sound or bent. */
export function someFrame(payload: Uint8Array, listener: Listener, random: Random): Uint8Array {
  let frame = buildDatagramFrame({
    destinationMac: random.oneIn(8) ? random.bytes(6) : random.pick([BROADCAST_MAC, listener.mac]),
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, random.below(64)),
    source: random.oneIn(2) ? "0.0.0.0" : someAddress(random),
    destination: random.oneIn(8) ? someAddress(random) : random.pick(["255.255.255.255", SERVER]),
    sourcePort: random.oneIn(8) ? random.below(65536) : 67 + random.below(2),
    destinationPort: random.oneIn(16) ? random.below(65536) : listener.port,
    payload,
  });
  for (let bends = random.below(3); bends > 0 && frame.length > 44; bends--) frame = bend(frame, random);
  if (frame.length > 44 && !random.oneIn(4)) repair(frame);
  return frame;
}

/** An ARP message about an address of the world, sound or damaged. */
export function someArp(random: Random, about = someAddress(random)): Uint8Array {
  const frame = buildArpFrame({
    destinationMac: BROADCAST_MAC,
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, random.below(64)),
    operation: random.oneIn(8) ? random.below(256) : random.between(1, 2),
    senderMac: Uint8Array.of(2, 0, 0, 0, 0, random.below(64)),
    sender: random.oneIn(2) ? about : someAddress(random),
    targetMac: random.bytes(6),
    target: random.oneIn(2) ? about : someAddress(random),
  });
  if (random.oneIn(4)) frame[random.below(frame.length)]! ^= 1 << random.below(8);
  return random.oneIn(8) ? frame.slice(0, random.below(frame.length)) : frame;
}

// The frames in capture files, and the DHCP messages in them: classic pcap of Ethernet frames, as tcpdump writes them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MAGIC = 0xa1b2c3d4;
const FILE_HEADER = 24;
const PACKET_HEADER = 16;

/** The frames of one file. What is no classic pcap has none. */
function framesOf(file: Buffer): Uint8Array[] {
  if (file.length < FILE_HEADER) return [];
  const little = file.readUInt32LE(0) === MAGIC;
  if (!little && file.readUInt32BE(0) !== MAGIC) return [];
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const frames: Uint8Array[] = [];
  for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length; ) {
    const length = u32(at + 8);
    frames.push(Uint8Array.from(file.subarray(at + PACKET_HEADER, at + PACKET_HEADER + length)));
    at += PACKET_HEADER + length;
  }
  return frames;
}

/** The UDP payload of a frame from or to a DHCP port, or undefined. */
function payloadOf(frame: Uint8Array): Uint8Array | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 42 || view.getUint16(12) !== 0x0800 || frame[23] !== 17) return undefined;
  const udp = 14 + (frame[14]! & 15) * 4;
  if (udp + 8 > frame.length) return undefined;
  const ports = [view.getUint16(udp), view.getUint16(udp + 2)];
  if (!ports.some((port) => port === 67 || port === 68)) return undefined;
  return frame.slice(udp + 8, udp + view.getUint16(udp + 4));
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.p?cap$/.test(entry.name)) yield path;
  }
}

/** What a folder of captures holds: how many files, their frames, and the DHCP messages in these. */
export interface Captures {
  files: number;
  frames: Uint8Array[];
  payloads: Uint8Array[];
}

/** Reads a folder of captures, subfolders included, in the order of their names; undefined when there is no such folder. */
export function readCaptures(folder: string): Captures | undefined {
  if (!existsSync(folder)) return undefined;
  const files = [...filesBelow(folder)].sort();
  const frames = files.flatMap((path) => framesOf(readFileSync(path)));
  return { files: files.length, frames, payloads: frames.map(payloadOf).filter((payload) => payload !== undefined) };
}

/**
 * Reads a capture while it is being written (libpcap's own format, microseconds, the machine's byte order), and the DHCP and ARP
 * in its frames. Independent of the core; tshark has the last word on the same file when the capture has ended.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type ArpFrame, isArp, readArpFrame, readDatagramFrame } from "../../rules/harness/frames.js";
import { type Message, readMessage } from "../../rules/harness/messages.js";

/** A frame with a DHCP message in it. */
export interface DhcpFrame extends Message {
  /** Seconds since the capture's first frame. */
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
}

/** A frame with ARP in it. */
export interface ArpSeen extends ArpFrame {
  /** Seconds since the capture's first frame. */
  readonly at: number;
}

const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
/** In a frame of Ethernet and IPv4 without options. */
const UDP_CHECKSUM = 14 + 20 + 6;

/** A capture file that grows. */
export class GrowingCapture {
  readonly #path: string;
  readonly #checksums: boolean;
  #rest: Buffer = Buffer.alloc(0);
  #position = FILE_HEADER_SIZE;
  #began: number | null = null;
  /** The DHCP messages so far. */
  readonly dhcp: DhcpFrame[] = [];
  /** The ARP messages so far. */
  readonly arp: ArpSeen[] = [];
  /** Why frames could not be read: each is a fault of whoever sent it. */
  readonly faults: string[] = [];

  /** @param checksums whether UDP checksums must be right: false where hosts leave them to a card that is not there */
  constructor(path: string, checksums: boolean) {
    this.#path = path;
    this.#checksums = checksums;
  }

  /** Reads what has been added. */
  update(): void {
    this.#rest = Buffer.concat([this.#rest, this.#read()]);
    for (;;) {
      if (this.#rest.length < RECORD_HEADER_SIZE) return;
      const length = this.#rest.readUInt32LE(8);
      if (this.#rest.length < RECORD_HEADER_SIZE + length) return;
      const seconds = this.#rest.readUInt32LE(0) + this.#rest.readUInt32LE(4) / 1e6;
      this.#began ??= seconds;
      const frame = Uint8Array.from(this.#rest.subarray(RECORD_HEADER_SIZE, RECORD_HEADER_SIZE + length));
      this.#take(frame, seconds - this.#began);
      this.#rest = this.#rest.subarray(RECORD_HEADER_SIZE + length);
    }
  }

  #take(frame: Uint8Array, at: number): void {
    try {
      if (isArp(frame)) {
        this.arp.push({ ...readArpFrame(frame), at });
        return;
      }
      // No checksum at all is right, too (RFC 768).
      if (!this.#checksums) frame.fill(0, UDP_CHECKSUM, UDP_CHECKSUM + 2);
      const { payload, source, destination, sourceMac, destinationMac } = readDatagramFrame(frame);
      this.dhcp.push({ ...readMessage(payload), at, source, destination, sourceMac, destinationMac });
    } catch (error) {
      this.faults.push(`at ${at.toFixed(3)} s: ${(error as Error).message}`);
    }
  }

  #read(): Buffer {
    const file = openSync(this.#path, "r");
    try {
      const pieces: Buffer[] = [];
      for (;;) {
        const piece = Buffer.alloc(65_536);
        const count = readSync(file, piece, 0, piece.length, this.#position);
        if (count === 0) return Buffer.concat(pieces);
        this.#position += count;
        pieces.push(piece.subarray(0, count));
      }
    } finally {
      closeSync(file);
    }
  }
}

/**
 * wire/arp.ts (RFC 826, RFC 5227) and wire/icmp.ts (RFC 792): exact bytes, and messages cut off or changed at every
 * byte.
 */
import {
  ARP_FRAME_SIZE,
  ArpOperation,
  arpOperation,
  arpSender,
  arpSenderMac,
  arpTarget,
  arpTargetMac,
  readArp,
  writeArp,
} from "../../assembly/wire/arp";
import { FrameKind } from "../../assembly/wire/ethernet";
import { readFrame } from "../../assembly/wire/frame";
import { echoIdentifier, echoSequence, isEchoReply, writeEcho } from "../../assembly/wire/icmp";
import { flipBit, freshEdge, hexOf, putHex } from "./wire-vectors";

const buffer = memory.data(128, 8);
const macs = memory.data(16, 8);

const PROBE: string =
  "ffffffffffff" + // Ethernet destination: broadcast
  "020000000001" + // Ethernet source
  "0806" + // ARP
  "0001" + // Ethernet
  "0800" + // IPv4
  "06" + // bytes of a hardware address
  "04" + // bytes of a protocol address
  "0001" + // request
  "020000000001" + // sender
  "00000000" + // sender: none, a probe
  "000000000000" + // target
  "c0000207"; // target: 192.0.2.7

const REPLY: string =
  "020000000007" +
  "020000000001" +
  "0806" +
  "0001" +
  "0800" +
  "06" +
  "04" +
  "0002" + // reply
  "020000000001" +
  "c0000201" +
  "020000000007" +
  "c0000207";

describe("ARP", () => {
  test("writes a probe", () => {
    memory.fill(buffer, 0xa5, 128);
    putHex(macs, "0200000000010000020000000007");
    expect(writeArp(buffer, ArpOperation.REQUEST, macs, 0, 0, 0xc0000207, 0)).toBe(ARP_FRAME_SIZE);
    expect(hexOf(buffer, 42)).toBe(PROBE);
    expect(load<u8>(buffer + 42)).toBe(0xa5);
  });

  test("writes a reply", () => {
    memory.fill(buffer, 0xa5, 128);
    putHex(macs, "0200000000010000020000000007");
    writeArp(buffer, ArpOperation.REPLY, macs, 0xc0000201, macs + 8, 0xc0000207, macs + 8);
    expect(hexOf(buffer, 42)).toBe(REPLY);
  });

  test("reads what a frame says", () => {
    putHex(buffer, REPLY);
    expect(readFrame(buffer, 42, false)).toBe(FrameKind.ARP);
    expect(arpOperation).toBe(ArpOperation.REPLY);
    expect(hexOf(arpSenderMac, 6)).toBe("020000000001");
    expect(arpSender).toBe(0xc0000201);
    expect(hexOf(arpTargetMac, 6)).toBe("020000000007");
    expect(arpTarget).toBe(0xc0000207);
  });

  test("takes padding, and refuses a message cut off at any length", () => {
    putHex(buffer, PROBE);
    expect(readFrame(buffer, 60, false)).toBe(FrameKind.ARP);
    const edge = freshEdge();
    for (let length: u32 = 0; length < 42; length++) {
      memory.copy(edge - length, buffer, length);
      expect(readFrame(edge - length, length, false)).toBe(FrameKind.BAD_LENGTH);
    }
  });

  test("refuses other kinds of addresses, and keeps what it knew", () => {
    putHex(buffer, REPLY);
    readArp(buffer, 42);
    for (let at: usize = 14; at < 20; at++) {
      putHex(buffer, PROBE);
      store<u8>(buffer + at, load<u8>(buffer + at) ^ 1);
      expect(readArp(buffer, 42)).toBe(false);
      expect(arpSender).toBe(0xc0000201);
    }
  });
});

describe("ICMP echo", () => {
  test("writes a request", () => {
    memory.fill(buffer, 0xa5, 16);
    expect(writeEcho(buffer, 0x1234, 7)).toBe(8);
    expect(hexOf(buffer, 9)).toBe(
      "08" + // echo request
        "00" + // code
        "e5c4" + // checksum, computed by another program
        "1234" + // identifier
        "0007" + // sequence
        "a5",
    );
  });

  test("knows a reply, with and without data", () => {
    expect(putHex(buffer, "0000 edc4 1234 0007")).toBe(8);
    expect(isEchoReply(buffer, 8)).toBe(true);
    expect(echoIdentifier(buffer)).toBe(0x1234);
    expect(echoSequence(buffer)).toBe(7);
    expect(putHex(buffer, "0000 8cc4 1234 0007 61")).toBe(9);
    expect(isEchoReply(buffer, 9)).toBe(true);
  });

  test("refuses requests, other codes, wrong bits and what is cut off", () => {
    writeEcho(buffer, 0x1234, 7);
    expect(isEchoReply(buffer, 8)).toBe(false);
    for (let bit: u32 = 0; bit < 64; bit++) {
      putHex(buffer, "0000 edc4 1234 0007");
      flipBit(buffer, bit);
      expect(isEchoReply(buffer, 8)).toBe(false);
    }
    putHex(buffer, "0000 edc4 1234 0007");
    const edge = freshEdge();
    for (let length: u32 = 0; length < 8; length++) {
      memory.copy(edge - length, buffer, length);
      expect(isEchoReply(edge - length, length)).toBe(false);
    }
  });
});

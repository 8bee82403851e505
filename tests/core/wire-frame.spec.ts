/**
 * wire/frame.ts and the layers under it (ethernet, ipv4, udp, checksum): exact bytes, a frame captured from another
 * server, and frames wrong at every byte and every length.
 */
import { fold, sumBytes } from "../../assembly/wire/checksum";
import { EtherType, FrameKind } from "../../assembly/wire/ethernet";
import {
  FRAME_HEADERS_SIZE,
  FRAME_HEADROOM,
  frameDestination,
  frameDestinationMac,
  frameDestinationPort,
  framePayload,
  framePayloadLength,
  frameSource,
  frameSourceMac,
  frameSourcePort,
  readFrame,
  writeDatagramFrame,
} from "../../assembly/wire/frame";
import { loadU16, storeU16 } from "../../assembly/wire/bytes";
import { flipBit, freshEdge, hexOf, putHex, randomBelow, seedRandom } from "./wire-vectors";

const ETHERNET: usize = 14;
const TOTAL_LENGTH: usize = ETHERNET + 2;
const FRAGMENT: usize = ETHERNET + 6;
const PROTOCOL: usize = ETHERNET + 9;
const HEADER_CHECKSUM: usize = ETHERNET + 10;
const UDP: usize = ETHERNET + 20;
const UDP_LENGTH: usize = UDP + 4;
const UDP_CHECKSUM: usize = UDP + 6;

const buffer = memory.data(4096, 8);
const macs = memory.data(16, 8);
const frame = buffer + FRAME_HEADROOM - FRAME_HEADERS_SIZE;
const payload = buffer + FRAME_HEADROOM;

/** A frame with five bytes of payload, computed by another program. */
const SMALL: string =
  "020000000007" + // Ethernet destination
  "020000000001" + // Ethernet source
  "0800" + // IPv4
  "45" + // version 4, five words
  "00" + // service
  "0021" + // total length: 33
  "0000" + // identification
  "0000" + // may be fragmented, is not
  "40" + // time to live: 64
  "11" + // UDP
  "f6c3" + // header checksum
  "c0000201" + // 192.0.2.1
  "c0000207" + // 192.0.2.7
  "0043" + // 67
  "0044" + // 68
  "000d" + // length: 13
  "723e" + // checksum
  "0102030405"; // payload

/** A DHCPOFFER of Kea, as captured: another program's checksums. */
const CAPTURED: string =
  "02cac100003f02ca5e00000108004510014e000040008011a4c2c6336401c633646400430044013a448d" +
  "02010600474fa8010000000000000000c6336464000000000000000002cac100003f" +
  "00".repeat(202) +
  "638253633501020104ffffff000304c63364010608c6336401c63364020c0d6c61622d636c69656e742d33660f0b6c61622e6578616d706c65" +
  "330400000e103604c6336401ff";

/** Writes SMALL with our own functions, with a payload of `length` bytes that lies there already. */
function writeFrame(length: u32): void {
  putHex(macs, "0200000000070000020000000001");
  writeDatagramFrame(payload, length, macs + 8, macs, 0xc0000201, 67, 0xc0000207, 68);
}

/** Corrects the IPv4 header checksum of the frame after a change to a header of five words. */
function correctHeader(): void {
  storeU16(frame + HEADER_CHECKSUM, 0);
  storeU16(frame + HEADER_CHECKSUM, ~sumBytes(frame + ETHERNET, 20));
}

/** A frame of 300 bytes of payload, all different from zero. */
function putLarge(): void {
  for (let i: u32 = 0; i < 300; i++) store<u8>(payload + i, (i % 251) + 1);
  writeFrame(300);
}

const LARGE: u32 = 342;

describe("checksums", () => {
  test("sum RFC 1071's example to its result", () => {
    expect(putHex(buffer, "0001f203f4f5f6f7")).toBe(8);
    expect(sumBytes(buffer, 8)).toBe(0xddf2);
  });

  test("are what a plain sum gives, for every length and alignment", () => {
    seedRandom(7);
    for (let i: u32 = 0; i < 128; i++) store<u8>(buffer + i, randomBelow(4) ? randomBelow(256) : 255);
    for (let start: u32 = 0; start < 4; start++) {
      for (let length: u32 = 0; length <= 100; length++) {
        let sum: u32 = 0;
        for (let i: u32 = 0; i < length; i++) sum += u32(load<u8>(buffer + start + i)) << (i & 1 ? 0 : 8);
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
        expect(sumBytes(buffer + start, length)).toBe(sum);
      }
    }
  });

  test("keep every carry", () => {
    memory.fill(buffer, 0xff, 4096);
    expect(sumBytes(buffer, 4096)).toBe(0xffff);
    // Words whose 32-bit carries themselves carry.
    putHex(buffer, "ffffffffffffffff01000000");
    expect(sumBytes(buffer, 12)).toBe(0x0100);
    expect(fold(0xffffffff)).toBe(0xffff);
    expect(fold(0x1ffff)).toBe(1);
    expect(fold(0xffff0001)).toBe(1);
  });
});

describe("writeDatagramFrame", () => {
  test("writes each byte of the headers", () => {
    memory.fill(buffer, 0xa5, 128);
    putHex(payload, "0102030405");
    putHex(macs, "0200000000070000020000000001");
    const at = writeDatagramFrame(payload, 5, macs + 8, macs, 0xc0000201, 67, 0xc0000207, 68);
    expect(payload - at).toBe(42);
    expect(hexOf(at, 47)).toBe(SMALL);
    expect(load<u8>(at - 1)).toBe(0xa5);
    expect(load<u8>(payload + 5)).toBe(0xa5);
    expect(payload & 3).toBe(0);
  });

  test("broadcasts when it is given no destination", () => {
    putHex(macs, "0200000000070000020000000001");
    const at = writeDatagramFrame(payload, 5, macs, 0, 0, 68, 0xffffffff, 67);
    expect(hexOf(at, 12)).toBe("ffffffffffff020000000007");
    expect(readFrame(at, 47, false)).toBe(FrameKind.DATAGRAM);
  });

  test("sends a checksum of 0 as 0xffff", () => {
    storeU16(payload, 0);
    writeFrame(2);
    storeU16(payload, loadU16(frame + UDP_CHECKSUM));
    writeFrame(2);
    expect(loadU16(frame + UDP_CHECKSUM)).toBe(0xffff);
    expect(readFrame(frame, 44, false)).toBe(FrameKind.DATAGRAM);
  });

  test("writes what readFrame accepts, for every length", () => {
    seedRandom(99);
    for (let i: u32 = 0; i < 1500; i++) store<u8>(payload + i, randomBelow(256));
    let wrong: u32 = 0;
    for (let length: u32 = 0; length <= 1472; length++) {
      writeFrame(length);
      if (readFrame(frame, length + 42, false) != FrameKind.DATAGRAM) wrong++;
      if (framePayload != payload || framePayloadLength != length) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

describe("readFrame", () => {
  test("finds the parts of a captured frame", () => {
    const length = putHex(frame, CAPTURED);
    expect(length).toBe(348);
    expect(readFrame(frame, length, false)).toBe(FrameKind.DATAGRAM);
    expect(hexOf(frameDestinationMac, 6)).toBe("02cac100003f");
    expect(hexOf(frameSourceMac, 6)).toBe("02ca5e000001");
    expect(frameSource).toBe(0xc6336401);
    expect(frameDestination).toBe(0xc6336464);
    expect(frameSourcePort).toBe(67);
    expect(frameDestinationPort).toBe(68);
    expect(framePayload).toBe(payload);
    expect(framePayloadLength).toBe(306);
    // Written anew by us, its UDP header is the same.
    writeDatagramFrame(payload, 306, frame + 6, frame, 0xc6336401, 67, 0xc6336464, 68);
    expect(hexOf(frame + UDP, 8)).toBe("00430044013a448d");
  });

  test("takes a missing UDP checksum, not a wrong one", () => {
    putLarge();
    storeU16(frame + UDP_CHECKSUM, 0);
    expect(readFrame(frame, LARGE, false)).toBe(FrameKind.DATAGRAM);
    storeU16(frame + UDP_CHECKSUM, 1);
    expect(readFrame(frame, LARGE, false)).toBe(FrameKind.BAD_CHECKSUM);
    expect(readFrame(frame, LARGE, true)).toBe(FrameKind.DATAGRAM);
  });

  test("takes padding behind the packet, and bytes behind the datagram, as neither", () => {
    putHex(payload, "0102030405");
    writeFrame(5);
    memory.fill(payload + 5, 0xee, 64);
    expect(readFrame(frame, 60, false)).toBe(FrameKind.DATAGRAM);
    expect(framePayloadLength).toBe(5);
    storeU16(frame + TOTAL_LENGTH, 40);
    correctHeader();
    expect(readFrame(frame, 60, false)).toBe(FrameKind.DATAGRAM);
    expect(framePayloadLength).toBe(5);
  });

  test("takes IPv4 options", () => {
    putHex(payload, "0102030405");
    writeFrame(5);
    // Four bytes between IPv4 and UDP: the payload ends later.
    memory.copy(frame + UDP + 4, frame + UDP, 13);
    putHex(frame + UDP, "01010101");
    store<u8>(frame + ETHERNET, 0x46);
    storeU16(frame + TOTAL_LENGTH, 37);
    storeU16(frame + HEADER_CHECKSUM, 0);
    storeU16(frame + HEADER_CHECKSUM, ~sumBytes(frame + ETHERNET, 24));
    expect(readFrame(frame, 51, false)).toBe(FrameKind.DATAGRAM);
    expect(framePayload).toBe(payload + 4);
    expect(framePayloadLength).toBe(5);
  });

  test("refuses UDP lengths that contradict the packet (vulnerability 7)", () => {
    const lengths: u32[] = [0, 1, 7, 309, 65535];
    for (let i = 0; i < lengths.length; i++) {
      putLarge();
      storeU16(frame + UDP_LENGTH, lengths[i]);
      expect(readFrame(frame, LARGE, false)).toBe(FrameKind.BAD_LENGTH);
      expect(readFrame(frame, LARGE, true)).toBe(FrameKind.BAD_LENGTH);
    }
    putLarge();
    storeU16(frame + UDP_LENGTH, 8);
    expect(readFrame(frame, LARGE, true)).toBe(FrameKind.DATAGRAM);
    expect(framePayloadLength).toBe(0);
  });

  test("refuses packets too short for UDP, without a look beyond the frame", () => {
    const edge = freshEdge();
    for (let length: u32 = 0; length < 8; length++) {
      writeFrame(0);
      storeU16(frame + TOTAL_LENGTH, 20 + length);
      correctHeader();
      memory.copy(edge - 34 - length, frame, 34 + length);
      expect(readFrame(edge - 34 - length, 34 + length, true)).toBe(FrameKind.BAD_LENGTH);
    }
  });

  test("refuses IPv4 lengths that contradict the frame", () => {
    const lengths: u32[] = [0, 19, 27, 329, 65535];
    for (let i = 0; i < lengths.length; i++) {
      putLarge();
      storeU16(frame + TOTAL_LENGTH, lengths[i]);
      correctHeader();
      expect(readFrame(frame, LARGE, true)).toBe(FrameKind.BAD_LENGTH);
    }
  });

  test("refuses versions other than 4 and headers shorter than five words", () => {
    for (let byte: u32 = 0; byte < 256; byte++) {
      putLarge();
      store<u8>(frame + ETHERNET, byte);
      if (byte == 0x45) continue;
      const kind = readFrame(frame, LARGE, true);
      expect(kind).toBe(byte >>> 4 == 4 && (byte & 15) > 5 ? FrameKind.BAD_CHECKSUM : FrameKind.BAD_LENGTH);
    }
  });

  test("knows every fragment", () => {
    const flags: u32[] = [0x0000, 0x4000, 0x8000, 0x2000, 0x0001, 0x1fff, 0x3000];
    for (let i = 0; i < flags.length; i++) {
      putLarge();
      storeU16(frame + FRAGMENT, flags[i]);
      correctHeader();
      expect(readFrame(frame, LARGE, false)).toBe(i < 3 ? FrameKind.DATAGRAM : FrameKind.FRAGMENT);
    }
  });

  test("leaves other protocols and types alone, and 802.1Q tags", () => {
    putLarge();
    store<u8>(frame + PROTOCOL, 6);
    correctHeader();
    expect(readFrame(frame, LARGE, false)).toBe(FrameKind.OTHER);
    const types: u32[] = [0x8100, 0x86dd, 0x0000, 0x0040, 0xffff];
    for (let i = 0; i < types.length; i++) {
      putLarge();
      storeU16(frame + 12, types[i]);
      expect(readFrame(frame, LARGE, false)).toBe(FrameKind.OTHER);
    }
    expect(u32(EtherType.IPV4)).toBe(0x0800);
  });

  test("refuses a frame cut off at any length, without a look beyond it", () => {
    putLarge();
    const edge = freshEdge();
    let wrong: u32 = 0;
    for (let length: u32 = 0; length < LARGE; length++) {
      memory.copy(edge - length, frame, length);
      if (readFrame(edge - length, length, true) != FrameKind.BAD_LENGTH) wrong++;
    }
    memory.copy(edge - LARGE, frame, LARGE);
    expect(readFrame(edge - LARGE, LARGE, false)).toBe(FrameKind.DATAGRAM);
    expect(wrong).toBe(0);
  });

  test("accepts no frame with a bit wrong behind the hardware addresses", () => {
    let wrong: u32 = 0;
    putLarge();
    for (let bit: u32 = 0; bit < LARGE * 8; bit++) {
      flipBit(frame, bit);
      const accepted = readFrame(frame, LARGE, false) == FrameKind.DATAGRAM;
      flipBit(frame, bit);
      if (accepted != bit >>> 3 < 12) wrong++;
    }
    expect(readFrame(frame, LARGE, false)).toBe(FrameKind.DATAGRAM);
    expect(wrong).toBe(0);
  });

  test("stays inside random frames whatever their headers say", () => {
    seedRandom(0xf4a3e);
    const edge = freshEdge();
    let outside: u32 = 0;
    let datagrams: u32 = 0;
    for (let round = 0; round < 20000; round++) {
      const length: u32 = 34 + randomBelow(80);
      const at = edge - length;
      for (let i: u32 = 0; i < length; i++) store<u8>(at + i, randomBelow(256));
      storeU16(at + 12, 0x0800);
      store<u8>(at + ETHERNET, 0x40 | (5 + randomBelow(3)));
      storeU16(at + TOTAL_LENGTH, randomBelow(length));
      storeU16(at + FRAGMENT, 0);
      store<u8>(at + PROTOCOL, 17);
      const headerSize: u32 = (load<u8>(at + ETHERNET) & 15) << 2;
      if (ETHERNET + headerSize + 8 > length) continue;
      storeU16(at + ETHERNET + headerSize + 4, randomBelow(length));
      storeU16(at + HEADER_CHECKSUM, 0);
      storeU16(at + HEADER_CHECKSUM, ~sumBytes(at + ETHERNET, headerSize));
      if (readFrame(at, length, true) != FrameKind.DATAGRAM) continue;
      datagrams++;
      if (framePayload < at + 42 || framePayload + framePayloadLength > edge) outside++;
    }
    expect(outside).toBe(0);
    expect(datagrams).toBeGreaterThan(1000);
  });
});

/**
 * wire/message.ts: where the fields of RFC 2131 §2, figure 1 lie, and which bytes are no DHCP message at all.
 */
import {
  BROADCAST_FLAG,
  chaddr,
  checkMessage,
  ciaddr,
  clearHeader,
  file,
  flags,
  giaddr,
  hlen,
  hops,
  htype,
  op,
  secs,
  setCiaddr,
  setFlags,
  setGiaddr,
  setHlen,
  setHops,
  setHtype,
  setOp,
  setSecs,
  setSiaddr,
  setXid,
  setYiaddr,
  siaddr,
  sname,
  WireFault,
  xid,
  yiaddr,
} from "../../assembly/wire/message";
import { freshEdge, hexOf, putBase, putHex } from "./wire-vectors";

const message = memory.data(576, 8);

/** The 44 bytes before `sname` of a message in which every field differs. */
const FIELDS: string =
  "02" + // op: BOOTREPLY
  "06" + // htype
  "10" + // hlen
  "03" + // hops
  "01020304" + // xid
  "fffe" + // secs
  "8000" + // flags: broadcast
  "c0000201" + // ciaddr 192.0.2.1
  "c0000202" + // yiaddr 192.0.2.2
  "c0000203" + // siaddr 192.0.2.3
  "c0000204" + // giaddr 192.0.2.4
  "0a0b0c0d0e0f101112131415161718ff"; // chaddr

describe("fields", () => {
  test("are read where the RFC puts them", () => {
    expect(putHex(message, FIELDS)).toBe(44);
    expect(op(message)).toBe(2);
    expect(htype(message)).toBe(6);
    expect(hlen(message)).toBe(16);
    expect(hops(message)).toBe(3);
    expect(xid(message)).toBe(0x01020304);
    expect(secs(message)).toBe(0xfffe);
    expect(flags(message)).toBe(BROADCAST_FLAG);
    expect(ciaddr(message)).toBe(0xc0000201);
    expect(yiaddr(message)).toBe(0xc0000202);
    expect(siaddr(message)).toBe(0xc0000203);
    expect(giaddr(message)).toBe(0xc0000204);
    expect(chaddr(message) - message).toBe(28);
    expect(sname(message) - message).toBe(44);
    expect(file(message) - message).toBe(108);
  });

  test("are written where the RFC puts them", () => {
    putHex(message, FIELDS);
    memory.fill(message, 0xee, 28);
    setOp(message, 2);
    setHtype(message, 6);
    setHlen(message, 16);
    setHops(message, 3);
    setXid(message, 0x01020304);
    setSecs(message, 0xfffe);
    setFlags(message, BROADCAST_FLAG);
    setCiaddr(message, 0xc0000201);
    setYiaddr(message, 0xc0000202);
    setSiaddr(message, 0xc0000203);
    setGiaddr(message, 0xc0000204);
    expect(hexOf(message, 44)).toBe(FIELDS);
  });

  test("are cleared up to the cookie, and no further", () => {
    memory.fill(message, 0xee, 576);
    clearHeader(message);
    for (let i: u32 = 0; i < 236; i++) expect(load<u8>(message + i)).toBe(0);
    expect(load<u8>(message + 236)).toBe(0xee);
  });
});

describe("checkMessage", () => {
  test("judges every length without a look beyond it (vulnerabilities 6, 44, 45)", () => {
    const edge = freshEdge();
    for (let length: u32 = 0; length <= 260; length++) {
      putBase(message);
      const at = edge - length;
      memory.copy(at, message, length);
      const expected = length < 236 ? WireFault.TOO_SHORT : length < 240 ? WireFault.BAD_COOKIE : WireFault.NONE;
      expect(checkMessage(at, length)).toBe(expected);
    }
  });

  test("wants the cookie, each byte of it", () => {
    for (let i: u32 = 236; i < 240; i++) {
      putBase(message);
      store<u8>(message + i, load<u8>(message + i) ^ 1);
      expect(checkMessage(message, 300)).toBe(WireFault.BAD_COOKIE);
    }
  });

  test("takes hlen up to the size of chaddr (vulnerability 30)", () => {
    putBase(message);
    for (let value: u32 = 0; value <= 255; value++) {
      setHlen(message, value);
      expect(checkMessage(message, 300)).toBe(value <= 16 ? WireFault.NONE : WireFault.BAD_HARDWARE_LENGTH);
    }
  });

  test("takes BOOTREQUEST and BOOTREPLY only", () => {
    putBase(message);
    for (let value: u32 = 0; value <= 255; value++) {
      setOp(message, value);
      expect(checkMessage(message, 300)).toBe(value == 1 || value == 2 ? WireFault.NONE : WireFault.BAD_OPERATION);
    }
  });

  test("refuses what no datagram can carry", () => {
    const at = freshEdge() - 0x10000;
    putBase(at);
    expect(checkMessage(at, 0xffff)).toBe(WireFault.NONE);
    expect(checkMessage(at, 0x10000)).toBe(WireFault.TOO_LONG);
  });
});

/**
 * wire/writer.ts: exact bytes, room down to the last byte, overload, the tail, and every length written and walked
 * back.
 */
import { clearHeader, file, setHlen, setOp, sname, WireFault } from "../../assembly/wire/message";
import {
  indexOptions,
  optionAt,
  OptionCode,
  optionLength,
  optionPresent,
  optionsTruncated,
  useJoinBuffer,
} from "../../assembly/wire/options";
import {
  allowOverload,
  finishOptions,
  putOption,
  putTail,
  putU16,
  putU32,
  putU8,
  requireOption,
  reserveTail,
  startOptions,
} from "../../assembly/wire/writer";
import { equalBytes } from "../../assembly/wire/bytes";
import { hexOf } from "./wire-vectors";

const OPTIONS: u32 = 240;
/** The DHCP message in an IPv4 packet of 576 bytes. */
const DEFAULT_LIMIT: u32 = 548;
const BUFFER: u32 = 2048;

const message = memory.data(2048, 8);
const other = memory.data(2048, 8);
const data = memory.data(2048, 8);

useJoinBuffer(memory.data(1024, 8), 1024);

for (let i: u32 = 0; i < BUFFER; i++) store<u8>(data + i, i * 7 + (i >>> 8) + 1);

/** Begins a message in a buffer full of `stale`. */
function begin(limit: u32, stale: u8 = 0xa5): void {
  memory.fill(message, stale, BUFFER);
  clearHeader(message);
  setOp(message, 2);
  setHlen(message, 6);
  startOptions(message, limit);
}

/** Begins a message of up to 548 bytes whose options field has `room` bytes left, besides what is always kept. */
function beginWithRoom(room: u32, fileFree: bool, snameFree: bool): void {
  begin(DEFAULT_LIMIT);
  if (fileFree || snameFree) allowOverload(fileFree, snameFree);
  const all: u32 = DEFAULT_LIMIT - OPTIONS - 1 - (fileFree || snameFree ? 3 : 0);
  expect(putOption(60, data, 200)).toBe(true);
  expect(putOption(55, data, all - 202 - room - 2)).toBe(true);
}

/** Whether the index has the option with the first `length` bytes of `data`. */
function isWhole(code: u32, length: u32): bool {
  return optionPresent(code) && optionLength(code) == length && equalBytes(optionAt(code), data, length);
}

describe("a plain message", () => {
  test("has cookie, options, END, and zeros up to 300 bytes", () => {
    begin(DEFAULT_LIMIT);
    expect(putU8(OptionCode.DHCP_MESSAGE_TYPE, 2)).toBe(true);
    expect(putU32(OptionCode.SERVER_IDENTIFIER, 0xc0000201)).toBe(true);
    expect(putU16(OptionCode.INTERFACE_MTU, 1500)).toBe(true);
    expect(putOption(OptionCode.RAPID_COMMIT, 0, 0)).toBe(true);
    expect(putOption(OptionCode.CLIENT_IDENTIFIER, data, 3)).toBe(true);
    expect(finishOptions()).toBe(300);
    expect(hexOf(message + 236, 28)).toBe(
      "63825363" + // cookie
        "350102" + // 53: DHCPOFFER
        "3604c0000201" + // 54: 192.0.2.1
        "1a0205dc" + // 26: 1500
        "5000" + // 80: empty
        "3d0301080f" + // 61
        "ff" +
        "000000",
    );
    for (let i: u32 = 264; i < 300; i++) expect(load<u8>(message + i)).toBe(0);
    expect(load<u8>(message + 300)).toBe(0xa5);
  });

  test("without options is END and padding", () => {
    begin(300);
    expect(finishOptions()).toBe(300);
    expect(load<u8>(message + 240)).toBe(255);
    expect(load<u8>(message + 241)).toBe(0);
  });

  test("longer than 300 bytes is not padded", () => {
    begin(DEFAULT_LIMIT);
    putOption(60, data, 58);
    expect(finishOptions()).toBe(301);
    begin(DEFAULT_LIMIT);
    putOption(60, data, 57);
    expect(finishOptions()).toBe(300);
    expect(load<u8>(message + 299)).toBe(255);
  });

  test("leaves names in file and sname alone", () => {
    begin(DEFAULT_LIMIT);
    memory.fill(sname(message), 0x73, 64);
    memory.fill(file(message), 0x66, 128);
    expect(putOption(60, data, 400)).toBe(false);
    finishOptions();
    for (let i: u32 = 0; i < 64; i++) expect(load<u8>(sname(message) + i)).toBe(0x73);
    for (let i: u32 = 0; i < 128; i++) expect(load<u8>(file(message) + i)).toBe(0x66);
  });
});

describe("the last bytes", () => {
  test("are used, and never exceeded (vulnerability 30)", () => {
    for (let room: u32 = 0; room <= 8; room++) {
      for (let length: u32 = 0; length <= 8; length++) {
        beginWithRoom(room, false, false);
        const fits = length + 2 <= room;
        expect(putOption(12, data, length)).toBe(fits);
        expect(finishOptions()).toBe(DEFAULT_LIMIT - room + (fits ? length + 2 : 0));
        expect(load<u8>(message + DEFAULT_LIMIT)).toBe(0xa5);
        expect(indexOptions(message, DEFAULT_LIMIT)).toBe(WireFault.NONE);
        expect(optionPresent(12)).toBe(fits);
        expect(isWhole(60, 200)).toBe(true);
      }
    }
  });

  test("that do not suffice leave room for what is shorter", () => {
    beginWithRoom(6, false, false);
    expect(putOption(12, data, 5)).toBe(false);
    expect(putU32(OptionCode.ROUTER, 1)).toBe(true);
    expect(putOption(59, data, 0)).toBe(false);
    expect(finishOptions()).toBe(DEFAULT_LIMIT);
  });

  test("hold options of 255 and 510 bytes in no more parts than they need", () => {
    for (let parts: u32 = 1; parts <= 2; parts++) {
      const limit = OPTIONS + parts * 257 + 1;
      begin(limit);
      expect(putOption(61, data, parts * 255)).toBe(true);
      expect(finishOptions()).toBe(limit);
      expect(indexOptions(message, limit)).toBe(WireFault.NONE);
      expect(isWhole(61, parts * 255)).toBe(true);
      begin(limit);
      expect(putOption(61, data, parts * 255 + 1)).toBe(false);
    }
  });

  test("missing for a mandatory option void the message", () => {
    beginWithRoom(5, false, false);
    requireOption(putU8(OptionCode.DHCP_MESSAGE_TYPE, 5));
    requireOption(putU32(OptionCode.SERVER_IDENTIFIER, 1));
    requireOption(putOption(59, data, 0));
    expect(finishOptions()).toBe(0);
    begin(DEFAULT_LIMIT);
    requireOption(putU32(OptionCode.SERVER_IDENTIFIER, 1));
    expect(finishOptions()).toBe(300);
  });
});

describe("overload", () => {
  test("is not used as long as the options field suffices", () => {
    beginWithRoom(6, true, true);
    expect(putU32(OptionCode.ROUTER, 0xc0000201)).toBe(true);
    // The three bytes kept for option 52 stay free.
    expect(finishOptions()).toBe(DEFAULT_LIMIT - 3);
    indexOptions(message, DEFAULT_LIMIT - 3);
    expect(optionPresent(OptionCode.OPTION_OVERLOAD)).toBe(false);
    for (let i: u32 = 44; i < 236; i++) expect(load<u8>(message + i)).toBe(0);
  });

  test("clears what lay in the fields that it may use", () => {
    begin(DEFAULT_LIMIT);
    memory.fill(sname(message), 0x73, 192);
    allowOverload(true, false);
    finishOptions();
    for (let i: u32 = 0; i < 64; i++) expect(load<u8>(sname(message) + i)).toBe(0x73);
    for (let i: u32 = 0; i < 128; i++) expect(load<u8>(file(message) + i)).toBe(0);
    begin(DEFAULT_LIMIT);
    memory.fill(sname(message), 0x73, 192);
    allowOverload(false, true);
    finishOptions();
    for (let i: u32 = 0; i < 64; i++) expect(load<u8>(sname(message) + i)).toBe(0);
    for (let i: u32 = 0; i < 128; i++) expect(load<u8>(file(message) + i)).toBe(0x73);
  });

  test("spills into file first, then into sname, from a full options field", () => {
    for (let room: u32 = 0; room <= 3; room++) {
      beginWithRoom(room, true, true);
      expect(putOption(12, data, 125)).toBe(true); // file: 2 + 125 + END
      expect(putOption(1, data, 61)).toBe(true); // sname: 2 + 61 + END
      expect(putOption(59, data, 0)).toBe(room >= 2);
      const length = finishOptions();
      expect(length).toBe(DEFAULT_LIMIT - room + (room >= 2 ? 2 : 0));
      expect(hexOf(message + DEFAULT_LIMIT - room - 4, 3)).toBe("340103");
      expect(load<u8>(file(message) + 127)).toBe(255);
      expect(load<u8>(sname(message) + 63)).toBe(255);
      expect(indexOptions(message, length)).toBe(WireFault.NONE);
      expect(isWhole(12, 125) && isWhole(1, 61) && isWhole(60, 200)).toBe(true);
      expect(optionsTruncated()).toBe(false);
    }
  });

  test("says in option 52 which field holds options", () => {
    beginWithRoom(0, true, false);
    expect(putOption(12, data, 126)).toBe(false);
    expect(putOption(12, data, 1)).toBe(true);
    expect(putOption(1, data, 122)).toBe(true);
    expect(putOption(59, data, 0)).toBe(false);
    finishOptions();
    expect(hexOf(message + DEFAULT_LIMIT - 4, 4)).toBe("340101ff");
    expect(hexOf(file(message), 5)).toBe("0c0101017a");

    beginWithRoom(0, false, true);
    expect(putOption(12, data, 62)).toBe(false);
    expect(putOption(12, data, 10)).toBe(true);
    finishOptions();
    expect(hexOf(message + DEFAULT_LIMIT - 4, 4)).toBe("340102ff");
    expect(hexOf(sname(message) + 12, 2)).toBe("ff00");
  });

  test("puts an option of up to 255 bytes whole or not at all", () => {
    beginWithRoom(50, true, true);
    expect(putOption(12, data, 126)).toBe(false);
    expect(putOption(12, data, 255)).toBe(false);
    // 50 in the options field, 127 in file and 63 in sname: 48 + 125 + 61 bytes are not enough for 256 either.
    expect(putOption(12, data, 256)).toBe(false);
    finishOptions();
    indexOptions(message, DEFAULT_LIMIT);
    expect(optionPresent(12)).toBe(false);
    expect(optionPresent(OptionCode.OPTION_OVERLOAD)).toBe(false);
  });

  test("takes the parts of a longer one in the order of the walk (RFC 3396)", () => {
    beginWithRoom(80, true, true);
    expect(putOption(61, data, 256)).toBe(true); // 78 + 125 + 53
    expect(putOption(59, data, 0)).toBe(true); // sname
    const length = finishOptions();
    expect(length).toBe(DEFAULT_LIMIT);
    expect(hexOf(message + DEFAULT_LIMIT - 84, 5)).toBe("3401033d4e");
    expect(hexOf(file(message), 2)).toBe("3d7d");
    expect(hexOf(sname(message), 2)).toBe("3d35");
    expect(hexOf(sname(message) + 55, 4)).toBe("3b00ff00");
    indexOptions(message, length);
    expect(isWhole(61, 256)).toBe(true);
  });
});

describe("the tail", () => {
  test("is the last option of the options field (RFC 3046 §2.1)", () => {
    begin(DEFAULT_LIMIT);
    allowOverload(true, true);
    expect(reserveTail(4)).toBe(true);
    expect(putOption(60, data, 255)).toBe(true);
    expect(putOption(12, data, 100)).toBe(true); // file: 43 + 6 would not be enough
    putTail(OptionCode.RELAY_AGENT_INFORMATION, data, 4);
    // Nothing may follow it, in any field.
    expect(putOption(59, data, 0)).toBe(false);
    const length = finishOptions();
    expect(hexOf(message + length - 10, 10)).toBe("340101520401080f16ff");
    indexOptions(message, length);
    expect(isWhole(82, 4) && isWhole(12, 100) && isWhole(60, 255)).toBe(true);
  });

  test("has its room kept, to the last byte", () => {
    for (let length: u32 = 0; length <= 300; length++) {
      begin(DEFAULT_LIMIT);
      expect(reserveTail(length)).toBe(true);
      requireOption(putU8(OptionCode.DHCP_MESSAGE_TYPE, 5));
      // Fill all that the tail leaves.
      for (let part: u32 = 255; part > 0; part--) putOption(60, data, part);
      putTail(OptionCode.RELAY_AGENT_INFORMATION, data, length);
      expect(putOption(59, data, 0)).toBe(false);
      const total = finishOptions();
      expect(total > 0 && total <= DEFAULT_LIMIT).toBe(true);
      expect(load<u8>(message + DEFAULT_LIMIT)).toBe(0xa5);
      indexOptions(message, total);
      expect(isWhole(82, length)).toBe(true);
    }
  });

  test("for which there is no room keeps none", () => {
    begin(300);
    expect(reserveTail(58)).toBe(false);
    expect(reserveTail(57)).toBe(true);
    expect(putOption(59, data, 0)).toBe(false);
    putTail(82, data, 57);
    expect(finishOptions()).toBe(300);
  });
});

/**
 * Writes one option of `length` bytes after a message type and before a short one; returns the length of all, 0 when it
 * did not fit.
 */
function writeOne(limit: u32, length: u32, fileFree: bool, snameFree: bool, stale: u8): u32 {
  begin(limit, stale);
  if (fileFree || snameFree) allowOverload(fileFree, snameFree);
  putU8(OptionCode.DHCP_MESSAGE_TYPE, 5);
  requireOption(putOption(61, data, length));
  putU16(OptionCode.INTERFACE_MTU, 1400);
  return finishOptions();
}

describe("every length from 0 to 600", () => {
  test("is read back as it was written, in any field, within the limit, with nothing stale", () => {
    const limits: u32[] = [300, DEFAULT_LIMIT, 1472];
    // The longest that fits behind a message type: without overload, with file, with sname, with both.
    // 300: 59 − 3 − 2; whole in file; 56 − 3 − 2; whole in file.
    // 548: 307 − 3 in two parts; with 304 − 3 and 127 and 63 in the other fields.
    const longest: u32[] = [54, 125, 61, 125, 300, 422, 358, 483, 600, 600, 600, 600];
    let wrong: u32 = 0;
    for (let i = 0; i < 12; i++) {
      const limit = limits[i >> 2];
      const fileFree = (i & 1) != 0;
      const snameFree = (i & 2) != 0;
      for (let length: u32 = 0; length <= 600; length++) {
        const total = writeOne(limit, length, fileFree, snameFree, 0xff);
        if (total == 0) {
          if (length <= longest[i]) wrong++;
          continue;
        }
        if (length > longest[i] || total > limit || load<u8>(message + limit) != 0xff) wrong++;
        memory.copy(other, message, total);
        if (writeOne(limit, length, fileFree, snameFree, 0) != total || !equalBytes(message, other, total)) wrong++;
        if (indexOptions(message, total) != WireFault.NONE || optionsTruncated() || !isWhole(61, length)) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });
});

/**
 * wire/options.ts: the walk over options (RFC 2131 §4.1, RFC 2132 §2, RFC 3396) and the inputs that broke
 * other walks.
 */
import {
  indexOptions,
  optionAt,
  OptionCode,
  optionLength,
  optionPresent,
  optionsTooLong,
  optionsTruncated,
  optionU16,
  optionU32,
  optionU8,
  useJoinBuffer,
} from "../../assembly/wire/options";
import { WireFault } from "../../assembly/wire/message";
import { freshEdge, hexOf, putBase, putHex } from "./wire-vectors";

const FILE: usize = 108;
const SNAME: usize = 44;
const OPTIONS: u32 = 240;
const LARGEST: u32 = 0xffff;

const message = memory.data(0x10000, 8);

useJoinBuffer(memory.data(1024, 8), 1024);

/** Indexes frame F with the options that `text` states as its last bytes. */
function indexHex(text: string): void {
  putBase(message);
  const length = OPTIONS + putHex(message + OPTIONS, text);
  // What lies behind would be an option 12, if anything asked.
  putHex(message + length, "0c0141ff");
  expect(indexOptions(message, length)).toBe(WireFault.NONE);
}

/** The option's data as hexadecimal text, "-" when it is absent. */
function dataOf(code: u32): string {
  return optionPresent(code) ? hexOf(optionAt(code), optionLength(code)) : "-";
}

/** How many options the index holds. */
function presentCount(): u32 {
  let found: u32 = 0;
  for (let code: u32 = 0; code < 256; code++) if (optionPresent(code)) found++;
  return found;
}

/** `count` times `text`. */
function times(count: u32, text: string): string {
  let all = "";
  for (let i: u32 = 0; i < count; i++) all += text;
  return all;
}

describe("a plain message", () => {
  test("gives each option by its code", () => {
    indexHex(
      "350101" + // 53: DHCPDISCOVER
        "3204c0000207" + // 50: 192.0.2.7
        "00" + // pad
        "390205dc" + // 57: 1500
        "3d0701020304050607" + // 61
        "3c00" + // 60, empty
        "ff" +
        "0c0141", // behind END: nothing
    );
    expect(presentCount()).toBe(5);
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(1);
    expect(optionU32(OptionCode.REQUESTED_IP_ADDRESS, 0)).toBe(0xc0000207);
    expect(optionU16(OptionCode.MAXIMUM_DHCP_MESSAGE_SIZE, 576)).toBe(1500);
    expect(dataOf(OptionCode.CLIENT_IDENTIFIER)).toBe("01020304050607");
    expect(dataOf(OptionCode.VENDOR_CLASS_IDENTIFIER)).toBe("");
    expect(optionsTruncated()).toBe(false);
    expect(optionsTooLong()).toBe(0);
  });

  test("leaves nothing of itself to the next one", () => {
    indexHex("350101 3204c0000207 0c0141 0c0142 370101 ff");
    expect(presentCount()).toBe(4);
    indexHex("360401020304 ff");
    expect(presentCount()).toBe(1);
    expect(dataOf(OptionCode.HOST_NAME)).toBe("-");
    expect(optionAt(OptionCode.HOST_NAME)).toBe(0);
    expect(optionLength(OptionCode.HOST_NAME)).toBe(0);
  });

  test("leaves nothing to a message with a fault", () => {
    indexHex("350101 ff");
    expect(indexOptions(message, 235)).toBe(WireFault.TOO_SHORT);
    expect(presentCount()).toBe(0);
    indexHex("350101 ff");
    store<u8>(message + 236, 0);
    expect(indexOptions(message, 300)).toBe(WireFault.BAD_COOKIE);
    expect(presentCount()).toBe(0);
  });

  test("may have no options, only END, or only pads (vulnerability 6)", () => {
    indexHex("");
    expect(presentCount()).toBe(0);
    indexHex("ff");
    expect(presentCount()).toBe(0);
    indexHex(times(60, "00"));
    expect(presentCount()).toBe(0);
    expect(optionsTruncated()).toBe(false);
  });

  test("may lack END (vulnerability 49)", () => {
    indexHex(times(100, "3c0141") + "350105" + "0000000000");
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(5);
    expect(optionLength(60)).toBe(100);
    expect(optionsTruncated()).toBe(false);
  });
});

describe("typed reads", () => {
  test("take a wrong length as absent (vulnerabilities 1, 2, 3, 4, 5, 22)", () => {
    for (let length: u32 = 0; length <= 255; length++) {
      putBase(message);
      store<u8>(message + OPTIONS, OptionCode.SUBNET_MASK);
      store<u8>(message + OPTIONS + 1, length);
      memory.fill(message + OPTIONS + 2, 0x41, length);
      indexOptions(message, OPTIONS + 2 + length);
      expect(optionPresent(OptionCode.SUBNET_MASK)).toBe(true);
      expect(optionLength(OptionCode.SUBNET_MASK)).toBe(length);
      expect(optionU8(OptionCode.SUBNET_MASK, 7)).toBe(length == 1 ? 0x41 : 7);
      expect(optionU16(OptionCode.SUBNET_MASK, 7)).toBe(length == 2 ? 0x4141 : 7);
      expect(optionU32(OptionCode.SUBNET_MASK, 7)).toBe(length == 4 ? 0x41414141 : 7);
    }
    expect(optionU32(OptionCode.RENEWAL_TIME_VALUE, 9)).toBe(9);
    expect(optionU16(OptionCode.RENEWAL_TIME_VALUE, 9)).toBe(9);
    expect(optionU8(OptionCode.RENEWAL_TIME_VALUE, 9)).toBe(9);
  });

  test("see an empty client identifier as one of no bytes (vulnerability 4)", () => {
    indexHex("3d00 350101");
    expect(optionPresent(OptionCode.CLIENT_IDENTIFIER)).toBe(true);
    expect(optionLength(OptionCode.CLIENT_IDENTIFIER)).toBe(0);
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(1);
  });
});

describe("an option past its field", () => {
  test("is ignored, what came before counts (vulnerabilities 22, 25, 42)", () => {
    const ends = ["35", "3501", "3604c0a8", "3601", "3303000e", "3dff01", "fe"];
    for (let i = 0; i < ends.length; i++) {
      indexHex("0c0161" + ends[i]);
      expect(presentCount()).toBe(1);
      expect(dataOf(OptionCode.HOST_NAME)).toBe("61");
      expect(optionsTruncated()).toBe(true);
    }
    indexHex("0c0161 ff");
    expect(optionsTruncated()).toBe(false);
  });

  test("is cut off at each length of the message, which ends where memory ends", () => {
    const whole =
      "350103" + // 53
      "3d0701020304050607" + // 61
      "3204c0000207" + // 50
      "3604c0000201" + // 54
      "370401030681" + // 55
      "3d020809" + // 61 again
      "ff";
    const starts: u32[] = [0, 3, 12, 18, 24, 30, 34];
    putBase(message);
    const full = putHex(message + OPTIONS, whole);
    const edge = freshEdge();
    for (let length: u32 = 0; length <= full; length++) {
      const at = edge - OPTIONS - length;
      memory.copy(at, message, OPTIONS + length);
      expect(indexOptions(at, OPTIONS + length)).toBe(WireFault.NONE);
      const onBoundary = starts.includes(length) || length == full;
      expect(optionsTruncated()).toBe(!onBoundary);
      expect(optionPresent(53)).toBe(length >= 3);
      expect(optionLength(61)).toBe(length >= 34 ? 9 : length >= 12 ? 7 : 0);
      expect(optionPresent(50)).toBe(length >= 18);
      expect(optionPresent(54)).toBe(length >= 24);
      expect(optionPresent(55)).toBe(length >= 30);
    }
  });

  test("ends only its own field", () => {
    putBase(message);
    putHex(message + FILE, "0c0161 ff");
    const length = OPTIONS + putHex(message + OPTIONS, "340101 35");
    indexOptions(message, length);
    expect(dataOf(OptionCode.HOST_NAME)).toBe("61");
    expect(optionsTruncated()).toBe(true);
  });
});

describe("overload (RFC 2131 §4.1)", () => {
  test("reads file, then sname, as the value says", () => {
    const expected = ["11", "1122", "1133", "112233"];
    for (let value: u32 = 0; value <= 3; value++) {
      putBase(message);
      putHex(message + FILE, "0c0122 ff");
      putHex(message + SNAME, "0c0133 ff");
      const length = OPTIONS + putHex(message + OPTIONS, "0c0111 3401");
      store<u8>(message + length, value);
      indexOptions(message, length + 1);
      expect(dataOf(OptionCode.HOST_NAME)).toBe(expected[value]);
    }
  });

  test("is honoured once, and only from the options field (vulnerability 23)", () => {
    putBase(message);
    putHex(message + FILE, "340103 0c0161 ff");
    putHex(message + SNAME, "340101 3c0162 ff");
    let length = OPTIONS + putHex(message + OPTIONS, "340103 350101 ff");
    indexOptions(message, length);
    expect(presentCount()).toBe(4);
    expect(dataOf(OptionCode.OPTION_OVERLOAD)).toBe("03");
    expect(dataOf(OptionCode.HOST_NAME)).toBe("61");
    expect(dataOf(OptionCode.VENDOR_CLASS_IDENTIFIER)).toBe("62");

    // file says that sname holds options as well; only the options field may.
    length = OPTIONS + putHex(message + OPTIONS, "340101 350101 ff");
    indexOptions(message, length);
    expect(dataOf(OptionCode.HOST_NAME)).toBe("61");
    expect(dataOf(OptionCode.VENDOR_CLASS_IDENTIFIER)).toBe("-");
  });

  test("of a wrong length is none: joined, two are two bytes", () => {
    putBase(message);
    putHex(message + FILE, "0c0161 ff");
    const wrong = ["3400", "34020101", "340101340101"];
    for (let i = 0; i < wrong.length; i++) {
      indexOptions(message, OPTIONS + putHex(message + OPTIONS, wrong[i]));
      expect(optionPresent(OptionCode.HOST_NAME)).toBe(false);
    }
  });

  test("does not read past file, nor past sname (vulnerability 24)", () => {
    putBase(message);
    // file: 127 pads and a code without a length; what would be its length is the cookie's first byte.
    store<u8>(message + FILE + 127, 12);
    indexOptions(message, OPTIONS + putHex(message + OPTIONS, "340101 350101"));
    expect(presentCount()).toBe(2);
    expect(optionsTruncated()).toBe(true);

    putBase(message);
    // sname: the last option runs one byte into file.
    putHex(message + SNAME + 60, "0c03616263");
    indexOptions(message, OPTIONS + putHex(message + OPTIONS, "340102 350101"));
    expect(presentCount()).toBe(2);
    expect(optionsTruncated()).toBe(true);

    putBase(message);
    // sname: the last option ends with it.
    putHex(message + SNAME + 60, "0c026162");
    indexOptions(message, OPTIONS + putHex(message + OPTIONS, "340102 350101"));
    expect(dataOf(OptionCode.HOST_NAME)).toBe("6162");
    expect(optionsTruncated()).toBe(false);
  });
});

describe("repeated options (RFC 3396)", () => {
  test("are joined in the order of options, file, sname, whatever lies between", () => {
    putBase(message);
    putHex(message + SNAME, "0c0161 520105 ff");
    putHex(message + FILE, "520103 0c0131 520104 ff");
    indexOptions(message, OPTIONS + putHex(message + OPTIONS, "520101 0c0121 340103 5200 520102 350101 ff"));
    expect(dataOf(82)).toBe("0102030405");
    expect(dataOf(OptionCode.HOST_NAME)).toBe("213161");
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(1);
  });

  test("of fixed length are absent, as their length is wrong", () => {
    indexHex("3604c0000201 3604c0000202 ff");
    expect(optionLength(OptionCode.SERVER_IDENTIFIER)).toBe(8);
    expect(optionU32(OptionCode.SERVER_IDENTIFIER, 0)).toBe(0);
  });

  test("that are all empty are empty", () => {
    indexHex("3d00 3d00 3d00");
    expect(dataOf(OptionCode.CLIENT_IDENTIFIER)).toBe("");
  });

  test("fill the join buffer to its last byte", () => {
    indexHex("350105" + times(4, "3cff" + times(255, "42")) + "3c04 41414141");
    expect(optionLength(60)).toBe(1024);
    expect(optionsTooLong()).toBe(0);
  });

  test("longer than that are ignored and counted, the message kept (vulnerabilities 11, 39)", () => {
    indexHex("350105" + times(4, "3cff" + times(255, "42")) + "3c05 4141414141" + "3c00");
    expect(optionPresent(60)).toBe(false);
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(5);
    expect(optionsTooLong()).toBe(1);

    indexHex(times(8, "3cff" + times(255, "42")) + "350105");
    expect(optionPresent(60)).toBe(false);
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(5);
    expect(optionsTooLong()).toBe(1);
  });

  test("that no longer fit leave room to shorter ones", () => {
    // 61 takes 510, 82 would take 520, 60 takes 514: exactly the rest.
    indexHex(
      times(2, "3dff" + times(255, "42")) +
        times(2, "52ff" + times(255, "43")) +
        times(2, "3cff" + times(255, "44")) +
        "520a" +
        times(10, "43") +
        "3c04" +
        times(4, "44"),
    );
    expect(dataOf(61)).toBe(times(510, "42"));
    expect(dataOf(82)).toBe("-");
    expect(dataOf(60)).toBe(times(514, "44"));
    expect(optionsTooLong()).toBe(1);
  });

  test("of 65,295 bytes do not run over any count (vulnerability 26)", () => {
    const at = freshEdge() - LARGEST;
    putBase(at);
    let next: usize = at + OPTIONS;
    for (; next + 257 <= at + LARGEST; next += 257) {
      store<u8>(next, 60);
      store<u8>(next + 1, 255);
      memory.fill(next + 2, 0x42, 255);
    }
    memory.fill(next, 0, at + LARGEST - next);
    putHex(at + LARGEST - 3, "350105");
    expect(indexOptions(at, LARGEST)).toBe(WireFault.NONE);
    expect(optionPresent(60)).toBe(false);
    expect(optionsTooLong()).toBe(1);
    expect(optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0)).toBe(5);
  });

  test("each of a message's 254 codes may be repeated; those that a role reads are joined", () => {
    let all = "";
    for (let round = 0; round < 2; round++) {
      for (let code: u32 = 1; code < 255; code++) {
        store<u8>(message, code);
        if (code != 52) all += hexOf(message, 1) + "02" + hexOf(message, 1) + (round ? "22" : "11");
      }
    }
    indexHex(all);
    const read: u32[] = [1, 12, 50, 51, 53, 54, 55, 56, 57, 58, 59, 60, 61, 82];
    expect(presentCount()).toBe(read.length);
    for (let i = 0; i < read.length; i++) {
      store<u8>(message, read[i]);
      const byte = hexOf(message, 1);
      expect(dataOf(read[i])).toBe(byte + "11" + byte + "22");
    }
  });
});

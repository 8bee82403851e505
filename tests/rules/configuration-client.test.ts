// What a client's `configure` refuses, and where it says the fault is; what it just takes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientConfigurationFault, ClientConfigurationLayout, nameOfClientConfigurationFault } from "#layout";
import { Client, encodeSettings, hex, SETTINGS, type Settings } from "./harness/client-harness.js";

/** What `configure` says of the settings after `change` was made to their bytes. */
function configured(settings: Partial<Settings>, change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): string {
  const core = Client.unconfigured({ transmitPayloadSize: 400 });
  const fault = core.configure(change(encodeSettings({ ...SETTINGS, ...settings })));
  return nameOfClientConfigurationFault(fault) ?? `${fault}`;
}

/** Sets one byte. */
const byte = (at: number, value: number) => (bytes: Uint8Array) => bytes.with(at, value);

const faults: [string, string, Partial<Settings>, ((bytes: Uint8Array) => Uint8Array)?][] = [
  ["BAD_SIZE", "a byte too few", {}, (bytes) => bytes.subarray(0, bytes.length - 1)],
  ["BAD_SIZE", "less than the record", {}, (bytes) => bytes.subarray(0, 20)],
  ["BAD_SIZE", "one more identifier byte than there is", {}, byte(ClientConfigurationLayout.identifierLength, 8)],
  ["BAD_MAGIC", "another magic number", {}, byte(ClientConfigurationLayout.magic, 0)],
  ["BAD_VERSION", "another version", {}, byte(ClientConfigurationLayout.version, 2)],
  ["UNKNOWN_FLAG", "an unknown flag", { flags: 16 }],
  ["BAD_HARDWARE_LENGTH", "17 bytes of hardware address", { hardware: { htype: 1, address: new Uint8Array(17) } }],
  ["BAD_IDENTIFIER", "an identifier of one byte", { identifier: hex("01") }],
  ["BAD_TIMING", "no try", { requestTries: 0 }],
  ["BAD_TIMING", "no try in REBOOTING", { rebootTries: 0 }],
  ["BAD_TIMING", "no DHCPINFORM", { informTries: 0 }],
  ["BAD_TIMING", "a first retransmission that makes a flood", { retransmission: [99, 1000] }],
  ["BAD_TIMING", "a longest delay of more than a day", { retransmission: [4000, 86_400_001] }],
  ["BAD_TIMING", "a longest delay below the first", { retransmission: [4000, 3999] }],
  ["BAD_TIMING", "an initial delay from more to less", { initialDelay: [2, 1] }],
  ["TOO_LARGE", "more options than a message holds", { options: [[43, new Uint8Array(150)]] }],
  ...[50, 51, 52, 53, 54, 56, 57, 58, 59, 61, 82].map((code): [string, string, Partial<Settings>] => [
    "FORBIDDEN_OPTION",
    `option ${code} of the host's own`,
    { options: [[code, hex("01020304")]] },
  ]),
];

for (const [fault, what, settings, change] of faults) {
  test(`configure refuses ${what}`, () => assert.equal(configured(settings, change), fault));
}

test("configure refuses options that end amid one", () => {
  const options = [[12, hex("616263")]] as const;
  for (const length of [1, 2, 4]) {
    const cut = (bytes: Uint8Array) => {
      const result = bytes.slice(0, bytes.length - 5 + length);
      new DataView(result.buffer).setUint16(ClientConfigurationLayout.size, result.length, true);
      new DataView(result.buffer).setUint16(ClientConfigurationLayout.optionsLength, length, true);
      return result;
    };
    assert.equal(configured({ options }, cut), "BAD_OPTIONS");
  }
});

test("configure says at which offset it refused", () => {
  const at = (settings: Partial<Settings>) => {
    const core = Client.unconfigured();
    core.configure(encodeSettings({ ...SETTINGS, ...settings }));
    return core.control.refusedAt;
  };
  assert.equal(at({ flags: 16 }), ClientConfigurationLayout.flags);
  assert.equal(at({ hardware: { htype: 1, address: new Uint8Array(17) } }), ClientConfigurationLayout.hlen);
  assert.equal(at({ identifier: hex("01") }), ClientConfigurationLayout.identifierLength);
  assert.equal(at({ initialDelay: [2, 1] }), ClientConfigurationLayout.initialDelayMinimumMilliseconds);
  assert.equal(at({ retransmission: [1, 1] }), ClientConfigurationLayout.firstRetransmissionMilliseconds);
  assert.equal(at({ requestTries: 0 }), ClientConfigurationLayout.requestTries);
  const options = [
    [12, hex("61")],
    [50, hex("00")],
  ] as const;
  assert.equal(at({ options }), ClientConfigurationLayout.byteSize + SETTINGS.identifier.length + 3);
  assert.equal(at({}), 0);
});

test("configure takes an empty option, also as the last one", () => {
  assert.equal(configured({ options: [[80, new Uint8Array(0)]] }), "NONE");
});

test("configure takes what a message just holds, and is done once", () => {
  // 240 bytes, 53, 50, 51, 54, 57 and END are 266; the identifier takes 9.
  assert.equal(configured({ options: [[43, new Uint8Array(400 - 266 - 9 - 2)]] }), "NONE");
  assert.equal(configured({ options: [[43, new Uint8Array(400 - 266 - 9 - 1)]] }), "TOO_LARGE");
  const core = Client.unconfigured();
  assert.equal(core.configure(encodeSettings(SETTINGS)), ClientConfigurationFault.NONE);
  assert.equal(core.configure(encodeSettings(SETTINGS)), ClientConfigurationFault.NOT_NOW);
});

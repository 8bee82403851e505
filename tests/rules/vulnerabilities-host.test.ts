// Published flaws of other clients' hosts and management interfaces as inputs to ours, one test a row of the list: a DHCPACK goes
// through the client core, and what the core keeps of it through the host's reading, policy and hook; whole, and cut at every length.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileConfiguration } from "../../host/config/compile.js";
import { hookEnvironment } from "../../host/client/hook.js";
import { type Parameters, readParameters } from "../../host/client/parameters.js";
import { permit } from "../../host/client/policy.js";
import { Client, Code, hex, ip, SERVER, Type, u32 } from "./harness/client-harness.js";
import { encodeOptions, type MessageFields, text } from "./harness/messages.js";

const essentials = encodeOptions([
  [Code.MESSAGE_TYPE, Uint8Array.of(Type.ACK)],
  [Code.SERVER_IDENTIFIER, ip(SERVER)],
  [Code.LEASE_TIME, u32(3600)],
]);

/** Lets a client acquire its lease by a DHCPACK with these option bytes; returns what the host reads of what the core kept. */
function acquired(options: Uint8Array, fields: MessageFields = {}): Parameters {
  const client = new Client({ limits: { inputPayloadSize: 4096, acknowledgementSize: 4096 } });
  client.start();
  client.receive(client.answer(Type.OFFER));
  const rawOptions = Uint8Array.from([...essentials, ...options]);
  assert.equal(client.receive(client.answer(Type.ACK, { rawOptions, padTo: 0, ...fields })).verdict, "LEASE_ACQUIRED");
  return readParameters(client.core.acknowledgement!);
}

/** The hook's environment of a lease with these parameters. Whatever they are, no value has a byte that a shell would act on. */
function environmentOf(parameters: Parameters): Record<string, string> {
  const event = { event: "acquired", interfaceName: "lan0", address: 1, serverIdentifier: 1, leaseSeconds: 1 };
  const environment = hookEnvironment({ ...event, parameters });
  for (const value of Object.values(environment)) assert.match(value, /^[A-Za-z0-9 ./,:_-]*$/);
  return environment;
}

/** The parameters of a DHCPACK with one option; the same DHCPACK is also read cut short at each length of that option. */
function withOption(code: number, value: Uint8Array): Parameters {
  const encoded = encodeOptions([[code, value]]);
  for (let length = 0; length < encoded.length; length++) environmentOf(acquired(encoded.subarray(0, length)));
  const parameters = acquired(Uint8Array.from([...encoded, 255]));
  environmentOf(parameters);
  return parameters;
}

test("rows 2, 3, CVE-2009-0692, CVE-2026-44815: a subnet mask of any length but four is none", () => {
  const mask = ip("255.255.255.0");
  for (const length of [0, 1, 2, 3, 5, 8, 252, 255]) {
    const value = Uint8Array.from({ length }, (_, at) => mask[at % 4]!);
    assert.equal(withOption(Code.SUBNET_MASK, value).prefixLength, undefined, `${length} bytes`);
  }
  assert.equal(withOption(Code.SUBNET_MASK, mask).prefixLength, 24);
});

test("rows 14, 15, CVE-2011-0997, CVE-2014-6271, CVE-2018-1111: no text of a server reaches a hook but a plain name", () => {
  const hostile = [
    "a`id`",
    "x;reboot",
    "() { :;};",
    "x'&nc -e /bin/sh &'",
    'x"; script "/tmp/a";',
    "$(id)",
    "a\nb",
    "-e",
  ];
  for (const said of hostile) {
    assert.equal(withOption(Code.HOST_NAME, text(said)).hostName, undefined, said);
    assert.equal(withOption(Code.DOMAIN_NAME, text(said)).domainName, undefined, said);
    for (const code of [114, 252]) {
      const environment = environmentOf(withOption(code, text(said)));
      assert.equal(environment[`LEASEHOLD_OPTION_${code}`], Buffer.from(said).toString("hex"));
    }
  }
});

test("row 13, CVE-2026-42511: a boot file's name is no text of ours", () => {
  const parameters = acquired(Uint8Array.of(255), { file: text('x"; script "/tmp/a";') });
  assert.equal(JSON.stringify([...parameters.options]).includes("script"), false);
});

test("rows 18, 19, 20, CVE-2016-2147, CVE-2020-7461, CVE-2019-0547: compressed names end, and point backwards only", () => {
  for (const bytes of ["3f 41 c0 00", "02 c0 01 00 01 41 c0 01", "00", "c0 00", "01 41 c0 00", "01 41 c0 ff", "c0"]) {
    const { domainSearch } = withOption(119, hex(bytes));
    assert.ok(domainSearch.length <= 1, `${bytes}: ${domainSearch}`);
  }
  assert.deepEqual(withOption(119, hex("03 6c 61 62 00 01 61 c0 00")).domainSearch, ["lab", "a.lab"]);
});

test("rows 11, 21, 39, 41: long, repeated and nested options are bytes", () => {
  const eight = Uint8Array.from(Array.from({ length: 8 }, () => [43, 255, ...new Uint8Array(255).fill(65)]).flat());
  assert.equal(acquired(Uint8Array.from([...eight, 255])).options.get(43)!.length, 2040);
  assert.equal(withOption(43, hex("01 ff 41 41")).options.get(43)!.length, 4);
  for (const length of [11, 255]) assert.equal(withOption(212, new Uint8Array(length)).routes.length, 0);
  assert.equal(withOption(Code.HOST_NAME, new Uint8Array(255).fill(65)).hostName, undefined);
});

test("row 23, CVE-2014-6060: option 52 counts where the core says: one byte, in the options field", () => {
  const file = Uint8Array.from([...hex("34 01 02 0f 03 65 76 69 ff")]);
  assert.equal(acquired(hex("34 01 01 ff"), { file }).domainName, "evi");
  assert.equal(acquired(hex("34 02 01 01 ff"), { file }).domainName, undefined);
  assert.equal(acquired(hex("34 01 01 34 01 01 ff"), { file }).domainName, undefined);
});

test("row 29, CVE-2024-3661 (TunnelVision): routes of option 121", () => {
  const permitted = (bytes: string) => permit(withOption(121, hex(bytes)), { wideRoutes: false }, 1500);
  const both = permitted("01 00 c0 a8 01 02 01 80 c0 a8 01 02");
  assert.deepEqual([both.routes.length, both.refusals.length], [0, 2]);
  for (const malformed of ["21 00 00 00 00 00 c0 a8 01 02", "20 0a 00 00 01", ""]) {
    assert.equal(permitted(malformed).routes.length, 0, malformed);
  }
  const pieces = acquired(hex("79 03 18 0a 00 79 05 00 c0 a8 01 02 ff"));
  assert.deepEqual(pieces.routes, [{ destination: 0x0a000000, prefixLength: 24, router: 0xc0a80102 }], "RFC 3396");
});

test("row 38, CVE-2026-3608: a configuration nested a hundred thousand deep is refused by a message", () => {
  for (const open of ["[", '{"subnets":[', "/*"]) {
    const { configuration, problems } = compileConfiguration(open.repeat(100_000), "deep.json");
    assert.equal(configuration, null);
    assert.ok(problems.length > 0 && problems.every(({ message }) => message.length < 300));
  }
});

/**
 * What a client host reads out of a DHCPACK, and what of it a server may impose.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hookEnvironment } from "../../host/client/hook.js";
import { formatRoute, type Parameters, readParameters } from "../../host/client/parameters.js";
import { permit } from "../../host/client/policy.js";
import { parseAddress } from "../../host/core/address.js";
import { buildMessage, hex, ip, type OptionValue, Type, text, u8 } from "../rules/harness/messages.js";

const MESSAGE_TYPE: OptionValue = [53, u8(Type.ACK)];

function parametersOf(...options: OptionValue[]): Parameters {
  return readParameters(buildMessage({ op: 2, options: [MESSAGE_TYPE, ...options] }));
}

function routesOf(...options: OptionValue[]): string[] {
  return parametersOf(...options).routes.map(formatRoute);
}

describe("parameters of a DHCPACK", () => {
  test("RFC 3442: a router of option 3 is ignored where option 121 is present", () => {
    const classless: OptionValue = [121, hex("18c00002" + "c0000201" + "00" + "c00002fe")];
    assert.deepEqual(routesOf([3, ip("192.0.2.9")], classless), [
      "192.0.2.0/24 via 192.0.2.1",
      "default via 192.0.2.254",
    ]);
  });

  test("RFC 3442: a malformed option 121 leaves the router of option 3", () => {
    for (const bad of ["21c0000201c0000201", "18c00002c00002", "", "20c00002"]) {
      assert.deepEqual(routesOf([3, ip("192.0.2.9")], [121, hex(bad)]), ["default via 192.0.2.9"], bad);
    }
  });

  test("RFC 3442: host bits behind the width are cleared", () => {
    assert.deepEqual(routesOf([121, hex("14ac1fff" + "c0000201")]), ["172.31.240.0/20 via 192.0.2.1"]);
  });

  test("RFC 3442: a router of 0.0.0.0 means the link itself", () => {
    assert.deepEqual(routesOf([121, hex("10a9fe" + "00000000")]), ["169.254.0.0/16 on the link"]);
  });

  test("RFC 3396: a classless route split over two options is one", () => {
    assert.deepEqual(routesOf([121, hex("18c000")], [121, hex("02c0000201")]), ["192.0.2.0/24 via 192.0.2.1"]);
  });

  test("RFC 2132 §3.8: addresses of 0.0.0.0 that pad a list of name servers are left out", () => {
    const { domainNameServers } = parametersOf([6, ip("192.0.2.53", "0.0.0.0")]);
    assert.deepEqual(domainNameServers, [parseAddress("192.0.2.53")]);
  });

  test("RFC 3397: compressed names are expanded, pointers only backwards", () => {
    const { domainSearch } = parametersOf([119, hex("03656e67" + "056170706c65" + "00" + "04626f6f6b" + "c004")]);
    assert.deepEqual(domainSearch, ["eng.apple", "book.apple"]);
  });

  test("RFC 3397: hostile search lists end, and give what was sound before the fault", () => {
    const cases: [string, string[]][] = [
      ["c000", []],
      ["02c0010001 41c001".replace(" ", ""), []],
      ["0141c000", []],
      ["00", []],
      ["3f41", []],
      ["016100c00300", ["a"]],
    ];
    for (const [bytes, expected] of cases) {
      assert.deepEqual(parametersOf([119, hex(bytes)]).domainSearch, expected, bytes);
    }
  });

  test("names with anything but letters, digits, hyphens, underscores and dots are treated as absent", () => {
    for (const name of ["a`id`", "x;reboot", "a b", "a\nb", "() { :;};", "..", "-a", "x'&nc&'", "é"]) {
      assert.equal(parametersOf([15, text(name)]).domainName, undefined, name);
    }
    assert.equal(parametersOf([15, text("example.org\0")]).domainName, "example.org");
  });
});

describe("what a server may impose", () => {
  const strict = { wideRoutes: false };

  test("CVE-2024-3661: routes wider than /8 are refused by default, and told", () => {
    const parameters = parametersOf([121, hex("0100" + "c0a80102" + "0180" + "c0a80102" + "080a" + "c0a80102")]);
    const permitted = permit(parameters, strict, 1500);
    assert.deepEqual(permitted.routes.map(formatRoute), ["10.0.0.0/8 via 192.168.1.2"]);
    assert.equal(permitted.refusals.length, 2);
    assert.match(permitted.refusals[0]!, /0\.0\.0\.0\/1 .*--wide-routes/);
    assert.equal(permit(parameters, { wideRoutes: true }, 1500).routes.length, 3);
  });

  test("a default route is what a server is asked for", () => {
    assert.equal(permit(parametersOf([3, ip("192.0.2.1")]), strict, 1500).routes.length, 1);
  });

  test("routes to loopback and routers that are no unicast address are refused", () => {
    const parameters = parametersOf([
      121,
      hex("087f" + "c0000201" + "18c00003" + "e0000001" + "18c00003" + "7f000001"),
    ]);
    const permitted = permit(parameters, strict, 1500);
    assert.deepEqual([permitted.routes.length, permitted.refusals.length], [0, 3]);
  });

  test("an MTU below 576 or above the link's is refused, and told", () => {
    for (const [mtu, taken] of [
      ["0044", undefined],
      ["023f", undefined],
      ["0240", 576],
      ["05dc", 1500],
      ["05dd", undefined],
    ] as const) {
      const permitted = permit(parametersOf([26, hex(mtu)]), strict, 1500);
      assert.equal(permitted.interfaceMtu, taken, mtu);
      assert.equal(permitted.refusals.length, taken === undefined ? 1 : 0, mtu);
    }
  });
});

describe("a hook's environment", () => {
  test("CVE-2018-1111: a server's text reaches it in hexadecimal only, unless it is a plain name", () => {
    const parameters = parametersOf([252, text("x'&nc -e /bin/sh'")], [12, text("a`id`")], [15, text("example.org")]);
    const environment = hookEnvironment({
      event: "acquired",
      interfaceName: "lan0",
      address: parseAddress("192.0.2.10")!,
      serverIdentifier: parseAddress("192.0.2.1")!,
      leaseSeconds: 3600,
      parameters,
    });
    assert.equal(environment["LEASEHOLD_ADDRESS"], "192.0.2.10");
    assert.equal(environment["LEASEHOLD_DOMAIN_NAME"], "example.org");
    assert.equal(environment["LEASEHOLD_HOST_NAME"], undefined);
    assert.match(environment["LEASEHOLD_OPTION_252"]!, /^[0-9a-f]+$/);
    for (const value of Object.values(environment)) assert.match(value, /^[A-Za-z0-9 ./,:_-]*$/);
  });
});

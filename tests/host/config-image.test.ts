// What a configuration file is compiled to: levels resolved, options encoded, tables in order. The image is read here by the
// generated layout, and every one is given to the shipped module, which proves it anew.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import {
  ImageFault,
  ImageHeader,
  ImageHeaderLayout,
  nameOfImageFault,
  Network,
  NetworkLayout,
  NO_POOL,
  Policy,
  PolicyFlag,
  PolicyLayout,
  Pool,
  PoolLayout,
  Range,
  RangeLayout,
  Reservation,
  ReservationKind,
  ReservationLayout,
  Subnet,
  SubnetLayout,
} from "#layout";
import { compileConfiguration, type Configuration } from "../../host/config/compile.js";
import { defaultConfiguration } from "../../host/config/default.js";
import { formatProblem } from "../../host/config/problems.js";
import { compileModule, parseAddress, readModule, ServerCore } from "../../host/core/index.js";
import { UserError } from "../../host/user-error.js";

let module: WebAssembly.Module;
before(async () => {
  module = await compileModule(await readModule("server"));
});

/** Compiles a file that must be right, and has the core accept it. */
function compile(file: object | string): Configuration {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  const { configuration, problems } = compileConfiguration(text, "f");
  assert.ok(configuration, problems.map(formatProblem).join("\n"));
  const small = {
    ...configuration.limits,
    attributeBlockCount: 0,
    inputSlotCount: 1,
    journalSize: 4096,
    probeCount: 1,
  };
  const core = new ServerCore(module, { ...small, readySlotCount: 1, waitingSlotCount: 1 }, [1, 2]);
  const fault = core.configure(configuration.image);
  assert.equal(fault, ImageFault.NONE, `${nameOfImageFault(fault)} at ${core.control.refusedAt}`);
  return configuration;
}

/** The records of an image. */
class Reader {
  readonly view: DataView;
  readonly header: ImageHeader;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.header = new ImageHeader(this.view, 0);
  }
  network = (index: number) => new Network(this.view, this.header.networks + index * NetworkLayout.byteSize);
  subnet = (index: number) => new Subnet(this.view, this.header.subnets + index * SubnetLayout.byteSize);
  pool = (index: number) => new Pool(this.view, this.header.pools + index * PoolLayout.byteSize);
  range = (index: number) => new Range(this.view, this.header.ranges + index * RangeLayout.byteSize);
  policy = (index: number) => new Policy(this.view, this.header.policies + index * PolicyLayout.byteSize);
  reservation = (index: number) =>
    new Reservation(this.view, this.header.reservations + index * ReservationLayout.byteSize);
  hexAt = (offset: number, length: number) => Buffer.from(this.bytes.subarray(offset, offset + length)).toString("hex");
  textAt = (offset: number, length: number) => Buffer.from(this.bytes.subarray(offset, offset + length)).toString();
  ranges = () =>
    Array.from({ length: this.header.rangeCount }, (_, index) => {
      const { first, count, firstLease, pool, subnet } = this.range(index);
      return { first, count, firstLease, pool, subnet };
    });
}

const address = (text: string) => parseAddress(text)!;

/** The option bytes of the only pool of a file with these options, without the subnet mask and the broadcast address. */
function optionHex(options: object): string {
  const reader = new Reader(compile({ subnets: [{ subnet: "192.0.2.0/30", pools: ["192.0.2.0/30"], options }] }).image);
  const policy = reader.policy(reader.pool(0).policy);
  const hex = reader.hexAt(policy.options, policy.optionsLength);
  assert.ok(hex.startsWith("0104fffffffc"), hex);
  return hex.slice(12).replace("1c04c0000203", "");
}

test("the nearest level that has a setting decides it: reservation, pool, subnet, shared network, file, default", () => {
  const levels = ["file", "network", "subnet", "pool", "reservation"] as const;
  for (let mask = 0; mask < 2 ** levels.length; mask++) {
    const setting = (level: (typeof levels)[number]) =>
      mask & (1 << levels.indexOf(level)) ? { bootFile: level, options: { 224: { text: level } } } : {};
    const { image } = compile({
      ...setting("file"),
      sharedNetworks: [
        {
          name: "n",
          ...setting("network"),
          subnets: [
            {
              subnet: "192.0.2.0/24",
              ...setting("subnet"),
              pools: [{ range: "192.0.2.10-192.0.2.20", ...setting("pool") }],
              reservations: [
                { hardwareAddress: "02:00:00:00:00:01", address: "192.0.2.15", ...setting("reservation") },
                { hardwareAddress: "02:00:00:00:00:02", address: "192.0.2.5", ...setting("reservation") },
              ],
            },
          ],
        },
      ],
    });
    const reader = new Reader(image);
    const fileOf = (index: number) => {
      const { file, fileLength, options, optionsLength } = reader.policy(index);
      const name = reader.textAt(file, fileLength);
      assert.equal(reader.textAt(options, optionsLength).includes(name), true);
      return name;
    };
    const expected = (upTo: number) =>
      levels
        .slice(0, upTo)
        .filter((_, index) => mask & (1 << index))
        .at(-1) ?? "";
    assert.equal(fileOf(reader.subnet(0).policy), expected(3));
    assert.equal(fileOf(reader.pool(0).policy), expected(4));
    assert.equal(fileOf(reader.reservation(0).policy), expected(5), "inside the pool");
    const outside = mask & 16 ? "reservation" : expected(3);
    assert.equal(fileOf(reader.reservation(1).policy), outside, "outside the pool its settings do not count");
  }
});

test("options are merged one by one over the levels", () => {
  const { image } = compile({
    options: { "domain-name": "far", "ntp-servers": ["192.0.2.1"] },
    subnets: [{ subnet: "192.0.2.0/30", pools: ["192.0.2.1"], options: { "domain-name": "near" } }],
  });
  const reader = new Reader(image);
  const { options, optionsLength } = reader.policy(reader.pool(0).policy);
  assert.equal(reader.hexAt(options, optionsLength), "0104fffffffc0f046e6561721c04c00002032a04c0000201");
});

test("policies that come to the same are stored once; a million addresses cost one range", () => {
  const { image, limits } = compile({ subnets: [{ subnet: "10.0.0.0/12", pools: ["10.0.0.0/12"] }] });
  assert.equal(limits.leaseCount, 2 ** 20 - 2);
  assert.ok(image.length < 256, `${image.length} bytes`);
  assert.equal(new Reader(image).header.policyCount, 1);
  const pools = Array.from({ length: 200 }, (_, index) => ({
    range: `10.0.${index}.0/25`,
    probe: true,
    bootFile: "a",
  }));
  const many = new Reader(compile({ bootFile: "a", subnets: [{ subnet: "10.0.0.0/12", pools }] }).image);
  assert.equal(many.header.poolCount, 200);
  assert.equal(many.header.policyCount, 1);
});

test("exclusions become gaps, reserved addresses outside of pools ranges of their own; leases are numbered in order", () => {
  const { image, limits } = compile({
    subnets: [
      { subnet: "198.51.100.0/24", pools: ["198.51.100.0/24"] },
      {
        subnet: "192.0.2.0/24",
        pools: [
          { range: "192.0.2.100-192.0.2.109", exclude: ["192.0.2.103-192.0.2.105", "192.0.2.104-192.0.2.106"] },
          "192.0.2.10",
        ],
        reservations: [
          { clientIdentifier: "'b'", address: "192.0.2.104" },
          { clientIdentifier: "'a'", address: "192.0.2.100" },
        ],
      },
    ],
  });
  assert.deepEqual(new Reader(image).ranges(), [
    { first: address("192.0.2.10"), count: 1, firstLease: 0, pool: 2, subnet: 0 },
    { first: address("192.0.2.100"), count: 3, firstLease: 1, pool: 1, subnet: 0 },
    { first: address("192.0.2.104"), count: 1, firstLease: 4, pool: NO_POOL, subnet: 0 },
    { first: address("192.0.2.107"), count: 3, firstLease: 5, pool: 1, subnet: 0 },
    { first: address("198.51.100.1"), count: 254, firstLease: 8, pool: 0, subnet: 1 },
  ]);
  assert.equal(limits.leaseCount, 262);
});

test("in a /31 and a /32 every address is a host's (RFC 3021)", () => {
  const { limits } = compile({
    subnets: [
      { subnet: "192.0.2.0/31", pools: ["192.0.2.0/31"] },
      { subnet: "192.0.2.4/32", pools: ["192.0.2.4"] },
    ],
  });
  assert.equal(limits.leaseCount, 3);
});

test("reservations are sorted by network, kind, length and key, and may be the same client's in two networks", () => {
  const reservations = (net: string) => [
    { clientIdentifier: "00:ff", address: `${net}.5` },
    { clientIdentifier: "01", address: `${net}.6` },
    { hardwareAddress: "02:00:00:00:00:09", address: `${net}.7` },
    { hardwareAddress: "6/02:00:00:00:00:01:00:00", address: `${net}.8` },
    { hardwareAddress: "02-00-00-00-00-08", address: `${net}.9`, hostName: "host" },
  ];
  const { image, names } = compile({
    subnets: [
      { subnet: "198.51.100.0/24", reservations: reservations("198.51.100") },
      { subnet: "192.0.2.0/24", reservations: reservations("192.0.2") },
    ],
  });
  const reader = new Reader(image);
  const keys = Array.from({ length: reader.header.reservationCount }, (_, index) => {
    const { network, kind, key, keyLength } = reader.reservation(index);
    return `${network} ${kind === ReservationKind.HARDWARE ? "h" : "i"} ${reader.hexAt(key, keyLength)}`;
  });
  const each = ["h 01020000000008", "h 01020000000009", "h 060200000000010000", "i 01", "i 00ff"];
  assert.deepEqual(keys, [...each.map((key) => `0 ${key}`), ...each.map((key) => `1 ${key}`)]);
  assert.equal(names.reservations[0], "198.51.100.9 for hardware address 02:00:00:00:00:08");
  const { options, optionsLength } = reader.policy(reader.reservation(0).policy);
  assert.ok(reader.hexAt(options, optionsLength).includes("0c04686f7374"), "the host name is option 12");
});

test("times, flags and boot fields reach the policy", () => {
  const { image } = compile({
    authoritative: true,
    probe: false,
    leaseTime: { default: "1h30m", minimum: 60, maximum: "infinite" },
    renewalTime: "30m",
    rebindingTime: 0.75,
    offerTime: "2m",
    quarantineTime: "2d",
    probeTime: "250ms",
    nextServer: "192.0.2.9",
    serverName: "boot",
    bootFile: "pxelinux.0",
    subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.1"], offersPerSource: 7 }],
  });
  const reader = new Reader(image);
  const policy = reader.policy(0);
  assert.equal(policy.flags, PolicyFlag.AUTHORITATIVE);
  assert.deepEqual(
    [policy.leaseSeconds, policy.minimumLeaseSeconds, policy.maximumLeaseSeconds],
    [5400, 60, 0xffffffff],
  );
  assert.deepEqual([policy.renewalFraction, policy.rebindingFraction], [Math.round(65536 / 3), 49152]);
  assert.deepEqual([policy.offerSeconds, policy.quarantineSeconds, policy.probeMilliseconds], [120, 172800, 250]);
  assert.equal(policy.siaddr, address("192.0.2.9"));
  assert.equal(reader.textAt(policy.sname, policy.snameLength), "boot");
  assert.equal(reader.textAt(policy.file, policy.fileLength), "pxelinux.0");
  assert.equal(reader.network(0).offerLimit, 7);
});

test("what is left out has the documented defaults", () => {
  const { image, state, log, ports, limits } = compile({
    subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.0/24"] }],
  });
  const reader = new Reader(image);
  const policy = reader.policy(0);
  assert.equal(policy.flags, PolicyFlag.PROBE);
  assert.deepEqual(
    [policy.leaseSeconds, policy.minimumLeaseSeconds, policy.maximumLeaseSeconds],
    [43200, 120, 43200],
    "a client gets less than the default time when it asks for it, never more",
  );
  assert.deepEqual([policy.renewalFraction, policy.rebindingFraction], [32768, 57344]);
  assert.deepEqual([policy.offerSeconds, policy.quarantineSeconds, policy.probeMilliseconds], [60, 86400, 500]);
  assert.equal(reader.network(0).offerLimit, 127);
  assert.deepEqual(
    [state, log, ports],
    ["/var/lib/leasehold", { level: "info", format: "plain" }, { server: 67, client: 68 }],
  );
  assert.equal(limits.attributeBlockCount, 508);
});

test("a lease time below the usual minimum lowers it; bounds alone move the default between them", () => {
  const times = (leaseTime: unknown) => {
    const { image } = compile({ leaseTime, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.1"] }] });
    const { leaseSeconds, minimumLeaseSeconds, maximumLeaseSeconds } = new Reader(image).policy(0);
    return [minimumLeaseSeconds, leaseSeconds, maximumLeaseSeconds];
  };
  assert.deepEqual(times(30), [30, 30, 30]);
  assert.deepEqual(times("infinite"), [120, 0xffffffff, 0xffffffff]);
  assert.deepEqual(times({ maximum: "1h" }), [120, 3600, 3600]);
  assert.deepEqual(times({ minimum: "1d" }), [86400, 86400, 86400]);
});

const encodings: readonly (readonly [string, object, string])[] = [
  ["an address", { "swap-server": "192.0.2.1" }, "1004c0000201"],
  ["one address for several", { routers: "192.0.2.1" }, "0304c0000201"],
  ["addresses", { routers: ["192.0.2.1", "192.0.2.2"] }, "0308c0000201c0000202"],
  ["IANA's name in any spelling", { "domain server": ["192.0.2.1"] }, "0604c0000201"],
  ["a number for a name", { 6: ["192.0.2.1"] }, "0604c0000201"],
  ["text", { "domain-name": "é.example" }, "0f0ac3a92e6578616d706c65"],
  ["a flag", { "ip-forwarding": true }, "130101"],
  ["u8, u16, u32", { 23: 64, "interface-mtu": 1500, 35: 4000000000 }, "1701401a0205dc2304ee6b2800"],
  ["a negative number", { "time-offset": -3600 }, "0204fffff1f0"],
  ["numbers", { 25: [68, 1500] }, "1904004405dc"],
  ["pairs", { 33: ["198.51.100.0 192.0.2.1"] }, "2108c6336400c0000201"],
  ["names (RFC 1035)", { 119: ["a.example", "b."] }, "770e0161076578616d706c6500016200"],
  [
    "routes (RFC 3442): only the significant bytes of a destination",
    {
      121: [
        { destination: "0.0.0.0/0", router: "192.0.2.1" },
        { destination: "10.128.0.0/9", router: "192.0.2.2" },
        { destination: "198.51.100.7/32", router: "0.0.0.0" },
      ],
    },
    "791500c0000201090a80c000020220c633640700000000",
  ],
  ["sub-options", { 43: { 1: "0a", 6: { u32: 1 }, 9: { text: "hi" } } }, "2b0d01010a06040000000109026869"],
  ["sub-options as bytes", { 43: "01:02:ff" }, "2b030102ff"],
  ["bytes", { 224: "0x0a0b" }, "e0020a0b"],
  ["bytes with blanks", { 224: "a b c" }, "e0030a0b0c"],
  ["bytes for any option", { "interface-mtu": { hex: "05" } }, "1a0105"],
  ["no bytes", { 224: "" }, "e000"],
  ["forms for options without a type", { 225: { u16: 7 }, 226: { addresses: ["192.0.2.1"] } }, "e1020007e204c0000201"],
];
for (const [name, options, hex] of encodings) {
  test(`options: ${name}`, () => assert.equal(optionHex(options), hex));
}

test("options: a value of more than 255 bytes is split (RFC 3396)", () => {
  const hex = optionHex({ 224: "ab".repeat(511), 225: "cd".repeat(255) });
  assert.equal(hex, `e0ff${"ab".repeat(255)}e0ff${"ab".repeat(255)}e001ab` + `e1ff${"cd".repeat(255)}`);
});

test("codes that are always sent are sorted, and only those that this policy has", () => {
  const { image } = compile({
    alwaysSend: ["domain-name", 150, "Router", 3],
    options: { 150: "192.0.2.1", routers: "192.0.2.1" },
    subnets: [
      { subnet: "192.0.2.0/24", pools: ["192.0.2.10"] },
      { subnet: "192.0.3.0/24", pools: ["192.0.3.10"], options: { "domain-name": "x", routers: "192.0.3.1" } },
    ],
  });
  const reader = new Reader(image);
  const always = [0, 1].map((index) => {
    const policy = reader.policy(reader.subnet(index).policy);
    return reader.hexAt(policy.always, policy.alwaysCount);
  });
  assert.deepEqual(always, ["0396", "030f96"]);
});

test("interfaces: those named, with their networks; others only where a network has none", () => {
  const one = { subnet: "192.0.2.0/24", interface: "lan0" };
  const other = { subnet: "192.0.3.0/24" };
  const brief = (file: object) => {
    const { interfaces, servesOthers } = compile(file);
    return [interfaces.map(({ name, network }) => `${name}:${network}`).join(" "), servesOthers];
  };
  assert.deepEqual(brief({ subnets: [one] }), ["lan0:0", false]);
  assert.deepEqual(brief({ subnets: [other, one] }), ["lan0:1", true]);
  assert.deepEqual(brief({ interfaces: ["lan1", "lan0"], subnets: [one, other] }), ["lan1:null lan0:0", false]);
});

test("comments, trailing commas and a byte-order mark are no mistakes", () => {
  compile('\uFEFF// head\n{ "subnets": [ /* one */ { "subnet": "192.0.2.0/24", "pools": ["192.0.2.1",], }, ], }');
});

test("without a file: the upper half of the interface's subnet, without its own address", () => {
  const facts = { name: "lan0", forwards: false, resolvers: [] };
  const ranges = (text: string, prefixLength: number, more = {}) => {
    const file = defaultConfiguration({ ...facts, address: address(text), prefixLength, ...more }).text;
    return new Reader(compile(file).image).ranges().map(({ first, count }) => `${first - address(text)}+${count}`);
  };
  assert.deepEqual(ranges("192.0.2.1", 24), ["127+127"]);
  assert.deepEqual(ranges("192.0.2.200", 24), ["-72+72", "1+54"]);
  assert.deepEqual(ranges("192.0.2.1", 30), ["1+1"]);
  assert.deepEqual(ranges("192.0.2.2", 30), ["-1+1"]);
  assert.deepEqual(ranges("10.0.0.1", 8), [`${2 ** 24 - 2 - 4095 - 1}+4096`]);
  const { text, summary } = defaultConfiguration({
    ...facts,
    forwards: true,
    resolvers: [0x7f000035, address("192.0.2.53")],
    address: address("192.0.2.1"),
    prefixLength: 24,
  });
  assert.equal(
    summary,
    "Hands out 192.0.2.128-192.0.2.254 (127 addresses) on lan0 for 12h, each probed first; router: 192.0.2.1, DNS: 192.0.2.53.",
  );
  assert.match(text, /"routers": \[\s*"192\.0\.2\.1"/);
  assert.match(text, /"domain-name-servers": \[\s*"192\.0\.2\.53"\s*\]/, "a resolver on loopback helps no client");
  assert.throws(
    () => ranges("192.0.2.1", 31),
    (error: UserError) =>
      error instanceof UserError && error.message === "The subnet of lan0, 192.0.2.1/31, has no room for clients.",
  );
});

/** Files that are right by construction: subnets apart, pools apart in them, everything else at random. */
const files = fc
  .array(
    fc.record({
      length: fc.integer({ min: 20, max: 32 }),
      pools: fc.array(fc.record({ size: fc.integer({ min: 1, max: 40 }), gap: fc.integer({ min: 0, max: 20 }) }), {
        maxLength: 5,
      }),
      lease: fc.integer({ min: 1, max: 100000 }),
      options: fc.dictionary(fc.constantFrom("3", "6", "42", "150"), fc.constant("192.0.2.1")),
      bytes: fc.uint8Array({ maxLength: 600 }),
      host: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((subnets) => ({
    subnets: subnets.map(({ length, pools, lease, options, bytes, host }, index) => {
      const base = address("10.0.0.0") + index * 4096;
      const size = 2 ** (32 - length);
      const dotted = (offset: number) => [24, 16, 8, 0].map((shift) => ((base + offset) >>> shift) & 255).join(".");
      let next = 1;
      const ranges = pools.flatMap(({ size: count, gap }) => {
        const [first, last] = [next + gap, next + gap + count - 1];
        next = last + 1;
        return last < size - 1 ? [`${dotted(first)}-${dotted(last)}`] : [];
      });
      return {
        subnet: `${dotted(0)}/${length}`,
        pools: ranges,
        leaseTime: lease,
        options: { ...options, 224: Buffer.from(bytes).toString("hex") },
        ...(host &&
          size > 4 && { reservations: [{ hardwareAddress: "02:00:00:00:00:01", address: dotted(2), hostName: "h" }] }),
      };
    }),
  }));

test("whatever is right is accepted by the core", () => {
  fc.assert(
    fc.property(files, (file) => {
      compile(file);
    }),
    { numRuns: 300 },
  );
});

test("the image is a multiple of 4 bytes, and its size is said", () => {
  for (const bootFile of ["a", "ab", "abc", "abcd"]) {
    const { image, limits } = compile({ bootFile, subnets: [{ subnet: "192.0.2.0/24", pools: ["192.0.2.1"] }] });
    assert.equal(image.length % 4, 0);
    assert.equal(limits.imageSize, image.length);
    assert.equal(new Reader(image).header.size, image.length);
    assert.ok(image.length > ImageHeaderLayout.byteSize);
  }
});

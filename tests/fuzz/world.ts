// The network that the fuzzed cores live in, and what a mutation may put into a message so that it goes deep: addresses of the pools,
// identifiers of the servers, lengths at the edges.

import { Code, ip, text, u16, u32, u8 } from "../rules/harness/messages.js";
import type { Random } from "./random.js";

/** The server's own addresses: two links; behind 198.51.100.1 a relay agent. */
export const SERVER = "192.0.2.1";
export const SECOND_SERVER = "203.0.113.1";
export const RELAY = "198.51.100.1";

/** The reservation of the client that must always be served. */
export const RESERVED = "192.0.2.250";
export const RESERVED_MAC = "02:00:00:00:fe:01";

/** Bounds of every lease time in seconds. */
export const LEASE = { default: 3600, minimum: 60, maximum: 7200 };

/** The configuration of the fuzzed server. */
export const configuration = {
  probe: false,
  quarantineTime: "10m",
  offerTime: "30s",
  leaseTime: { default: LEASE.default, minimum: LEASE.minimum, maximum: LEASE.maximum },
  options: { routers: [SERVER], "domain-name-servers": [SERVER, SECOND_SERVER], 43: "010203" },
  subnets: [
    {
      subnet: "192.0.2.0/24",
      pools: ["192.0.2.16-192.0.2.79"],
      reservations: [
        { hardwareAddress: RESERVED_MAC, address: RESERVED, hostName: "always" },
        { clientIdentifier: "01:02:00:00:00:00:05", address: "192.0.2.20" },
        { hardwareAddress: "02:00:00:00:00:06", address: "192.0.2.200" },
      ],
      options: { "domain-name": "example.org", 224: "61".repeat(200), 225: "62".repeat(255) },
    },
    { subnet: "198.51.100.0/24", pools: ["198.51.100.16-198.51.100.47"], authoritative: true },
    { subnet: "203.0.113.0/24", pools: ["203.0.113.128-203.0.113.159"], bootFile: "boot", serverName: "server" },
  ],
};

/** The addresses that the server may hand out, as numbers, by the three subnets: first, last, and those reserved besides. */
export const pools: readonly (readonly [first: string, last: string])[] = [
  ["192.0.2.16", "192.0.2.79"],
  [RESERVED, RESERVED],
  ["192.0.2.200", "192.0.2.200"],
  ["198.51.100.16", "198.51.100.47"],
  ["203.0.113.128", "203.0.113.159"],
];

const hostileAddresses = [
  "0.0.0.0",
  "255.255.255.255",
  "127.0.0.1",
  "224.0.0.1",
  "192.0.2.0",
  "192.0.2.255",
  "10.0.0.1",
  "0.0.0.1",
];

/** An address that means something here, or is known to do harm. */
export function someAddress(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return random.pick(hostileAddresses);
    case 1:
      return random.pick([SERVER, SECOND_SERVER, RELAY, RESERVED]);
    case 2:
      return `198.51.100.${random.between(10, 50)}`;
    case 3:
      return `203.0.113.${random.between(125, 162)}`;
    case 4:
      return [0, 0, 0, 0].map(() => random.below(256)).join(".");
    default:
      return `192.0.2.${random.between(14, 82)}`;
  }
}

const edgeLengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 19, 20, 21, 48, 127, 128, 254, 255];
const edgeNumbers = [0, 1, 59, 60, 61, 3600, 7200, 7201, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const edgeSizes = [0, 1, 240, 300, 548, 575, 576, 577, 600, 1472, 1500, 65535];

/** A value for an option: of the right kind mostly, at the edges of what it may be. */
export function someValue(random: Random, code: number): Uint8Array {
  if (random.oneIn(6)) return random.bytes(random.pick(edgeLengths));
  switch (code) {
    case Code.MESSAGE_TYPE:
      return u8(random.oneIn(4) ? random.below(256) : random.between(1, 8));
    case Code.REQUESTED_ADDRESS:
    case Code.SERVER_IDENTIFIER:
      return ip(someAddress(random));
    case Code.LEASE_TIME:
    case Code.RENEWAL_TIME:
    case Code.REBINDING_TIME:
      return u32(random.oneIn(2) ? random.pick(edgeNumbers) : random.u32());
    case Code.OVERLOAD:
      return u8(random.below(random.oneIn(4) ? 256 : 4));
    case Code.MAXIMUM_MESSAGE_SIZE:
      return u16(random.oneIn(2) ? random.pick(edgeSizes) : random.below(65536));
    case Code.CLIENT_IDENTIFIER:
      return random.oneIn(2)
        ? Uint8Array.of(1, 2, 0, 0, 0, 0, random.below(12))
        : random.bytes(random.pick(edgeLengths));
    case Code.SUBNET_MASK:
      return ip(random.pick(["255.255.255.0", "255.255.255.255", "0.0.0.0", "255.0.255.0", "255.255.255.254"]));
    case Code.HOST_NAME:
    case Code.DOMAIN_NAME:
      return text(random.pick(["", ".", "..", "!!!", "a`id`", "x;reboot", "a".repeat(63), ".".repeat(255), "host\0x"]));
    default:
      return random.bytes(random.pick(edgeLengths));
  }
}

/** Codes that the core looks at, and one that is anything. */
export function someCode(random: Random): number {
  const known = [1, 3, 12, 43, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 77, 80, 81, 82, 119, 121];
  return random.oneIn(5) ? random.below(256) : random.pick(known);
}

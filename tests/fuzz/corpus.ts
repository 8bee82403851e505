// What mutations begin with: messages of our own, whole and sound, and every DHCP message of the captures beside the repository
// where they are. Without the captures the suite runs on its own messages.

import { fileURLToPath } from "node:url";
import { clientOf, decline, discover, extend, inform, reboot, release, select } from "../rules/harness/clients.js";
import { BROADCAST_MAC, buildDatagramFrame } from "../rules/harness/frames.js";
import { buildMessage, Code, ip, text, Type, u16, u32, u8 } from "../rules/harness/messages.js";
import { readCaptures } from "./pcap.js";
import { RELAY, SERVER } from "./world.js";

const client = clientOf(1, {
  identifier: Uint8Array.of(1, 2, 0, 0, 0, 0, 1),
  options: [
    [Code.HOST_NAME, text("fuzzed")],
    [Code.MAXIMUM_MESSAGE_SIZE, u16(1500)],
    [Code.PARAMETER_REQUEST_LIST, Uint8Array.of(1, 3, 6, 15, 43, 51, 58, 59, 119, 121, 224)],
    [Code.VENDOR_CLASS, text("vendor")],
  ],
});
const relayed = clientOf(2, {
  giaddr: RELAY,
  options: [[Code.RELAY_INFORMATION, Uint8Array.of(1, 4, 101, 116, 104, 48, 2, 6, 2, 0, 0, 0, 0, 9)]],
});

/** What clients say, to servers. */
const ofClients = [
  discover(client, [
    [Code.REQUESTED_ADDRESS, ip("192.0.2.20")],
    [Code.LEASE_TIME, u32(600)],
  ]),
  discover(clientOf(3, { flags: 0x8000 })),
  discover(relayed),
  select(client, "192.0.2.20"),
  select(clientOf(3), "192.0.2.21"),
  select(relayed, "198.51.100.20"),
  select(clientOf(4), "192.0.2.22", "192.0.2.99"),
  reboot(client, "192.0.2.20"),
  extend(client, "192.0.2.20"),
  decline(client, "192.0.2.20"),
  release(client, "192.0.2.20"),
  inform(client, "192.0.2.150"),
];

const leaseOptions = [
  [Code.SERVER_IDENTIFIER, ip(SERVER)],
  [Code.LEASE_TIME, u32(3600)],
  [Code.RENEWAL_TIME, u32(1800)],
  [Code.REBINDING_TIME, u32(3150)],
  [Code.SUBNET_MASK, ip("255.255.255.0")],
  [Code.ROUTERS, ip(SERVER)],
  [Code.DNS_SERVERS, ip(SERVER, "192.0.2.2")],
  [Code.DOMAIN_NAME, text("example.org")],
  [Code.CLASSLESS_ROUTES, Uint8Array.of(24, 10, 0, 0, 192, 0, 2, 1)],
] as const;

/** What servers say, to clients. */
const ofServers = [
  { type: Type.OFFER, yiaddr: "192.0.2.77", options: leaseOptions },
  { type: Type.ACK, yiaddr: "192.0.2.77", options: leaseOptions },
  { type: Type.ACK, ciaddr: "192.0.2.77", options: leaseOptions.filter(([code]) => code !== Code.LEASE_TIME) },
  {
    type: Type.NAK,
    options: [
      [Code.SERVER_IDENTIFIER, ip(SERVER)],
      [Code.MESSAGE, text("no")],
    ] as const,
  },
  {
    type: Type.ACK,
    yiaddr: "192.0.2.77",
    file: Uint8Array.of(51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 255),
    options: [
      [Code.OVERLOAD, u8(1)],
      [Code.SERVER_IDENTIFIER, ip(SERVER)],
    ] as const,
  },
];

/** Messages of our own. */
export const ownClientMessages: readonly Uint8Array[] = ofClients.map(buildMessage);
export const ownServerMessages: readonly Uint8Array[] = ofServers.map((fields) =>
  buildMessage({ op: 2, chaddr: Uint8Array.of(2, 0, 0, 0, 0, 1), ...fields }),
);

const folder = fileURLToPath(new URL("../../../../../shared/captures", import.meta.url));
const captures = readCaptures(folder);

/** What was read of the captures, in words. */
export const captureNote = captures
  ? `${captures.payloads.length} DHCP messages of ${captures.files} captures`
  : "no captures beside the repository: messages of our own only";

const captured = captures?.payloads ?? [];

/** All that clients, and all that servers, said. */
export const clientMessages: readonly Uint8Array[] = [...ownClientMessages, ...captured.filter(([op]) => op === 1)];
export const serverMessages: readonly Uint8Array[] = [...ownServerMessages, ...captured.filter(([op]) => op === 2)];

/** Whole frames: those of the captures, or one around each message of our own. */
export const capturedFrames: readonly Uint8Array[] = captures
  ? captures.frames.filter((frame) => frame.length >= 14)
  : [...ownClientMessages, ...ownServerMessages].map((payload) =>
      buildDatagramFrame({
        destinationMac: BROADCAST_MAC,
        sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
        source: "0.0.0.0",
        destination: "255.255.255.255",
        sourcePort: 68,
        destinationPort: 67,
        payload,
      }),
    );

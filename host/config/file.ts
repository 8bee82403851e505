/**
 * What a configuration file may hold, as tables of fields: the file itself, shared networks, subnets, pools, reservations.
 */
import { SERVER_DEFAULTS } from "../core/server.js";
import {
  either,
  integer,
  type Kind,
  list,
  named,
  object,
  type Placed,
  powerOfTwo,
  type Read,
  text,
  word,
} from "./kinds.js";
import { settingFields } from "./settings.js";
import {
  addressRange,
  type AddressRange,
  hostAddress,
  plainText,
  subnetPrefix,
  toHardware,
  toIdentifier,
} from "./values.js";

const interfaceName = plainText(15);

const poolFields = {
  range: { kind: addressRange, doc: 'The addresses, as "192.0.2.10-192.0.2.99" or "192.0.2.64/26".', required: true },
  exclude: { kind: list(addressRange), doc: "Ranges or addresses among them that are not handed out." },
  ...settingFields,
} as const;

const poolObject = named("pool", object("a pool", poolFields));

/** A pool as it stands in the file. */
export type PoolEntry = Read<typeof poolFields>;

/** A pool: an object, or its range alone. */
const pool: Kind<PoolEntry> = either<PoolEntry, PoolEntry>((node) => node.type !== "string", poolObject, {
  schema: addressRange.schema,
  read(node, problems) {
    const value: AddressRange | undefined = addressRange.read(node, problems);
    return value === undefined
      ? undefined
      : { at: node.offset, keys: new Set(["range"]), range: { value, at: node.offset } };
  },
});

const hardwareAddress = text('a hardware address such as "02:00:00:00:00:01"', {}, toHardware);
const clientIdentifier = text('a client identifier such as "01:02:00:00:00:00:01"', {}, toIdentifier);

const reservationFields = {
  hardwareAddress: {
    kind: hardwareAddress,
    doc: 'The client\'s hardware address, as "02:00:00:00:00:01". This or clientIdentifier.',
  },
  clientIdentifier: {
    kind: clientIdentifier,
    doc: "The client's identifier (option 61) in hexadecimal, type byte included, or text in single quotes.",
  },
  address: { kind: hostAddress, doc: "The address kept for this client, inside a pool or outside.", required: true },
  hostName: { kind: plainText(255), doc: "The name that the client is told (option 12)." },
  ...settingFields,
} as const;

const reservation = named("reservation", object("a reservation", reservationFields));

/** A reservation as it stands in the file. */
export type ReservationEntry = Read<typeof reservationFields>;

const subnetFields = {
  subnet: { kind: subnetPrefix, doc: 'The subnet, as "192.0.2.0/24".', required: true },
  interface: {
    kind: interfaceName,
    doc: "The interface on whose link the subnet is. When left out, the address of the interface decides.",
  },
  pools: { kind: list(pool), doc: "Addresses to hand out: ranges, or pools with settings of their own." },
  reservations: { kind: list(reservation), doc: "Addresses kept for single clients." },
  offersPerSource: {
    kind: integer(1, 65535),
    doc: "Unanswered offers that one source (an interface or a relay) may hold at once. Half of the addresses, but at least 32, when left out.",
  },
  ...settingFields,
} as const;

const subnet = object("a subnet", subnetFields);

/** A subnet as it stands in the file. */
export type SubnetEntry = Read<typeof subnetFields>;

const { interface: subnetInterface, pools, reservations, ...plainSubnetFields } = subnetFields;
const { offersPerSource, ...sharedSubnetFields } = plainSubnetFields;
const sharedSubnet: Kind<SubnetEntry> = object("a subnet of a shared network", {
  ...sharedSubnetFields,
  pools,
  reservations,
});

const sharedNetworkFields = {
  name: { kind: plainText(64), doc: "What the network is called in messages.", required: true },
  interface: subnetInterface,
  subnets: { kind: list(sharedSubnet, 1), doc: "The subnets that share one link.", required: true },
  offersPerSource,
  ...settingFields,
} as const;

const sharedNetwork = object("a shared network", sharedNetworkFields);

const logFields = {
  level: {
    kind: word(["error", "warning", "info", "debug"]),
    doc: '"debug" shows a verdict for each datagram. "info" when left out.',
  },
  format: { kind: word(["plain", "json"]), doc: 'Lines for people or for programs. "plain" when left out.' },
} as const;

const limitFields = {
  attributeBlockCount: {
    kind: integer(0, 0x1000000),
    doc: "Blocks of 32 bytes for host names, relay information, vendor classes and long identifiers. Two a lease, at most 1048576, when left out.",
  },
  interfaceCount: { kind: integer(1, 4096), doc: "Interfaces that can be served. 64 when left out." },
  inputSlotCount: {
    kind: integer(1, 4096),
    doc: `Datagrams handled in one batch. ${SERVER_DEFAULTS.inputSlotCount} when left out.`,
  },
  readySlotCount: {
    kind: powerOfTwo(1, 65536),
    doc: `Answers that leave at once. ${SERVER_DEFAULTS.readySlotCount} when left out.`,
  },
  waitingSlotCount: {
    kind: powerOfTwo(1, 65536),
    doc: `Answers that wait for the store. ${SERVER_DEFAULTS.waitingSlotCount} when left out.`,
  },
  journalSize: {
    kind: powerOfTwo(1024, 2 ** 28),
    doc: `Bytes of records that may wait for the store. ${SERVER_DEFAULTS.journalSize} when left out.`,
  },
  probeCount: {
    kind: integer(1, 65536),
    doc: `Addresses probed at once. ${SERVER_DEFAULTS.probeCount} when left out.`,
  },
} as const;

const portFields = {
  server: { kind: integer(1, 65535), doc: "The port that the server listens on. 67 when left out." },
  client: { kind: integer(1, 65535), doc: "The port that clients listen on. 68 when left out." },
} as const;

const fileFields = {
  $schema: { kind: plainText(1024), doc: "The schema of this file, for editors." },
  interfaces: {
    kind: list(interfaceName, 1),
    doc: "The interfaces to serve. When left out: those named by subnets, else those whose own address lies in a subnet.",
  },
  subnets: { kind: list(subnet), doc: "Subnets, each on a link of its own." },
  sharedNetworks: { kind: list(sharedNetwork), doc: "Links with several subnets." },
  state: { kind: plainText(4096), doc: 'The folder where leases are kept. "/var/lib/leasehold" when left out.' },
  user: { kind: plainText(32), doc: "The user to become when the sockets are open." },
  group: { kind: plainText(32), doc: "The group to become; the user's own when left out." },
  log: { kind: object("the log", logFields), doc: "What is logged, and how." },
  limits: {
    kind: object("the limits", limitFields),
    doc: "Sizes of the core's tables. What reaches a limit is refused and counted.",
  },
  ports: { kind: object("the ports", portFields), doc: "Other UDP ports than 67 and 68, for tests." },
  ...settingFields,
} as const;

/** The whole file. */
export const configurationFile = object("the configuration", fileFields);

/** A file as it was read. */
export type FileEntry = Read<typeof fileFields>;

/** A list's entries; none when the key is missing. */
export function entries<T>(placed: Placed<readonly Placed<T>[]> | undefined): readonly Placed<T>[] {
  return placed?.value ?? [];
}

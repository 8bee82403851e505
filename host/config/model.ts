/**
 * The networks of a configuration, taken from the file and checked against each other: what lies in what, what overlaps, what
 * stands twice. Problems name both places.
 */
import { ReservationKind } from "#layout";
import { formatAddress } from "../core/address.js";
import { entries, type FileEntry, type PoolEntry, type ReservationEntry, type SubnetEntry } from "./file.js";
import type { Placed } from "./kinds.js";
import { checkReservations } from "./model-reservations.js";
import type { Problems } from "./problems.js";
import { type Settings, settingFields } from "./settings.js";
import { type AddressRange, formatRange, type Prefix } from "./values.js";

/** A link: one subnet, or the several of a shared network. */
export interface NetworkModel {
  readonly name: string;
  readonly interfaceName: Placed<string> | undefined;
  readonly offersPerSource: number | undefined;
  readonly subnets: SubnetModel[];
}

/** A subnet. `levels` are the settings that hold in it, the nearest first: so everywhere. */
export interface SubnetModel {
  readonly at: number;
  readonly network: NetworkModel;
  readonly prefix: Prefix;
  readonly levels: readonly Settings[];
  readonly pools: PoolModel[];
  readonly reservations: ReservationModel[];
}

/** A pool: its whole range, and what the exclusions leave of it, in order. */
export interface PoolModel {
  readonly at: number;
  readonly subnet: SubnetModel;
  readonly range: AddressRange;
  readonly ranges: readonly AddressRange[];
  readonly levels: readonly Settings[];
}

/** A reservation, of the pool that holds its address, if one does. */
export interface ReservationModel {
  readonly at: number;
  readonly subnet: SubnetModel;
  readonly kind: ReservationKind;
  readonly key: Uint8Array;
  readonly address: number;
  readonly hostName: string | undefined;
  /** Its own settings; null when it has none, so that those of its pool or subnet hold unchanged. */
  readonly settings: Settings | null;
}

/** "192.0.2.0/24". */
export function formatPrefix({ address, length }: Prefix): string {
  return `${formatAddress(address)}/${length}`;
}

/** The addresses that hosts of a subnet can have: in a /31 or /32 all of them (RFC 3021). */
export function hostsOf({ address, mask, length }: Prefix): AddressRange {
  const last = (address | ~mask) >>> 0;
  return length >= 31 ? { first: address, last } : { first: address + 1, last: last - 1 };
}

/** Builds the networks of `file`, noting every contradiction. */
export function buildNetworks(file: FileEntry, problems: Problems): NetworkModel[] {
  const networks: NetworkModel[] = [];
  for (const { value } of entries(file.subnets)) {
    const name = value.subnet ? formatPrefix(value.subnet.value) : "";
    const network = newNetwork(name, value.interface, value.offersPerSource);
    addSubnet(network, value, [value, file], problems);
    networks.push(network);
  }
  for (const { value } of entries(file.sharedNetworks)) {
    const network = newNetwork(value.name?.value ?? "", value.interface, value.offersPerSource);
    for (const subnet of entries(value.subnets))
      addSubnet(network, subnet.value, [subnet.value, value, file], problems);
    networks.push(network);
  }
  checkNames(file, problems);
  checkInterfaces(networks, problems);
  const subnets = networks.flatMap((network) => network.subnets);
  if (subnets.length === 0 && !problems.failed) {
    problems.error(
      file.at,
      "there is no subnet to serve",
      'Add "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }].',
    );
  }
  checkSubnetOverlaps(subnets, problems);
  checkPoolOverlaps(subnets, problems);
  checkReservations(subnets, problems);
  return networks;
}

function newNetwork(name: string, interfaceName?: Placed<string>, offersPerSource?: Placed<number>): NetworkModel {
  return { name, interfaceName, offersPerSource: offersPerSource?.value, subnets: [] };
}

function addSubnet(network: NetworkModel, entry: SubnetEntry, levels: Settings[], problems: Problems): void {
  if (!entry.subnet) return;
  const { value: prefix, at } = entry.subnet;
  const subnet: SubnetModel = { at, network, prefix, levels, pools: [], reservations: [] };
  for (const { value } of entries(entry.pools)) addPool(subnet, value, problems);
  for (const { value, at: place } of entries(entry.reservations)) addReservation(subnet, value, place, problems);
  network.subnets.push(subnet);
}

function addPool(subnet: SubnetModel, entry: PoolEntry, problems: Problems): void {
  if (!entry.range) return;
  const { value: asked, at } = entry.range;
  const { prefix } = subnet;
  const end = (prefix.address | ~prefix.mask) >>> 0;
  if (asked.first < prefix.address || asked.last > end) {
    problems.error(
      at,
      `the pool ${formatRange(asked)} is not within its subnet ${formatPrefix(prefix)}`,
      `Hosts of that subnet have ${formatRange(hostsOf(prefix))}.`,
    );
    return;
  }
  const hosts = hostsOf(prefix);
  const range = { first: Math.max(asked.first, hosts.first), last: Math.min(asked.last, hosts.last) };
  const exclusions = entries(entry.exclude);
  for (const { value, at: place } of exclusions) {
    if (value.last >= asked.first && value.first <= asked.last) continue;
    problems.error(
      place,
      `the exclusion ${formatRange(value)} is not within the pool ${formatRange(asked)}`,
      "It excludes nothing there: correct it, or leave it out.",
    );
  }
  const ranges = subtract(
    range,
    exclusions.map(({ value }) => value),
  );
  if (ranges.length === 0) {
    problems.error(
      at,
      `the pool ${formatRange(asked)} has no address left to hand out`,
      "Exclusions and the subnet's own addresses take all of it.",
    );
  }
  subnet.pools.push({ at, subnet, range, ranges, levels: [entry, ...subnet.levels] });
}

/** What the exclusions leave of a range. */
function subtract(range: AddressRange, exclusions: readonly AddressRange[]): AddressRange[] {
  const left: AddressRange[] = [];
  let next = range.first;
  for (const { first, last } of [...exclusions].sort((a, b) => a.first - b.first)) {
    if (first > next) left.push({ first: next, last: Math.min(first - 1, range.last) });
    next = Math.max(next, last + 1);
    if (next > range.last) return left.filter((each) => each.first <= each.last);
  }
  if (next <= range.last) left.push({ first: next, last: range.last });
  return left;
}

function addReservation(subnet: SubnetModel, entry: ReservationEntry, at: number, problems: Problems): void {
  const { hardwareAddress, clientIdentifier, address, hostName, keys } = entry;
  if (hardwareAddress && clientIdentifier) {
    problems.error(
      clientIdentifier.at,
      "a reservation has either hardwareAddress or clientIdentifier",
      "Keep the one that tells this client apart for good.",
    );
  } else if (!keys.has("hardwareAddress") && !keys.has("clientIdentifier")) {
    problems.error(at, "the reservation does not say whom it is for", 'Add "hardwareAddress" or "clientIdentifier".');
  }
  const key = hardwareAddress ?? clientIdentifier;
  if (!key || !address) return;
  subnet.reservations.push({
    at: address.at,
    subnet,
    kind: hardwareAddress ? ReservationKind.HARDWARE : ReservationKind.CLIENT_IDENTIFIER,
    key: key.value,
    address: address.value,
    hostName: hostName?.value,
    settings: [...keys].some((key) => Object.hasOwn(settingFields, key)) ? entry : null,
  });
}

function checkNames(file: FileEntry, problems: Problems): void {
  const seen = new Map<string, number>();
  for (const { value } of entries(file.sharedNetworks)) {
    if (!value.name) continue;
    const twin = seen.get(value.name.value);
    if (twin === undefined) seen.set(value.name.value, value.name.at);
    else
      problems.error(
        value.name.at,
        `a second shared network is called "${value.name.value}"`,
        `Line ${problems.place(twin).line} has the first: give each its own name.`,
      );
  }
}

function checkInterfaces(networks: readonly NetworkModel[], problems: Problems): void {
  const seen = new Map<string, number>();
  for (const { interfaceName } of networks) {
    if (!interfaceName) continue;
    const twin = seen.get(interfaceName.value);
    if (twin === undefined) seen.set(interfaceName.value, interfaceName.at);
    else {
      problems.error(
        interfaceName.at,
        `the interface "${interfaceName.value}" is given to two networks`,
        `Line ${problems.place(twin).line} has it too. Several subnets on one link are a shared network: put them into "sharedNetworks".`,
      );
    }
  }
}

/** Calls `found` for every interval that begins before one before it has ended, with that one. */
function forOverlaps<T>(
  items: readonly T[],
  range: (item: T) => AddressRange,
  found: (later: T, earlier: T) => void,
): void {
  let widest: T | undefined;
  for (const item of [...items].sort((a, b) => range(a).first - range(b).first)) {
    if (widest !== undefined && range(item).first <= range(widest).last) found(item, widest);
    if (widest === undefined || range(item).last > range(widest).last) widest = item;
  }
}

/** Puts two places into the order of the file. */
function inOrder<T extends { at: number }>(a: T, b: T): [earlier: T, later: T] {
  return a.at < b.at ? [a, b] : [b, a];
}

function checkSubnetOverlaps(subnets: readonly SubnetModel[], problems: Problems): void {
  const whole = ({ prefix }: SubnetModel) => ({ first: prefix.address, last: (prefix.address | ~prefix.mask) >>> 0 });
  forOverlaps(subnets, whole, (a, b) => {
    const [earlier, later] = inOrder(a, b);
    const { line } = problems.place(earlier.at);
    const same = earlier.prefix.address === later.prefix.address && earlier.prefix.length === later.prefix.length;
    const verb = same ? "stands here a second time" : `overlaps ${formatPrefix(earlier.prefix)}`;
    problems.error(
      later.at,
      `the subnet ${formatPrefix(later.prefix)} ${verb}`,
      `Line ${line} has the first: an address belongs to one subnet.`,
    );
  });
}

function checkPoolOverlaps(subnets: readonly SubnetModel[], problems: Problems): void {
  for (const { pools } of subnets) {
    forOverlaps(
      pools,
      (pool) => pool.range,
      (a, b) => {
        const [earlier, later] = inOrder(a, b);
        const { line } = problems.place(earlier.at);
        problems.error(
          later.at,
          `the pool ${formatRange(later.range)} overlaps ${formatRange(earlier.range)}`,
          `Line ${line} has the first: an address belongs to one pool.`,
        );
      },
    );
  }
}

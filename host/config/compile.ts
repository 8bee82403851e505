/**
 * From the text of a configuration file to what the server needs: the core's image and limits, the interfaces to serve, and the
 * host's own settings. Everything that is wrong is found in one run; nothing is compiled of a file that has an error.
 */
import { type ServerLimits, SERVER_DEFAULTS } from "../core/server.js";
import { arrange, type ImageContents, poolOf } from "./arrange.js";
import { parseDocument } from "./document.js";
import { configurationFile, entries, type FileEntry } from "./file.js";
import { type ResolvedParts, writeImage } from "./image.js";
import type { Placed } from "./kinds.js";
import {
  buildNetworks,
  formatPrefix,
  hostsOf,
  type NetworkModel,
  type PoolModel,
  type ReservationModel,
  type SubnetModel,
} from "./model.js";
import { formatClient } from "./model-reservations.js";
import { addressesIn } from "./option-values.js";
import { type Problem, Problems } from "./problems.js";
import { type Resolved, resolve } from "./resolve.js";
import type { Settings } from "./settings.js";
import { formatRange, type Prefix } from "./values.js";
import { formatAddress } from "../core/address.js";

/** Where leases are kept when nothing says otherwise. */
export const DEFAULT_STATE = "/var/lib/leasehold";

/** Most addresses that one configuration may hand out: 1 GiB of the core's memory. */
export const MOST_LEASES = 2 ** 24;

/** Most networks, subnets and pools: the image's indexes have 16 bits. */
const MOST_ENTRIES = 65535;

/** An interface named in the file. */
export interface ConfiguredInterface {
  readonly name: string;
  /** Index in the image of the network on its link, or null: the interface's own address decides. */
  readonly network: number | null;
}

/** Names for what a verdict's scope counts, by index in the image. */
export interface ScopeNames {
  readonly networks: readonly string[];
  readonly subnets: readonly string[];
  readonly pools: readonly string[];
  readonly reservations: readonly string[];
}

/** A configuration that can be served. */
export interface Configuration {
  readonly image: Uint8Array;
  readonly limits: ServerLimits;
  /** The interfaces that are named in the file. */
  readonly interfaces: readonly ConfiguredInterface[];
  /** Whether other interfaces are served too, those whose own address lies in a subnet. */
  readonly servesOthers: boolean;
  readonly names: ScopeNames;
  /** The subnets served, by address. */
  readonly subnets: readonly Prefix[];
  /** The addresses that are reserved, as numbers. */
  readonly reserved: ReadonlySet<number>;
  /** Whether any address is probed before it is offered. */
  readonly probes: boolean;
  readonly state: string;
  readonly user: string | null;
  readonly group: string | null;
  readonly log: { readonly level: "error" | "warning" | "info" | "debug"; readonly format: "plain" | "json" };
  readonly ports: { readonly server: number; readonly client: number };
}

/** What came of a text. */
export interface Compiled {
  /** Null when there was an error. */
  readonly configuration: Configuration | null;
  /** Errors and warnings, in the order of the file. */
  readonly problems: readonly Problem[];
  /** Problems found beyond those in `problems`. */
  readonly untold: number;
}

/** Checks and compiles the text of a configuration file; `fileName` is what problems call it. */
export function compileConfiguration(given: string, fileName: string): Compiled {
  const text = given.replace(/^\uFEFF/, "");
  const problems = new Problems(fileName, text);
  const tree = parseDocument(text, problems);
  const file = tree && configurationFile.read(tree, problems);
  const configuration = file ? compile(file, problems) : null;
  return { configuration, problems: problems.sorted(), untold: problems.untold };
}

function compile(file: FileEntry, problems: Problems): Configuration | null {
  const networks = buildNetworks(file, problems);
  const contents = arrange(networks);
  checkCounts(file, contents, problems);
  const resolved = resolveAll(contents, problems);
  checkAlwaysSend(file, contents, resolved, problems);
  checkRouters(contents, resolved, problems);
  const interfaces = interfacesOf(file, networks, problems);
  const servesOthers = !file.interfaces && networks.some(({ interfaceName }) => !interfaceName);
  if (problems.failed) return null;
  if (contents.leaseCount === 0)
    problems.warn(file.at, "no address will ever be handed out", 'Add "pools" or "reservations" to a subnet.');
  const image = writeImage(contents, resolved);
  return {
    image,
    limits: limitsOf(file, contents, image.length),
    interfaces,
    servesOthers,
    names: namesOf(contents),
    subnets: contents.subnets.map(({ prefix }) => prefix),
    reserved: new Set(contents.reservations.map(({ address }) => address)),
    probes: [...resolved.values()].some(({ probe }) => probe),
    state: file.state?.value ?? DEFAULT_STATE,
    user: file.user?.value ?? null,
    group: file.group?.value ?? null,
    log: { level: file.log?.value.level?.value ?? "info", format: file.log?.value.format?.value ?? "plain" },
    ports: { server: file.ports?.value.server?.value ?? 67, client: file.ports?.value.client?.value ?? 68 },
  };
}

function checkCounts(file: FileEntry, contents: ImageContents, problems: Problems): void {
  if (contents.leaseCount > MOST_LEASES) {
    problems.error(
      file.at,
      `the pools hold ${contents.leaseCount} addresses`,
      `One server hands out at most ${MOST_LEASES}: make pools smaller.`,
    );
  }
  for (const key of ["networks", "subnets", "pools"] as const) {
    const { length } = contents[key];
    if (length > MOST_ENTRIES)
      problems.error(file.at, `there are ${length} ${key}`, `One server has at most ${MOST_ENTRIES} of them.`);
  }
}

/** Resolves the levels of every subnet, pool and reservation. */
function resolveAll(contents: ImageContents, problems: Problems): ResolvedParts {
  const resolved = new Map<SubnetModel | PoolModel | ReservationModel, Resolved>();
  const noted = new Set<number>();
  for (const subnet of contents.subnets) resolved.set(subnet, resolvePart(subnet.levels, subnet, problems, noted));
  for (const pool of contents.pools) resolved.set(pool, resolvePart(pool.levels, pool.subnet, problems, noted));
  for (const reservation of contents.reservations) {
    const outer = poolOf(reservation.address, contents.ranges) ?? reservation.subnet;
    const { settings, hostName, subnet } = reservation;
    if (!settings && hostName === undefined) {
      resolved.set(reservation, resolved.get(outer)!);
      continue;
    }
    const own = resolvePart(settings ? [settings, ...outer.levels] : outer.levels, subnet, problems, noted);
    if (hostName !== undefined) own.options.set(12, Buffer.from(hostName));
    resolved.set(reservation, own);
  }
  return resolved;
}

/** Resolves levels in a subnet, which adds its mask (option 1) and, unless it is configured, its broadcast address (28). */
function resolvePart(
  levels: readonly Settings[],
  { prefix }: SubnetModel,
  problems: Problems,
  noted: Set<number>,
): Resolved {
  const part = resolve(levels, problems, noted);
  part.options.set(1, addressBytes(prefix.mask));
  if (!part.options.has(28) && prefix.length <= 30)
    part.options.set(28, addressBytes((prefix.address | ~prefix.mask) >>> 0));
  return part;
}

function addressBytes(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
}

/** Every level of the file, whether an address is resolved by it or not. */
function* levelsOf(file: FileEntry, contents: ImageContents): Generator<Settings> {
  yield file;
  for (const { value } of entries(file.sharedNetworks)) yield value;
  for (const { levels } of [...contents.subnets, ...contents.pools]) yield levels[0]!;
  for (const { settings } of contents.reservations) if (settings) yield settings;
}

function checkAlwaysSend(file: FileEntry, contents: ImageContents, resolved: ResolvedParts, problems: Problems): void {
  const configured = new Set([...resolved.values()].flatMap(({ options }) => [...options.keys()]));
  for (const level of levelsOf(file, contents)) {
    for (const { value: code, at } of level.alwaysSend?.value ?? []) {
      if (configured.has(code)) continue;
      problems.error(at, `option ${code} is to be sent always, but is set nowhere`, 'Give it a value in "options".');
    }
  }
}

/** Routers that clients could not reach, or whose address would be handed out. */
function checkRouters(contents: ImageContents, resolved: ResolvedParts, problems: Problems): void {
  const warned = new Set<string>();
  const reserved = new Set(contents.reservations.map(({ address }) => address));
  for (const part of [...contents.pools, ...contents.subnets]) {
    const levels = part.levels;
    const setting = levels.find((level) => level.options?.value.has(3))?.options?.value.get(3);
    if (!setting) continue;
    const { network } = "subnet" in part ? part.subnet : part;
    for (const router of addressesIn(resolved.get(part)!.options.get(3)!)) {
      if (!network.subnets.some(({ prefix }) => contains(hostsOf(prefix), router))) {
        warnOnce(
          setting,
          `the router ${formatAddress(router)} is in no subnet of ${network.name}`,
          "Its clients can't reach it directly.",
        );
      }
      const pool = poolOf(router, contents.ranges);
      if (pool && !reserved.has(router)) {
        warnOnce(
          setting,
          `the router ${formatAddress(router)} lies in the pool ${formatRange(pool.range)}`,
          `Exclude it there (line ${problems.place(pool.at).line}), or it may be handed out.`,
        );
      }
    }
  }
  function warnOnce({ at }: Placed<Uint8Array>, message: string, advice: string): void {
    if (warned.has(message)) return;
    warned.add(message);
    problems.warn(at, message, advice);
  }
}

function contains({ first, last }: { first: number; last: number }, address: number): boolean {
  return address >= first && address <= last;
}

/** The interfaces that the file names, each with its network where one is given to it. */
function interfacesOf(file: FileEntry, networks: readonly NetworkModel[], problems: Problems): ConfiguredInterface[] {
  const pinned = new Map<string, number>();
  for (const [index, { interfaceName }] of networks.entries()) {
    if (interfaceName) pinned.set(interfaceName.value, index);
  }
  const listed = file.interfaces ? entries(file.interfaces).map(({ value }) => value) : [...pinned.keys()];
  for (const { interfaceName } of networks) {
    if (!file.interfaces || !interfaceName || listed.includes(interfaceName.value)) continue;
    problems.error(
      interfaceName.at,
      `the interface "${interfaceName.value}" is not among "interfaces"`,
      `Line ${problems.place(file.interfaces.at).line} lists ${listed.join(", ")}: add it there.`,
    );
  }
  return [...new Set(listed)].map((name) => ({ name, network: pinned.get(name) ?? null }));
}

/** The limits of the core's tables. */
function limitsOf(file: FileEntry, { leaseCount, pools }: ImageContents, imageSize: number): ServerLimits {
  const given = file.limits?.value;
  return {
    imageSize,
    leaseCount,
    attributeBlockCount: given?.attributeBlockCount?.value ?? Math.min(Math.max(2 * leaseCount, 64), 2 ** 20),
    poolCount: pools.length,
    interfaceCount: given?.interfaceCount?.value ?? 64,
    inputSlotCount: given?.inputSlotCount?.value ?? SERVER_DEFAULTS.inputSlotCount,
    inputPayloadSize: SERVER_DEFAULTS.inputPayloadSize,
    readySlotCount: given?.readySlotCount?.value ?? SERVER_DEFAULTS.readySlotCount,
    waitingSlotCount: given?.waitingSlotCount?.value ?? SERVER_DEFAULTS.waitingSlotCount,
    transmitPayloadSize: SERVER_DEFAULTS.transmitPayloadSize,
    journalSize: given?.journalSize?.value ?? SERVER_DEFAULTS.journalSize,
    probeCount: given?.probeCount?.value ?? SERVER_DEFAULTS.probeCount,
  };
}

function namesOf(contents: ImageContents): ScopeNames {
  return {
    networks: contents.networks.map(({ name }) => name),
    subnets: contents.subnets.map(({ prefix }) => formatPrefix(prefix)),
    pools: contents.pools.map(({ range }) => formatRange(range)),
    reservations: contents.reservations.map((each) => `${formatAddress(each.address)} for ${formatClient(each)}`),
  };
}

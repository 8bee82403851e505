/**
 * What a DHCPACK gives, read for the host that applies it: addresses, routes, names. The core has checked the message and the
 * lease; here every other option is read with its own form (RFC 2132, 3397, 3442), and one that is malformed is left out.
 */
import { formatAddress, prefixOf } from "../core/address.js";
import { readOptions } from "./options.js";

/** A route to be set: RFC 3442, or a router of option 3. */
export interface Route {
  /** Network address as a number; with `prefixLength` 0 the default route. */
  readonly destination: number;
  readonly prefixLength: number;
  /** Router as a number; 0: the destination is on the link itself. */
  readonly router: number;
}

/** Parameters of one DHCPACK. Lists keep the server's order. */
export interface Parameters {
  /** Prefix length by option 1, or undefined. */
  readonly prefixLength: number | undefined;
  /** Option 121 where present, else a default route by the first router of option 3 (RFC 3442: 121 replaces 3). */
  readonly routes: readonly Route[];
  readonly domainNameServers: readonly number[];
  /** Host names that are safe to hand to a resolver: letters, digits, hyphens, underscores, dots. */
  readonly domainName: string | undefined;
  readonly domainSearch: readonly string[];
  readonly hostName: string | undefined;
  readonly networkTimeServers: readonly number[];
  /** Interface MTU in bytes (option 26). */
  readonly interfaceMtu: number | undefined;
  /** Every option as it came, by code. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** Reads the parameters out of a DHCPACK as received. */
export function readParameters(acknowledgement: Uint8Array): Parameters {
  const options = readOptions(acknowledgement);
  const classless = options.get(OptionCode.CLASSLESS_STATIC_ROUTE);
  return {
    prefixLength: readPrefixLength(options.get(OptionCode.SUBNET_MASK)),
    routes: (classless && readClasslessRoutes(classless)) ?? defaultRoute(options.get(OptionCode.ROUTER)),
    domainNameServers: addressList(options.get(OptionCode.DOMAIN_NAME_SERVER)),
    domainName: safeName(options.get(OptionCode.DOMAIN_NAME)),
    domainSearch: readSearchList(options.get(OptionCode.DOMAIN_SEARCH)),
    hostName: safeName(options.get(OptionCode.HOST_NAME)),
    networkTimeServers: addressList(options.get(OptionCode.NTP_SERVERS)),
    interfaceMtu: readMtu(options.get(OptionCode.INTERFACE_MTU)),
    options,
  };
}

/** Options that the client host itself understands. */
export const OptionCode = {
  SUBNET_MASK: 1,
  ROUTER: 3,
  DOMAIN_NAME_SERVER: 6,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  INTERFACE_MTU: 26,
  NTP_SERVERS: 42,
  DOMAIN_SEARCH: 119,
  CLASSLESS_STATIC_ROUTE: 121,
} as const;

/** Text form of a route: "192.0.2.0/24 via 192.0.2.1". */
export function formatRoute(route: Route): string {
  const to = route.prefixLength === 0 ? "default" : `${formatAddress(route.destination)}/${route.prefixLength}`;
  return route.router === 0 ? `${to} on the link` : `${to} via ${formatAddress(route.router)}`;
}

/** Addresses of an option that is a list of them; 0.0.0.0 is padding of some routers and left out. */
function addressList(value: Uint8Array | undefined): number[] {
  if (value === undefined || value.length % 4 !== 0) return [];
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const addresses: number[] = [];
  for (let at = 0; at < value.length; at += 4) addresses.push(view.getUint32(at, false));
  return addresses.filter((address) => address !== 0);
}

/** The prefix length of a mask: of one of four bytes, as the core reads it, whose ones come first. */
function readPrefixLength(value: Uint8Array | undefined): number | undefined {
  const [mask] = addressList(value);
  return mask === undefined || value?.length !== 4 ? undefined : prefixOf(mask);
}

function defaultRoute(routers: Uint8Array | undefined): Route[] {
  const router = addressList(routers)[0];
  return router === undefined ? [] : [{ destination: 0, prefixLength: 0, router }];
}

/** RFC 3442: width, significant octets of the destination, router; undefined when malformed. */
function readClasslessRoutes(value: Uint8Array): Route[] | undefined {
  const routes: Route[] = [];
  let at = 0;
  while (at < value.length) {
    const prefixLength = value[at]!;
    const significant = Math.ceil(prefixLength / 8);
    const routerAt = at + 1 + significant;
    if (prefixLength > 32 || routerAt + 4 > value.length) return undefined;
    const padded = new DataView(new ArrayBuffer(4));
    new Uint8Array(padded.buffer).set(value.subarray(at + 1, routerAt));
    const mask = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
    const router = new DataView(value.buffer, value.byteOffset).getUint32(routerAt, false);
    routes.push({ destination: (padded.getUint32(0, false) & mask) >>> 0, prefixLength, router });
    at = routerAt + 4;
  }
  return routes.length > 0 ? routes : undefined;
}

function readMtu(value: Uint8Array | undefined): number | undefined {
  return value?.length === 2 ? (value[0]! << 8) | value[1]! : undefined;
}

const NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/;
const LONGEST_NAME = 253;

/** A name that can be given to a resolver or a hook without quoting; anything else is treated as absent. */
function safeName(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = Buffer.from(value).toString("latin1").replace(/\0+$/, "");
  return text.length <= LONGEST_NAME && NAME.test(text) ? text : undefined;
}

/**
 * RFC 3397: names with compression pointers, which must point backwards (RFC 1035 §4.1.4), so that reading ends. A malformed
 * list is read up to its first fault.
 */
function readSearchList(value: Uint8Array | undefined): string[] {
  const names: string[] = [];
  let at = 0;
  while (value !== undefined && at < value.length) {
    const read = readName(value, at);
    if (read === undefined) break;
    if (read.name.length <= LONGEST_NAME && NAME.test(read.name)) names.push(read.name);
    at = read.next;
  }
  return names;
}

function readName(value: Uint8Array, start: number): { name: string; next: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let limit = start;
  let next: number | undefined;
  for (;;) {
    const length = value[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join("."), next: next ?? at + 1 };
    if (length >= 0xc0) {
      const target = value[at + 1] === undefined ? limit : ((length & 0x3f) << 8) | value[at + 1]!;
      if (target >= limit) return undefined;
      next ??= at + 2;
      at = target;
      limit = target;
    } else {
      if (length > 63 || at + 1 + length > value.length) return undefined;
      labels.push(Buffer.from(value.subarray(at + 1, at + 1 + length)).toString("latin1"));
      at += 1 + length;
    }
    if (labels.length > 127) return undefined;
  }
}

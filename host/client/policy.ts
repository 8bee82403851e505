/**
 * What a server may impose on this machine. A DHCP server is whoever answers first: it may name routers and resolvers, since that is
 * what it is asked for, but by default it may not draw away traffic that a more careful configuration has placed elsewhere
 * (a tunnel: "TunnelVision", CVE-2024-3661), nor make the link useless. What is refused is said, never dropped in silence.
 */
import { type Parameters, type Route, formatRoute } from "./parameters.js";

/** What the user allows beyond the defaults. */
export interface Policy {
  /** Accept routes of option 121 wider than /8 (other than the default route). */
  readonly wideRoutes: boolean;
}

/** What may be applied, and a sentence for each thing that may not. */
export interface Permitted {
  readonly routes: readonly Route[];
  readonly interfaceMtu: number | undefined;
  readonly refusals: readonly string[];
}

/** Narrowest route that may be taken without leave: the largest network ever allocated as one. */
const WIDEST_PREFIX = 8;
/** RFC 791: every host takes datagrams of 576 bytes; below that DHCP itself would not pass. */
const SMALLEST_MTU = 576;

/**
 * Sorts parameters into what may be applied and what may not.
 * @param linkMtu the interface's MTU without DHCP, which option 26 may lower but not raise
 */
export function permit(parameters: Parameters, policy: Policy, linkMtu: number): Permitted {
  const refusals: string[] = [];
  const routes = parameters.routes.filter((route) => {
    const fault = routeFault(route, policy);
    if (fault !== null) refusals.push(`route ${formatRoute(route)} refused: ${fault}`);
    return fault === null;
  });
  let interfaceMtu = parameters.interfaceMtu;
  if (interfaceMtu !== undefined && (interfaceMtu < SMALLEST_MTU || interfaceMtu > linkMtu)) {
    refusals.push(`MTU ${interfaceMtu} refused: outside ${SMALLEST_MTU} to ${linkMtu}, the link's own`);
    interfaceMtu = undefined;
  }
  return { routes, interfaceMtu, refusals };
}

function routeFault(route: Route, policy: Policy): string | null {
  if (route.router !== 0 && !isUnicast(route.router)) return "the router is no unicast address";
  if (route.prefixLength === 0) return null;
  if (route.destination >>> 24 === 127) return "loopback is never routed";
  if (route.prefixLength < WIDEST_PREFIX && !policy.wideRoutes) {
    return `wider than /${WIDEST_PREFIX} (allow with --wide-routes)`;
  }
  return null;
}

function isUnicast(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

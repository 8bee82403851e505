/**
 * Puts a lease onto an interface and takes it away again, through iproute2: address with the lease's own lifetime (so that
 * the kernel withdraws it even when this process is gone), MTU, and routes. Only what was put there is taken away.
 */
import { execFile } from "node:child_process";
import { formatAddress } from "../core/address.js";
import { UserError } from "../user-error.js";
import type { Route } from "./parameters.js";

/** What is to be on the interface. */
export interface LinkSettings {
  readonly address: number;
  readonly prefixLength: number;
  /** Seconds until the lease ends; Infinity: never. */
  readonly lifetimeSeconds: number;
  readonly routes: readonly Route[];
  readonly mtu: number | undefined;
}

/** `proto dhcp` in the kernel's route tables, so that others know whose routes these are. */
const ROUTE_ORIGIN = "dhcp";

/** One interface, and what was put onto it. */
export class Link {
  readonly #name: string;
  readonly #metric: number | undefined;
  readonly #ownMtu: number;
  #present: LinkSettings | null = null;

  /** @param ownMtu the interface's MTU without DHCP @param metric of the routes, or undefined for the kernel's default */
  constructor(name: string, ownMtu: number, metric: number | undefined) {
    this.#name = name;
    this.#ownMtu = ownMtu;
    this.#metric = metric;
  }

  /** Brings the interface up. */
  async up(): Promise<void> {
    await ip(["link", "set", "dev", this.#name, "up"]);
  }

  /** Makes the interface as `wanted` says; what was put there before and is not wanted any more goes. */
  async apply(wanted: LinkSettings): Promise<void> {
    const present = this.#present;
    if (present !== null && present.address !== wanted.address) await this.withdraw();
    const kept = this.#present;
    this.#present = wanted;
    await this.#setMtu(wanted.mtu ?? this.#ownMtu);
    await ip(["address", "replace", ...this.#addressArguments(wanted), ...lifetimes(wanted.lifetimeSeconds)]);
    for (const route of kept?.routes ?? []) {
      if (!wanted.routes.some((other) => sameRoute(route, other))) await this.#removeRoute(route);
    }
    for (const route of onLinkFirst(wanted.routes)) await ip(["route", "replace", ...this.#routeArguments(route)]);
  }

  /** Takes away what `apply` put there. What is gone already (the interface itself, perhaps) is no error. */
  async withdraw(): Promise<void> {
    const present = this.#present;
    if (present === null) return;
    this.#present = null;
    for (const route of [...onLinkFirst(present.routes)].reverse()) await this.#removeRoute(route);
    await ip(["address", "delete", ...this.#addressArguments(present)], GONE);
    if (present.mtu !== undefined) await this.#setMtu(this.#ownMtu);
  }

  async #setMtu(mtu: number): Promise<void> {
    await ip(["link", "set", "dev", this.#name, "mtu", String(mtu)], GONE);
  }

  async #removeRoute(route: Route): Promise<void> {
    await ip(["route", "delete", ...this.#routeArguments(route)], GONE);
  }

  #addressArguments(settings: LinkSettings): string[] {
    return [`${formatAddress(settings.address)}/${settings.prefixLength}`, "dev", this.#name];
  }

  #routeArguments(route: Route): string[] {
    const words = [`${formatAddress(route.destination)}/${route.prefixLength}`];
    // A router outside the prefix (a /32 lease, RFC 3442) is reached on the link all the same.
    if (route.router !== 0) words.push("via", formatAddress(route.router), "onlink");
    words.push("dev", this.#name, "proto", ROUTE_ORIGIN);
    if (this.#metric !== undefined) words.push("metric", String(this.#metric));
    return words;
  }
}

/** Failures that mean "it is not there any more". */
const GONE = /Cannot find device|No such process|Cannot assign requested address|No such device|not found|ESRCH|ENODEV/;

/** Runs iproute2's `ip`; a failure that matches `expected` is an ordinary outcome. */
async function ip(words: readonly string[], expected?: RegExp): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile("ip", ["-4", ...words], { timeout: 10_000 }, (error, _output, complaint) => {
      if (error === null || expected?.test(complaint)) return resolve();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return reject(new UserError("the program `ip` is missing", "Install iproute2: it sets addresses and routes."));
      }
      const reason = complaint.trim().split("\n")[0] || error.message;
      reject(new UserError(`ip ${words.join(" ")}: ${reason}`, "Changing an interface needs CAP_NET_ADMIN."));
    });
  });
}

function lifetimes(seconds: number): string[] {
  const lifetime = seconds === Number.POSITIVE_INFINITY ? "forever" : String(Math.max(1, Math.ceil(seconds)));
  return ["valid_lft", lifetime, "preferred_lft", lifetime];
}

function sameRoute(one: Route, other: Route): boolean {
  return (
    one.destination === other.destination && one.prefixLength === other.prefixLength && one.router === other.router
  );
}

function onLinkFirst(routes: readonly Route[]): Route[] {
  return [...routes].sort((one, other) => Number(one.router !== 0) - Number(other.router !== 0));
}

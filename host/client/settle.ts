/**
 * Applies what the core reports: to the interface, to the resolver, to the memory on disk, and to the user's hook, in that
 * order when a lease comes, and the other way round when it goes.
 */
import { LeaseChange } from "#layout";
import { formatAddress, prefixOf } from "../core/address.js";
import { reasonOf } from "../reasons.js";
import type { LeaseReport } from "./reports.js";
import type { Hook } from "./hook.js";
import type { Link } from "./link.js";
import type { LeaseMemory } from "./memory.js";
import { type Parameters, formatRoute, readParameters } from "./parameters.js";
import { type Policy, permit } from "./policy.js";
import type { Resolver } from "./resolver.js";

/** Where a lease is applied. What is null is left alone. */
export interface Surroundings {
  readonly interfaceName: string;
  readonly link: Link | null;
  readonly resolver: Resolver | null;
  readonly memory: LeaseMemory;
  readonly hook: Hook | null;
  readonly policy: Policy;
  /** The interface's MTU without DHCP. */
  readonly linkMtu: number;
  /** Told in sentences what is done and what is refused. */
  readonly say: (sentence: string) => void;
}

/** What became of a report. */
export interface Settled {
  readonly event: string;
  readonly parameters: Parameters | null;
}

const EVENTS: Readonly<Record<LeaseChange, string>> = {
  [LeaseChange.NONE]: "none",
  [LeaseChange.ACQUIRED]: "acquired",
  [LeaseChange.EXTENDED]: "extended",
  [LeaseChange.RESUMED]: "resumed",
  [LeaseChange.EXPIRED]: "expired",
  [LeaseChange.REFUSED]: "refused",
  [LeaseChange.CONFLICT]: "conflict",
  [LeaseChange.RELEASED]: "released",
  [LeaseChange.STOPPED]: "stopped",
  [LeaseChange.INFORMED]: "informed",
  [LeaseChange.UNANSWERED]: "unanswered",
};

/** Applies reports, one after the other. */
export class Settler {
  readonly #around: Surroundings;
  #acknowledgement: Uint8Array;

  /** @param acknowledgement the DHCPACK of the remembered lease, or empty: what a resumed lease is applied from */
  constructor(around: Surroundings, acknowledgement: Uint8Array) {
    this.#around = around;
    this.#acknowledgement = acknowledgement;
  }

  /** Applies one report. Rejects with a `UserError` when the system refuses. */
  async settle(report: LeaseReport): Promise<Settled> {
    if (report.acknowledgement.length > 0) this.#acknowledgement = report.acknowledgement;
    const parameters = this.#acknowledgement.length > 0 ? readParameters(this.#acknowledgement) : null;
    const event = EVENTS[report.change];
    if (report.change === LeaseChange.INFORMED) {
      await this.#runHook(report, event, parameters);
      return { event, parameters };
    }
    if (report.address !== 0) await this.#bring(report, parameters);
    else await this.#take(report);
    await this.#remember(report);
    await this.#runHook(report, event, report.address !== 0 ? parameters : null);
    return { event, parameters };
  }

  /** Leaves the interface as it was found. */
  async withdraw(): Promise<void> {
    const { resolver } = this.#around;
    if (resolver !== null)
      await this.#try("the resolver's former settings can't be put back", () => resolver.withdraw());
    await this.#around.link?.withdraw();
  }

  async #bring(report: LeaseReport, parameters: Parameters | null): Promise<void> {
    const { link, resolver, linkMtu, policy, say } = this.#around;
    const permitted = parameters === null ? null : permit(parameters, policy, linkMtu);
    for (const refusal of permitted?.refusals ?? []) say(refusal);
    const prefixLength = prefixOf(report.subnetMask || classfulMask(report.address)) ?? 32;
    const settings = {
      address: report.address,
      prefixLength,
      lifetimeSeconds: report.remainingMilliseconds / 1000,
      routes: permitted?.routes ?? [],
      mtu: permitted?.interfaceMtu,
    };
    if (link === null) return;
    await link.apply(settings);
    if (parameters !== null && resolver !== null)
      await this.#try("the resolver can't be told of the name servers (--resolver none leaves it alone)", () =>
        resolver.apply(parameters),
      );
    const routes = settings.routes.map(formatRoute).join(", ");
    say(`${formatAddress(report.address)}/${prefixLength} is set${routes === "" ? "" : `, with ${routes}`}`);
  }

  async #take(report: LeaseReport): Promise<void> {
    await this.withdraw();
    if (report.change !== LeaseChange.STOPPED) this.#acknowledgement = new Uint8Array(0);
    if (report.change === LeaseChange.CONFLICT) {
      this.#around.say(`${formatAddress(report.conflictAddress)} is used by another machine; it was declined`);
    }
  }

  async #remember(report: LeaseReport): Promise<void> {
    if (report.record.length === 0) return;
    // What was given up, refused or has ended is not asked for again; what was merely stopped is.
    if (report.address === 0 && report.change !== LeaseChange.STOPPED) {
      return this.#try("the lease that is over can't be forgotten", () => this.#around.memory.forget());
    }
    await this.#try("the lease can't be remembered for the next start", () =>
      this.#around.memory.remember({ record: report.record, acknowledgement: this.#acknowledgement }),
    );
  }

  /** Does what the lease can do without: a failure is told, and the client goes on. */
  async #try(failure: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#around.say(`${failure}: ${reasonOf(error)}`);
    }
  }

  async #runHook(report: LeaseReport, event: string, parameters: Parameters | null): Promise<void> {
    const { hook, interfaceName, say } = this.#around;
    if (hook === null) return;
    const { address, serverIdentifier, leaseSeconds } = report;
    const fault = await hook.run({ event, interfaceName, address, serverIdentifier, leaseSeconds, parameters });
    if (fault !== null) say(fault);
  }
}

/** The mask that RFC 2131's time implied where a server names none (RFC 950): by the class of the address. */
function classfulMask(address: number): number {
  const first = address >>> 24;
  if (first < 128) return 0xff000000;
  return first < 192 ? 0xffff0000 : 0xffffff00;
}

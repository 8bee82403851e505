/**
 * One client of the demonstration: climbs the ladder, renews, and, if it is the one that does, gives its lease back after a while
 * and comes again. It prints each rung.
 */
import { ClientCommand, ClientVerdict, LeaseChange, MessageType, nameOfLeaseChange, nameOfMessageType } from "#layout";
import { ClientHost } from "../client/client.js";
import type { LeaseReport, MessageReport } from "../client/reports.js";
import { encodeConfiguration } from "../client/configuration.js";
import type { Clock } from "../clock.js";
import { formatAddress, parseAddress, prefixOf } from "../core/address.js";
import { CLIENT_DEFAULTS, ClientCore } from "../core/client.js";
import type { LoopbackTransport } from "../net/loopback.js";

const HOST_NAME = 12;

const BROADCAST = 0xffffffff;

/** Verdicts on messages that were meant for another client. */
const OTHERS: ReadonlySet<number> = new Set([
  ClientVerdict.OTHER_TRANSACTION,
  ClientVerdict.OTHER_HARDWARE_ADDRESS,
  ClientVerdict.NOT_EXPECTED,
]);

/** Renewals before the lease is given back, by the client that does so. */
const RENEWALS_BEFORE_RELEASE = 2;

/** How long it stays away then, in milliseconds. */
const ABSENCE = 5000;

/** A line of the ladder. */
export interface Rung {
  readonly client: string;
  /** An arrow for a message, nothing for what the client makes of it. */
  readonly sign: string;
  readonly text: string;
}

/** What a client is made of. */
export interface DemoClientParts {
  readonly name: string;
  readonly module: WebAssembly.Module;
  readonly transport: LoopbackTransport;
  readonly clock: Clock;
  readonly print: (rung: Rung) => void;
  /** Called when it has its first lease. */
  readonly onBound: () => void;
  /** How long to wait before starting. */
  readonly delayMilliseconds: number;
  readonly preferredAddress: string | undefined;
  /** Whether it gives its lease back now and then. */
  readonly releases: boolean;
}

/** A running client. */
export class DemoClient {
  readonly #parts: DemoClientParts;
  readonly #host: ClientHost;
  #timer: NodeJS.Timeout;
  #renewals = 0;
  #everBound = false;
  #stopping = false;

  constructor(parts: DemoClientParts) {
    this.#parts = parts;
    const { transport, clock } = parts;
    this.#host = new ClientHost({
      core: prepareCore(parts),
      transport,
      clock,
      onMessage: (message) => this.#showMessage(message),
      onChange: async (report) => this.#changed(report),
    });
    this.#timer = setTimeout(() => this.#host.start(ClientCommand.START), parts.delayMilliseconds);
  }

  /** Gives the lease back and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#host.halt(true);
    await this.#host.close();
  }

  /** Prints a message; not those for other clients, which everybody hears on a hub. */
  #showMessage({ direction, messageType, verdict, address }: MessageReport): void {
    const type = nameOfMessageType(messageType);
    if (type === undefined || OTHERS.has(verdict)) return;
    const { preferredAddress, name, print } = this.#parts;
    if (direction === "received") {
      print({ client: name, sign: "◀──", text: type });
      return;
    }
    const wish = messageType === MessageType.DHCPDISCOVER && preferredAddress ? `, asking for ${preferredAddress}` : "";
    const whom = address === BROADCAST ? "all servers" : formatAddress(address);
    print({ client: name, sign: "──▶", text: `${type} to ${whom}${wish}` });
  }

  #changed(report: LeaseReport): void {
    const { transport, name, print } = this.#parts;
    print({ client: name, sign: "", text: describe(report) });
    transport.setAddress(report.address, report.address === 0 ? 0 : (prefixOf(report.subnetMask) ?? 24));
    if (report.change === LeaseChange.ACQUIRED) this.#acquired();
    if (report.change === LeaseChange.EXTENDED) this.#extended();
    if (report.change === LeaseChange.RELEASED) this.#comeAgain();
  }

  #acquired(): void {
    this.#renewals = 0;
    if (!this.#everBound) this.#parts.onBound();
    this.#everBound = true;
  }

  #extended(): void {
    this.#renewals++;
    if (!this.#parts.releases || this.#renewals < RENEWALS_BEFORE_RELEASE) return;
    setImmediate(() => this.#host.command(ClientCommand.RELEASE));
  }

  #comeAgain(): void {
    if (this.#stopping) return;
    this.#timer = setTimeout(() => this.#host.command(ClientCommand.START), ABSENCE);
  }
}

function describe({ change, address, leaseSeconds }: LeaseReport): string {
  const lease = `${formatAddress(address)} for ${leaseSeconds} s`;
  switch (change) {
    case LeaseChange.ACQUIRED:
      return `BOUND to ${lease}`;
    case LeaseChange.EXTENDED:
      return `RENEWED ${lease}`;
    default:
      return nameOfLeaseChange(change) ?? String(change);
  }
}

/** A configured client core that remembers no lease. */
function prepareCore({ name, module, clock, preferredAddress }: DemoClientParts): ClientCore {
  const core = new ClientCore(module, CLIENT_DEFAULTS);
  const fault = core.configure(
    encodeConfiguration({
      flags: 0,
      requestedAddress: preferredAddress === undefined ? undefined : parseAddress(preferredAddress),
      offerWindowMilliseconds: 200,
      initialDelayMilliseconds: 300,
      options: new Map([[HOST_NAME, Buffer.from(name)]]),
    }),
  );
  if (fault !== 0) throw new Error(`the demonstration's client is refused (${fault})`);
  core.restoreSlice(new Uint8Array(0), Math.floor(clock.wall() / 1000), clock.now());
  return core;
}

/**
 * What `leasehold lease` prints: sentences and JSON lines about changes on standard output, the ladder and refusals on standard
 * error. Everything that a server chose is escaped.
 */
import { nameOfClientState, nameOfClientVerdict, nameOfMessageType, nameOfVerdict } from "#layout";
import type { LeaseReport, MessageReport } from "../client/reports.js";
import { formatRoute, type Parameters } from "../client/parameters.js";
import type { Settled } from "../client/settle.js";
import { formatAddress } from "../core/address.js";
import { escapeText } from "../escape.js";

/** Prints in the way the command line asked for. */
export class LeasePrinter {
  readonly #interfaceName: string;
  readonly #json: boolean;
  readonly #ladder: boolean;

  constructor(options: { readonly interfaceName: string; readonly json: boolean; readonly ladder: boolean }) {
    this.#interfaceName = options.interfaceName;
    this.#json = options.json;
    this.#ladder = options.ladder;
  }

  /** A remark for the person who runs this. */
  say(sentence: string): void {
    process.stderr.write(`${this.#interfaceName}: ${escapeText(sentence)}\n`);
  }

  /** One rung of the ladder. */
  message(report: MessageReport): void {
    if (!this.#ladder || report.messageType === 0) return;
    const type = nameOfMessageType(report.messageType) ?? `type ${report.messageType}`;
    const other = formatAddress(report.address);
    if (report.direction === "sent") {
      process.stderr.write(`${this.#interfaceName}: ${type} ──▶ ${other}\n`);
      return;
    }
    const verdict = nameOfClientVerdict(report.verdict) ?? nameOfVerdict(report.verdict) ?? report.verdict;
    process.stderr.write(`${this.#interfaceName}: ${type} ◀── ${other}  ${verdict}\n`);
  }

  /** A change of the lease. */
  change(report: LeaseReport, settled: Settled): void {
    if (this.#json) {
      process.stdout.write(`${JSON.stringify(asJson(this.#interfaceName, report, settled))}\n`);
      return;
    }
    const words = [`${this.#interfaceName}: ${settled.event}`];
    if (report.address !== 0) {
      words.push(formatAddress(report.address), `from ${formatAddress(report.serverIdentifier)}`);
      words.push(report.leaseSeconds === 0xffffffff ? "for ever" : `for ${report.leaseSeconds} s`);
    }
    process.stdout.write(`${words.join(" ")}\n`);
  }
}

function asJson(interfaceName: string, report: LeaseReport, { event, parameters }: Settled) {
  return {
    interface: interfaceName,
    event,
    state: nameOfClientState(report.state),
    address: addressOrNull(report.address),
    serverIdentifier: addressOrNull(report.serverIdentifier),
    leaseSeconds: report.leaseSeconds,
    conflictAddress: addressOrNull(report.conflictAddress),
    parameters: parameters === null ? null : parametersAsJson(parameters),
  };
}

function parametersAsJson(parameters: Parameters) {
  return {
    prefixLength: parameters.prefixLength ?? null,
    routes: parameters.routes.map(formatRoute),
    domainNameServers: parameters.domainNameServers.map(formatAddress),
    domainName: parameters.domainName ?? null,
    domainSearch: parameters.domainSearch,
    hostName: parameters.hostName ?? null,
    networkTimeServers: parameters.networkTimeServers.map(formatAddress),
    interfaceMtu: parameters.interfaceMtu ?? null,
    options: Object.fromEntries(
      [...parameters.options].map(([code, value]) => [code, Buffer.from(value).toString("hex")]),
    ),
  };
}

function addressOrNull(address: number): string | null {
  return address === 0 ? null : formatAddress(address);
}

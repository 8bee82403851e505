/**
 * One judged datagram, read out of the core's slot, for logs and ladders: who asked, what was answered, and why.
 *
 * The verdict and the scope come from the core; what the client put into its message is read only as far as it names the client.
 */
import {
  CHADDR_AT,
  FRAME_HEADERS_SIZE,
  GIADDR_AT,
  HLEN_AT,
  HTYPE_AT,
  InputKind,
  nameOfMessageType,
  Scope,
  ServerVerdict,
  TransmitKind,
  YIADDR_AT,
} from "#layout";
import type { ScopeNames } from "../config/compile.js";
import { formatSeconds } from "../config/values.js";
import { formatAddress, formatHardware } from "../core/address.js";
import type { Core } from "../core/core.js";
import { explainServerVerdict } from "../core/verdicts/server.js";
import type { LogFields } from "./log.js";

/** What is known of a judged message. */
export interface Judged {
  readonly interfaceName: string;
  /** "DHCPDISCOVER"; "message" when it has no type. */
  readonly type: string;
  /** The type of the answer, or null for silence. */
  readonly answer: string | null;
  readonly verdict: number;
  readonly verdictName: string;
  /** "02:00:00:00:00:01", or "" where the message is too short to have one. */
  readonly hardwareAddress: string;
  /** The relay's address, or "". */
  readonly relay: string;
  /** The address that the verdict speaks of, or "". */
  readonly address: string;
  readonly leaseSeconds: number;
  readonly xid: number;
  /** What decided: "pool 192.0.2.10-192.0.2.99", or "". */
  readonly scope: string;
}

/** "DHCPOFFER" for 2; null for 0; "type 77" for what RFC 2132 does not name. */
function messageName(type: number): string | null {
  if (type === 0) return null;
  const name = nameOfMessageType(type);
  return name ?? `type ${type}`;
}

const scopeKinds: Record<number, readonly [word: string, list: keyof ScopeNames]> = {
  [Scope.NETWORK]: ["network", "networks"],
  [Scope.SUBNET]: ["subnet", "subnets"],
  [Scope.POOL]: ["pool", "pools"],
  [Scope.RESERVATION]: ["reservation of", "reservations"],
};

function scopeName(scope: number, index: number, names: ScopeNames): string {
  const kind = scopeKinds[scope];
  const name = kind && names[kind[1]][index];
  return kind && name !== undefined ? `${kind[0]} ${name}` : "";
}

/** Reads slot `index`. */
export function readJudged(core: Core, index: number, interfaceName: string, names: ScopeNames): Judged {
  const slot = core.slot(index);
  const message = slot.kind === InputKind.DATAGRAM ? core.payloadAddress(index) : null;
  const hasClient = message !== null && slot.length >= CHADDR_AT + 16;
  const relay = hasClient ? core.view.getUint32(message + GIADDR_AT, false) : 0;
  return {
    interfaceName,
    type: messageName(slot.messageType) ?? "message",
    answer: messageName(slot.answerType),
    verdict: slot.verdict,
    verdictName: explainServerVerdict(slot.verdict).name,
    hardwareAddress: hasClient ? hardwareAt(core, message) : "",
    relay: relay === 0 ? "" : formatAddress(relay),
    address: slot.address === 0 ? "" : formatAddress(slot.address),
    leaseSeconds: slot.leaseSeconds,
    xid: slot.xid,
    scope: scopeName(slot.scope, slot.scopeIndex, names),
  };
}

/** A DHCPOFFER after a probe, for the ladder and the log: entry `offset` of the ready ring. */
export function offeredLine(core: Core, offset: number): string {
  const { kind, payload, messageType } = core.ready.at(offset);
  const message = kind === TransmitKind.FRAME ? payload + FRAME_HEADERS_SIZE : payload;
  const address = formatAddress(core.view.getUint32(message + YIADDR_AT, false));
  return `${hardwareAt(core, message)}  (probed)     ──▶  ◀── ${messageName(messageType)} ${address}`;
}

function hardwareAt(core: Core, message: number): string {
  const length = Math.min(core.bytes[message + HLEN_AT]!, 16);
  const type = core.bytes[message + HTYPE_AT]!;
  const at = message + CHADDR_AT;
  return `${type === 1 ? "" : `${type}/`}${formatHardware(core.bytes.subarray(at, at + length))}`;
}

/** A judged message as a sentence: what came, what was answered, the verdict, what decided. */
export function sentenceOf(judged: Judged): string {
  const { type, hardwareAddress, interfaceName, relay, address, leaseSeconds, scope } = judged;
  const from = `${type} from ${hardwareAddress || "nobody"} on ${interfaceName}${relay && ` by the relay ${relay}`}`;
  const lease = leaseSeconds > 0 ? ` for ${formatSeconds(leaseSeconds)}` : "";
  const what =
    judged.answer === null ? `no answer${address && ` (about ${address})`}` : `${judged.answer} ${address}${lease}`;
  const why = judged.answer === null ? `: ${explainServerVerdict(judged.verdict).sentence}` : "";
  return `${from}: ${what.trimEnd()}, ${judged.verdictName}${scope && `, ${scope}`}${why}`;
}

/** A judged message for programs. */
export function fieldsOf(judged: Judged): LogFields {
  return {
    interface: judged.interfaceName,
    type: judged.type,
    answer: judged.answer,
    verdict: judged.verdict,
    verdictName: judged.verdictName,
    hardwareAddress: judged.hardwareAddress,
    relay: judged.relay || null,
    address: judged.address || null,
    leaseSeconds: judged.leaseSeconds || null,
    xid: judged.xid,
    scope: judged.scope || null,
  };
}

/** One rung of a live ladder: what the client said, and what it heard. Null for what is not on the ladder. */
export function rungOf(judged: Judged): string | null {
  const { type, answer, hardwareAddress, address, verdictName } = judged;
  if (type === "message" || hardwareAddress === "") return null;
  const up = `${hardwareAddress}  ${type.padEnd(12)} ──▶`;
  if (judged.verdict === ServerVerdict.PROBE_STARTED) return `${up}  (probes ${address}, then offers it)`;
  if (answer === null) return `${up}  (silence: ${verdictName})`;
  const lease = judged.leaseSeconds > 0 ? ` for ${formatSeconds(judged.leaseSeconds)}` : "";
  return `${up}  ◀── ${answer} ${address}${lease}`.trimEnd();
}

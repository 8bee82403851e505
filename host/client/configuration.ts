/**
 * Makes the client core's configuration record (`assembly/client/configuration.ts`) of what a user asked for.
 */
import {
  CLIENT_CONFIGURATION_MAGIC,
  CLIENT_CONFIGURATION_VERSION,
  ClientConfiguration,
  ClientConfigurationLayout,
} from "#layout";

/** What a client is to ask for and how. Addresses are numbers; everything may be left out. */
export interface ClientSettings {
  /** Sum of `ClientFlag`s. */
  readonly flags: number;
  readonly requestedAddress?: number | undefined;
  /** Lease time to ask for, in seconds; 4294967295: infinite. */
  readonly requestedLeaseSeconds?: number | undefined;
  readonly preferredServer?: number | undefined;
  readonly allowedServers?: readonly number[] | undefined;
  readonly deniedServers?: readonly number[] | undefined;
  /** How long offers are collected after the first, in milliseconds. */
  readonly offerWindowMilliseconds?: number | undefined;
  /** Longest random delay before the first message, in milliseconds; its least is a tenth of it. */
  readonly initialDelayMilliseconds?: number | undefined;
  /** Delay before the first retransmission, in milliseconds. */
  readonly firstRetransmissionMilliseconds?: number | undefined;
  /** Client identifier (option 61), its type byte included; 2–255 bytes, or none. */
  readonly clientIdentifier?: Uint8Array | undefined;
  /** Options added to DHCPDISCOVER, DHCPREQUEST and DHCPINFORM, by code. */
  readonly options?: ReadonlyMap<number, Uint8Array> | undefined;
  readonly serverPort?: number | undefined;
  readonly clientPort?: number | undefined;
}

/** Parameters asked for by default (option 55): those that a host can apply or hand to a hook, in order of weight. */
export const DEFAULT_PARAMETER_REQUESTS: readonly number[] = [1, 121, 3, 6, 15, 12, 26, 28, 42, 51, 54, 58, 59, 119];

const OPTION_PARAMETER_REQUEST_LIST = 55;

/** The record with its lists, as `configure` takes it. */
export function encodeConfiguration(settings: ClientSettings): Uint8Array {
  const allowed = settings.allowedServers ?? [];
  const denied = settings.deniedServers ?? [];
  const identifier = settings.clientIdentifier ?? new Uint8Array(0);
  const options = encodeOptions(withParameterRequests(settings.options));
  const listsAt = ClientConfigurationLayout.byteSize;
  const identifierAt = listsAt + 4 * (allowed.length + denied.length);
  const size = identifierAt + identifier.length + options.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);

  const record = new ClientConfiguration(view, 0);
  record.magic = CLIENT_CONFIGURATION_MAGIC;
  record.version = CLIENT_CONFIGURATION_VERSION;
  record.size = size;
  record.flags = settings.flags;
  record.requestedAddress = settings.requestedAddress ?? 0;
  record.requestedLeaseSeconds = settings.requestedLeaseSeconds ?? 0;
  record.preferredServer = settings.preferredServer ?? 0;
  record.offerWindowMilliseconds = settings.offerWindowMilliseconds ?? 0;
  const delay = settings.initialDelayMilliseconds ?? 10_000;
  record.initialDelayMinimumMilliseconds = Math.floor(delay / 10);
  record.initialDelayMaximumMilliseconds = delay;
  const first = settings.firstRetransmissionMilliseconds ?? 4000;
  record.firstRetransmissionMilliseconds = first;
  record.longestRetransmissionMilliseconds = 16 * first;
  record.requestTries = 4;
  record.rebootTries = 4;
  record.informTries = 4;
  record.allowCount = allowed.length;
  record.denyCount = denied.length;
  record.identifierLength = identifier.length;
  record.optionsLength = options.length;
  record.serverPort = settings.serverPort ?? 0;
  record.clientPort = settings.clientPort ?? 0;

  for (const [index, server] of [...allowed, ...denied].entries()) view.setUint32(listsAt + 4 * index, server, true);
  bytes.set(identifier, identifierAt);
  bytes.set(options, identifierAt + identifier.length);
  return bytes;
}

function withParameterRequests(options: ClientSettings["options"]): ReadonlyMap<number, Uint8Array> {
  if (options?.has(OPTION_PARAMETER_REQUEST_LIST)) return options;
  return new Map([[OPTION_PARAMETER_REQUEST_LIST, Uint8Array.from(DEFAULT_PARAMETER_REQUESTS)], ...(options ?? [])]);
}

function encodeOptions(options: ReadonlyMap<number, Uint8Array>): Uint8Array {
  return Buffer.concat([...options].map(([code, value]) => Buffer.concat([Uint8Array.of(code, value.length), value])));
}

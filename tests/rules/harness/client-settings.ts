// A client's settings as tests write them, and the record that `configure` takes, encoded independently of the host's.

import {
  CLIENT_CONFIGURATION_MAGIC,
  CLIENT_CONFIGURATION_VERSION,
  ClientConfiguration,
  ClientConfigurationLayout,
} from "#layout";
import { address, Code, encodeOptions, hex, type OptionValue } from "./messages.js";

/** A client's settings, as tests write them. */
export interface Settings {
  flags: number;
  requestedAddress: string;
  requestedLeaseSeconds: number;
  preferredServer: string;
  offerWindow: number;
  initialDelay: readonly [number, number];
  retransmission: readonly [number, number];
  requestTries: number;
  rebootTries: number;
  informTries: number;
  hardware: { htype: number; address: Uint8Array } | null;
  allow: readonly string[];
  deny: readonly string[];
  identifier: Uint8Array;
  options: readonly OptionValue[];
  serverPort: number;
  clientPort: number;
}

/** No initial delay and no probes, so that a ladder takes no time; all else as RFC 2131 says. */
export const SETTINGS: Settings = {
  flags: 0,
  requestedAddress: "0.0.0.0",
  requestedLeaseSeconds: 0,
  preferredServer: "0.0.0.0",
  offerWindow: 0,
  initialDelay: [0, 0],
  retransmission: [4000, 64000],
  requestTries: 4,
  rebootTries: 4,
  informTries: 4,
  hardware: null,
  allow: [],
  deny: [],
  identifier: hex("01 02 00 00 00 00 01"),
  options: [[Code.PARAMETER_REQUEST_LIST, hex("01 03 06")]],
  serverPort: 0,
  clientPort: 0,
};

/** The record that `configure` takes. */
export function encodeSettings(settings: Settings): Uint8Array {
  const servers = [...settings.allow, ...settings.deny];
  const options = encodeOptions(settings.options);
  const size = ClientConfigurationLayout.byteSize + servers.length * 4 + settings.identifier.length + options.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const record = new ClientConfiguration(view, 0);
  record.magic = CLIENT_CONFIGURATION_MAGIC;
  record.version = CLIENT_CONFIGURATION_VERSION;
  record.size = size;
  record.flags = settings.flags;
  record.requestedAddress = address(settings.requestedAddress);
  record.requestedLeaseSeconds = settings.requestedLeaseSeconds;
  record.preferredServer = address(settings.preferredServer);
  record.offerWindowMilliseconds = settings.offerWindow;
  [record.initialDelayMinimumMilliseconds, record.initialDelayMaximumMilliseconds] = settings.initialDelay;
  [record.firstRetransmissionMilliseconds, record.longestRetransmissionMilliseconds] = settings.retransmission;
  record.requestTries = settings.requestTries;
  record.rebootTries = settings.rebootTries;
  record.informTries = settings.informTries;
  record.htype = settings.hardware?.htype ?? 0;
  record.hlen = settings.hardware?.address.length ?? 0;
  record.allowCount = settings.allow.length;
  record.denyCount = settings.deny.length;
  record.identifierLength = settings.identifier.length;
  record.optionsLength = options.length;
  record.serverPort = settings.serverPort;
  record.clientPort = settings.clientPort;
  if (settings.hardware) bytes.set(settings.hardware.address.subarray(0, 16), ClientConfigurationLayout.chaddr);
  let at: number = ClientConfigurationLayout.byteSize;
  for (const server of servers) {
    view.setUint32(at, address(server), true);
    at += 4;
  }
  bytes.set(settings.identifier, at);
  bytes.set(options, at + settings.identifier.length);
  return bytes;
}

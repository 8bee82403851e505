/**
 * The command line of `leasehold lease`, checked: every mistake is told with what would be right.
 */
import { ClientFlag, INFINITE_SECONDS } from "#layout";
import type { ClientSettings } from "../client/configuration.js";
import { type Invocation, type OptionSpec, UsageError } from "./command.js";
import { addressOption, interfaceOption, numberOption, readAddress } from "./option-values.js";

/** The options of the subcommand. */
export const leaseOptions: Readonly<Record<string, OptionSpec>> = {
  interface: { type: "string", short: "i", value: "NAME", doc: "The interface to configure." },
  once: { type: "boolean", doc: "Leave as soon as the address is set; the kernel withdraws it when the lease ends." },
  release: { type: "boolean", doc: "Give back the lease that is held or remembered, and end." },
  inform: { type: "boolean", doc: "Ask for parameters only (DHCPINFORM), for the address that the interface has." },
  timeout: { type: "string", value: "SECONDS", doc: "With --once, --release, --inform: give up after this time; 60." },
  request: { type: "string", value: "ADDRESS", doc: "An address to prefer." },
  "lease-time": { type: "string", value: "TIME", doc: "A lease time to prefer: seconds, 30m, 12h, 7d or infinite." },
  "client-id": {
    type: "string",
    value: "HEX",
    doc: "Client identifier (option 61), its type byte first. Left out: 01 and the hardware address.",
  },
  "host-name": { type: "string", value: "NAME", doc: "Host name to tell the server (option 12)." },
  "vendor-class": { type: "string", value: "TEXT", doc: "Vendor class identifier (option 60)." },
  broadcast: { type: "boolean", doc: "Ask servers to broadcast their answers." },
  "prefer-server": { type: "string", value: "ADDRESS", doc: "Take this server's offer as soon as it comes." },
  "allow-server": { type: "string", value: "ADDRESS", multiple: true, doc: "Listen to this server; may be repeated." },
  "deny-server": { type: "string", value: "ADDRESS", multiple: true, doc: "Never listen to it; may be repeated." },
  "offer-window": { type: "string", value: "MS", doc: "How long offers are collected after the first, in ms; 200." },
  state: { type: "string", value: "DIR", doc: "Where the lease is remembered; /var/lib/leasehold." },
  hook: { type: "string", value: "PATH", doc: "A program to run at every change, told by its environment." },
  metric: { type: "string", value: "NUMBER", doc: "Metric of the routes." },
  resolver: { type: "string", value: "FILE", doc: 'The resolver\'s file; /etc/resolv.conf. "none" leaves it alone.' },
  "wide-routes": { type: "boolean", doc: "Accept routes wider than /8 from the server." },
  "no-configure": { type: "boolean", doc: "Leave the interface and the resolver alone." },
  "no-probe": { type: "boolean", doc: "Do not ask on the link whether somebody has the address (RFC 5227)." },
  "start-delay": {
    type: "string",
    value: "SECONDS",
    doc: "Longest random delay before the first message; 1. RFC 2131 §4.4.1 has 10, for fleets that start at once.",
  },
  ladder: { type: "boolean", doc: "Show each message as it is sent or received." },
  json: { type: "boolean", doc: "One JSON object a line on standard output, for each change." },
};

/** A list in the client's configuration holds this many; it must also fit its reserved bytes. */
const MOST_SERVERS = 32;

/** A checked command line. */
export interface LeaseOptions {
  readonly interfaceName: string;
  readonly task: "keep" | "once" | "release" | "inform";
  readonly timeoutSeconds: number;
  /** Everything of the client's configuration but the client identifier's default. */
  readonly settings: ClientSettings;
  readonly state: string;
  readonly hook: string | undefined;
  readonly metric: number | undefined;
  /** Null: the resolver is left alone. */
  readonly resolver: string | null;
  readonly wideRoutes: boolean;
  readonly configure: boolean;
  readonly ladder: boolean;
  readonly json: boolean;
}

/** Reads a command line that was parsed by `leaseOptions`. @throws {UsageError} */
export function readLeaseOptions(line: Invocation): LeaseOptions {
  const name = interfaceOption(line);
  if (name === undefined) throw new UsageError("--interface is missing.", "Name one: leasehold lease --interface lan0");
  const tasks = (["once", "release", "inform"] as const).filter((task) => line.flag(task));
  if (tasks.length > 1)
    throw new UsageError(`--${tasks[0]} and --${tasks[1]} exclude each other.`, "Keep one of them.");
  const resolver = line.text("resolver") ?? "/etc/resolv.conf";
  return {
    interfaceName: name,
    task: tasks[0] ?? "keep",
    timeoutSeconds: numberOption(line, "timeout", 1, 86_400) ?? 60,
    settings: readSettings(line),
    state: line.text("state") ?? "/var/lib/leasehold",
    hook: line.text("hook"),
    metric: numberOption(line, "metric", 0, 0xffffffff),
    resolver: resolver === "none" ? null : resolver,
    wideRoutes: line.flag("wide-routes"),
    configure: !line.flag("no-configure"),
    ladder: line.flag("ladder"),
    json: line.flag("json"),
  };
}

function readSettings(line: Invocation): ClientSettings {
  const startDelay = numberOption(line, "start-delay", 0, 600) ?? 1;
  return {
    flags: (line.flag("broadcast") ? ClientFlag.BROADCAST : 0) | (line.flag("no-probe") ? 0 : ClientFlag.PROBE),
    requestedAddress: addressOption(line, "request"),
    requestedLeaseSeconds: leaseTime(line),
    preferredServer: addressOption(line, "prefer-server"),
    allowedServers: servers(line, "allow-server"),
    deniedServers: servers(line, "deny-server"),
    offerWindowMilliseconds: numberOption(line, "offer-window", 0, 60_000) ?? 200,
    initialDelayMilliseconds: startDelay * 1000,
    clientIdentifier: identifier(line),
    options: addedOptions(line),
  };
}

function addedOptions(line: Invocation): Map<number, Uint8Array> {
  const HOST_NAME = 12;
  const VENDOR_CLASS_IDENTIFIER = 60;
  const options = new Map<number, Uint8Array>();
  for (const [name, code] of [
    ["host-name", HOST_NAME],
    ["vendor-class", VENDOR_CLASS_IDENTIFIER],
  ] as const) {
    const text = line.text(name);
    if (text === undefined) continue;
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length > 255)
      throw new UsageError(`--${name}: ${bytes.length} bytes are too many.`, "Give 1 to 255 bytes.");
    options.set(code, bytes);
  }
  return options;
}

function servers(line: Invocation, name: string): number[] {
  const texts = line.texts(name);
  if (texts.length > MOST_SERVERS)
    throw new UsageError(`--${name} stands here too often.`, `Give at most ${MOST_SERVERS}.`);
  return texts.map((text) => readAddress(text, name));
}

function leaseTime(line: Invocation): number | undefined {
  const text = line.text("lease-time");
  if (text === undefined) return undefined;
  if (text === "infinite") return INFINITE_SECONDS;
  const UNITS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };
  const parts = /^(\d+)([smhd]?)$/.exec(text);
  const seconds = parts === null ? 0 : Number(parts[1]) * UNITS[parts[2]!]!;
  if (seconds >= 1 && seconds < INFINITE_SECONDS) return seconds;
  throw new UsageError(`--lease-time: "${text}" is no time.`, "Write seconds, or 30m, 12h, 7d, infinite.");
}

function identifier(line: Invocation): Uint8Array | undefined {
  const text = line.text("client-id");
  if (text === undefined) return undefined;
  const digits = text.replaceAll(":", "");
  if (/^([0-9a-fA-F]{2}){2,255}$/.test(digits)) return Buffer.from(digits, "hex");
  throw new UsageError(
    `--client-id: "${text}" is no identifier.`,
    "Write 2 to 255 bytes in hexadecimal: 01:02:00:00:00:00:01.",
  );
}

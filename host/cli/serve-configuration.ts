/**
 * Which configuration `leasehold serve` serves: a file, or the one made for an interface; and what the command line changes in it.
 */
import { getServers } from "node:dns";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import {
  type Compiled,
  compileConfiguration,
  type Configuration,
  type ConfiguredInterface,
} from "../config/compile.js";
import { defaultConfiguration, type MadeConfiguration } from "../config/default.js";
import { didYouMean } from "../config/suggest.js";
import { parseAddress } from "../core/address.js";
import { usableInterfaces } from "../net/interfaces.js";
import { UserError } from "../user-error.js";
import { type Invocation, UsageError } from "./command.js";
import { countErrors, readConfigurationText, showProblems } from "./configuration-file.js";
import { Log, logLevels } from "./log.js";

/** A configuration, and where it came from. */
export interface Chosen {
  readonly configuration: Configuration;
  /** Null when it was made for an interface. */
  readonly file: string | null;
  readonly text: string;
  /** What it will do, where nobody wrote it; else "". */
  readonly summary: string;
}

/** Finds the configuration that a command line asks for. @throws {UserError} */
export function chooseConfiguration(invocation: Invocation): Chosen {
  const [file = null] = invocation.positionals;
  const interfaces = invocation.texts("interface");
  if (file === null && interfaces.length !== 1) {
    throw new UsageError(
      interfaces.length === 0 ? "There is nothing to serve yet." : "Without a FILE, one interface can be served.",
      "Give a configuration FILE, or --interface NAME. See: leasehold serve --help",
    );
  }
  if (file !== null && invocation.flag("print"))
    throw new UsageError("--print is for --interface without a FILE.", "Look into the file.");
  const made = file === null ? makeForInterface(interfaces[0]!) : null;
  const text = made?.text ?? readConfigurationText(file!);
  const compiled = compileConfiguration(text, file ?? "(made by --interface)");
  showProblems(compiled);
  if (!compiled.configuration) throw refusal(file, compiled);
  return {
    configuration: change(compiled.configuration, invocation, interfaces),
    file,
    text,
    summary: made?.summary ?? "",
  };
}

function refusal(file: string | null, compiled: Compiled): UserError {
  if (file === null)
    return new UserError(
      "No configuration can be made for this interface: see above.",
      "Write one: leasehold serve FILE.",
    );
  return new UserError(`The configuration ${file} has ${countErrors(compiled)}.`, "Mend what is listed above.");
}

/** The configuration of an interface's own subnet. */
function makeForInterface(name: string): MadeConfiguration {
  const usable = usableInterfaces(networkInterfaces);
  const found = usable.find((each) => each.name === name);
  if (!found) {
    const names = usable.map((each) => each.name);
    throw new UserError(
      `There is no interface "${name}" with an IPv4 address.`,
      didYouMean(
        name,
        names,
        `There are: ${names.join(", ") || "none"}. Give it one: ip address add 192.0.2.1/24 dev ${name}`,
      ),
    );
  }
  const resolvers = getServers().flatMap((server) => parseAddress(server) ?? []);
  return defaultConfiguration({ ...found, forwards: forwardsPackets(), resolvers });
}

/** Whether this machine is a router. */
function forwardsPackets(): boolean {
  if (process.platform !== "linux") return false;
  return readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8").trim() === "1";
}

/** What the command line changes. */
function change(configuration: Configuration, invocation: Invocation, interfaces: readonly string[]): Configuration {
  const { ports, state } = configuration;
  return {
    ...configuration,
    ...(interfaces.length > 0 && restrict(configuration, interfaces)),
    state: invocation.text("state") ?? state,
    ports: {
      server: port(invocation, "server-port", ports.server),
      client: port(invocation, "client-port", ports.client),
    },
  };
}

/** Only the interfaces that the command line names, each on the network that the file gives it. */
function restrict(
  { interfaces }: Configuration,
  names: readonly string[],
): { interfaces: ConfiguredInterface[]; servesOthers: false } {
  const known = new Map(interfaces.map((each) => [each.name, each.network]));
  return { interfaces: names.map((name) => ({ name, network: known.get(name) ?? null })), servesOthers: false };
}

function port(invocation: Invocation, option: string, otherwise: number): number {
  const text = invocation.text(option);
  if (text === undefined) return otherwise;
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535) return Number(text);
  throw new UsageError(`"${text}" is not a port.`, `Write --${option} with a number from 1 to 65535.`);
}

/** The log that the command line and the file ask for. */
export function logOf(invocation: Invocation, { log }: Configuration): Log {
  const asked = invocation.text("log") ?? log.level;
  const level = logLevels.find((each) => each === asked);
  if (!level)
    throw new UsageError(
      `"${asked}" is not a log level.`,
      didYouMean(asked, logLevels, `Write ${logLevels.join(", ")}.`),
    );
  return new Log(level, invocation.flag("json") ? "json" : log.format);
}

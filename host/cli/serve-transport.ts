/**
 * Which interfaces are served, and by what: system calls on Linux as root, plain UDP otherwise.
 */
import { networkInterfaces } from "node:os";
import { NETWORK_BY_ADDRESS } from "#layout";
import type { Configuration } from "../config/compile.js";
import { formatAddress } from "../core/address.js";
import { ServerImage } from "../core/image.js";
import { usableInterfaces } from "../net/interfaces.js";
import type { SystemCallError } from "../net/linux/libc.js";
import { PortableTransport } from "../net/portable.js";
import type { InterfaceState, Transport } from "../net/transport.js";
import type { NetworkOfInterface } from "../server/shard.js";
import { UserError } from "../user-error.js";
import { type Invocation, UsageError } from "./command.js";

/** The names of the interfaces to serve. @throws {UserError} there is none */
export function interfacesToServe(configuration: Configuration): string[] {
  const names = configuration.interfaces.map(({ name }) => name);
  if (configuration.servesOthers) {
    const others = usableInterfaces(networkInterfaces).filter(({ address: own }) =>
      configuration.subnets.some(({ address, mask }) => (own & mask) >>> 0 === address),
    );
    names.push(...others.map(({ name }) => name).filter((name) => !names.includes(name)));
  }
  const { interfaceCount } = configuration.limits;
  if (names.length > interfaceCount) {
    throw new UserError(
      `${names.length} interfaces are to be served, and there is room for ${interfaceCount}.`,
      'Name fewer in "interfaces", or raise "interfaceCount" in "limits".',
    );
  }
  if (names.length > 0) return names;
  throw new UserError(
    `No interface has an address in ${configuration.names.networks.join(", ")}.`,
    'Give one an address there, or name the interface of a subnet by "interface" (a relay reaches it by any interface named in "interfaces").',
  );
}

/** Which network of the image an interface is on. */
export function networkOf({ interfaces }: Configuration): NetworkOfInterface {
  const networks = new Map(interfaces.map(({ name, network }) => [name, network]));
  return (name) => networks.get(name) ?? NETWORK_BY_ADDRESS;
}

/** Refuses a configuration that would hand out the address of an interface that is served. @throws {UserError} */
export function checkOwnAddresses(configuration: Configuration, states: readonly InterfaceState[]): void {
  for (const state of states) {
    const conflict = state.up ? ownAddressConflict(configuration, state) : null;
    if (conflict !== null)
      throw new UserError(conflict, 'Leave it out of the pool: { "range": ..., "exclude": [...] }.');
  }
}

/** What is wrong where an interface's own address could be handed out; null: it can't. */
export function ownAddressConflict(
  { image, reserved }: Configuration,
  { name, address }: InterfaceState,
): string | null {
  if (!new ServerImage(image).serves(address)) return null;
  const where = reserved.has(address) ? "is reserved for a client" : "lies in a pool";
  return `${formatAddress(address)}, the address of ${name} itself, ${where}.`;
}

/** Opens the sockets. @throws {UserError} they can't be had */
export async function openTransport(
  invocation: Invocation,
  configuration: Configuration,
  names: readonly string[],
): Promise<Transport> {
  const { ports, probes } = configuration;
  const kind = invocation.text("transport") ?? usualKind(ports.server);
  if (kind !== "linux" && kind !== "portable") {
    throw new UsageError(`There is no transport "${kind}".`, 'Write "linux" or "portable".');
  }
  if (kind === "portable") return PortableTransport.open({ role: "server", interfaces: names, ports });
  // Loaded here, so that the portable one needs no system calls of ours, nor a binary that makes them.
  const { LinuxServerTransport } = await import("../net/linux/server-transport.js");
  try {
    return LinuxServerTransport.open({ interfaces: names, port: ports.server, probes });
  } catch (cause) {
    const error = cause as Error;
    if (error.name !== "SystemCallError") throw error;
    const advice = adviceFor(error as SystemCallError, ports.server);
    throw new UserError(`The network can't be opened: ${error.message}.`, advice, { cause });
  }
}

/** System calls where they can be had and the ports are DHCP's own. */
function usualKind(port: number): "linux" | "portable" {
  return process.platform === "linux" && process.geteuid?.() === 0 && port === 67 ? "linux" : "portable";
}

function adviceFor({ code }: SystemCallError, port: number): string {
  if (code === "EPERM" || code === "EACCES")
    return "Start as root, or try without: --transport portable --server-port 6767.";
  if (code === "EADDRINUSE")
    return `Another server listens on port ${port}: stop it (ss -ulpn sport = :${port} shows which one it is).`;
  return "";
}

/**
 * Values of options that several subcommands take: addresses, numbers and interfaces, checked, each mistake told with what would be right.
 */
import { parseAddress } from "../core/address.js";
import { isInterfaceName, type KernelInterface, InterfaceWatch } from "../net/linux/interfaces.js";
import { UserError } from "../user-error.js";
import { type Invocation, UsageError } from "./command.js";

/** An address in text, as a number; `name` is the option's. @throws {UsageError} */
export function readAddress(text: string, name: string): number {
  const parsed = parseAddress(text);
  if (parsed === undefined)
    throw new UsageError(`--${name}: "${text}" is no IPv4 address.`, "Write it like 192.0.2.10.");
  return parsed;
}

/** The address that an option gives, as a number, or undefined without the option. @throws {UsageError} */
export function addressOption(line: Invocation, name: string): number | undefined {
  const text = line.text(name);
  return text === undefined ? undefined : readAddress(text, name);
}

/** The whole number that an option gives, or undefined without the option. @throws {UsageError} */
export function numberOption(line: Invocation, name: string, least: number, most: number): number | undefined {
  const text = line.text(name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: "${text}" is no whole number from ${least} to ${most}.`);
}

/** The name that --interface gives, or undefined without it. @throws {UsageError} */
export function interfaceOption(line: Invocation): string | undefined {
  const name = line.text("interface");
  if (name !== undefined && !isInterfaceName(name)) throw new UsageError(`"${name}" cannot be an interface's name.`);
  return name;
}

/** The interface of that name as the kernel knows it. @throws {UserError} where there is none */
export function readInterface(name: string): KernelInterface {
  const watch = new InterfaceWatch();
  try {
    const kernel = watch.read(name);
    if (kernel === null) throw new UserError(`there is no interface ${name}`, "`ip link` lists those there are.");
    return kernel;
  } finally {
    watch.close();
  }
}

/**
 * The machine's interfaces as Node tells them: name, first IPv4 address, prefix and hardware address. Enough for UDP, no more: whether the
 * link is up, its MTU and its changes have to come from elsewhere.
 */
import type { networkInterfaces } from "node:os";
import { maskOf, parseAddress, prefixOf } from "../core/address.js";
import type { InterfaceState } from "./transport.js";

/** The system's list of interfaces, in the form of `os.networkInterfaces`. */
export type InterfaceSource = typeof networkInterfaces;

/** An interface that has an IPv4 address. */
export interface FoundInterface {
  readonly name: string;
  readonly internal: boolean;
  readonly address: number;
  readonly prefixLength: number;
  readonly mac: Uint8Array;
}

/** The interfaces with an IPv4 address, each with its first. */
export function usableInterfaces(source: InterfaceSource): FoundInterface[] {
  return Object.entries(source()).flatMap(([name, addresses]) => {
    const first = addresses?.find(({ family }) => family === "IPv4");
    if (!first) return [];
    return {
      name,
      internal: first.internal,
      address: parseAddress(first.address) ?? 0,
      prefixLength: prefixOf(parseAddress(first.netmask) ?? 0) ?? 0,
      mac: Uint8Array.from(first.mac.split(":"), (byte) => Number.parseInt(byte, 16)),
    };
  });
}

/** Whether an interface is still as it was known. */
export function sameInterface(state: InterfaceState, found: FoundInterface): boolean {
  return (
    state.address === found.address &&
    state.prefixLength === found.prefixLength &&
    state.mac.every((byte, at) => byte === found.mac[at])
  );
}

/** Whether an address lies in the subnet of an interface. */
export function inSubnet(address: number, { address: own, prefixLength }: InterfaceState): boolean {
  return address !== 0 && ((address ^ own) & maskOf(prefixLength)) === 0;
}

/**
 * The interfaces that the host serves, as a table indexed by the host's own small numbers (0 … interfaceCount − 1). The core
 * learns of them, and of every change, by `InputKind.INTERFACE`; it knows neither names nor the kernel's indices.
 */
import { equalBytes, copyBytes } from "../wire/bytes";
import { InputSlot, payloadOf } from "./input";
import { reserve } from "./memory";

/** How a host sends on an interface, and so what the core writes for it. */
export enum LinkMode {
  /** Datagrams only: an answer to a client without an address is broadcast. */
  DATAGRAM = 0,
  /** Datagrams, and Ethernet frames where the receiver has no address yet, or for ARP. */
  MIXED = 1,
  /** Ethernet frames only: there is no IP stack beside the core. */
  FRAMES = 2,
}

/** Bits of `InterfaceChange.flags`. */
export enum InterfaceFlag {
  /** The interface is up and may be served. */
  UP = 1,
}

/** No network is named for the interface: the address decides. @layout */
export const NETWORK_BY_ADDRESS: u32 = 0xffffffff;

/** One interface: the payload of `InputKind.INTERFACE`, and an entry of the table. */
@unmanaged
export class InterfaceChange {
  /** `InterfaceFlag`s. */
  flags: u8;
  /** `LinkMode`. */
  linkMode: u8;
  /** Length of `address`'s prefix in bits, 0–32. */
  prefixLength: u8;
  /** Hardware type for ARP and BOOTP: 1 is Ethernet. */
  htype: u8;
  /** The interface's own IPv4 address as a number, or 0. The server's identifier on this link. */
  address: u32;
  /** Index in the image of the network that is served here, or `NETWORK_BY_ADDRESS`. A client ignores it. */
  network: u32;
  /** First four bytes of the hardware address, in wire order. */
  mac: u32;
  /** Last two bytes of the hardware address, in wire order. */
  macTail: u16;
  /** Largest IPv4 packet of the link in bytes, or 0 for 1500. */
  mtu: u16;
}

let table: usize = 0;
let interfaceCount: u32 = 0;

/** Reserves the table for `count` interfaces. */
export function layOutInterfaces(count: u32): void {
  interfaceCount = count;
  table = reserve(count, offsetof<InterfaceChange>());
}

/** The entry at `index`, or null when there is none or the interface is not up. */
export function interfaceAt(index: u32): InterfaceChange | null {
  if (index >= interfaceCount) return null;
  const entry = changetype<InterfaceChange>(table + index * offsetof<InterfaceChange>());
  return entry.flags & InterfaceFlag.UP ? entry : null;
}

/** Whether `address` is an interface's own, up or down; 0 is nobody's. */
export function interfaceHasAddress(address: u32): bool {
  for (let index: u32 = 0; index < interfaceCount; index++) {
    const entry = changetype<InterfaceChange>(table + index * offsetof<InterfaceChange>());
    if (entry.address == address && address != 0) return true;
  }
  return false;
}

/** Address of the six bytes of an interface's hardware address. */
export function macOf(entry: InterfaceChange): usize {
  return changetype<usize>(entry) + offsetof<InterfaceChange>("mac");
}

/** Takes an `InputKind.INTERFACE`; false when it is malformed. */
export function changeInterface(slot: InputSlot): bool {
  if (slot.interfaceIndex >= interfaceCount || slot.length < offsetof<InterfaceChange>()) return false;
  const change = changetype<InterfaceChange>(payloadOf(slot));
  if (u32(change.linkMode) > u32(LinkMode.FRAMES) || change.prefixLength > 32) return false;
  copyBytes(table + slot.interfaceIndex * offsetof<InterfaceChange>(), payloadOf(slot), offsetof<InterfaceChange>());
  return true;
}

/** Whether `mac` is the interface's own or a group address, so that a frame to it concerns us. */
export function hearsMac(entry: InterfaceChange, mac: usize): bool {
  return (load<u8>(mac) & 1) != 0 || equalBytes(mac, macOf(entry), 6);
}

/**
 * The inputs that are not from the network, each written whole into one slot: what a host tells its core.
 */
import { InputKind, InterfaceChange, InterfaceChangeLayout, InterfaceFlag, type LinkMode } from "#layout";
import type { Core } from "./core.js";
import { randomSeed } from "./module.js";

/** One interface that a core sends and receives on. */
export interface InterfaceState {
  /** The small number by which the core knows it: below `interfaceCount`, and the same as long as the host runs. */
  readonly index: number;
  /** The name the system gives it. */
  readonly name: string;
  /** Whether it may be served now. */
  readonly up: boolean;
  /** What the core writes for it: datagrams, frames, or both. */
  readonly linkMode: LinkMode;
  /** Hardware type for ARP and BOOTP: 1 is Ethernet. */
  readonly htype: number;
  /** Hardware address, 6 bytes in wire order; zeros where there is none. */
  readonly mac: Uint8Array;
  /** Own IPv4 address as a number (192.0.2.1 is 0xC0000201), or 0. */
  readonly address: number;
  /** Length of the address's prefix in bits, 0–32. */
  readonly prefixLength: number;
  /** Largest IPv4 packet of the link in bytes. */
  readonly mtu: number;
}

/** Whether two states of an interface say the same. */
export function sameInterfaceState(one: InterfaceState, other: InterfaceState): boolean {
  const { mac, ...rest } = one;
  const keys = Object.keys(rest) as (keyof typeof rest)[];
  return keys.every((key) => one[key] === other[key]) && mac.every((byte, at) => byte === other.mac[at]);
}

/** The journal is durable up to `position`. */
export function putDurable(core: Core, index: number, position: number): void {
  const slot = core.freshSlot(index);
  slot.kind = InputKind.DURABLE;
  slot.value = position;
}

/** The wall clock shows `seconds` since 1970. */
export function putWallClock(core: Core, index: number, seconds: number): void {
  const slot = core.freshSlot(index);
  slot.kind = InputKind.WALL_CLOCK;
  slot.value = seconds;
}

/** 64 bits of the system's entropy. */
export function putEntropy(core: Core, index: number): void {
  const [low, high] = randomSeed();
  const slot = core.freshSlot(index);
  slot.kind = InputKind.ENTROPY;
  slot.value = low;
  slot.moreValue = high;
}

/** A role's command (`ClientCommand`), with an argument where it takes one. */
export function putCommand(core: Core, index: number, command: number, argument?: Uint8Array): void {
  const slot = core.freshSlot(index);
  slot.kind = InputKind.COMMAND;
  slot.value = command;
  if (argument) core.setPayload(index, argument);
}

/** An interface is as `state` says; `network` is the index of the image's network served there, or `NETWORK_BY_ADDRESS`. */
export function putInterface(core: Core, index: number, state: InterfaceState, network: number): void {
  const slot = core.freshSlot(index);
  slot.kind = InputKind.INTERFACE;
  slot.interfaceIndex = state.index;
  slot.length = InterfaceChangeLayout.byteSize;
  const at = core.payloadAddress(index);
  const change = new InterfaceChange(core.view, at);
  change.flags = state.up ? InterfaceFlag.UP : 0;
  change.linkMode = state.linkMode;
  change.prefixLength = state.prefixLength;
  change.htype = state.htype;
  change.address = state.address;
  change.network = network;
  change.mtu = Math.min(state.mtu, 65535);
  // The six bytes of the hardware address lie in wire order over `mac` and `macTail`.
  core.bytes.set(state.mac, at + InterfaceChangeLayout.mac);
}

/**
 * The message in hand: where it came from, and what the gates found out about it. One at a time; every other file of the server
 * asks here instead of passing the same six arguments on.
 *
 * `answerType`, `leaseSeconds` and the like go straight into the input's slot, where the host reads them.
 */
import { InputSlot } from "../machine/input";
import { InterfaceChange } from "../machine/interface";
import { Scope } from "../machine/verdict";
import { NO_INDEX } from "./scopes";

/** The slot of the input that is being handled. */
export let slot: InputSlot = changetype<InputSlot>(0);
/** Address of the DHCP message in it, and its length in bytes. */
export let message: usize = 0;
export let messageLength: u32 = 0;
/** Address of the hardware address that a frame came from; 0 when it came as a datagram. */
export let arrivedFrom: usize = 0;
/** The interface that it arrived on. */
export let link: InterfaceChange = changetype<InterfaceChange>(0);
/** Index of the network and of the subnet that the client is on. */
export let network: u32 = 0;
export let subnet: u32 = 0;

/** Begins with a message of `length` bytes at `at`, which lies in the payload of `input`. */
export function beginExchange(input: InputSlot, at: usize, length: u32, from: usize): void {
  slot = input;
  message = at;
  messageLength = length;
  arrivedFrom = from;
  network = subnet = NO_INDEX;
}

/** Notes the interface. */
export function setLink(entry: InterfaceChange): void {
  link = entry;
}

/** Notes where the client is. */
export function setPlace(networkIndex: u32, subnetIndex: u32): void {
  network = networkIndex;
  subnet = subnetIndex;
}

/** Notes in the slot which part of the configuration decided. */
export function decidedBy(scope: Scope, index: u32): void {
  slot.scope = u32(scope);
  slot.scopeIndex = index;
}

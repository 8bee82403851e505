/**
 * Which address the current client gets (RFC 2131 §4.3.1), and which it may hold.
 *
 * A reservation comes before all else, by client identifier before by hardware address. It is served from in and out of pools, so a
 * full pool does not concern it, and one by hardware follows the machine when its identifier changes (a boot ROM, then the
 * system): what the same hardware holds under another identifier is its own. While somebody else holds the reserved
 * address the client is treated like any other. Then, in the RFC's order: the current binding, the previous one if
 * nobody has it now, the address asked for if it is free, the longest free one, of the client's own subnet before others of the network.
 */
import { Scope } from "../machine/verdict";
import { OptionCode, optionU32 } from "../wire/options";
import { client } from "./client";
import { decidedBy, network, subnet } from "./exchange";
import { takeFree } from "./freequeue";
import { findAmong, findBinding, findByHardware, isClients } from "./identity";
import { Policy, ReservationKind } from "./image";
import { isAvailable, isReserved, LeaseState } from "./lease";
import {
  leaseIndexOf,
  networkAt,
  NO_INDEX,
  NO_LEASE,
  policyAt,
  poolAt,
  poolOfLease,
  reservationAt,
  reservationByHardware,
  reservationByIdentifier,
  subnetAt,
  subnetOf,
  networkOfSubnet,
} from "./scopes";

/** The current client's lease, whatever its state, or `NO_LEASE`. */
export let binding: u32 = 0;
/** Index of the client's reservation, or `NO_INDEX`. */
export let reservation: u32 = 0;
/** The reserved lease, or `NO_LEASE`. */
export let reservedLease: u32 = 0;
/** Whether the client can have the reserved lease now. */
let reservedIsOurs: bool = false;

/** Looks up what the tables and the configuration know of the current client: first of all for every message. */
export function recallClient(): void {
  binding = findBinding();
  reservation = findReservation();
  reservedLease = reservation == NO_INDEX ? NO_LEASE : leaseIndexOf(reservationAt(reservation).address);
  reservedIsOurs = reservedLease != NO_LEASE && canTakeReserved();
}

/** Index of the reservation of the current client, or `NO_INDEX`. */
export function findReservation(): u32 {
  if (client.identifierLength != 0) {
    const byIdentifier = reservationByIdentifier(network, client.identifier, client.identifierLength);
    if (byIdentifier != NO_INDEX) return byIdentifier;
  }
  return client.hlen == 0 ? NO_INDEX : reservationByHardware(network, client.htype, client.chaddr, client.hlen);
}

/** Whether the reserved lease is free, the client's own, or the same machine's under another identifier. */
function canTakeReserved(): bool {
  if (isAvailable(reservedLease) || isClients(reservedLease)) return true;
  return u32(reservationAt(reservation).kind) == u32(ReservationKind.HARDWARE) && reservedLease == findByHardware();
}

/** Whether the client has a reservation whose address somebody else holds. */
export function isDisplaced(): bool {
  return reservedLease != NO_LEASE && !reservedIsOurs;
}

/** Whether configuration gives `lease` to the current client: the reserved one if it can be had, else one of a pool that is reserved for nobody. */
export function mayHold(lease: u32): bool {
  if (reservedIsOurs) return lease == reservedLease;
  return !isReserved(lease) && poolOfLease(lease) != NO_INDEX;
}

/** Whether the current client can have `lease` now: it may hold it, and nobody else has it. */
export function canTake(lease: u32): bool {
  return mayHold(lease) && (lease == reservedLease || isAvailable(lease) || isClients(lease));
}

/** The lease that the client is offered, or probed for, at present, or `NO_LEASE`. */
export function offeredLease(): u32 {
  return findAmong((1 << u32(LeaseState.OFFERED)) | (1 << u32(LeaseState.PROBING)), NO_LEASE);
}

/** The lease to offer to the current client, or `NO_LEASE`. */
export function chooseLease(): u32 {
  if (reservedIsOurs) return reservedLease;
  if (binding != NO_LEASE && mayHold(binding)) return binding;
  const offered = offeredLease();
  if (offered != NO_LEASE && mayHold(offered)) return offered;
  const asked = leaseOnNetwork(optionU32(OptionCode.REQUESTED_IP_ADDRESS, 0));
  if (asked != NO_LEASE && canTake(asked)) return asked;
  return freeLease();
}

/** The lease of `address` when it is one of the client's network, or `NO_LEASE`. */
export function leaseOnNetwork(address: u32): u32 {
  return isOnNetwork(address) ? leaseIndexOf(address) : NO_LEASE;
}

/** Whether `address` lies in a subnet of the client's network. */
export function isOnNetwork(address: u32): bool {
  const there = subnetOf(address);
  return there != NO_INDEX && networkOfSubnet(there) == network;
}

/** The lease that has been free longest in a pool of the client's subnet, else in another pool of the network, or `NO_LEASE`. */
function freeLease(): u32 {
  const here = networkAt(network);
  const first: u32 = here.firstPool;
  const end = first + here.poolCount;
  let elsewhere: u32 = NO_LEASE;
  for (let pool = first; pool < end; pool++) {
    const onSubnet = u32(poolAt(pool).subnet) == subnet;
    if (!onSubnet && elsewhere != NO_LEASE) continue;
    const lease = takeFree(pool);
    if (lease == NO_LEASE) continue;
    if (onSubnet) return lease;
    elsewhere = lease;
  }
  return elsewhere;
}

/** The policy under which the current client has `lease`; notes in the slot which part of the configuration that was. */
export function policyOfLease(lease: u32): Policy {
  if (reservedIsOurs && lease == reservedLease) {
    decidedBy(Scope.RESERVATION, reservation);
    return policyAt(reservationAt(reservation).policy);
  }
  const pool = poolOfLease(lease);
  if (pool == NO_INDEX) return policyOfSubnet();
  decidedBy(Scope.POOL, pool);
  return policyAt(poolAt(pool).policy);
}

/** The policy of the client's subnet. */
export function policyOfSubnet(): Policy {
  return policyAt(subnetAt(subnet).policy);
}

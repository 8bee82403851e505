/**
 * Whose a lease is, and which leases are whose: two indexes of hash chains through the leases themselves.
 *
 * The first finds leases by identity within a network (client identifier, else `htype` and `chaddr`), the second by hardware
 * address whatever the identifier: a reservation by hardware address follows a machine from its boot ROM to its system.
 * A hash only finds the bucket; identities are compared whole, so two clients are never taken for one.
 *
 * The bound on a chain: there are as many buckets as leases (half as many for hardware) and a hash under a seed that no client
 * knows, so the expected length is at most one (two) and a client cannot aim. Entries with equal keys would share a bucket in any case, so
 * there are at most two of an identity (`transition.ts`: what it holds or held, and what it is offered), and one of a hardware
 * address: the last lease that it took. A machine that sends a thousand identifiers lengthens no chain.
 */
import { copyBytes, equalBytes, fillZero, hashBytes } from "../wire/bytes";
import { reserve } from "../machine/memory";
import { endChain, freeChain } from "./attributes";
import { client, ClientIdentity, hasKey } from "./client";
import {
  indexOfLease,
  INLINE_CHADDR,
  INLINE_IDENTIFIER,
  Lease,
  leaseAt,
  leaseCount,
  LeaseFlag,
  LeaseState,
  networkOfLease,
} from "./lease";
import { holder, readHolder, writeOverflow } from "./holder";
import { NO_LEASE } from "./scopes";

let identityHeads: usize = 0;
let hardwareHeads: usize = 0;
let seed: u32 = 0;

/** Reserves the buckets: six bytes a lease. */
export function layOutIdentity(leases: u32): void {
  identityHeads = reserve(leases, sizeof<u32>());
  hardwareHeads = reserve(hardwareHeadCount(leases), sizeof<u32>());
}

/** Takes the seed of the hashes, before the first identity is stored. */
export function openIdentity(hashSeed: u32): void {
  seed = hashSeed;
}

/** The lease that the current client holds, else the one it is offered, else the one it held before; or `NO_LEASE`. */
export function findBinding(): u32 {
  return findAmong(ANY_STATE, NO_LEASE);
}

/** All states, as a set of bits 1 << `LeaseState`. */
const ANY_STATE: u32 = 0xff;

/** As `findBinding`, but only among leases in the `states` (bits 1 << `LeaseState`), and never lease `except`. */
export function findAmong(states: u32, except: u32): u32 {
  let found = NO_LEASE;
  let foundRank: u32 = 0;
  // A server without leases (it answers DHCPINFORM) has no buckets either.
  if (leaseCount == 0) return found;
  let at = load<u32>(identityBucket(client));
  while (at != 0) {
    const lease = changetype<Lease>(at);
    const rank = rankOf(lease.state);
    const index = indexOfLease(lease);
    if (rank > foundRank && ((states >>> lease.state) & 1) != 0 && index != except && isClients(index)) {
      found = index;
      foundRank = rank;
    }
    at = lease.nextByIdentity;
  }
  return found;
}

/** Which of a client's leases is meant when it has several: what it holds, what it is offered, what it held. */
function rankOf(state: u8): u32 {
  if (state == LeaseState.BOUND) return 3;
  return state == LeaseState.OFFERED || state == LeaseState.PROBING ? 2 : 1;
}

/** The last lease that the current client's hardware address took in its network, whatever its identifier then, or `NO_LEASE`. */
export function findByHardware(): u32 {
  if (client.hlen == 0) return NO_LEASE;
  return findHardware(client);
}

/** Whether the lease holds the current client's identity. Both must be in one network: a lease of another one is not the client's. */
export function isClients(index: u32): bool {
  const lease = leaseAt(index);
  if (lease.identifierLength != client.identifierLength || !hasKey(client)) return false;
  if (client.identifierLength == 0) return isHardware(index, client);
  if (client.identifierLength <= u8(INLINE_IDENTIFIER)) {
    const identifier = changetype<usize>(lease) + offsetof<Lease>("identifier");
    if (!equalBytes(identifier, client.identifier, client.identifierLength)) return false;
  } else {
    readHolder(index);
    if (!equalBytes(holder.identifier, client.identifier, client.identifierLength)) return false;
  }
  return networkOfLease(index) == client.network;
}

/** Whether the lease's hardware address and network are those of `who`. */
function isHardware(index: u32, who: ClientIdentity): bool {
  const lease = leaseAt(index);
  if (lease.hlen != who.hlen || lease.htype != who.htype) return false;
  const inline = min(u32(who.hlen), INLINE_CHADDR);
  if (!equalBytes(changetype<usize>(lease) + offsetof<Lease>("chaddr"), who.chaddr, inline)) return false;
  if (who.hlen > u8(INLINE_CHADDR)) {
    readHolder(index);
    if (!equalBytes(holder.chaddr, who.chaddr, who.hlen)) return false;
  }
  return networkOfLease(index) == who.network;
}

/** Makes the lease the current client's (which has a key, and fits). Its attributes are kept if it was that before. */
export function takeIdentity(index: u32): void {
  const lease = leaseAt(index);
  if (isClients(index) && isHardware(index, client)) return;
  dropIdentity(index);
  lease.htype = client.htype;
  lease.hlen = client.hlen;
  lease.identifierLength = client.identifierLength;
  copyBytes(changetype<usize>(lease) + offsetof<Lease>("chaddr"), client.chaddr, min(u32(client.hlen), INLINE_CHADDR));
  if (client.identifierLength <= u8(INLINE_IDENTIFIER)) {
    copyBytes(changetype<usize>(lease) + offsetof<Lease>("identifier"), client.identifier, client.identifierLength);
  }
  writeOverflow(lease, client);
  lease.attributes = endChain();
  addToIndexes(lease);
}

/** Makes the lease nobody's: out of both indexes, its blocks given back. */
export function dropIdentity(index: u32): void {
  const lease = leaseAt(index);
  if ((u32(lease.identifierLength) | u32(lease.hlen)) == 0) return;
  readHolder(index);
  removeFromChain(identityBucket(holder), lease, offsetof<Lease>("nextByIdentity"));
  dropHardware(lease);
  freeChain(lease.attributes);
  lease.attributes = 0;
  lease.htype = 0;
  lease.hlen = 0;
  lease.identifierLength = 0;
  fillZero(changetype<usize>(lease) + offsetof<Lease>("chaddr"), INLINE_CHADDR);
  fillZero(changetype<usize>(lease) + offsetof<Lease>("identifier"), INLINE_IDENTIFIER);
}

/** Puts the lease, which has just become the current client's, into both indexes. */
function addToIndexes(lease: Lease): void {
  addToChain(identityBucket(client), lease, offsetof<Lease>("nextByIdentity"));
  if (client.hlen == 0) return;
  const before = findHardware(client);
  if (before != NO_LEASE) {
    removeFromChain(hardwareBucket(client), leaseAt(before), offsetof<Lease>("nextByHardware"));
    leaseAt(before).flags &= ~u8(LeaseFlag.HARDWARE_INDEXED);
  }
  addToChain(hardwareBucket(client), lease, offsetof<Lease>("nextByHardware"));
  lease.flags |= u8(LeaseFlag.HARDWARE_INDEXED);
}

/** Takes the lease, whose identity is in `holder`, out of the index by hardware address. */
function dropHardware(lease: Lease): void {
  if ((lease.flags & u8(LeaseFlag.HARDWARE_INDEXED)) == 0) return;
  removeFromChain(hardwareBucket(holder), lease, offsetof<Lease>("nextByHardware"));
  lease.flags &= ~u8(LeaseFlag.HARDWARE_INDEXED);
}

function findHardware(who: ClientIdentity): u32 {
  let at = load<u32>(hardwareBucket(who));
  while (at != 0) {
    const index = indexOfLease(changetype<Lease>(at));
    if (isHardware(index, who)) return index;
    at = changetype<Lease>(at).nextByHardware;
  }
  return NO_LEASE;
}

/** Address of the bucket of an identity. */
function identityBucket(who: ClientIdentity): usize {
  if (who.identityBucket == 0) {
    const hash = who.identifierLength == 0 ? hardwareHash(who) : hashOf(who.identifier, who.identifierLength, who);
    who.identityBucket = u32(bucketOf(identityHeads, leaseCount, hash));
  }
  return who.identityBucket;
}

/** Address of the bucket of a hardware address. */
function hardwareBucket(who: ClientIdentity): usize {
  if (who.hardwareBucket == 0) {
    who.hardwareBucket = u32(bucketOf(hardwareHeads, hardwareHeadCount(leaseCount), hardwareHash(who)));
  }
  return who.hardwareBucket;
}

/** Address of the bucket of leases by identity that a key of `length` bytes at `key` falls into, in a network; there must be leases. */
export function bucketOfKey(key: usize, length: u32, network: u32): usize {
  return bucketOf(identityHeads, leaseCount, hashBytes(key, length, seed + network));
}

/** As `bucketOfKey`, of the index by hardware address. */
export function bucketOfHardware(chaddr: usize, hlen: u32, network: u32): usize {
  return bucketOf(hardwareHeads, hardwareHeadCount(leaseCount), hashBytes(chaddr, hlen, seed + network));
}

function hardwareHash(who: ClientIdentity): u32 {
  return hashOf(who.chaddr, who.hlen, who);
}

/** The hash of a key of `who`, within its network. */
function hashOf(key: usize, length: u32, who: ClientIdentity): u32 {
  return hashBytes(key, length, seed + who.network);
}

/** Address of the bucket that a hash falls into, of `count` from `heads` on. */
function bucketOf(heads: usize, count: u32, hash: u32): usize {
  return heads + u32((u64(hash) * u64(count)) >> 32) * sizeof<u32>();
}

/** Buckets of the index by hardware address: half as many as leases, for it is asked less often. */
function hardwareHeadCount(leases: u32): u32 {
  return (leases + 1) >>> 1;
}

/** Puts a lease first in the chain of a bucket; its link lies `link` bytes into the record. */
function addToChain(bucket: usize, lease: Lease, link: u32): void {
  store<u32>(changetype<usize>(lease) + link, load<u32>(bucket));
  store<u32>(bucket, u32(changetype<usize>(lease)));
}

/** Takes a lease out of the chain of a bucket, in which it must be. */
function removeFromChain(bucket: usize, lease: Lease, link: u32): void {
  let place = bucket;
  while (load<u32>(place) != u32(changetype<usize>(lease))) {
    assert(load<u32>(place) != 0);
    place = load<u32>(place) + link;
  }
  store<u32>(place, load<u32>(changetype<usize>(lease) + link));
  store<u32>(changetype<usize>(lease) + link, 0);
}

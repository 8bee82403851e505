/**
 * What a lease holds of its client: the identity, a long one partly in the arena, and behind it the attributes. Read as a
 * whole by `readHolder`, written by `writeOverflow` and `takeAttributes`; `identity.ts` finds leases by it.
 */
import { copyBytes, fillZero } from "../wire/bytes";
import { count } from "../machine/counters";
import { Verdict } from "../machine/verdict";
import {
  beginChain,
  blocksFor,
  blocksIn,
  chainTakes,
  endChain,
  freeBlockCount,
  freeChain,
  nextChainBytes,
  openChain,
  putChainByte,
  putChainBytes,
} from "./attributes";
import { client, ClientIdentity } from "./client";
import { INLINE_CHADDR, INLINE_IDENTIFIER, Lease, leaseAt, networkOfLease } from "./lease";

/** What an attribute of a record or of the arena is. Numbers are stable; 0 ends the list. */
export enum AttributeTag {
  HOST_NAME = 1,
  RELAY_INFORMATION = 2,
  VENDOR_CLASS = 3,
}

/** Bytes of an attribute before its value: tag and length. */
export const ATTRIBUTE_HEAD: u32 = 2;

/** The identity that a lease holds, gathered from its record and the arena; valid until the next call of `readHolder`. */
export const holder: ClientIdentity = changetype<ClientIdentity>(memory.data(offsetof<ClientIdentity>(), 4));

const holderChaddr = memory.data(16, 4);
const holderIdentifier = memory.data(256, 4);

/** Fills `holder` with the identity of a lease; the arena's chain is left open behind it, at the attributes. */
export function readHolder(index: u32): void {
  const lease = leaseAt(index);
  fillZero(changetype<usize>(holder), offsetof<ClientIdentity>());
  holder.network = networkOfLease(index);
  holder.htype = lease.htype;
  holder.hlen = lease.hlen;
  holder.identifierLength = lease.identifierLength;
  holder.identifier = u32(changetype<usize>(lease) + offsetof<Lease>("identifier"));
  holder.chaddr = u32(changetype<usize>(lease) + offsetof<Lease>("chaddr"));
  openChain(lease.attributes);
  if (lease.identifierLength > u8(INLINE_IDENTIFIER)) {
    nextChainBytes(holderIdentifier, lease.identifierLength);
    holder.identifier = u32(holderIdentifier);
  }
  if (lease.hlen > u8(INLINE_CHADDR)) {
    copyBytes(holderChaddr, holder.chaddr, INLINE_CHADDR);
    nextChainBytes(holderChaddr + INLINE_CHADDR, lease.hlen - INLINE_CHADDR);
    holder.chaddr = u32(holderChaddr);
  }
}

/** Whether the current client's identity can be stored in the lease: what it needs of the arena is free, or the lease's own. */
export function identityFits(index: u32): bool {
  const needed = blocksFor(overflowOf(client));
  return needed <= freeBlockCount || needed <= freeBlockCount + blocksIn(leaseAt(index).attributes);
}

/** Bytes of an identity that a lease cannot hold itself. */
function overflowOf(who: ClientIdentity): u32 {
  const identifier = who.identifierLength > u8(INLINE_IDENTIFIER) ? u32(who.identifierLength) : 0;
  return identifier + (who.hlen > u8(INLINE_CHADDR) ? u32(who.hlen) - INLINE_CHADDR : 0);
}

/** Replaces the attributes of a lease, which is the current client's, by what the client says of itself now. */
export function takeAttributes(index: u32): void {
  const lease = leaseAt(index);
  freeChain(lease.attributes);
  writeOverflow(lease, client);
  putAttribute(AttributeTag.HOST_NAME, client.hostName, client.hostNameLength);
  putAttribute(AttributeTag.RELAY_INFORMATION, client.relayInformation, client.relayInformationLength);
  putAttribute(AttributeTag.VENDOR_CLASS, client.vendorClass, client.vendorClassLength);
  lease.attributes = endChain();
}

/** Gives back the blocks of a lease that hold its client's attributes; those of the identity stay. Counted where there were any. */
export function dropAttributes(index: u32): void {
  const lease = leaseAt(index);
  const before = freeBlockCount;
  readHolder(index);
  freeChain(lease.attributes);
  writeOverflow(lease, holder);
  lease.attributes = endChain();
  if (freeBlockCount != before) count(Verdict.ATTRIBUTE_DROPPED);
}

/** Begins a chain with the part of an identity, the lease's own, that the lease cannot hold itself. */
export function writeOverflow(lease: Lease, who: ClientIdentity): void {
  beginChain();
  if (lease.identifierLength > u8(INLINE_IDENTIFIER)) putChainBytes(who.identifier, lease.identifierLength);
  if (lease.hlen > u8(INLINE_CHADDR)) putChainBytes(who.chaddr + INLINE_CHADDR, lease.hlen - INLINE_CHADDR);
}

function putAttribute(tag: AttributeTag, value: usize, length: u8): void {
  if (length == 0) return;
  if (!chainTakes(ATTRIBUTE_HEAD + length)) {
    count(Verdict.ATTRIBUTE_DROPPED);
    return;
  }
  putChainByte(tag);
  putChainByte(length);
  putChainBytes(value, length);
}

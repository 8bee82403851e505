/**
 * Addresses are probed before they are offered, where the policy says so (RFC 2131 §2.2): by ARP on a link of frames (RFC 5227
 * §2.1.1), by ICMP echo through the host elsewhere, behind a relay agent above all.
 *
 * Nothing waits: a probe keeps the DHCPDISCOVER that began it, and when its time is over without an answer that message is answered. If the
 * client asks again meanwhile, its newest message takes the place. If somebody answers, the address is quarantined and the
 * message is handled anew, which looks for another address. The table is bounded; a DHCPDISCOVER that finds it full is dropped
 * and counted, and its client asks again.
 *
 *     entry  ┌───────┬───────────┬──────────────────────────────┐
 *            │ Probe │ InputSlot │ payload (inputPayloadSize)   │  × probeCount
 *            └───────┴───────────┴──────────────────────────────┘
 *
 * A lease in PROBING always has an entry, and one only; an entry whose lease has left PROBING (its client took another way) is
 * void. A host that can send no echo passes over it: then time alone decides.
 */
import { control } from "../machine/control";
import { InputSlot } from "../machine/input";
import { LinkMode, macOf } from "../machine/interface";
import { reserve } from "../machine/memory";
import { random } from "../machine/random";
import { leaseClock, leaseEnd, NEVER, now } from "../machine/time";
import { commitReady, nextDescriptor, nextMessage, Ring, ringIsFull, TransmitKind } from "../machine/transmit";
import { Verdict } from "../machine/verdict";
import { arpSender, arpSenderMac, ArpOperation, writeArp } from "../wire/arp";
import { copyBytes, equalBytes } from "../wire/bytes";
import { MAC_SIZE } from "../wire/ethernet";
import { writeEcho } from "../wire/icmp";
import { chaddr, giaddr } from "../wire/message";
import { ETHERNET_HTYPE, noteFrame } from "./delivery";
import { link, message, slot } from "./exchange";
import { Policy } from "./image";
import { leaseAt, LeaseState } from "./lease";
import { journalHasRoom } from "./record";
import { leaseIndexOf, NO_LEASE } from "./scopes";
import { sourceOfMessage } from "./sources";
import { lapse, probe, quarantine } from "./transition";
import { ServerVerdict } from "./verdict";

/** One address being probed. */
@unmanaged
class Probe {
  /** When nobody has answered, in milliseconds of the host's clock. */
  endsAt: u64;
  /** The lease's number + 1; 0: the entry is free. */
  leaseNumber: u32;
  /** Seconds of quarantine if somebody answers. */
  quarantineSeconds: u32;
  /** Where `chaddr` of the saved message lies in its payload: an answer from there is the client's own. */
  chaddrOffset: u32;
  /** Zero. */
  reserved: u32;
}

let table: usize = 0;
let entryCount: u32 = 0;
let entrySize: u32 = 0;

/** Addresses being probed at present. */
export let probesRunning: u32 = 0;

/** Reserves `count` entries for inputs of up to `payloadSize` bytes (a multiple of 4). */
export function layOutProbes(count: u32, payloadSize: u32): void {
  entryCount = count;
  entrySize = (offsetof<Probe>() + offsetof<InputSlot>() + payloadSize + 7) & ~7;
  table = reserve(count, entrySize);
}

/** Begins to probe `lease` for the DHCPDISCOVER in hand. */
export function startProbe(lease: u32, policy: Policy): u32 {
  const entry = entryFor(lease);
  if (entry == 0) return ServerVerdict.PROBES_FULL;
  const ring = changetype<Ring>(control.ready);
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  const started = changetype<Probe>(entry);
  started.leaseNumber = lease + 1;
  started.endsAt = now + policy.probeMilliseconds;
  started.quarantineSeconds = policy.quarantineSeconds;
  probesRunning++;
  saveMessage(started);
  probe(lease, sourceOfMessage());
  if (giaddr(message) == 0 && canSendArp()) sendArpProbe(ring, slot.address);
  else sendEcho(ring, slot.address);
  return ServerVerdict.PROBE_STARTED;
}

/** Lets the DHCPDISCOVER in hand be answered, instead of an earlier one, when the probe of `lease` ends. */
export function updateProbe(lease: u32): u32 {
  const entry = entryOf(lease);
  assert(entry != 0);
  saveMessage(changetype<Probe>(entry));
  return ServerVerdict.PROBE_RUNS;
}

/** When the next probe ends, or `NEVER`. */
export function nextProbeDeadline(): u64 {
  let earliest = NEVER;
  if (probesRunning == 0) return earliest;
  for (let index: u32 = 0; index < entryCount; index++) {
    const entry = entryAt(index);
    if (entry.leaseNumber != 0 && entry.endsAt < earliest) earliest = entry.endsAt;
  }
  return earliest;
}

/** Address of the entry of a probe that is over by now, or 0. */
export function endedProbe(): usize {
  if (probesRunning == 0) return 0;
  for (let index: u32 = 0; index < entryCount; index++) {
    const entry = entryAt(index);
    if (entry.leaseNumber != 0 && entry.endsAt <= now) return changetype<usize>(entry);
  }
  return 0;
}

/** Address of the entry that probes `address`, or 0. */
export function probeOfAddress(address: u32): usize {
  const lease = leaseIndexOf(address);
  return lease == NO_LEASE ? 0 : entryOf(lease);
}

/**
 * Address of the entry whose address the ARP message just read, on `interfaceIndex`, shows to be in use by another machine than its
 * client's, or 0. What another link says of the same address is nothing to the client's.
 */
export function probeAnsweredByArp(interfaceIndex: u32): usize {
  if (arpSender == 0 || probesRunning == 0) return 0;
  const entry = probeOfAddress(arpSender);
  if (entry == 0 || savedSlot(entry).interfaceIndex != interfaceIndex) return 0;
  const saved = changetype<usize>(savedSlot(entry)) + offsetof<InputSlot>();
  return equalBytes(saved + changetype<Probe>(entry).chaddrOffset, arpSenderMac, MAC_SIZE) ? 0 : entry;
}

/** Frees an entry and returns the number of its lease; `NO_LEASE` when that is not PROBING any more. The saved message stays until the next probe begins. */
export function closeProbe(entry: usize): u32 {
  const closed = changetype<Probe>(entry);
  const lease = closed.leaseNumber - 1;
  closed.leaseNumber = 0;
  probesRunning--;
  return u32(leaseAt(lease).state) == u32(LeaseState.PROBING) ? lease : NO_LEASE;
}

/** Quarantines `lease`, for whose address somebody answered; false: it cannot be recorded now, and is free again instead. */
export function quarantineProbed(entry: usize, lease: u32): bool {
  if (!journalHasRoom()) {
    lapse(lease);
    return false;
  }
  quarantine(lease, leaseEnd(leaseClock() + 1, changetype<Probe>(entry).quarantineSeconds));
  return true;
}

/** The input that began a probe, its payload behind it. */
export function savedSlot(entry: usize): InputSlot {
  return changetype<InputSlot>(entry + offsetof<Probe>());
}

function entryAt(index: u32): Probe {
  return changetype<Probe>(table + index * entrySize);
}

function entryOf(lease: u32): usize {
  for (let index: u32 = 0; index < entryCount; index++) {
    const entry = entryAt(index);
    if (entry.leaseNumber == lease + 1) return changetype<usize>(entry);
  }
  return 0;
}

/** Address of an entry to probe `lease` with: its own void one, else any free or void one, which is free then; 0: there is none. */
function entryFor(lease: u32): usize {
  const own = entryOf(lease);
  if (own != 0) {
    closeProbe(own);
    return own;
  }
  for (let index: u32 = 0; index < entryCount; index++) {
    const entry = entryAt(index);
    if (entry.leaseNumber == 0) return changetype<usize>(entry);
    if (u32(leaseAt(entry.leaseNumber - 1).state) == u32(LeaseState.PROBING)) continue;
    closeProbe(changetype<usize>(entry));
    return changetype<usize>(entry);
  }
  return 0;
}

/** Copies the slot of the message in hand into an entry. */
function saveMessage(entry: Probe): void {
  const saved = savedSlot(changetype<usize>(entry));
  const payload = changetype<usize>(slot) + offsetof<InputSlot>();
  entry.chaddrOffset = u32(chaddr(message) - payload);
  copyBytes(changetype<usize>(saved), changetype<usize>(slot), offsetof<InputSlot>() + slot.length);
}

function canSendArp(): bool {
  return u32(link.linkMode) != u32(LinkMode.DATAGRAM) && u32(link.htype) == ETHERNET_HTYPE;
}

/** Asks the link who has `address`, in nobody's name: a probe changes no one's ARP cache (RFC 5227 §1.1). */
function sendArpProbe(ring: Ring, address: u32): void {
  const at = nextMessage(ring);
  const length = writeArp(at, ArpOperation.REQUEST, macOf(link), 0, 0, address, 0);
  sendArp(ring, slot.interfaceIndex, at, length, 0);
}

/** Sends the ARP frame of `length` bytes at `at`, which lies in the ring's next entry, to the hardware address at `mac` (0: to everybody). */
export function sendArp(ring: Ring, interfaceIndex: u32, at: usize, length: u32, mac: usize): void {
  const descriptor = nextDescriptor(ring);
  descriptor.interfaceIndex = interfaceIndex;
  noteFrame(descriptor, at, length, mac);
  commitReady(ring);
}

/** Lets the host send an echo request; the reply, if there is one, comes back as `InputKind.PROBE_RESULT`. */
function sendEcho(ring: Ring, address: u32): void {
  const at = nextMessage(ring);
  const descriptor = nextDescriptor(ring);
  descriptor.kind = u8(TransmitKind.ECHO);
  descriptor.interfaceIndex = slot.interfaceIndex;
  descriptor.sourceAddress = link.address;
  descriptor.destinationAddress = address;
  descriptor.payload = u32(at);
  descriptor.length = writeEcho(at, random() & 0xffff, 1);
  commitReady(ring);
}

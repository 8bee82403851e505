/**
 * What the server is told, one input after the other, and what is due with time: the way from a slot to its handler, and to the
 * one place where a verdict is written and counted.
 */
import { control } from "../machine/control";
import { count } from "../machine/counters";
import { InputFlag, InputKind, InputSlot, payloadOf } from "../machine/input";
import {
  changeInterface,
  hearsMac,
  InterfaceChange,
  interfaceAt,
  interfaceHasAddress,
  LinkMode,
  macOf,
} from "../machine/interface";
import { journalIsDurable } from "../machine/journal";
import { addEntropy } from "../machine/random";
import { nextMessage, releaseWaiting, Ring, ringIsFull } from "../machine/transmit";
import { Verdict } from "../machine/verdict";
import { ArpOperation, arpOperation, arpSender, arpSenderMac, arpTarget, writeArp } from "../wire/arp";
import { FrameKind } from "../wire/ethernet";
import {
  frameDestination,
  frameDestinationMac,
  frameDestinationPort,
  framePayload,
  framePayloadLength,
  frameSource,
  frameSourceMac,
  frameSourcePort,
  readFrame,
} from "../wire/frame";
import { MessageType, SERVER_PORT } from "../wire/message";
import { handleDecline } from "./decline";
import { handleDiscover, resumeDiscover } from "./discover";
import { beginExchange, slot } from "./exchange";
import { BROADCAST_ADDRESS, passGates } from "./gates";
import { handleInform } from "./inform";
import {
  closeProbe,
  endedProbe,
  probeAnsweredByArp,
  probeOfAddress,
  quarantineProbed,
  savedSlot,
  sendArp,
} from "./probe";
import { leaseAt, LeaseState } from "./lease";
import { noteWallClock } from "./record";
import { handleRelease } from "./release";
import { handleRequest } from "./request";
import { isRestored } from "./restore";
import { NO_LEASE } from "./scopes";
import { lapse } from "./transition";
import { ServerVerdict } from "./verdict";

/** Probes that one call ends at most: each composes an answer. */
const PROBES_A_CALL: u32 = 64;

/** Handles one input; its verdict is written into it and counted. */
export function handleInput(input: InputSlot): void {
  input.messageType = 0;
  input.answerType = 0;
  input.scope = 0;
  input.scopeIndex = 0;
  input.leaseSeconds = 0;
  input.xid = 0;
  conclude(input, judge(input));
}

function judge(input: InputSlot): u32 {
  if (input.length > control.inputPayloadSize) return Verdict.BAD_INPUT;
  if (!isRestored() && !isEarly(input.kind)) return Verdict.NOT_CONFIGURED;
  switch (u32(input.kind)) {
    case InputKind.DATAGRAM:
      input.address = 0;
      return handleDatagram(input, payloadOf(input), input.length, 0);
    case InputKind.FRAME:
      input.address = 0;
      return handleFrame(input);
    case InputKind.PROBE_RESULT:
      return takeProbeResult(input);
    case InputKind.INTERFACE:
      return changeInterface(input) ? Verdict.TAKEN : Verdict.BAD_INPUT;
    case InputKind.DURABLE:
      if (!journalIsDurable(input.value)) return Verdict.BAD_INPUT;
      releaseWaiting(changetype<Ring>(control.waiting), input.value);
      return Verdict.TAKEN;
    case InputKind.WALL_CLOCK:
      return noteWallClock(input.value) ? Verdict.TAKEN : Verdict.STORE_BEHIND;
    case InputKind.ENTROPY:
      addEntropy(input.value, input.moreValue);
      return Verdict.TAKEN;
    default:
      return Verdict.UNKNOWN_INPUT;
  }
}

/** Whether a kind of input may come before configuration and records are there. */
function isEarly(kind: u32): bool {
  return kind == InputKind.INTERFACE || kind == InputKind.ENTROPY;
}

/** Handles a DHCP message of `length` bytes at `at`; `from` is the hardware address of its frame, or 0. */
function handleDatagram(input: InputSlot, at: usize, length: u32, from: usize): u32 {
  beginExchange(input, at, length, from);
  const refusal = passGates();
  return refusal != Verdict.NONE ? refusal : handleMessage(slot.messageType);
}

function handleMessage(type: u32): u32 {
  switch (type) {
    case MessageType.DHCPDISCOVER:
      return handleDiscover();
    case MessageType.DHCPREQUEST:
      return handleRequest();
    case MessageType.DHCPDECLINE:
      return handleDecline();
    case MessageType.DHCPRELEASE:
      return handleRelease();
    default:
      return handleInform();
  }
}

/** Handles a frame: ARP, or a datagram to our port. */
function handleFrame(input: InputSlot): u32 {
  const kind = openFrame(input);
  if (kind == Verdict.NONE) return handleDatagram(input, framePayload, framePayloadLength, frameSourceMac);
  return kind == Verdict.TAKEN ? handleArp(input) : kind;
}

/** Takes a frame apart. `Verdict.NONE`: it holds a datagram for us, whose addresses are in the slot now; `TAKEN`: it is ARP; else: why it is dropped. */
function openFrame(input: InputSlot): u32 {
  const entry = interfaceAt(input.interfaceIndex);
  if (entry === null) return Verdict.UNKNOWN_INTERFACE;
  if (input.flags & InputFlag.TRUNCATED) return Verdict.TRUNCATED;
  const kind = readFrame(payloadOf(input), input.length, (input.flags & InputFlag.CHECKSUM_TRUSTED) != 0);
  if (kind != FrameKind.DATAGRAM && kind != FrameKind.ARP) return verdictOfFrame(kind);
  if (!hearsMac(entry, frameDestinationMac)) return Verdict.OTHER_FRAME;
  if (kind == FrameKind.ARP) return Verdict.TAKEN;
  if (frameDestinationPort != SERVER_PORT) return Verdict.OTHER_FRAME;
  if (frameDestination != BROADCAST_ADDRESS && !interfaceHasAddress(frameDestination)) return Verdict.OTHER_FRAME;
  input.sourceAddress = frameSource;
  input.destinationAddress = frameDestination;
  input.sourcePort = u16(frameSourcePort);
  input.destinationPort = u16(frameDestinationPort);
  return Verdict.NONE;
}

function verdictOfFrame(kind: FrameKind): u32 {
  switch (kind) {
    case FrameKind.BAD_LENGTH:
      return Verdict.BAD_FRAME;
    case FrameKind.BAD_CHECKSUM:
      return Verdict.BAD_CHECKSUM;
    case FrameKind.FRAGMENT:
      return Verdict.FRAGMENT;
    default:
      return Verdict.OTHER_FRAME;
  }
}

/** Handles the ARP message just read: an answer to a probe, or, where no IP stack is beside us, a question for our address. */
function handleArp(input: InputSlot): u32 {
  const entry = probeAnsweredByArp(input.interfaceIndex);
  if (entry != 0) {
    input.address = arpSender;
    return endInConflict(entry);
  }
  const link = changetype<InterfaceChange>(interfaceAt(input.interfaceIndex));
  const asksUs = arpOperation == ArpOperation.REQUEST && arpTarget == link.address && link.address != 0;
  if (!asksUs || u32(link.linkMode) != u32(LinkMode.FRAMES)) return Verdict.ARP_NOT_OURS;
  const ring = changetype<Ring>(control.ready);
  if (ringIsFull(ring)) return Verdict.TRANSMIT_FULL;
  const at = nextMessage(ring);
  const length = writeArp(at, ArpOperation.REPLY, macOf(link), link.address, arpSenderMac, arpSender, arpSenderMac);
  sendArp(ring, input.interfaceIndex, at, length, arpSenderMac);
  return ServerVerdict.ARP_ANSWERED;
}

/** Takes what the host found out about a probed address. */
function takeProbeResult(input: InputSlot): u32 {
  const entry = probeOfAddress(input.address);
  if (entry == 0) return ServerVerdict.PROBE_UNKNOWN;
  if (input.value != 0) return endInConflict(entry);
  endInPeace(entry);
  return ServerVerdict.PROBE_UNANSWERED;
}

/** Ends what is due: at most `PROBES_A_CALL` probes. */
export function endProbes(): void {
  for (let ended: u32 = 0; ended < PROBES_A_CALL; ended++) {
    const entry = endedProbe();
    if (entry == 0) return;
    endInPeace(entry);
  }
}

/** Nobody answered: the saved DHCPDISCOVER is answered. */
function endInPeace(entry: usize): void {
  const lease = closeProbe(entry);
  if (lease == NO_LEASE) return;
  const saved = savedSlot(entry);
  let verdict = reopen(saved);
  if (verdict == Verdict.NONE) verdict = resumeDiscover(lease);
  conclude(saved, verdict);
  // Whatever kept it from being offered, the address is free again.
  if (u32(leaseAt(lease).state) == u32(LeaseState.PROBING)) lapse(lease);
}

/** Somebody answered: the address is quarantined, and the saved DHCPDISCOVER handled anew. */
function endInConflict(entry: usize): u32 {
  const lease = closeProbe(entry);
  if (lease == NO_LEASE) return ServerVerdict.PROBE_UNKNOWN;
  if (!quarantineProbed(entry, lease)) return Verdict.STORE_BEHIND;
  const saved = savedSlot(entry);
  let verdict = reopen(saved);
  if (verdict == Verdict.NONE) verdict = handleDiscover();
  conclude(saved, verdict);
  return ServerVerdict.PROBE_ANSWERED;
}

/** Takes a saved input in hand again, through all gates: interfaces change. */
function reopen(saved: InputSlot): u32 {
  if (u32(saved.kind) == u32(InputKind.DATAGRAM)) beginExchange(saved, payloadOf(saved), saved.length, 0);
  else {
    const refusal = openFrame(saved);
    if (refusal != Verdict.NONE) return refusal;
    beginExchange(saved, framePayload, framePayloadLength, frameSourceMac);
  }
  return passGates();
}

/** Writes the verdict on an input, and counts it. */
function conclude(input: InputSlot, verdict: u32): void {
  input.verdict = u16(verdict);
  count(verdict);
}

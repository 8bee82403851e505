/**
 * Takes one input slot: finds out what it means for the client, lets that happen, and leaves a verdict in the slot.
 */
import {
  readFrame,
  frameDestinationMac,
  frameDestinationPort,
  framePayload,
  framePayloadLength,
  frameSourceMac,
} from "../wire/frame";
import { FrameKind } from "../wire/ethernet";
import { control } from "../machine/control";
import { count } from "../machine/counters";
import { InputFlag, InputKind, InputSlot, payloadOf } from "../machine/input";
import { changeInterface, hearsMac, InterfaceChange } from "../machine/interface";
import { journalIsDurable } from "../machine/journal";
import { addEntropy } from "../machine/random";
import { leaseClock, leaseClockRuns, setWallOffset, wallOffset } from "../machine/time";
import { Verdict } from "../machine/verdict";
import { judge } from "./answers";
import { ClientCommand } from "./command";
import { answerArp, arpConflicts, noteConflict, noteConflictByHost } from "./conflict";
import { ClientEvent } from "./events";
import { informFor } from "./exchange";
import { endLease, leaseAddress, leaseIsUsable } from "./lease";
import { beginInput, conclusion, receive } from "./received";
import { forgetSent, sentType } from "./send";
import { clientPort, isConfigured, link, refreshIdentity, settings } from "./settings";
import { expects, happen } from "./states";
import { runTimers } from "./timers";
import { ClientVerdict } from "./verdict";

if (ClientEvent.STOP - ClientEvent.START != ClientCommand.STOP - ClientCommand.START) {
  ERROR("ClientEvent lists the commands in the order of ClientCommand: `eventOf` counts on it.");
}

/** A wall clock that differs by no more seconds than this from what is expected has not been stepped. */
const CLOCK_TOLERANCE: i64 = 2;

/** Handles one slot, and counts its verdict. */
export function handleInput(slot: InputSlot): void {
  beginInput();
  forgetSent();
  slot.verdict = u16(Verdict.NONE);
  if (!isConfigured() || !leaseClockRuns()) {
    slot.verdict = u16(Verdict.NOT_CONFIGURED);
  } else if (slot.length > control.inputPayloadSize) {
    slot.verdict = u16(Verdict.BAD_INPUT);
  } else {
    const verdict = take(slot);
    runTimers();
    slot.answerType = u8(sentType);
    if (verdict) slot.verdict = u16(verdict);
  }
  count(slot.verdict);
}

/** Takes the input; returns its verdict, or 0 when it is in the slot already. */
function take(slot: InputSlot): u32 {
  switch (slot.kind as InputKind) {
    case InputKind.DATAGRAM:
    case InputKind.FRAME:
      return takeArrival(slot);
    case InputKind.PROBE_RESULT:
      return takeProbeResult(slot);
    case InputKind.INTERFACE:
      return takeInterface(slot);
    case InputKind.COMMAND:
      return takeCommand(slot);
    case InputKind.DURABLE:
      return journalIsDurable(slot.value) ? Verdict.TAKEN : Verdict.BAD_INPUT;
    case InputKind.WALL_CLOCK:
      return takeWallClock(slot.value);
    case InputKind.ENTROPY:
      addEntropy(slot.value, slot.moreValue);
      return Verdict.TAKEN;
    default:
      return Verdict.UNKNOWN_INPUT;
  }
}

/** Takes what came from the link. */
function takeArrival(slot: InputSlot): u32 {
  const entry = link();
  if (slot.interfaceIndex != 0 || !entry) return Verdict.UNKNOWN_INTERFACE;
  if (slot.flags & InputFlag.TRUNCATED) return Verdict.TRUNCATED;
  if (slot.kind == InputKind.FRAME) return takeFrame(slot, entry);
  return takeMessage(slot, payloadOf(slot), slot.length, 0);
}

function takeFrame(slot: InputSlot, entry: InterfaceChange): u32 {
  const kind = readFrame(payloadOf(slot), slot.length, (slot.flags & InputFlag.CHECKSUM_TRUSTED) != 0);
  switch (kind) {
    case FrameKind.BAD_LENGTH:
      return Verdict.BAD_FRAME;
    case FrameKind.BAD_CHECKSUM:
      return Verdict.BAD_CHECKSUM;
    case FrameKind.FRAGMENT:
      return Verdict.FRAGMENT;
    case FrameKind.ARP:
      return takeArp(entry);
    case FrameKind.DATAGRAM:
      if (frameDestinationPort != clientPort() || !hearsMac(entry, frameDestinationMac)) return Verdict.OTHER_FRAME;
      return takeMessage(slot, framePayload, framePayloadLength, frameSourceMac);
    default:
      return Verdict.OTHER_FRAME;
  }
}

/** Takes a DHCP message; `mac` is its sender's hardware address, or 0. */
function takeMessage(slot: InputSlot, message: usize, length: u32, mac: usize): u32 {
  const event = judge(slot, message, length);
  if (event == ClientEvent.NONE) return 0;
  receive(message, length, mac);
  assert(happen(event));
  assert(conclusion != 0);
  return conclusion;
}

function takeArp(entry: InterfaceChange): u32 {
  if (!arpConflicts(entry)) return answerArp(entry);
  if (!expects(ClientEvent.CONFLICT)) return ClientVerdict.NOT_EXPECTED;
  noteConflict();
  happen(ClientEvent.CONFLICT);
  return conclusion;
}

/** The host found out by itself that somebody else has the address. */
function takeProbeResult(slot: InputSlot): u32 {
  if (slot.value == 0 || slot.address != leaseAddress || !expects(ClientEvent.CONFLICT)) {
    return ClientVerdict.NOT_EXPECTED;
  }
  noteConflictByHost();
  happen(ClientEvent.CONFLICT);
  return conclusion;
}

/** A link that comes, goes, or has another hardware address now. */
function takeInterface(slot: InputSlot): u32 {
  const wasUp = link() != null;
  if (!changeInterface(slot)) return Verdict.BAD_INPUT;
  const isUp = link() != null;
  const identityChanged = refreshIdentity();
  // Without a client identifier the hardware address is the identity: a lease of another one is not ours.
  if (identityChanged && settings.identifierLength == 0) endLease();
  if (wasUp && isUp && !identityChanged) return Verdict.TAKEN;
  if (wasUp) happen(ClientEvent.LINK_DOWN);
  if (isUp) happen(ClientEvent.LINK_UP);
  return Verdict.TAKEN;
}

function takeCommand(slot: InputSlot): u32 {
  const event = eventOf(slot);
  if (event == ClientEvent.NONE || !happen(event)) return Verdict.COMMAND_REFUSED;
  return Verdict.COMMAND_DONE;
}

/** The event that a command is, or NONE where it cannot be carried out. Both are numbered in the same order. */
function eventOf(slot: InputSlot): ClientEvent {
  const command = slot.value as ClientCommand;
  if (command == ClientCommand.RELEASE && !leaseIsUsable()) return ClientEvent.NONE;
  if (command == ClientCommand.INFORM && !prepareInform(slot)) return ClientEvent.NONE;
  if (slot.value - 1 >= u32(ClientCommand.STOP)) return ClientEvent.NONE;
  return (ClientEvent.START + command - ClientCommand.START) as ClientEvent;
}

/** Finds the address that a DHCPINFORM speaks for: the payload's, or the interface's own. */
function prepareInform(slot: InputSlot): bool {
  const entry = link();
  if (!entry || !expects(ClientEvent.INFORM)) return false;
  const address = slot.length >= sizeof<u32>() ? load<u32>(payloadOf(slot)) : entry.address;
  informFor(address);
  return address != 0;
}

/** Notes how far the wall clock is from the lease clock, which goes on by itself. */
function takeWallClock(seconds: u32): u32 {
  const offset = i64(seconds) - i64(leaseClock());
  if (abs(offset - i64(wallOffset)) > CLOCK_TOLERANCE) {
    setWallOffset(i32(offset));
    control.wallOffset = wallOffset;
  }
  return Verdict.TAKEN;
}

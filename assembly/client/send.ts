/**
 * How messages leave: as a datagram where there is an IP stack that can send it, as a frame where there is none, or where it cannot
 * because the client has no address yet (RFC 2131 §4.1: source address 0).
 *
 * Sending may fail, because the host has not taken what lies in the ring or because the link is down; then nothing is
 * counted as sent and the caller tries again.
 */
import { MAC_SIZE } from "../wire/ethernet";
import { ArpOperation, writeArp } from "../wire/arp";
import { FRAME_HEADERS_SIZE, writeDatagramFrame } from "../wire/frame";
import { MessageType } from "../wire/message";
import { copyBytes } from "../wire/bytes";
import { control } from "../machine/control";
import { count } from "../machine/counters";
import { LinkMode, macOf } from "../machine/interface";
import { Verdict } from "../machine/verdict";
import {
  commitReady,
  nextDescriptor,
  nextMessage,
  Ring,
  ringIsFull,
  TRANSMIT_HEADROOM,
  TransmitDescriptor,
  TransmitKind,
} from "../machine/transmit";
import { serverMacAt, serverMacKnown } from "./lease";
import { compose, goesToServer, ownAddress, speaksForAddress } from "./messages";
import { clientPort, link, serverPort } from "./settings";
import { status } from "./status";

/** The limited broadcast address (RFC 919). */
const BROADCAST: u32 = 0xffffffff;

/** Type of the last message sent since `forgetSent`, or 0. */
export let sentType: u32 = 0;

/** Forgets what was sent, so that an input is credited only with its own answer. */
export function forgetSent(): void {
  sentType = 0;
}

/** Sends a message of the present state; false: it could not leave. */
export function send(type: MessageType): bool {
  const entry = link();
  if (!entry || !hasRoom()) return false;
  const ring = changetype<Ring>(control.ready);
  const message = nextMessage(ring);
  const descriptor = nextDescriptor(ring);
  const unicast = goesToServer(type);
  descriptor.messageType = u8(type);
  descriptor.sourcePort = u16(clientPort());
  descriptor.destinationPort = u16(serverPort());
  descriptor.sourceAddress = speaksForAddress(type) ? ownAddress(type) : 0;
  descriptor.destinationAddress = unicast ? status.serverIdentifier : BROADCAST;
  descriptor.payload = u32(message);
  descriptor.length = compose(message, type, entry);
  descriptor.kind = u8(TransmitKind.DATAGRAM);
  if (needsFrame(entry.linkMode, unicast && status.address != 0)) {
    // A resumed lease brought no frame from its server: until one comes, everybody hears what is meant for it.
    const mac: usize = unicast && serverMacKnown ? serverMacAt : 0;
    frame(descriptor, macOf(entry), mac);
  }
  commitReady(ring);
  sentType = type;
  return true;
}

/**
 * Sends an ARP message about `target` as `sender` (0: a probe); `targetMac`, for a reply, is the asker's hardware address, else 0
 * for broadcast. False: it could not leave.
 */
export function sendArp(operation: ArpOperation, sender: u32, target: u32, targetMac: usize): bool {
  const entry = link();
  if (!entry || !hasRoom()) return false;
  const ring = changetype<Ring>(control.ready);
  const at = nextMessage(ring) - TRANSMIT_HEADROOM;
  const descriptor = nextDescriptor(ring);
  descriptor.kind = u8(TransmitKind.FRAME);
  descriptor.payload = u32(at);
  descriptor.length = writeArp(at, operation, macOf(entry), sender, targetMac, target, targetMac);
  commitReady(ring);
  return true;
}

/** Whether the ring takes one more; counts it when not. */
function hasRoom(): bool {
  const room = !ringIsFull(changetype<Ring>(control.ready));
  if (!room) count(Verdict.TRANSMIT_FULL);
  return room;
}

/**
 * Wherever frames are possible, all but what is unicast from an address in use goes as one: an IP stack without that address (it
 * is only checked yet, or taken away already) would not send it rightly.
 */
function needsFrame(linkMode: u8, fromAddressInUse: bool): bool {
  return linkMode == LinkMode.FRAMES || (linkMode == LinkMode.MIXED && !fromAddressInUse);
}

/** Puts the headers of a frame before a datagram; without the receiver's hardware address it goes to all of them. */
function frame(descriptor: TransmitDescriptor, source: usize, destination: usize): void {
  const length = descriptor.length;
  descriptor.kind = u8(TransmitKind.FRAME);
  descriptor.payload = u32(
    writeDatagramFrame(
      descriptor.payload,
      length,
      source,
      destination,
      descriptor.sourceAddress,
      descriptor.sourcePort,
      descriptor.destinationAddress,
      descriptor.destinationPort,
    ),
  );
  descriptor.length = length + FRAME_HEADERS_SIZE;
  if (destination)
    copyBytes(changetype<usize>(descriptor) + offsetof<TransmitDescriptor>("destinationMac"), destination, 4);
  if (destination) descriptor.destinationMacTail = load<u16>(destination, MAC_SIZE - 2);
}

/**
 * Where an answer goes (RFC 2131 §4.1), and in what shape for the link it leaves by.
 *
 *     giaddr set                         → the relay agent, port 67
 *     DHCPNAK                            → everybody on the link
 *     ciaddr set                         → ciaddr
 *     BROADCAST flag                     → everybody on the link
 *     otherwise                          → yiaddr at the client's hardware address, which needs a frame: nobody
 *                                          answers ARP for that address yet. Without frames: everybody on the link
 *
 * On a link of frames only (`LinkMode.FRAMES`) everything is a frame; what goes to an address that is in use goes back to the
 * hardware address that the message came from: the client, its relay agent, or the router that they are behind.
 */
import { LinkMode, macOf } from "../machine/interface";
import {
  commitReady,
  commitWaiting,
  nextDescriptor,
  nextMessage,
  Ring,
  TransmitDescriptor,
  TransmitKind,
} from "../machine/transmit";
import { FRAME_HEADERS_SIZE, writeDatagramFrame } from "../wire/frame";
import { MAC_SIZE } from "../wire/ethernet";
import {
  BROADCAST_FLAG,
  chaddr,
  ciaddr,
  CLIENT_PORT,
  flags,
  giaddr,
  hlen,
  htype,
  MessageType,
  SERVER_PORT,
} from "../wire/message";
import { copyBytes } from "../wire/bytes";
import { isOnNetwork } from "./choose";
import { arrivedFrom, link, message, slot } from "./exchange";
import { BROADCAST_ADDRESS } from "./gates";

/** Hardware type of Ethernet (ARP parameters): the only one that frames are made for. */
export const ETHERNET_HTYPE: u32 = 1;

/** Sends the `length` bytes composed in the ready ring's next entry: an answer of `type` that gives `yiaddr`. */
export function sendReady(ring: Ring, type: MessageType, yiaddr: u32, length: u32): void {
  address(ring, type, yiaddr, length);
  commitReady(ring);
}

/** The same for the waiting ring: it leaves once the journal is durable up to `position`. */
export function sendWaiting(ring: Ring, type: MessageType, yiaddr: u32, length: u32, position: u32): void {
  address(ring, type, yiaddr, length);
  commitWaiting(ring, position);
}

/** Fills in the descriptor of the ring's next entry. */
function address(ring: Ring, type: MessageType, yiaddr: u32, length: u32): void {
  const descriptor = nextDescriptor(ring);
  slot.answerType = u8(type);
  descriptor.kind = u8(TransmitKind.DATAGRAM);
  descriptor.messageType = u8(type);
  descriptor.interfaceIndex = slot.interfaceIndex;
  descriptor.payload = u32(nextMessage(ring));
  descriptor.length = length;
  descriptor.sourceAddress = link.address;
  descriptor.sourcePort = u16(SERVER_PORT);
  descriptor.destinationPort = u16(CLIENT_PORT);
  direct(descriptor, type, yiaddr);
}

/** Decides where the answer goes. */
function direct(descriptor: TransmitDescriptor, type: MessageType, yiaddr: u32): void {
  const framesOnly = u32(link.linkMode) == u32(LinkMode.FRAMES);
  const relay = giaddr(message);
  const configured = ciaddr(message);
  if (relay != 0) {
    descriptor.destinationAddress = relay;
    descriptor.destinationPort = u16(SERVER_PORT);
    if (framesOnly) frame(descriptor, arrivedFrom);
  } else if (type != MessageType.DHCPNAK && configured != 0 && isOnNetwork(configured)) {
    descriptor.destinationAddress = configured;
    if (framesOnly) frame(descriptor, arrivedFrom);
  } else if (type != MessageType.DHCPNAK && canReachUnconfigured()) {
    descriptor.destinationAddress = yiaddr;
    frame(descriptor, chaddr(message));
  } else {
    descriptor.destinationAddress = BROADCAST_ADDRESS;
    if (framesOnly) frame(descriptor, 0);
  }
}

/** Whether a frame can be made that reaches the client before it has an address, and the client did not ask for a broadcast. */
function canReachUnconfigured(): bool {
  if (flags(message) & BROADCAST_FLAG || u32(link.linkMode) == u32(LinkMode.DATAGRAM)) return false;
  return hlen(message) == MAC_SIZE && htype(message) == ETHERNET_HTYPE;
}

/** Makes a frame to the hardware address at `mac` of the datagram, in its headroom; 0 stands for everybody. */
function frame(descriptor: TransmitDescriptor, mac: usize): void {
  const at = writeDatagramFrame(
    descriptor.payload,
    descriptor.length,
    macOf(link),
    mac,
    descriptor.sourceAddress,
    descriptor.sourcePort,
    descriptor.destinationAddress,
    descriptor.destinationPort,
  );
  noteFrame(descriptor, at, descriptor.length + FRAME_HEADERS_SIZE, mac);
}

/** Says in a descriptor that it holds the frame of `length` bytes at `at`, to the hardware address at `mac` or to everybody. */
export function noteFrame(descriptor: TransmitDescriptor, at: usize, length: u32, mac: usize): void {
  descriptor.kind = u8(TransmitKind.FRAME);
  descriptor.payload = u32(at);
  descriptor.length = length;
  if (mac != 0) {
    copyBytes(changetype<usize>(descriptor) + offsetof<TransmitDescriptor>("destinationMac"), mac, 4);
    copyBytes(changetype<usize>(descriptor) + offsetof<TransmitDescriptor>("destinationMacTail"), mac + 4, 2);
  } else {
    descriptor.destinationMac = u32.MAX_VALUE;
    descriptor.destinationMacTail = u16.MAX_VALUE;
  }
}

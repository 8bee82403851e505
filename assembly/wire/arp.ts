/**
 * ARP for IPv4 over Ethernet (RFC 826), for probes, announcements and defence of an address (RFC 5227).
 */
import { copyBytes, fillZero, loadU16, loadU32, storeU16, storeU32 } from "./bytes";
import { EtherType, ETHERNET_HEADER_SIZE, MAC_SIZE, writeEthernet } from "./ethernet";

const HARDWARE_TYPE_AT: usize = ETHERNET_HEADER_SIZE as usize;
const PROTOCOL_TYPE_AT: usize = HARDWARE_TYPE_AT + 2;
const HARDWARE_LENGTH_AT: usize = PROTOCOL_TYPE_AT + 2;
const PROTOCOL_LENGTH_AT: usize = HARDWARE_LENGTH_AT + 1;
const OPERATION_AT: usize = PROTOCOL_LENGTH_AT + 1;
const SENDER_MAC_AT: usize = OPERATION_AT + 2;
const SENDER_AT: usize = SENDER_MAC_AT + MAC_SIZE;
const TARGET_MAC_AT: usize = SENDER_AT + 4;
const TARGET_AT: usize = TARGET_MAC_AT + MAC_SIZE;
/** Bytes of an ARP message for IPv4 over Ethernet, with the Ethernet header. */
export const ARP_FRAME_SIZE: u32 = (TARGET_AT as u32) + 4;

if (ARP_FRAME_SIZE != 42) ERROR("RFC 826: ARP for IPv4 over Ethernet is 28 bytes behind the Ethernet header.");

/** Hardware type of Ethernet. */
const ETHERNET: u32 = 1;
/** Hardware addresses of six bytes, protocol addresses of four, as one number. */
const ADDRESS_LENGTHS: u32 = (MAC_SIZE << 8) | 4;

/** Values of the operation. */
export enum ArpOperation {
  REQUEST = 1,
  REPLY = 2,
}

/** What `readArp` found: the operation, addresses as numbers, hardware addresses as the address of their six bytes. */
export let arpOperation: u32 = 0;
export let arpSenderMac: usize = 0;
export let arpSender: u32 = 0;
export let arpTargetMac: usize = 0;
export let arpTarget: u32 = 0;

/**
 * Writes an ARP message with its Ethernet header at `at` and returns its length, 42. A `sender` of 0 makes a probe (RFC
 * 5227 §1.1). MACs are addresses of six bytes; 0 stands for zeros as `targetMac`, and for broadcast as
 * `ethernetDestination`.
 */
export function writeArp(
  at: usize,
  operation: ArpOperation,
  senderMac: usize,
  sender: u32,
  targetMac: usize,
  target: u32,
  ethernetDestination: usize,
): u32 {
  writeEthernet(at, ethernetDestination, senderMac, EtherType.ARP);
  storeU16(at + HARDWARE_TYPE_AT, ETHERNET);
  storeU16(at + PROTOCOL_TYPE_AT, EtherType.IPV4);
  storeU16(at + HARDWARE_LENGTH_AT, ADDRESS_LENGTHS);
  storeU16(at + OPERATION_AT, operation);
  copyBytes(at + SENDER_MAC_AT, senderMac, MAC_SIZE);
  storeU32(at + SENDER_AT, sender);
  if (targetMac) copyBytes(at + TARGET_MAC_AT, targetMac, MAC_SIZE);
  else fillZero(at + TARGET_MAC_AT, MAC_SIZE);
  storeU32(at + TARGET_AT, target);
  return ARP_FRAME_SIZE;
}

/**
 * Reads the ARP message in the frame of `length` bytes at `frame`, whose Ethernet type is ARP. False, with the values
 * above unchanged, when it is too short or speaks of other kinds of addresses.
 */
export function readArp(frame: usize, length: u32): bool {
  if (length < ARP_FRAME_SIZE) return false;
  if (loadU16(frame + HARDWARE_TYPE_AT) != ETHERNET || loadU16(frame + PROTOCOL_TYPE_AT) != EtherType.IPV4)
    return false;
  if (loadU16(frame + HARDWARE_LENGTH_AT) != ADDRESS_LENGTHS) return false;
  arpOperation = loadU16(frame + OPERATION_AT);
  arpSenderMac = frame + SENDER_MAC_AT;
  arpSender = loadU32(frame + SENDER_AT);
  arpTargetMac = frame + TARGET_MAC_AT;
  arpTarget = loadU32(frame + TARGET_AT);
  return true;
}

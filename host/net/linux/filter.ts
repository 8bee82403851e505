/**
 * Programs for the kernel's packet filter (classic BPF), put together with labels, and the ones that DHCP's sockets need.
 *
 * A server's datagrams are sorted by the kernel into classes, a socket each, so that under overload what matters most is read first
 * and is not crowded out of the buffer by the rest:
 *
 *     class 0        DHCPREQUEST, DHCPDECLINE, DHCPRELEASE: a lease, or a ladder that was begun
 *     class 1 … n    all else (DHCPDISCOVER, DHCPINFORM, what is no DHCP message), by interface and relay agent: who sends
 *                    much fills the buffer of one class, and leaves the others to others
 *
 * Nothing is kept from the server here: a malformed datagram gets its verdict and is counted, in a class that may wait. To be in
 * class 0 a message must say its type in its first option, as clients do; RFC 2131 asks no order of them, and a message that does
 * not is served all the same, later.
 */
import * as abi from "./abi.js";
import { addressOf, setOptionBytes } from "./libc.js";

/** One step: label or "", operation, operand, and where to go: after a jump if true and if false, "" being the next step. */
type Step = readonly [label: string, operation: number, operand: number, yes?: string, no?: string];

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_LENGTH = 0x80;
const LOAD_NUMBER = 0x00;
const LOAD_HALF_INDEXED = 0x48;
const LOAD_IP_HEADER_LENGTH = 0xb1;
const COPY_TO_INDEX = 0x07;
const ADD = 0x04;
const MULTIPLY = 0x24;
const SHIFT_RIGHT = 0x74;
const EXCLUSIVE_OR_INDEX = 0xac;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const RETURN_RESULT = 0x16;

/** Bytes of a packet that are kept: all. */
const WHOLE = 0x40000;
/** Offsets that mean something else than bytes from where the filter begins: the kernel's notes on a packet, and its IP header. */
const NOTE_PACKET_TYPE = 0xfffff004;
const NOTE_INTERFACE = 0xfffff008;
const IP_DESTINATION = 0xfff00000 + 16;
/** Packet type: to this host's own hardware address. */
const PACKET_HOST = 0;

/** log₂ of the classes of datagrams that may wait. */
const LATER_CLASS_BITS = 2;

/** Classes of datagrams that a server's sockets are for. */
export const DATAGRAM_CLASS_COUNT = 1 + (1 << LATER_CLASS_BITS);

const UDP_HEADER_SIZE = 8;
const GIADDR = 24;
const COOKIE = 236;
const FIRST_OPTION = 240;
const FIRST_OPTION_END = 243;

/** Lets nothing through. */
export function attachFilterOfNothing(descriptor: number): void {
  attach(descriptor, abi.SO_ATTACH_FILTER, [["", RETURN, 0]]);
}

/** Lets ARP through, and IPv4 UDP that is no later fragment and goes to `port`; for a socket of frames. */
export function attachFrameFilter(descriptor: number, port: number): void {
  const ETHERTYPE = 12;
  const IP = 14;
  const IP_FRAGMENT = IP + 6;
  const IP_PROTOCOL = IP + 9;
  const UDP_DESTINATION = IP + 2;
  attach(descriptor, abi.SO_ATTACH_FILTER, [
    ["", LOAD_HALF, ETHERTYPE],
    ["", JUMP_EQUAL, abi.ETH_P_ARP, "take", ""],
    ["", JUMP_EQUAL, abi.ETH_P_IP, "", "leave"],
    ["", LOAD_BYTE, IP_PROTOCOL],
    ["", JUMP_EQUAL, 17, "", "leave"],
    ["", LOAD_HALF, IP_FRAGMENT],
    ["", JUMP_ANY_BIT, 0x1fff, "leave", ""],
    ["", LOAD_IP_HEADER_LENGTH, IP],
    ["", LOAD_HALF_INDEXED, UDP_DESTINATION],
    ["", JUMP_EQUAL, port, "take", "leave"],
    ["take", RETURN, WHOLE],
    ["leave", RETURN, 0],
  ]);
}

/**
 * Makes a group of sockets at one port choose by class: a datagram to this host goes to the socket with the number of its class, counted in
 * the order in which they were bound.
 */
export function attachClassSelector(descriptor: number): void {
  attach(descriptor, abi.SO_ATTACH_REUSEPORT_CBPF, [...classOf(0), ["classified", RETURN_RESULT, 0]]);
}

/**
 * Lets a socket of such a group have only its class of what is broadcast: the kernel hands every socket a copy of that. What the
 * selector has chosen passes unseen. It judges a train of datagrams that arrive as one by the first of them, this filter each alone.
 */
export function attachClassFilter(descriptor: number, number: number): void {
  attach(descriptor, abi.SO_ATTACH_FILTER, [
    ["", LOAD_BYTE, NOTE_PACKET_TYPE],
    ["", JUMP_EQUAL, PACKET_HOST, "", "classify"],
    // Some access points send broadcasts to each station's own hardware address.
    ["", LOAD_WORD, IP_DESTINATION],
    ["", JUMP_EQUAL, 0xffffffff, "classify", "take"],
    ...classOf(UDP_HEADER_SIZE),
    ["classified", JUMP_EQUAL, number, "take", "leave"],
    ["take", RETURN, WHOLE],
    ["leave", RETURN, 0],
  ]);
}

/** Steps from "classify" on that find the class of a datagram, and go on at "classified". The payload begins at offset `payload`. */
function classOf(payload: number): Step[] {
  const [DHCPREQUEST, DHCPDECLINE, DHCPRELEASE] = [3, 4, 7];
  return [
    ["classify", LOAD_LENGTH, 0],
    ["", JUMP_AT_LEAST, payload + FIRST_OPTION_END, "", "short"],
    ["", LOAD_BYTE, payload],
    ["", JUMP_EQUAL, 1, "", "later"],
    ["", LOAD_WORD, payload + COOKIE],
    ["", JUMP_EQUAL, 0x63825363, "", "later"],
    ["", LOAD_HALF, payload + FIRST_OPTION],
    ["", JUMP_EQUAL, 0x3501, "", "later"],
    ["", LOAD_BYTE, payload + FIRST_OPTION + 2],
    ["", JUMP_EQUAL, DHCPREQUEST, "begun", ""],
    ["", JUMP_EQUAL, DHCPDECLINE, "begun", ""],
    ["", JUMP_EQUAL, DHCPRELEASE, "begun", "later"],
    ["later", LOAD_WORD, NOTE_INTERFACE],
    ["", COPY_TO_INDEX, 0],
    ["", LOAD_WORD, payload + GIADDR],
    ["", EXCLUSIVE_OR_INDEX, 0],
    // Fibonacci hashing: neighbours among addresses come to lie in different classes.
    ["", MULTIPLY, 0x9e3779b1],
    ["", SHIFT_RIGHT, 32 - LATER_CLASS_BITS],
    ["", ADD, 1],
    ["", JUMP, 0, "classified"],
    ["short", LOAD_NUMBER, 1],
    ["", JUMP, 0, "classified"],
    ["begun", LOAD_NUMBER, 0],
  ];
}

function attach(descriptor: number, option: number, steps: readonly Step[]): void {
  const code = assemble(steps);
  const program = new DataView(new ArrayBuffer(abi.FilterProgram.byteSize));
  program.setUint16(abi.FilterProgram.count, steps.length, true);
  program.setBigUint64(abi.FilterProgram.instructions, BigInt(addressOf(code.buffer)), true);
  setOptionBytes(descriptor, abi.SOL_SOCKET, option, new Uint8Array(program.buffer));
}

/** Packs steps as `struct sock_filter`s; jumps lead forward, by at most 255 steps. */
function assemble(steps: readonly Step[]): DataView {
  const code = new DataView(new ArrayBuffer(steps.length * abi.FilterInstruction.byteSize));
  for (const [index, [, operation, operand, yes = "", no = ""]] of steps.entries()) {
    const distance = (label: string) => (label === "" ? 0 : steps.findIndex(([own]) => own === label) - index - 1);
    const at = index * abi.FilterInstruction.byteSize;
    code.setUint16(at + abi.FilterInstruction.code, operation, true);
    code.setUint8(at + abi.FilterInstruction.jumpTrue, operation === JUMP ? 0 : distance(yes));
    code.setUint8(at + abi.FilterInstruction.jumpFalse, distance(no));
    code.setUint32(at + abi.FilterInstruction.operand, operation === JUMP ? distance(yes) : operand, true);
  }
  return code;
}

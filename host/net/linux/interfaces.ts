/**
 * What the kernel knows of an interface, asked by name with ioctl (needs neither /sys nor privilege), and a notice when any
 * of it may have changed.
 */
import { constants } from "node:os";
import { prefixOf } from "../../core/address.js";
import * as abi from "./abi.js";
import { closeDescriptor, openSocket, receiveBytes, requestControl } from "./libc.js";
import { openChangeSocket } from "./sockets.js";

/** One interface as it is now. */
export interface KernelInterface {
  readonly name: string;
  /** The kernel's index; another one if the interface was removed and made anew. */
  readonly kernelIndex: number;
  /** Up by configuration. */
  readonly up: boolean;
  /** Up and with a carrier. */
  readonly running: boolean;
  /** Hardware type as ARP knows it: 1 is Ethernet. */
  readonly htype: number;
  /** Hardware address, 6 bytes. */
  readonly mac: Uint8Array;
  /** Largest IPv4 packet in bytes. */
  readonly mtu: number;
  /** First IPv4 address as a number, or 0. */
  readonly address: number;
  /** Length of its prefix in bits. */
  readonly prefixLength: number;
}

/** Whether `name` can be an interface's name: 1 to 15 bytes, no slash, no white space. */
export function isInterfaceName(name: string): boolean {
  return /^[^\s/]+$/.test(name) && Buffer.byteLength(name) <= abi.InterfaceRequest.longestName;
}

/** Asks for interfaces by name and waits for changes. */
export class InterfaceWatch {
  /** Readable when a link or an address changed somewhere. */
  readonly changes = openChangeSocket();
  readonly #asking = openSocket(abi.AF_INET, abi.SOCK_DGRAM, 0);
  readonly #request = new DataView(new ArrayBuffer(abi.InterfaceRequest.byteSize));
  readonly #notices = new Uint8Array(8192);

  /** The interface called `name` as it is now, or null when there is none. */
  read(name: string): KernelInterface | null {
    const flags = this.#ask(name, SIOCGIFFLAGS)?.getUint16(abi.InterfaceRequest.answer, true);
    const kernelIndex = this.#ask(name, SIOCGIFINDEX)?.getInt32(abi.InterfaceRequest.answer, true);
    const mtu = this.#ask(name, SIOCGIFMTU)?.getInt32(abi.InterfaceRequest.answer, true);
    const hardware = this.#ask(name, SIOCGIFHWADDR);
    if (flags === undefined || kernelIndex === undefined || mtu === undefined || hardware === null) return null;
    const htype = hardware.getUint16(abi.InterfaceRequest.answer, true);
    const macAt = abi.InterfaceRequest.answer + 2;
    const mac = new Uint8Array(this.#request.buffer.slice(macAt, macAt + 6));
    const up = (flags & abi.IFF_UP) !== 0;
    const running = up && (flags & abi.IFF_RUNNING) !== 0;
    const address = this.#readAddress(name, SIOCGIFADDR);
    const prefixLength = address === 0 ? 0 : (prefixOf(this.#readAddress(name, SIOCGIFNETMASK)) ?? 32);
    return { name, kernelIndex, up, running, htype, mac, mtu, address, prefixLength };
  }

  /**
   * Takes all notices off the socket; what changed is asked anew, not read out of them.
   * @returns whether there was any, or notices were lost (ENOBUFS)
   */
  drain(): boolean {
    let result = receiveBytes(this.changes, this.#notices);
    const any = result !== -constants.errno.EAGAIN;
    while (result > 0) result = receiveBytes(this.changes, this.#notices);
    return any;
  }

  close(): void {
    closeDescriptor(this.changes);
    closeDescriptor(this.#asking);
  }

  #readAddress(name: string, request: number): number {
    // A struct sockaddr_in stands in the answer; no address at all is an ordinary failure.
    return this.#ask(name, request)?.getUint32(abi.InterfaceRequest.answer + abi.InternetAddress.address, false) ?? 0;
  }

  #ask(name: string, request: number): DataView | null {
    const bytes = new Uint8Array(this.#request.buffer);
    bytes.fill(0);
    bytes.set(new TextEncoder().encode(name).subarray(0, abi.InterfaceRequest.longestName));
    return requestControl(this.#asking, request, bytes) < 0 ? null : this.#request;
  }
}

const SIOCGIFFLAGS = 0x8913;
const SIOCGIFADDR = 0x8915;
const SIOCGIFNETMASK = 0x891b;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;

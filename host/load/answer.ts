/**
 * Reads a server's answer: checks once that it is a well-formed DHCP message to an Ethernet client (RFC 2131 §2), and takes out what a
 * client has to know of it. Options may overflow into `file` and `sname` (RFC 2132 §9.3).
 */
import {
  CHADDR_AT,
  COOKIE,
  COOKIE_AT,
  FILE_AT,
  HLEN_AT,
  HTYPE_AT,
  Operation,
  OP_AT,
  OptionCode,
  OPTIONS_AT,
  Overload,
  SNAME_AT,
  XID_AT,
  YIADDR_AT,
} from "#layout";
import { CHADDR_PREFIX } from "./question.js";

const ETHERNET = 1;
const MAC_SIZE = 6;

/** The answer that was read last. Addresses are numbers; 0 stands for what is not there. */
export class Answer {
  xid = 0;
  yiaddr = 0;
  /** The client's number, or −1 where `chaddr` is none of ours. */
  client = -1;
  messageType = 0;
  serverIdentifier = 0;
  leaseSeconds = 0;
  #overload = 0;

  /** Reads the message at `at` in `view`; false when it is malformed, and nothing of it may be used. */
  read(view: DataView, at: number, length: number): boolean {
    if (length <= OPTIONS_AT) return false;
    if (view.getUint8(at + OP_AT) !== Operation.BOOTREPLY) return false;
    if (view.getUint8(at + HTYPE_AT) !== ETHERNET || view.getUint8(at + HLEN_AT) !== MAC_SIZE) return false;
    if (view.getUint32(at + COOKIE_AT, false) !== COOKIE) return false;
    this.xid = view.getUint32(at + XID_AT, false);
    this.yiaddr = view.getUint32(at + YIADDR_AT, false);
    const isOurs = view.getUint16(at + CHADDR_AT, false) === CHADDR_PREFIX;
    this.client = isOurs ? view.getUint32(at + CHADDR_AT + 2, false) : -1;
    this.messageType = this.serverIdentifier = this.leaseSeconds = this.#overload = 0;
    if (!this.#walk(view, at + OPTIONS_AT, at + length)) return false;
    const overload = this.#overload;
    if (overload & Overload.FILE && !this.#walk(view, at + FILE_AT, at + COOKIE_AT)) return false;
    return (overload & Overload.SNAME) === 0 || this.#walk(view, at + SNAME_AT, at + FILE_AT);
  }

  /** Walks the options from `at` to `end`; false when one runs past it, has a wrong length, or no end option comes. */
  #walk(view: DataView, at: number, end: number): boolean {
    while (at < end) {
      const code = view.getUint8(at);
      if (code === OptionCode.END) return true;
      if (code === OptionCode.PAD) {
        at++;
        continue;
      }
      if (at + 1 >= end) return false;
      const length = view.getUint8(at + 1);
      if (at + 2 + length > end || !this.#take(view, code, at + 2, length)) return false;
      at += 2 + length;
    }
    return false;
  }

  /** Notes an option that matters; false when its length is wrong. */
  #take(view: DataView, code: number, at: number, length: number): boolean {
    switch (code) {
      case OptionCode.DHCP_MESSAGE_TYPE:
        if (length === 1) this.messageType = view.getUint8(at);
        return length === 1;
      case OptionCode.OPTION_OVERLOAD:
        if (length === 1) this.#overload = view.getUint8(at);
        return length === 1;
      case OptionCode.SERVER_IDENTIFIER:
        if (length === 4) this.serverIdentifier = view.getUint32(at, false);
        return length === 4;
      case OptionCode.IP_ADDRESS_LEASE_TIME:
        if (length === 4) this.leaseSeconds = view.getUint32(at, false);
        return length === 4;
      default:
        return true;
    }
  }
}

/**
 * What the clients of a load say (RFC 2131 §4.4, table 5), as messages of 300 bytes in which only a few fields differ.
 */
import {
  BROADCAST_FLAG,
  CHADDR_AT,
  CIADDR_AT,
  COOKIE,
  COOKIE_AT,
  FLAGS_AT,
  GIADDR_AT,
  HLEN_AT,
  HOPS_AT,
  HTYPE_AT,
  MessageType,
  MIN_MESSAGE_SIZE,
  OP_AT,
  Operation,
  OptionCode,
  OPTIONS_AT,
  XID_AT,
} from "#layout";

/** Bytes of every message. */
export const QUESTION_SIZE = MIN_MESSAGE_SIZE;

/** The first two bytes of each client's hardware address, locally administered; its number is in the other four. */
export const CHADDR_PREFIX = 0x0200;

/** What a client says; the values are steps, not message types: three of them are DHCPREQUEST. */
export const Say = { DISCOVER: 0, SELECT: 1, RENEW: 2, RELEASE: 3 } as const;
/** One of them. */
export type Say = (typeof Say)[keyof typeof Say];

const ETHERNET = 1;
/** Behind the message type, 3 bytes: code and length, then the server's identifier; likewise the requested address. */
const SERVER_IDENTIFIER_AT = OPTIONS_AT + 3 + 2;
const REQUESTED_ADDRESS_AT = SERVER_IDENTIFIER_AT + 4 + 2;

/** What is asked for: mask, routers, name servers, domain name, broadcast address, lease time, T1, T2. */
const ASKED = [OptionCode.PARAMETER_REQUEST_LIST, 8, 1, 3, 6, 15, 28, 51, 58, 59];

/** Everything that differs between two messages of one kind. Addresses are numbers. */
export interface Fields {
  readonly xid: number;
  /** The client's number. */
  readonly client: number;
  readonly server: number;
  /** The address that is selected, renewed or released. */
  readonly address: number;
}

/** Composes the clients' messages. */
export class Questions {
  readonly #templates: readonly Uint8Array[];

  /**
   * @param giaddr the relay's address; 0 for clients on the link
   * @param broadcast whether clients without an address ask for answers by broadcast
   */
  constructor(giaddr: number, broadcast: boolean) {
    this.#templates = [Say.DISCOVER, Say.SELECT, Say.RENEW, Say.RELEASE].map((say) => template(say, giaddr, broadcast));
  }

  /** Writes a message at `at`; it has `QUESTION_SIZE` bytes. */
  write(into: Uint8Array, view: DataView, at: number, say: Say, { xid, client, server, address }: Fields): void {
    into.set(this.#templates[say]!, at);
    view.setUint32(at + XID_AT, xid, false);
    view.setUint32(at + CHADDR_AT + 2, client, false);
    if (say === Say.SELECT) view.setUint32(at + REQUESTED_ADDRESS_AT, address, false);
    if (say === Say.SELECT || say === Say.RELEASE) view.setUint32(at + SERVER_IDENTIFIER_AT, server, false);
    if (say === Say.RENEW || say === Say.RELEASE) view.setUint32(at + CIADDR_AT, address, false);
  }
}

function template(say: Say, giaddr: number, broadcast: boolean): Uint8Array {
  const bytes = new Uint8Array(QUESTION_SIZE);
  const view = new DataView(bytes.buffer);
  const hasAddress = say === Say.RENEW || say === Say.RELEASE;
  view.setUint8(OP_AT, Operation.BOOTREQUEST);
  view.setUint8(HTYPE_AT, ETHERNET);
  view.setUint8(HLEN_AT, 6);
  view.setUint8(HOPS_AT, giaddr === 0 ? 0 : 1);
  view.setUint16(FLAGS_AT, broadcast && !hasAddress ? BROADCAST_FLAG : 0, false);
  view.setUint32(GIADDR_AT, giaddr, false);
  view.setUint16(CHADDR_AT, CHADDR_PREFIX, false);
  view.setUint32(COOKIE_AT, COOKIE, false);
  bytes.set(optionsOf(say), OPTIONS_AT);
  return bytes;
}

/** Options of a message, their variable values 0. */
function optionsOf(say: Say): number[] {
  const type = (value: number) => [OptionCode.DHCP_MESSAGE_TYPE, 1, value];
  const address = (code: number) => [code, 4, 0, 0, 0, 0];
  switch (say) {
    case Say.DISCOVER:
      return [...type(MessageType.DHCPDISCOVER), ...ASKED, OptionCode.END];
    case Say.SELECT: {
      const chosen = [...address(OptionCode.SERVER_IDENTIFIER), ...address(OptionCode.REQUESTED_IP_ADDRESS)];
      return [...type(MessageType.DHCPREQUEST), ...chosen, ...ASKED, OptionCode.END];
    }
    case Say.RENEW:
      return [...type(MessageType.DHCPREQUEST), ...ASKED, OptionCode.END];
    case Say.RELEASE:
      return [...type(MessageType.DHCPRELEASE), ...address(OptionCode.SERVER_IDENTIFIER), OptionCode.END];
  }
}

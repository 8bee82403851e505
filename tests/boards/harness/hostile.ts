/**
 * Hostile frames for a client or a server on a link: answers to what the client really asked, or questions to the server, bent in one
 * place or in several; other people's frames; ARP; bytes that are nothing. They go to everybody, to the victim alone, or to somebody else.
 */
import { capturedFrames, clientMessages, serverMessages } from "../../fuzz/corpus.js";
import { type Listener, someArp, someFrame } from "../../fuzz/frames.js";
import { mutate } from "../../fuzz/mutate.js";
import type { Random } from "../../fuzz/random.js";
import { SERVER, someAddress } from "../../fuzz/world.js";
import {
  type Client,
  clientOf,
  decline,
  discover,
  extend,
  inform,
  reboot,
  release,
  select,
} from "../../rules/harness/clients.js";
import { BROADCAST_MAC, isArp, readDatagramFrame } from "../../rules/harness/frames.js";
import {
  addressOption,
  buildMessage,
  Code,
  ip,
  type Message,
  type MessageFields,
  type OptionValue,
  readMessage,
  Type,
  u32,
} from "../../rules/harness/messages.js";

type Role = "client" | "server";

/** The longest frame of Ethernet without its checksum, and a size that no chip takes. */
const LONGEST_FRAME = 1514;
const OVERSIZE_FRAME = 2100;
/** The protocol in a frame's IPv4 header. */
const IP_PROTOCOL_AT = 23;
const UDP = 17;
/** A message that fits an IPv4 datagram of an Ethernet frame. */
const LONGEST_MESSAGE = 1472;

/** Clients that a hostile link plays towards a server, and the addresses of 192.0.2.0/24 that they speak of. */
const CLIENTS = 100;
const ADDRESSES = { first: 60, count: 72 };

/** What a client may ask of an address. */
const QUESTIONS: readonly ((client: Client, address: string) => MessageFields)[] = [
  (client) => discover(client),
  select,
  reboot,
  extend,
  decline,
  release,
  inform,
];

/** A hostile link: it hears what the victim says, and sends frames that nobody should send. */
export class HostileLink {
  readonly #random: Random;
  readonly #victim: Role;
  readonly #listener: Listener;
  #asked: Message | null = null;

  /** @param mac of the victim */
  constructor(random: Random, victim: Role, mac: Uint8Array) {
    this.#random = random;
    this.#victim = victim;
    this.#listener = { mac, port: victim === "client" ? 68 : 67 };
  }

  /** Hears a frame of the victim; where it has an IP stack, that one speaks too. */
  hear(frame: Uint8Array): void {
    if (this.#victim === "server" || isArp(frame) || frame[IP_PROTOCOL_AT] !== UDP) return;
    this.#asked = readMessage(readDatagramFrame(frame).payload);
  }

  /** A hostile frame, at least one byte long. */
  frame(): Uint8Array {
    const random = this.#random;
    const some = this.#some();
    const frame = some.length === 0 ? random.bytes(1) : some;
    if (random.oneIn(24)) return frame.slice(0, random.between(1, frame.length));
    return random.oneIn(24) ? longer(frame, random) : frame;
  }

  #some(): Uint8Array {
    const random = this.#random;
    switch (random.below(16)) {
      case 0:
        return random.bytes(random.between(1, LONGEST_FRAME));
      case 1:
      case 2:
        return someArp(random, this.#claimed());
      case 3:
      case 4:
        return this.#foreign();
      default:
        return someFrame(this.#message(), this.#listener, random);
    }
  }

  /** A message that the victim may well believe, or somebody's, mutated or not. */
  #message(): Uint8Array {
    const random = this.#random;
    const [likely, unlikely] =
      this.#victim === "client" ? [serverMessages, clientMessages] : [clientMessages, serverMessages];
    const base = (!random.oneIn(4) && this.#fitting()) || random.pick(random.oneIn(4) ? unlikely : likely);
    return mutate(base, random, likely, random.below(4)).subarray(0, LONGEST_MESSAGE);
  }

  /** An answer to the client's last question, if it has asked; a question to the server. */
  #fitting(): Uint8Array | null {
    if (this.#victim === "server") return someQuestion(this.#random);
    return this.#asked && answerTo(this.#asked, this.#random);
  }

  /** The address that ARP is about: one that a client may believe to have. */
  #claimed(): string {
    const requested = this.#asked && addressOption(this.#asked, Code.REQUESTED_ADDRESS);
    return requested && this.#random.oneIn(2) ? requested : someAddress(this.#random);
  }

  /** A frame that was captured elsewhere, some of its bits turned. */
  #foreign(): Uint8Array {
    const random = this.#random;
    const frame = Uint8Array.from(random.pick(capturedFrames));
    if (random.oneIn(2)) frame.set(random.pick([this.#listener.mac, BROADCAST_MAC]));
    for (let flips = random.below(4); flips > 0; flips--) frame[random.below(frame.length)]! ^= 1 << random.below(8);
    return frame;
  }
}

function longer(frame: Uint8Array, random: Random): Uint8Array {
  const longest = random.oneIn(2) ? LONGEST_FRAME : OVERSIZE_FRAME;
  const grown = new Uint8Array(Math.max(frame.length, random.between(LONGEST_FRAME, longest)));
  grown.set(frame);
  return grown;
}

/** What one of a hundred clients might ask. */
function someQuestion(random: Random): Uint8Array {
  const client = clientOf(random.below(CLIENTS));
  const address = `192.0.2.${ADDRESSES.first + random.below(ADDRESSES.count)}`;
  return buildMessage(random.pick(QUESTIONS)(client, address));
}

/** What a server might answer. */
function answerTo(asked: Message, random: Random): Uint8Array {
  const types =
    asked.type === Type.DISCOVER ? [Type.OFFER, Type.OFFER, Type.ACK] : [Type.ACK, Type.ACK, Type.NAK, Type.OFFER];
  const server = addressOption(asked, Code.SERVER_IDENTIFIER) ?? SERVER;
  const requested = addressOption(asked, Code.REQUESTED_ADDRESS) ?? asked.ciaddr;
  const options: OptionValue[] = [
    [Code.SERVER_IDENTIFIER, ip(server)],
    [Code.LEASE_TIME, u32(random.pick([10, 60, 3600, 0xffffffff]))],
    [Code.SUBNET_MASK, ip("255.255.255.0")],
    [Code.ROUTERS, ip(SERVER)],
    [Code.DNS_SERVERS, ip(SERVER, someAddress(random))],
  ];
  return buildMessage({
    op: 2,
    type: random.pick(types),
    xid: asked.xid,
    chaddr: asked.chaddr.subarray(0, asked.hlen),
    yiaddr: requested === "0.0.0.0" ? "192.0.2.77" : requested,
    options,
  });
}

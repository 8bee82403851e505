/**
 * A DHCP server that lies in one way, for what has to find it out. It remembers nothing: an address is made of the hardware address.
 *
 *     node lying-server.js ADDRESS LIE
 */
import { createSocket } from "node:dgram";
import { buildMessage, Code, ip, type OptionValue, readMessage, Type, u32 } from "../rules/harness/messages.js";

const [own, lie] = process.argv.slice(2) as [string, string];
const socket = createSocket("udp4");

socket.on("message", (bytes, { address, port }) => {
  const { type, xid, chaddr, giaddr, ciaddr } = readMessage(Uint8Array.from(bytes));
  if (type !== Type.DISCOVER && type !== Type.REQUEST) return;
  const isOffer = type === Type.DISCOVER;
  const number = ((chaddr[4] ?? 0) << 8) | (chaddr[5] ?? 0);
  const given = lie === "one-address" ? "10.0.0.1" : `10.0.${(number >> 8) + 1}.${number & 255}`;
  const hardware = chaddr.slice(0, 6);
  if (lie === "hardware-address") hardware[5]! ^= 1;
  const options: OptionValue[] = [[Code.SERVER_IDENTIFIER, ip(lie === "server-identifier" ? "192.0.2.99" : own)]];
  if (lie !== "no-lease-time") options.push([Code.LEASE_TIME, u32(3600)]);
  const answer = buildMessage({
    op: 2,
    xid,
    giaddr,
    ciaddr,
    chaddr: hardware,
    yiaddr: given,
    type: isOffer ? Type.OFFER : lie === "refuse" ? Type.NAK : Type.ACK,
    options,
  });
  const sent = lie === "cut-short" ? answer.subarray(0, 250) : answer;
  socket.send(sent, port, address);
  if (lie === "twice" && !isOffer) socket.send(sent, port, address);
});

socket.bind(67, () => console.log("ready"));

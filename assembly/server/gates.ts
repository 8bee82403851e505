/**
 * What a message must be before anything of it is believed (RFC 2131 §2, §4.1, §4.3), and which client, on which network, sent it.
 *
 * Network selection (§4.3.1): a relayed message belongs to the subnet of `giaddr`. A message without `giaddr` belongs to the
 * link it arrived on, unless it was unicast to the server by a client that has an address elsewhere: renewals of relayed
 * clients are routed past their relay agent, so `ciaddr` says where such a client is (§4.3.2, RENEWING). Of the subnets that
 * share a network, a client that has an address belongs to that of its address, relayed or not.
 */
import { count } from "../machine/counters";
import { InputFlag } from "../machine/input";
import { interfaceAt, NETWORK_BY_ADDRESS } from "../machine/interface";
import { Scope, Verdict } from "../machine/verdict";
import { chaddr, ciaddr, giaddr, hlen, htype, MessageType, op, Operation, WireFault, xid } from "../wire/message";
import {
  indexOptions,
  optionAt,
  OptionCode,
  optionLength,
  optionsTooLong,
  optionsTruncated,
  optionU8,
} from "../wire/options";
import { beginClient, client, hasKey } from "./client";
import { decidedBy, link, message, messageLength, setLink, setPlace, slot, subnet } from "./exchange";
import { imageHeader, networkAt, networkOfSubnet, NO_INDEX, poolAt, subnetAt, subnetOf } from "./scopes";
import { ServerVerdict } from "./verdict";

/** The IPv4 address of everybody on the link. */
export const BROADCAST_ADDRESS: u32 = 0xffffffff;

/** The longest client identifier that tells one client from another: a longer one is as if it were absent. */
const MAX_IDENTIFIER: u32 = 255;

/** Says why the message in hand is not handled, or `Verdict.NONE`: then its options are indexed, and place and client known. */
export function passGates(): u32 {
  const entry = interfaceAt(slot.interfaceIndex);
  if (entry === null) return Verdict.UNKNOWN_INTERFACE;
  setLink(entry);
  if (slot.flags & InputFlag.TRUNCATED) return Verdict.TRUNCATED;

  const fault = indexOptions(message, messageLength);
  if (fault != WireFault.NONE) return verdictOf(fault);
  slot.xid = xid(message);
  if (op(message) != Operation.BOOTREQUEST) return Verdict.WRONG_OPERATION;
  if (optionsTruncated()) count(Verdict.OPTION_TRUNCATED);
  if (optionsTooLong() != 0) count(Verdict.OPTION_TOO_LONG);

  const type = optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0);
  if (type == 0) return Verdict.NO_MESSAGE_TYPE;
  slot.messageType = u8(type);
  if (!isForServers(type)) return Verdict.UNEXPECTED_MESSAGE_TYPE;
  if (link.address == 0) return ServerVerdict.NO_SERVER_ADDRESS;

  const found = subnetOfClient(type);
  if (found == NO_INDEX) return ServerVerdict.NO_SUBNET;
  setPlace(networkOfSubnet(found), found);
  decidedBy(Scope.SUBNET, found);
  return identify() ? Verdict.NONE : ServerVerdict.NO_IDENTITY;
}

/** The common verdict that says the same as a fault of the wire. */
function verdictOf(fault: WireFault): Verdict {
  switch (fault) {
    case WireFault.TOO_SHORT:
      return Verdict.TOO_SHORT;
    case WireFault.BAD_COOKIE:
      return Verdict.NO_COOKIE;
    case WireFault.BAD_HARDWARE_LENGTH:
      return Verdict.BAD_HARDWARE_LENGTH;
    case WireFault.BAD_OPERATION:
      return Verdict.WRONG_OPERATION;
    default:
      return Verdict.BAD_INPUT;
  }
}

/** The message types of §4.3. */
function isForServers(type: u32): bool {
  return (
    type == MessageType.DHCPDISCOVER ||
    type == MessageType.DHCPREQUEST ||
    type == MessageType.DHCPDECLINE ||
    type == MessageType.DHCPRELEASE ||
    type == MessageType.DHCPINFORM
  );
}

/** Index of the subnet that the client is on, or `NO_INDEX`. */
function subnetOfClient(type: u32): u32 {
  const relay = giaddr(message);
  const onLink = relay != 0 ? subnetOf(relay) : subnetOfLink();
  const claimed = ciaddr(message);
  if (claimed == 0 || type == MessageType.DHCPDISCOVER) return onLink;
  const there = subnetOf(claimed);
  if (there != NO_INDEX && onLink != NO_INDEX && networkOfSubnet(there) == networkOfSubnet(onLink)) return there;
  return relay == 0 && wasUnicast() ? there : onLink;
}

/** Whether the client sent its message to the server alone. A host that cannot tell says 0, which counts as broadcast. */
export function wasUnicast(): bool {
  return slot.destinationAddress != 0 && slot.destinationAddress != BROADCAST_ADDRESS;
}

/** Index of the subnet served on the link of the message: that of the interface's address, in the network named for it, if one is. */
function subnetOfLink(): u32 {
  const byAddress = subnetOf(link.address);
  const named = link.network;
  if (named == NETWORK_BY_ADDRESS) return byAddress;
  if (named >= imageHeader().networkCount) return NO_INDEX;
  if (byAddress != NO_INDEX && networkOfSubnet(byAddress) == named) return byAddress;
  const there = networkAt(named);
  return there.poolCount != 0 ? poolAt(there.firstPool).subnet : firstSubnetOf(named);
}

/** Index of the first subnet of a network without pools, or `NO_INDEX`. */
function firstSubnetOf(networkIndex: u32): u32 {
  const subnetCount = imageHeader().subnetCount;
  for (let index: u32 = 0; index < subnetCount; index++) {
    if (u32(subnetAt(index).network) == networkIndex) return index;
  }
  return NO_INDEX;
}

/**
 * Makes the sender of the message the current client; false when it names itself by nothing. An empty client identifier, or one
 * longer than 255 bytes, is ignored (RFC 2132 §9.14: at least 2 bytes), and the client goes by its hardware address.
 */
function identify(): bool {
  beginClient(networkOfSubnet(subnet));
  client.htype = u8(htype(message));
  client.hlen = u8(hlen(message));
  client.chaddr = u32(chaddr(message));
  const identifierLength = optionLength(OptionCode.CLIENT_IDENTIFIER);
  if (identifierLength <= MAX_IDENTIFIER) {
    client.identifierLength = u8(identifierLength);
    client.identifier = u32(optionAt(OptionCode.CLIENT_IDENTIFIER));
  }
  client.hostNameLength = u8(attributeLength(OptionCode.HOST_NAME));
  client.hostName = u32(optionAt(OptionCode.HOST_NAME));
  client.vendorClassLength = u8(attributeLength(OptionCode.VENDOR_CLASS_IDENTIFIER));
  client.vendorClass = u32(optionAt(OptionCode.VENDOR_CLASS_IDENTIFIER));
  client.relayInformationLength = u8(attributeLength(OptionCode.RELAY_AGENT_INFORMATION));
  client.relayInformation = u32(optionAt(OptionCode.RELAY_AGENT_INFORMATION));
  return hasKey(client);
}

/** Bytes of an option that is kept with a lease; one longer than 255 bytes is not kept. */
function attributeLength(code: u32): u32 {
  const length = optionLength(code);
  return length <= MAX_IDENTIFIER ? length : 0;
}

/**
 * The messages a client sends, field by field and option by option as RFC 2131 Tables 4 and 5 say, and where they go (§4.4.4).
 *
 *                 DISCOVER   REQUEST in                                    DECLINE   RELEASE    INFORM
 *                            REQUESTING  REBOOTING  RENEWING   REBINDING
 *     to          broadcast  broadcast   broadcast  the server broadcast   broadcast the server broadcast
 *     ciaddr      0          0           0          address    address     0         address    address
 *     option 50   if wanted  address     address    –          –           address   –          –
 *     option 54   –          the server  –          –          –           the server the server –
 *     options 51, 55 …   yes yes         yes        yes        yes         –         –          yes, not 51
 *     option 56   –          –           –          –          –           "not used" "not used" –
 *     secs        counted    DISCOVER's  counted    counted    counted     0         0          counted
 *
 * Option 61 is the same in all (§4.2). Every message is composed anew in its buffer, header cleared, tail padded with zeros:
 * nothing of an earlier one is left. `check.ts` has proved that the largest fits.
 */
import { copyBytes } from "../wire/bytes";
import { FRAME_HEADERS_SIZE } from "../wire/frame";
import {
  BROADCAST_FLAG,
  chaddr,
  CHADDR_SIZE,
  clearHeader,
  MessageType,
  Operation,
  setCiaddr,
  setFlags,
  setHlen,
  setHtype,
  setOp,
  setSecs,
  setXid,
} from "../wire/message";
import { OptionCode } from "../wire/options";
import { finishOptions, putEncoded, putOption, putU16, putU32, putU8, startOptions } from "../wire/writer";
import { control } from "../machine/control";
import { InterfaceChange, LinkMode } from "../machine/interface";
import { ClientFlag } from "./configuration";
import { discoverSecs, informAddress, secsNow, xid } from "./exchange";
import { leaseAddress } from "./lease";
import { wantedAddress } from "./offers";
import { chaddrAt, encodedOptionsAt, hardwareLength, hardwareType, hasFlag, identifierAt, settings } from "./settings";
import { ClientState, status } from "./status";

/** Option 56 of what ends a lease, which Table 5 says it SHOULD have: "not used", in ASCII. */
const GOODBYE = memory.data<u8>([0x6e, 0x6f, 0x74, 0x20, 0x75, 0x73, 0x65, 0x64]);
const GOODBYE_LENGTH: u32 = 8;

/** The least that option 57 may say (RFC 2132 §9.10), and the MTU where the host names none. */
const SMALLEST_LIMIT: u32 = 576;
const USUAL_MTU: u32 = 1500;

/** Whether the client has the address and says so in `ciaddr`. */
export function speaksForAddress(type: MessageType): bool {
  if (type == MessageType.DHCPRELEASE || type == MessageType.DHCPINFORM) return true;
  const present = status.state;
  return type == MessageType.DHCPREQUEST && (present == ClientState.RENEWING || present == ClientState.REBINDING);
}

/** The address that it says. */
export function ownAddress(type: MessageType): u32 {
  return type == MessageType.DHCPINFORM ? informAddress : leaseAddress;
}

/** Whether the message goes to the server alone. */
export function goesToServer(type: MessageType): bool {
  return type == MessageType.DHCPRELEASE || (type == MessageType.DHCPREQUEST && status.state == ClientState.RENEWING);
}

/** Writes a message of the present state at `at`, in a buffer of `control.transmitPayloadSize` bytes; returns its length. */
export function compose(at: usize, type: MessageType, entry: InterfaceChange): u32 {
  const asks = type != MessageType.DHCPDECLINE && type != MessageType.DHCPRELEASE;
  const hasAddress = speaksForAddress(type);
  clearHeader(at);
  setOp(at, Operation.BOOTREQUEST);
  setHtype(at, hardwareType);
  setHlen(at, hardwareLength);
  setXid(at, xid);
  copyBytes(chaddr(at), chaddrAt, CHADDR_SIZE);
  if (asks) setSecs(at, repeatsDiscover(type) ? discoverSecs : secsNow());
  if (hasAddress) setCiaddr(at, ownAddress(type));
  else if (asks && hasFlag(ClientFlag.BROADCAST)) setFlags(at, BROADCAST_FLAG);

  startOptions(at, control.transmitPayloadSize);
  putU8(OptionCode.DHCP_MESSAGE_TYPE, type);
  if (settings.identifierLength) putOption(OptionCode.CLIENT_IDENTIFIER, identifierAt(), settings.identifierLength);
  if (!hasAddress) putAddress(type);
  if (!asks || repeatsDiscover(type)) putU32(OptionCode.SERVER_IDENTIFIER, status.serverIdentifier);
  if (asks) putWishes(type, entry);
  else putOption(OptionCode.MESSAGE, GOODBYE, GOODBYE_LENGTH);
  const length = finishOptions();
  assert(length != 0);
  return length;
}

/** Whether this is the DHCPREQUEST that answers an offer: it names the server, and repeats what the DHCPDISCOVER said. */
function repeatsDiscover(type: MessageType): bool {
  return type == MessageType.DHCPREQUEST && status.state == ClientState.REQUESTING;
}

/** Option 50: the address wanted, accepted, known or declined. */
function putAddress(type: MessageType): void {
  const address = type == MessageType.DHCPDISCOVER ? wantedAddress : leaseAddress;
  if (address) putU32(OptionCode.REQUESTED_IP_ADDRESS, address);
}

/** What the client asks for: the lease time, the size it can take, and the configured options. */
function putWishes(type: MessageType, entry: InterfaceChange): void {
  if (settings.requestedLeaseSeconds && type != MessageType.DHCPINFORM) {
    putU32(OptionCode.IP_ADDRESS_LEASE_TIME, settings.requestedLeaseSeconds);
  }
  putU16(OptionCode.MAXIMUM_DHCP_MESSAGE_SIZE, receiveLimit(entry));
  putEncoded(encodedOptionsAt(), settings.optionsLength);
}

/**
 * Option 57: the largest message that a slot can take, so that even a server that does not count headers overruns none; not
 * more than the link's MTU, not less than every client must take (RFC 2131 §2).
 */
function receiveLimit(entry: InterfaceChange): u32 {
  const headers: u32 = entry.linkMode == LinkMode.DATAGRAM ? 0 : FRAME_HEADERS_SIZE;
  const mtu: u32 = entry.mtu ? entry.mtu : USUAL_MTU;
  return max(min(control.inputPayloadSize - headers, mtu), SMALLEST_LIMIT);
}

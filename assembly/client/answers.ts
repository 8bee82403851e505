/**
 * Judges a message before anything of it is used (RFC 2131 §4.4.1, §4.4.5, Table 3; RFC 6842).
 *
 * In this order: is it a reply at all, is it ours (client identifier, hardware address, transaction), does the present state expect its
 * type, may its server speak, and does it give what was asked for: a unicast address that is neither its network's nor its
 * broadcast address, for some time. What fails leaves a verdict and changes nothing. Then it is an event for the
 * table in `states.ts`.
 *
 *     state        whose DHCPACK counts    whose DHCPNAK counts
 *     REQUESTING   the chosen server's     the chosen server's: another one's must not end the exchange
 *     REBOOTING    any accepted server's   any accepted server's: it is what frees a client that has moved
 *     RENEWING     the leasing server's    the leasing server's
 *     REBINDING    any accepted server's   any accepted server's
 *     others       nobody's                nobody's
 *
 * A DHCPACK that gives another address than the one being extended or rebooted cannot be used as it stands (RFC 2131
 * has no such answer). Ignoring it would keep an address that the server has given up: it counts as a refusal, and the
 * client starts anew, asking for the address that was named.
 */
import { equalBytes } from "../wire/bytes";
import { chaddr, CHADDR_SIZE, MessageType, op, Operation, WireFault, xid as xidOf, yiaddr } from "../wire/message";
import {
  indexOptions,
  optionAt,
  OptionCode,
  optionLength,
  optionPresent,
  optionsTooLong,
  optionsTruncated,
  optionTooLong,
  optionU32,
  optionU8,
} from "../wire/options";
import { count } from "../machine/counters";
import { InputSlot } from "../machine/input";
import { Verdict } from "../machine/verdict";
import { isEdgeOf, isHostAddress } from "./address";
import { ClientEvent } from "./events";
import { xid } from "./exchange";
import { leaseAddress } from "./lease";
import { chaddrAt, identifierAt, serverAccepted, settings } from "./settings";
import { expects } from "./states";
import { ClientState, status } from "./status";
import { ClientVerdict } from "./verdict";

/** What the message is for the table, or NONE; the slot then says why. Its options are indexed. */
export function judge(slot: InputSlot, message: usize, length: u32): ClientEvent {
  const fault = indexOptions(message, length);
  if (fault != WireFault.NONE) return refuse(slot, verdictOf(fault));
  if (optionsTruncated()) count(Verdict.OPTION_TRUNCATED);
  if (optionsTooLong()) count(Verdict.OPTION_TOO_LONG);
  slot.xid = xidOf(message);
  slot.address = yiaddr(message);
  slot.leaseSeconds = optionU32(OptionCode.IP_ADDRESS_LEASE_TIME, 0);
  const type = optionU8(OptionCode.DHCP_MESSAGE_TYPE, 0);
  slot.messageType = u8(type);
  const event = eventOf(type);

  const verdict = refusal(message, type, event);
  if (verdict) return refuse(slot, verdict);
  return event == ClientEvent.ACK && movesLease(message) ? ClientEvent.MOVED : event;
}

function refuse(slot: InputSlot, verdict: u32): ClientEvent {
  slot.verdict = u16(verdict);
  return ClientEvent.NONE;
}

function verdictOf(fault: WireFault): u32 {
  if (fault == WireFault.BAD_COOKIE) return Verdict.NO_COOKIE;
  if (fault == WireFault.BAD_HARDWARE_LENGTH) return Verdict.BAD_HARDWARE_LENGTH;
  return fault == WireFault.BAD_OPERATION ? Verdict.WRONG_OPERATION : Verdict.TOO_SHORT;
}

function eventOf(type: u32): ClientEvent {
  if (type == MessageType.DHCPOFFER) return ClientEvent.OFFER;
  if (type == MessageType.DHCPACK) return ClientEvent.ACK;
  return type == MessageType.DHCPNAK ? ClientEvent.NAK : ClientEvent.NONE;
}

/** Why the message is not to be used, or 0. */
function refusal(message: usize, type: u32, event: ClientEvent): u32 {
  if (op(message) != Operation.BOOTREPLY) return Verdict.WRONG_OPERATION;
  if (type == 0) return Verdict.NO_MESSAGE_TYPE;
  if (type == MessageType.DHCPFORCERENEW) return ClientVerdict.FORCERENEW_NOT_AUTHENTICATED;
  if (event == ClientEvent.NONE) return Verdict.UNEXPECTED_MESSAGE_TYPE;
  if (xidOf(message) != xid) return ClientVerdict.OTHER_TRANSACTION;
  if (!equalBytes(chaddr(message), chaddrAt, CHADDR_SIZE)) return ClientVerdict.OTHER_HARDWARE_ADDRESS;
  if (!identifierIsOurs()) return ClientVerdict.OTHER_CLIENT_IDENTIFIER;
  if (!expects(event)) return ClientVerdict.NOT_EXPECTED;
  const server = serverRefusal();
  if (server || event == ClientEvent.NAK || status.state == ClientState.INFORMING) return server;
  return leaseRefusal(message, event);
}

/** Servers that follow RFC 6842 return the client identifier; then it must be ours. */
function identifierIsOurs(): bool {
  // Parts that are too long to be joined are not ours, which goes into one option.
  if (!optionPresent(OptionCode.CLIENT_IDENTIFIER)) return !optionTooLong(OptionCode.CLIENT_IDENTIFIER);
  const length = optionLength(OptionCode.CLIENT_IDENTIFIER);
  return (
    length == settings.identifierLength && equalBytes(optionAt(OptionCode.CLIENT_IDENTIFIER), identifierAt(), length)
  );
}

/** Why the message's server may not speak, or 0. */
function serverRefusal(): u32 {
  const server = optionU32(OptionCode.SERVER_IDENTIFIER, 0);
  if (!isHostAddress(server)) return ClientVerdict.NO_SERVER_IDENTIFIER;
  if (!serverAccepted(server)) return ClientVerdict.SERVER_DENIED;
  const present = status.state;
  const bound = present == ClientState.REQUESTING || present == ClientState.RENEWING;
  return bound && server != status.serverIdentifier ? ClientVerdict.OTHER_SERVER : 0;
}

/** Why the lease of a DHCPOFFER or DHCPACK cannot be used, or 0. */
function leaseRefusal(message: usize, event: ClientEvent): u32 {
  const address = yiaddr(message);
  const server = optionU32(OptionCode.SERVER_IDENTIFIER, 0);
  if (!isHostAddress(address) || address == server || isEdgeOf(address, optionU32(OptionCode.SUBNET_MASK, 0))) {
    return ClientVerdict.BAD_ADDRESS;
  }
  if (optionU32(OptionCode.IP_ADDRESS_LEASE_TIME, 0) == 0) return ClientVerdict.NO_LEASE_TIME;
  const answersOffer = event == ClientEvent.ACK && status.state == ClientState.REQUESTING;
  return answersOffer && address != leaseAddress ? ClientVerdict.OTHER_ADDRESS : 0;
}

/** Whether a DHCPACK of a lease that is being extended or rebooted names another address. */
function movesLease(message: usize): bool {
  return status.state != ClientState.INFORMING && yiaddr(message) != leaseAddress;
}

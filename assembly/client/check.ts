/**
 * Checks a `ClientConfiguration` before anything of it is used: it comes from outside (a host, a flash page). Every list
 * must add up to the stated size, every option must be whole and one that a client may send of its own (RFC 2131 Table 5), and
 * the largest message made from it must fit the transmit buffer, so that nothing has to be left out later.
 */
import { OptionCode } from "../wire/options";
import { CHADDR_SIZE, MIN_MESSAGE_SIZE, OPTIONS_AT } from "../wire/message";
import { control } from "../machine/control";
import {
  CLIENT_CONFIGURATION_MAGIC,
  CLIENT_CONFIGURATION_VERSION,
  ClientConfiguration,
  ClientConfigurationFault,
  ClientFlag,
} from "./configuration";
import { recordSize } from "./record";

/** All the flags there are. */
const KNOWN_FLAGS: u32 = ClientFlag.BROADCAST | ClientFlag.PROBE | ClientFlag.ANSWER_ARP | ClientFlag.REBOOT_STRICTLY;

/** Shortest first retransmission: below it a client without an answer would be a flood. */
const SHORTEST_RETRANSMISSION: u32 = 100;
/** Longest delay between retransmissions, a day: more would be to give up. */
const LONGEST_RETRANSMISSION: u32 = 86400000;

/** Bytes of option 53, and of one with an address, a time or a size; END. */
const TYPE_OPTION_SIZE: u32 = 3;
const U32_OPTION_SIZE: u32 = 6;
const U16_OPTION_SIZE: u32 = 4;
const END_SIZE: u32 = 1;
/** What every DHCPREQUEST may hold besides identifier and configured options: 53, 50, 51, 54, 57, END. */
const OWN_OPTIONS_SIZE: u32 = TYPE_OPTION_SIZE + 3 * U32_OPTION_SIZE + U16_OPTION_SIZE + END_SIZE;

/** Checks `length` bytes at `record`; `control.refusedAt` says where it is wrong. */
export function checkConfiguration(record: ClientConfiguration, length: u32): ClientConfigurationFault {
  control.refusedAt = 0;
  if (length < offsetof<ClientConfiguration>() || length > control.imageSize) return ClientConfigurationFault.BAD_SIZE;
  if (record.magic != CLIENT_CONFIGURATION_MAGIC) return ClientConfigurationFault.BAD_MAGIC;
  control.refusedAt = offsetof<ClientConfiguration>("version");
  if (record.version != CLIENT_CONFIGURATION_VERSION) return ClientConfigurationFault.BAD_VERSION;
  control.refusedAt = offsetof<ClientConfiguration>("size");
  const optionsOffset = offsetOfOptions(record);
  const total = optionsOffset + record.optionsLength;
  if (record.size != total || total > length) return ClientConfigurationFault.BAD_SIZE;
  control.refusedAt = offsetof<ClientConfiguration>("flags");
  if (record.flags & ~KNOWN_FLAGS) return ClientConfigurationFault.UNKNOWN_FLAG;
  control.refusedAt = offsetof<ClientConfiguration>("hlen");
  if (record.hlen > 16) return ClientConfigurationFault.BAD_HARDWARE_LENGTH;
  control.refusedAt = offsetof<ClientConfiguration>("identifierLength");
  if (record.identifierLength == 1) return ClientConfigurationFault.BAD_IDENTIFIER;
  if (!timingIsSane(record)) return ClientConfigurationFault.BAD_TIMING;
  return checkOptions(record, optionsOffset);
}

/** Offset of the encoded options: behind the record, both lists of servers and the identifier. */
function offsetOfOptions(record: ClientConfiguration): u32 {
  const serverCount = u32(record.allowCount) + record.denyCount;
  return offsetof<ClientConfiguration>() + serverCount * sizeof<u32>() + record.identifierLength;
}

function timingIsSane(record: ClientConfiguration): bool {
  control.refusedAt = offsetof<ClientConfiguration>("initialDelayMinimumMilliseconds");
  if (record.initialDelayMinimumMilliseconds > record.initialDelayMaximumMilliseconds) return false;
  control.refusedAt = offsetof<ClientConfiguration>("firstRetransmissionMilliseconds");
  if (record.firstRetransmissionMilliseconds < SHORTEST_RETRANSMISSION) return false;
  if (record.longestRetransmissionMilliseconds < record.firstRetransmissionMilliseconds) return false;
  if (record.longestRetransmissionMilliseconds > LONGEST_RETRANSMISSION) return false;
  control.refusedAt = offsetof<ClientConfiguration>("requestTries");
  return record.requestTries != 0 && record.rebootTries != 0 && record.informTries != 0;
}

/** Walks the encoded options. */
function checkOptions(record: ClientConfiguration, offset: u32): ClientConfigurationFault {
  const end = offset + record.optionsLength;
  const base = changetype<usize>(record);
  while (offset < end) {
    control.refusedAt = offset;
    if (offset + 2 > end || offset + 2 + load<u8>(base + offset, 1) > end) return ClientConfigurationFault.BAD_OPTIONS;
    if (isForbidden(load<u8>(base + offset))) return ClientConfigurationFault.FORBIDDEN_OPTION;
    offset += 2 + u32(load<u8>(base + offset, 1));
  }
  control.refusedAt = offsetof<ClientConfiguration>("optionsLength");
  const identifierSize: u32 = record.identifierLength ? 2 + u32(record.identifierLength) : 0;
  const largest = u32(OPTIONS_AT) + OWN_OPTIONS_SIZE + identifierSize + record.optionsLength;
  if (max(largest, MIN_MESSAGE_SIZE) > control.transmitPayloadSize) return ClientConfigurationFault.TOO_LARGE;
  control.refusedAt = offsetof<ClientConfiguration>("identifierLength");
  const longest = recordSize(record.hlen ? record.hlen : CHADDR_SIZE, record.identifierLength);
  if (control.journalSize != 0 && longest > control.journalSize) return ClientConfigurationFault.TOO_LARGE;
  control.refusedAt = 0;
  return ClientConfigurationFault.NONE;
}

/** Options that the protocol writes itself, or that only servers and relay agents send. */
function isForbidden(code: u32): bool {
  if (code == OptionCode.PAD || code == OptionCode.END || code == OptionCode.RELAY_AGENT_INFORMATION) return true;
  if (code == OptionCode.PARAMETER_REQUEST_LIST || code == OptionCode.VENDOR_CLASS_IDENTIFIER) return false;
  return code >= u32(OptionCode.REQUESTED_IP_ADDRESS) && code <= u32(OptionCode.CLIENT_IDENTIFIER);
}

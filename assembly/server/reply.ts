/**
 * Composes the server's messages: the fields of RFC 2131 §4.3.1, table 3, and options in a fixed order.
 *
 * First what the RFC demands (53, 54, 51, then 58 and 59), then what the client asked for in the order of its list (RFC 2132 §9.8),
 * then what configuration always sends; a client without a list gets everything configured. The subnet mask comes
 * before the routers whatever the list says (RFC 2132 §3.3). The client identifier is echoed (RFC 6842), and option 82 comes last, for
 * which room is kept before the optional ones (RFC 3046 §2.2). An option that does not fit is left out whole. Codes that this
 * file writes itself, or that a server must not send, are not among the configured ones: `checkImage` refuses them.
 *
 * Nothing of the buffer's former content is left: every fixed field is written, the writer pads with zeros.
 */
import { control } from "../machine/control";
import { count } from "../machine/counters";
import { nextMessage, Ring } from "../machine/transmit";
import { copyBytes, fillZero } from "../wire/bytes";
import {
  beginAnswer,
  BROADCAST_FLAG,
  ciaddr,
  FILE_SIZE,
  file,
  flags,
  giaddr,
  MessageType,
  setCiaddr,
  setFlags,
  setSiaddr,
  setYiaddr,
  sname,
  SNAME_SIZE,
} from "../wire/message";
import { optionAt, OptionCode, optionLength, optionPresent, optionU16 } from "../wire/options";
import {
  allowOverload,
  finishOptions,
  putEncoded,
  putOption,
  putTail,
  putU32,
  putU8,
  requireOption,
  reserveTail,
  startOptions,
} from "../wire/writer";
import { link, message } from "./exchange";
import { Policy } from "./image";
import { partOfLease } from "./lifetime";
import { imageBytes } from "./scopes";
import { ServerVerdict } from "./verdict";

/** The largest message that every client takes, as an IP datagram (RFC 2131 §2, RFC 2132 §9.10). */
const MIN_MAXIMUM_SIZE: u32 = 576;
/** Bytes of IPv4 and UDP headers before a message. */
const HEADERS_SIZE: u32 = 28;
/** What an interface's MTU is taken for when the host does not say. */
const DEFAULT_MTU: u32 = 1500;
/** Code and length before an encoded option's data. */
const OPTION_HEAD: u32 = 2;

/** Where each option of `indexedPolicy` begins, as its offset + 1 from the policy's first; 0: not configured. */
const configured = memory.data(256 * 2, 8);
const CONFIGURED_SIZE: u32 = 256 * 2;
/** The policy whose options are indexed: a policy never changes, and one answer after another mostly has the same. */
let indexedPolicy: Policy = changetype<Policy>(0);
/** A bit for each code: already written into the message. */
const written = memory.data(256 / 8, 8);
const WRITTEN_SIZE: u32 = 256 / 8;

/** The message being composed. */
let reply: usize = 0;

/**
 * Composes a DHCPOFFER or DHCPACK in the next entry of `ring`, of `leaseSeconds` for `yiaddr`; both 0 in the answer to a DHCPINFORM.
 * Returns its length, or 0 when what must be in it does not fit.
 */
export function composeReply(ring: Ring, type: MessageType, policy: Policy, yiaddr: u32, leaseSeconds: u32): u32 {
  const keepsRelayInformation = beginReply(ring, type, policy);
  setYiaddr(reply, yiaddr);
  setSiaddr(reply, policy.siaddr);
  if (type == MessageType.DHCPACK) setCiaddr(reply, ciaddr(message));
  if (leaseSeconds != 0) putLeaseTimes(policy, leaseSeconds);
  echoIdentifier();
  indexConfigured(policy);
  putRequested(policy);
  return endReply(keepsRelayInformation);
}

/** Composes a DHCPNAK in the next entry of `ring`, with the sentence at `text` (its length, then its bytes) as message. Returns its length, or 0. */
export function composeNak(ring: Ring, text: usize): u32 {
  const keepsRelayInformation = beginReply(ring, MessageType.DHCPNAK, changetype<Policy>(0));
  // The relay agent must broadcast it: the client's notion of its address may be wrong (§4.3.2).
  if (giaddr(message) != 0) setFlags(reply, flags(message) | BROADCAST_FLAG);
  echoIdentifier();
  putOption(OptionCode.MESSAGE, text + 1, load<u8>(text));
  return endReply(keepsRelayInformation);
}

/** Writes the fixed fields and options 53 and 54; says whether room is kept for option 82. */
function beginReply(ring: Ring, type: MessageType, policy: Policy): bool {
  reply = nextMessage(ring);
  beginAnswer(reply, message);
  startOptions(reply, largestReply());
  if (type == MessageType.DHCPNAK) fillZero(sname(reply), SNAME_SIZE + FILE_SIZE);
  else {
    putNames(policy);
    allowOverload(policy.fileLength == 0, policy.snameLength == 0);
  }
  requireOption(putU8(OptionCode.DHCP_MESSAGE_TYPE, type));
  requireOption(putU32(OptionCode.SERVER_IDENTIFIER, link.address));
  if (!optionPresent(OptionCode.RELAY_AGENT_INFORMATION)) return false;
  if (reserveTail(optionLength(OptionCode.RELAY_AGENT_INFORMATION))) return true;
  count(ServerVerdict.RELAY_INFORMATION_OMITTED);
  return false;
}

/** Writes the `sname` and `file` fields that hold names; one that holds none is zeroed where options may spill into it. */
function putNames(policy: Policy): void {
  if (policy.snameLength != 0) putName(sname(reply), SNAME_SIZE, policy.sname, policy.snameLength);
  if (policy.fileLength != 0) putName(file(reply), FILE_SIZE, policy.file, policy.fileLength);
}

function putName(field: usize, fieldSize: u32, name: u32, length: u32): void {
  fillZero(field, fieldSize);
  copyBytes(field, imageBytes(name), length);
}

/** Bytes of the largest message that the client, the link and the ring can take. */
function largestReply(): u32 {
  const asked = max(MIN_MAXIMUM_SIZE, optionU16(OptionCode.MAXIMUM_DHCP_MESSAGE_SIZE, MIN_MAXIMUM_SIZE));
  const mtu = max(MIN_MAXIMUM_SIZE, link.mtu ? u32(link.mtu) : DEFAULT_MTU);
  return min(min(asked, mtu) - HEADERS_SIZE, control.transmitPayloadSize);
}

/** Writes the lease time, and T1 and T2 where there are any. */
function putLeaseTimes(policy: Policy, leaseSeconds: u32): void {
  requireOption(putU32(OptionCode.IP_ADDRESS_LEASE_TIME, leaseSeconds));
  const renewal = partOfLease(leaseSeconds, policy.renewalFraction);
  if (renewal != 0) putU32(OptionCode.RENEWAL_TIME_VALUE, renewal);
  const rebinding = partOfLease(leaseSeconds, policy.rebindingFraction);
  if (rebinding != 0) putU32(OptionCode.REBINDING_TIME_VALUE, rebinding);
}

/** Writes the client identifier as it came, in every answer (RFC 6842 §3). */
function echoIdentifier(): void {
  if (optionLength(OptionCode.CLIENT_IDENTIFIER) != 0) echo(OptionCode.CLIENT_IDENTIFIER);
}

function echo(code: u32): void {
  requireOption(putOption(code, optionAt(code), optionLength(code)));
}

/** Ends the reply with option 82; returns its length, or 0 when something mandatory did not fit. */
function endReply(keepsRelayInformation: bool): u32 {
  const code = OptionCode.RELAY_AGENT_INFORMATION;
  if (keepsRelayInformation) putTail(code, optionAt(code), optionLength(code));
  return finishOptions();
}

/** Finds the first piece of each option of the policy: one pass, so that a long list of requests costs a look-up each. */
function indexConfigured(policy: Policy): void {
  fillZero(written, WRITTEN_SIZE);
  if (policy == indexedPolicy) return;
  indexedPolicy = policy;
  fillZero(configured, CONFIGURED_SIZE);
  const options = imageBytes(policy.options);
  const length: u32 = policy.optionsLength;
  for (let at: u32 = 0; at < length; at += OPTION_HEAD + load<u8>(options + at, 1)) {
    const code: u32 = load<u8>(options + at);
    const entry = configured + (code << 1);
    if (load<u16>(entry) == 0) store<u16>(entry, at + 1);
  }
}

/** Writes what the client asked for in its order, then what is always sent; everything when the client has no list. */
function putRequested(policy: Policy): void {
  const listLength = optionLength(OptionCode.PARAMETER_REQUEST_LIST);
  if (listLength == 0) {
    for (let code: u32 = 1; code < u32(OptionCode.END); code++) putConfigured(policy, code);
    return;
  }
  putCodes(policy, optionAt(OptionCode.PARAMETER_REQUEST_LIST), listLength);
  putCodes(policy, imageBytes(policy.always), policy.alwaysCount);
}

/** Writes the configured options among the `codeCount` codes at `codes`, in that order but for the mask before the routers. */
function putCodes(policy: Policy, codes: usize, codeCount: u32): void {
  for (let i: u32 = 0; i < codeCount; i++) {
    const code: u32 = load<u8>(codes + i);
    if (!isWaiting(code)) continue;
    if (code == OptionCode.ROUTER && lists(codes + i, codeCount - i, OptionCode.SUBNET_MASK))
      putConfigured(policy, OptionCode.SUBNET_MASK);
    putConfigured(policy, code);
  }
}

/** Whether an option is configured and not yet written: what a list repeats costs nothing. */
function isWaiting(code: u32): bool {
  return load<u16>(configured + (code << 1)) != 0 && ((load<u8>(written + (code >>> 3)) >>> (code & 7)) & 1) == 0;
}

function lists(codes: usize, codeCount: u32, code: u32): bool {
  for (let i: u32 = 0; i < codeCount; i++) if (u32(load<u8>(codes + i)) == code) return true;
  return false;
}

/** Writes an option of the policy, all its pieces together, unless it is not configured or already written. */
function putConfigured(policy: Policy, code: u32): void {
  if (!isWaiting(code)) return;
  const mark = written + (code >>> 3);
  const marks: u32 = load<u8>(mark);
  store<u8>(mark, marks | (1 << (code & 7)));
  const options = imageBytes(policy.options);
  const first = options + load<u16>(configured + (code << 1)) - 1;
  const end = options + policy.optionsLength;
  let at = first;
  do at += OPTION_HEAD + load<u8>(at, 1);
  while (at < end && u32(load<u8>(at)) == code);
  putEncoded(first, u32(at - first));
}

/**
 * What a DHCPNAK says to people (RFC 2132 §9.9, option 56): one short sentence for each reason to refuse, in ASCII, with its length
 * in the byte before it.
 */
import { ServerVerdict } from "./verdict";

/** "address is not on this network" */
const wrongNetwork = memory.data<u8>([
  30, 97, 100, 100, 114, 101, 115, 115, 32, 105, 115, 32, 110, 111, 116, 32, 111, 110, 32, 116, 104, 105, 115, 32, 110,
  101, 116, 119, 111, 114, 107,
]);
/** "you hold another address" */
const wrongAddress = memory.data<u8>([
  24, 121, 111, 117, 32, 104, 111, 108, 100, 32, 97, 110, 111, 116, 104, 101, 114, 32, 97, 100, 100, 114, 101, 115, 115,
]);
/** "address is in use" */
const taken = memory.data<u8>([17, 97, 100, 100, 114, 101, 115, 115, 32, 105, 115, 32, 105, 110, 32, 117, 115, 101]);
/** "address is no longer yours" */
const byConfiguration = memory.data<u8>([
  26, 97, 100, 100, 114, 101, 115, 115, 32, 105, 115, 32, 110, 111, 32, 108, 111, 110, 103, 101, 114, 32, 121, 111, 117,
  114, 115,
]);
/** "no lease of yours is known" */
const unknownClient = memory.data<u8>([
  26, 110, 111, 32, 108, 101, 97, 115, 101, 32, 111, 102, 32, 121, 111, 117, 114, 115, 32, 105, 115, 32, 107, 110, 111,
  119, 110,
]);

/** Address of the sentence for a verdict that refuses: one byte of length, then so many of text. */
export function nakText(verdict: ServerVerdict): usize {
  switch (verdict) {
    case ServerVerdict.REFUSED_WRONG_NETWORK:
      return wrongNetwork;
    case ServerVerdict.REFUSED_WRONG_ADDRESS:
      return wrongAddress;
    case ServerVerdict.REFUSED_TAKEN:
      return taken;
    case ServerVerdict.REFUSED_BY_CONFIGURATION:
      return byConfiguration;
    default:
      return unknownClient;
  }
}

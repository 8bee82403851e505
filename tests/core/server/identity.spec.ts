// Whose a lease is: identities are compared whole, within their network, whatever their length.

import { Verdict } from "../../../assembly/machine/verdict";
import { control } from "../../../assembly/machine/control";
import { blocksIn, freeBlockCount } from "../../../assembly/server/attributes";
import { client } from "../../../assembly/server/client";
import { dropIdentity, findBinding, findByHardware, isClients, takeIdentity } from "../../../assembly/server/identity";
import { holder, identityFits, readHolder, takeAttributes } from "../../../assembly/server/holder";
import { leaseAt } from "../../../assembly/server/lease";
import { NO_LEASE } from "../../../assembly/server/scopes";
import { BLOCKS, freshTables, nameHost, speak } from "./tables-fixture";

/** The lease of the sample's second network. */
const ELSEWHERE: u32 = 25;

function countOf(verdict: u32): u32 {
  return load<u32>(control.counters + verdict * sizeof<u32>());
}

describe("identities", () => {
  beforeEach(() => {
    freshTables();
  });

  it("are found again at every length of hardware address and identifier, and told from one that differs in the last byte", () => {
    for (let hlen: u32 = 0; hlen <= 16; hlen++) {
      for (let length: u32 = 0; length < 256; length++) {
        if (hlen == 0 && length == 0) continue;
        speak(1, 0, u8(hlen), u8(length));
        takeIdentity(3);
        if (findBinding() != 3 || (hlen != 0 && findByHardware() != 3)) assert(false, "not found again");
        readHolder(3);
        assert(memory.compare(holder.chaddr, client.chaddr, hlen) == 0, "hardware address");
        assert(memory.compare(holder.identifier, client.identifier, length) == 0, "identifier");
        speak(2, 0, u8(hlen), u8(length));
        if (findBinding() != NO_LEASE || findByHardware() != NO_LEASE) assert(false, "taken for another");
        dropIdentity(3);
        speak(1, 0, u8(hlen), u8(length));
        if (findBinding() != NO_LEASE || findByHardware() != NO_LEASE) assert(false, "not forgotten");
        assert(freeBlockCount == BLOCKS, "a block is lost");
      }
    }
    expect(freeBlockCount).toBe(BLOCKS);
  });

  it("of one client on two networks are two", () => {
    speak(1, 0, 6, 7);
    takeIdentity(4);
    speak(1, 1, 6, 7);
    expect(findBinding()).toBe(NO_LEASE);
    expect(findByHardware()).toBe(NO_LEASE);
    takeIdentity(ELSEWHERE);
    expect(findBinding()).toBe(ELSEWHERE);
    expect(isClients(4)).toBeFalsy();
    speak(1, 0, 6, 7);
    expect(findBinding()).toBe(4);
    expect(isClients(ELSEWHERE)).toBeFalsy();
  });

  it("with an identifier and without are different, though the hardware is the same", () => {
    speak(1, 0, 6, 0);
    takeIdentity(0);
    speak(1, 0, 6, 9);
    expect(findBinding()).toBe(NO_LEASE);
    expect(findByHardware()).toBe(0);
    client.htype = 6;
    expect(findByHardware()).toBe(NO_LEASE);
  });

  it("by hardware lead to the last lease that it took, and an identifier's many leases do not hide it", () => {
    for (let lease: u32 = 0; lease < 20; lease++) {
      speak(7, 0, 6, u8(lease + 1));
      takeIdentity(lease);
      expect(findByHardware()).toBe(lease);
    }
    dropIdentity(19);
    speak(7, 0, 6, 5);
    expect(findByHardware()).toBe(NO_LEASE);
    expect(findBinding()).toBe(4);
    takeIdentity(4);
    dropIdentity(4);
    dropIdentity(11);
    expect(findBinding()).toBe(NO_LEASE);
  });

  it("follow a client whose hardware changed under the same identifier", () => {
    speak(1, 0, 6, 19);
    takeIdentity(2);
    speak(1, 0, 6, 19);
    store<u8>(client.chaddr, 0xee);
    takeIdentity(2);
    expect(findBinding()).toBe(2);
    expect(findByHardware()).toBe(2);
    speak(1, 0, 6, 0);
    expect(findByHardware()).toBe(NO_LEASE);
  });
});

describe("the arena", () => {
  it("refuses an identity that does not fit before anything changes, and counts attributes that do not", () => {
    freshTables(3);
    speak(1, 0, 6, 56);
    expect(identityFits(0)).toBeTruthy();
    takeIdentity(0);
    expect(freeBlockCount).toBe(1);
    nameHost(30, 97);
    takeAttributes(0);
    expect(countOf(Verdict.ATTRIBUTE_DROPPED)).toBe(1);
    expect(freeBlockCount).toBe(1);
    nameHost(26, 97);
    takeAttributes(0);
    expect(countOf(Verdict.ATTRIBUTE_DROPPED)).toBe(1);
    expect(freeBlockCount).toBe(0);
    speak(2, 0, 6, 21);
    expect(identityFits(1)).toBeFalsy();
    expect(identityFits(0)).toBeTruthy("it takes the place of what is there");
    speak(2, 0, 7, 20);
    expect(identityFits(1)).toBeFalsy();
    speak(2, 0, 6, 20);
    expect(identityFits(1)).toBeTruthy();
  });

  it("holds the longest lease in 37 blocks, and gives all of them back", () => {
    freshTables();
    speak(1, 0, 16, 255);
    nameHost(255, 98);
    client.relayInformation = client.vendorClass = client.hostName;
    client.relayInformationLength = client.vendorClassLength = 255;
    takeIdentity(0);
    takeAttributes(0);
    expect(blocksIn(leaseAt(0).attributes)).toBe(37);
    expect(freeBlockCount).toBe(BLOCKS - 37);
    takeAttributes(0);
    expect(freeBlockCount).toBe(BLOCKS - 37);
    dropIdentity(0);
    expect(freeBlockCount).toBe(BLOCKS);
  });
});

// Lookups over a sound image: every boundary of a range and of a subnet, from both sides.

import { checkImage } from "../../../assembly/server/image-check";
import { ImageFault } from "../../../assembly/server/image-fault";
import {
  addressOfLease,
  leaseIndexOf,
  networkOfPool,
  NO_INDEX,
  NO_LEASE,
  openImage,
  poolOfLease,
  rangeAt,
  rangeOf,
  reservationByHardware,
  reservationByIdentifier,
  subnetOf,
} from "../../../assembly/server/scopes";
import { Range } from "../../../assembly/server/image";
import { sample, sampleHeader, SAMPLE_LEASES, SAMPLE_POOLS, writeSample } from "./image-sample";

const chaddr = memory.data<u8>([2, 0, 0, 0, 0, 5]);
const identifier = memory.data<u8>([0, 112, 114]);

function open(): void {
  writeSample();
  expect(checkImage(sample, sampleHeader().size, SAMPLE_LEASES, SAMPLE_POOLS)).toBe(ImageFault.NONE);
  openImage(sample);
}

/** Index of the range that holds `address`, or `NO_INDEX`. */
function rangeIndexOf(address: u32): u32 {
  const range = rangeOf(address);
  if (range === null) return NO_INDEX;
  return u32(changetype<usize>(range) - changetype<usize>(rangeAt(0))) / offsetof<Range>();
}

describe("scopes", () => {
  it("finds the subnet of an address at both of its ends, and none beside it", () => {
    open();
    expect(subnetOf(0xc00001ff)).toBe(NO_INDEX);
    expect(subnetOf(0xc0000200)).toBe(0);
    expect(subnetOf(0xc000027f)).toBe(0);
    expect(subnetOf(0xc0000280)).toBe(NO_INDEX);
    expect(subnetOf(0xc6336400)).toBe(1);
    expect(subnetOf(0xcb0071ff)).toBe(2);
    expect(subnetOf(0)).toBe(NO_INDEX);
    expect(subnetOf(0xffffffff)).toBe(NO_INDEX);
  });

  it("finds the range of an address at both of its ends, and none in an exclusion", () => {
    open();
    expect(rangeIndexOf(0xc0000209)).toBe(NO_INDEX);
    expect(rangeIndexOf(0xc000020a)).toBe(0);
    expect(rangeIndexOf(0xc0000213)).toBe(0);
    expect(rangeIndexOf(0xc0000214)).toBe(NO_INDEX);
    expect(rangeIndexOf(0xc000021e)).toBe(1);
    expect(rangeIndexOf(0xcb007107)).toBe(4);
    expect(rangeIndexOf(0xcb007108)).toBe(NO_INDEX);
    expect(leaseIndexOf(0xcb007108)).toBe(NO_LEASE);
  });

  it("finds the same whatever was looked up before", () => {
    open();
    for (let before: u32 = 0; before < SAMPLE_LEASES; before++) {
      for (let lease: u32 = 0; lease < SAMPLE_LEASES; lease++) {
        const address = addressOfLease(lease);
        const subnet = subnetOf(address);
        subnetOf(addressOfLease(before));
        expect(subnetOf(address)).toBe(subnet);
        rangeOf(addressOfLease(before));
        expect(leaseIndexOf(address)).toBe(lease);
        rangeOf(addressOfLease(before));
        expect(addressOfLease(lease)).toBe(address);
        expect(rangeIndexOf(0xc0000214)).toBe(NO_INDEX);
      }
    }
  });

  it("numbers leases so that each number is one address and back", () => {
    open();
    for (let lease: u32 = 0; lease < SAMPLE_LEASES; lease++) {
      expect(leaseIndexOf(addressOfLease(lease))).toBe(lease);
    }
    expect(addressOfLease(9)).toBe(0xc0000213);
    expect(addressOfLease(10)).toBe(0xc000021e);
    expect(addressOfLease(25)).toBe(0xcb007107);
  });

  it("knows the pool of a lease and its network; a reserved address outside pools has none", () => {
    open();
    expect(poolOfLease(19)).toBe(0);
    expect(poolOfLease(20)).toBe(1);
    expect(poolOfLease(21)).toBe(2);
    expect(poolOfLease(25)).toBe(NO_INDEX);
    expect(networkOfPool(2)).toBe(0);
  });

  it("finds a reservation by the whole key within its network only", () => {
    open();
    expect(reservationByHardware(0, 1, chaddr, 6)).toBe(0);
    expect(reservationByHardware(1, 1, chaddr, 6)).toBe(NO_INDEX);
    expect(reservationByHardware(0, 6, chaddr, 6)).toBe(NO_INDEX);
    expect(reservationByHardware(0, 1, chaddr, 5)).toBe(NO_INDEX);
    store<u8>(chaddr, 6, 5);
    expect(reservationByHardware(0, 1, chaddr, 6)).toBe(1);
    store<u8>(chaddr, 7, 5);
    expect(reservationByHardware(0, 1, chaddr, 6)).toBe(NO_INDEX);
    store<u8>(chaddr, 5, 5);
    expect(reservationByIdentifier(1, identifier, 3)).toBe(2);
    expect(reservationByIdentifier(1, identifier, 2)).toBe(NO_INDEX);
    expect(reservationByIdentifier(0, identifier, 3)).toBe(NO_INDEX);
  });
});

// Every fault of an image: one change to a sound one, the fault it must be refused with, and where.

import { checkImage, imageChecksum } from "../../../assembly/server/image-check";
import { ImageFault, imageFaultAt } from "../../../assembly/server/image-fault";
import { ImageHeader, Policy } from "../../../assembly/server/image";
import {
  sample,
  SAMPLE_LEASES,
  SAMPLE_POOLS,
  sampleHeader,
  sampleNetwork,
  samplePolicy,
  samplePool,
  sampleRange,
  sampleReservation,
  sampleSubnet,
  seal,
  writeSample,
} from "./image-sample";

function check(): ImageFault {
  return checkImage(sample, sampleHeader().size, SAMPLE_LEASES, SAMPLE_POOLS);
}

/** Seals the changed sample and checks it. */
function changed(): ImageFault {
  seal();
  return check();
}

describe("checkImage", () => {
  beforeEach(() => {
    writeSample();
  });

  it("accepts a sound image, and an empty one", () => {
    expect(check()).toBe(ImageFault.NONE);
    const size = u32(offsetof<ImageHeader>());
    const header = sampleHeader();
    memory.fill(sample + offsetof<ImageHeader>("leaseCount"), 0, size - offsetof<ImageHeader>("leaseCount"));
    header.networks = header.subnets = header.pools = header.ranges = size;
    header.policies = header.reservations = header.bytes = size;
    header.size = size;
    expect(changed()).toBe(ImageFault.NONE);
  });

  it("refuses every shorter and longer length", () => {
    const size = sampleHeader().size;
    for (let length: u32 = 0; length < size + 8; length++) {
      const fault = checkImage(sample, length, SAMPLE_LEASES, SAMPLE_POOLS);
      expect(fault == ImageFault.NONE).toBe(length == size);
    }
  });

  it("refuses every single changed bit", () => {
    const size = sampleHeader().size;
    for (let at: u32 = 0; at < size; at++) {
      for (let bit: u8 = 0; bit < 8; bit++) {
        store<u8>(sample + at, load<u8>(sample + at) ^ (1 << bit));
        expect(checkImage(sample, size, SAMPLE_LEASES, SAMPLE_POOLS)).not.toBe(ImageFault.NONE);
        store<u8>(sample + at, load<u8>(sample + at) ^ (1 << bit));
      }
    }
    expect(check()).toBe(ImageFault.NONE);
  });

  it("never traps, whatever a word of a sealed image says", () => {
    const size = sampleHeader().size;
    let accepted = 0;
    for (let at: u32 = 0; at < size; at += 2) {
      for (let turn: u32 = 0; turn < 6; turn++) {
        writeSample();
        const value = [0, 1, 0x7fff, 0xfffc, 0xfffe, 0xffff][turn];
        store<u16>(sample + at, u16(value));
        sampleHeader().checksum = imageChecksum(sample, size);
        if (checkImage(sample, size, SAMPLE_LEASES, SAMPLE_POOLS) == ImageFault.NONE) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });

  it("tells another kind of file, another version and unknown flags apart", () => {
    sampleHeader().magic++;
    expect(changed()).toBe(ImageFault.MAGIC);
    writeSample();
    sampleHeader().version++;
    expect(changed()).toBe(ImageFault.VERSION);
    writeSample();
    sampleHeader().flags = 1;
    expect(changed()).toBe(ImageFault.VERSION);
    expect(imageFaultAt).toBe(offsetof<ImageHeader>("flags"));
  });

  it("refuses more leases or pools than there are places for", () => {
    expect(checkImage(sample, sampleHeader().size, SAMPLE_LEASES - 1, SAMPLE_POOLS)).toBe(ImageFault.TOO_MANY_LEASES);
    expect(checkImage(sample, sampleHeader().size, SAMPLE_LEASES, SAMPLE_POOLS - 1)).toBe(ImageFault.TOO_MANY_POOLS);
  });

  it("refuses tables that overlap, leave gaps or leave the image", () => {
    sampleHeader().subnets -= 4;
    expect(changed()).toBe(ImageFault.TABLES);
    writeSample();
    sampleHeader().rangeCount = 0x03ffffff;
    expect(changed()).toBe(ImageFault.TABLES);
    writeSample();
    sampleHeader().rangeCount = 0x10000000;
    expect(changed()).toBe(ImageFault.COUNT);
    writeSample();
    sampleHeader().subnetCount = 0x10000;
    expect(changed()).toBe(ImageFault.COUNT);
    writeSample();
    sampleHeader().bytesLength += 4;
    expect(changed()).toBe(ImageFault.TABLES);
    writeSample();
    sampleHeader().bytesLength -= 4;
    expect(changed()).toBe(ImageFault.TABLES);
  });

  it("refuses networks whose pools are not in order, or that allow no offer", () => {
    sampleNetwork(0).poolCount = 2;
    expect(changed()).toBe(ImageFault.NETWORK_POOLS);
    expect(imageFaultAt).toBe(u32(changetype<usize>(sampleNetwork(1)) - sample));
    writeSample();
    sampleNetwork(1).poolCount = 1;
    expect(changed()).toBe(ImageFault.NETWORK_POOLS);
    writeSample();
    sampleNetwork(1).offerLimit = 0;
    expect(changed()).toBe(ImageFault.OFFER_LIMIT);
  });

  it("refuses subnets with a bad mask, out of order or overlapping", () => {
    sampleSubnet(0).mask = 0xffff00ff;
    expect(changed()).toBe(ImageFault.SUBNET_MASK);
    writeSample();
    sampleSubnet(0).mask = 0;
    expect(changed()).toBe(ImageFault.SUBNET_MASK);
    writeSample();
    sampleSubnet(0).address |= 1;
    expect(changed()).toBe(ImageFault.SUBNET_MASK);
    writeSample();
    sampleSubnet(1).address = 0xc0000000;
    expect(changed()).toBe(ImageFault.SUBNET_ORDER);
    expect(imageFaultAt).toBe(u32(changetype<usize>(sampleSubnet(1)) - sample));
    writeSample();
    sampleSubnet(2).network = 2;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    sampleSubnet(2).policy = 1;
    expect(changed()).toBe(ImageFault.REFERENCE);
  });

  it("refuses pools of missing subnets, or of a network that does not own them", () => {
    samplePool(2).subnet = 3;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    samplePool(2).policy = 1;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    samplePool(2).subnet = 2;
    expect(changed()).toBe(ImageFault.POOL_NETWORK);
  });

  it("refuses ranges out of order, overlapping, empty, misnumbered or outside their subnet", () => {
    sampleRange(1).first = 0xc0000213;
    expect(changed()).toBe(ImageFault.RANGE_ORDER);
    writeSample();
    sampleRange(2).count = 0;
    expect(changed()).toBe(ImageFault.RANGE_ORDER);
    writeSample();
    sampleRange(1).firstLease = 11;
    expect(changed()).toBe(ImageFault.RANGE_LEASES);
    writeSample();
    sampleRange(4).first = 0xcb007100;
    expect(changed()).toBe(ImageFault.RANGE_SUBNET);
    writeSample();
    sampleRange(4).first = 0xcb0071ff;
    expect(changed()).toBe(ImageFault.RANGE_SUBNET);
    writeSample();
    sampleRange(4).pool = 3;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    sampleRange(3).pool = 1;
    expect(changed()).toBe(ImageFault.RANGE_SUBNET);
    writeSample();
    sampleRange(3).subnet = 9;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    sampleHeader().leaseCount--;
    expect(changed()).toBe(ImageFault.RANGE_LEASES);
  });

  it("refuses policies with unknown flags, or times and names that cannot be", () => {
    samplePolicy(0).flags = 0x80;
    expect(changed()).toBe(ImageFault.POLICY_FLAGS);
    expect(imageFaultAt).toBe(sampleHeader().policies);
    writeSample();
    samplePolicy(0).minimumLeaseSeconds = 0;
    expect(changed()).toBe(ImageFault.POLICY_TIMES);
    writeSample();
    samplePolicy(0).leaseSeconds = 59;
    expect(changed()).toBe(ImageFault.POLICY_TIMES);
    writeSample();
    samplePolicy(0).leaseSeconds = 7201;
    expect(changed()).toBe(ImageFault.POLICY_TIMES);
    writeSample();
    samplePolicy(0).offerSeconds = 0;
    expect(changed()).toBe(ImageFault.POLICY_TIMES);
    writeSample();
    samplePolicy(0).renewalFraction = 60000;
    expect(changed()).toBe(ImageFault.POLICY_FRACTIONS);
    writeSample();
    samplePolicy(0).fileLength = 128;
    expect(changed()).toBe(ImageFault.POLICY_NAMES);
    writeSample();
    samplePolicy(0).snameLength = 1;
    samplePolicy(0).sname = sampleHeader().bytes - 1;
    expect(changed()).toBe(ImageFault.BYTES);
    writeSample();
    samplePolicy(0).options = 0xfffffffe;
    expect(changed()).toBe(ImageFault.BYTES);
  });

  it("refuses options that run out, are not sorted, or are the server's own", () => {
    const options = sample + samplePolicy(0).options;
    store<u8>(options, 5, 1);
    expect(changed()).toBe(ImageFault.POLICY_OPTIONS);
    writeSample();
    samplePolicy(0).optionsLength--;
    expect(changed()).toBe(ImageFault.POLICY_OPTIONS);
    writeSample();
    store<u8>(options, 16, 6);
    expect(changed()).toBe(ImageFault.POLICY_OPTIONS);
    writeSample();
    for (let own: u32 = 50; own < 60; own++) {
      store<u8>(options, u8(own), 12);
      store<u8>(options, u8(own), 16);
      expect(changed()).toBe(ImageFault.POLICY_OPTIONS);
    }
  });

  it("refuses codes to be always sent that are not sorted or not among the options", () => {
    const always = sample + samplePolicy(0).always;
    store<u8>(always, 2);
    expect(changed()).toBe(ImageFault.POLICY_ALWAYS);
    writeSample();
    store<u8>(always, 15);
    expect(changed()).toBe(ImageFault.POLICY_ALWAYS);
    writeSample();
    store<u8>(always + 1, 1);
    expect(changed()).toBe(ImageFault.POLICY_ALWAYS);
    writeSample();
    samplePolicy(0).alwaysCount = u16(sampleHeader().bytesLength);
    expect(changed()).toBe(ImageFault.BYTES);
  });

  it("refuses reservations out of order, twice, with impossible keys or addresses", () => {
    sampleReservation(1).key = sampleReservation(0).key;
    expect(changed()).toBe(ImageFault.RESERVATION_ORDER);
    expect(imageFaultAt).toBe(u32(changetype<usize>(sampleReservation(1)) - sample));
    writeSample();
    sampleReservation(0).kind = 3;
    expect(changed()).toBe(ImageFault.RESERVATION_KEY);
    writeSample();
    sampleReservation(0).keyLength = 18;
    expect(changed()).toBe(ImageFault.RESERVATION_KEY);
    writeSample();
    sampleReservation(0).keyLength = 1;
    expect(changed()).toBe(ImageFault.RESERVATION_KEY);
    writeSample();
    sampleReservation(0).key = sampleHeader().reservations;
    expect(changed()).toBe(ImageFault.BYTES);
    writeSample();
    sampleReservation(0).policy = 1;
    expect(changed()).toBe(ImageFault.REFERENCE);
    writeSample();
    sampleReservation(0).address = 0xc0000209;
    expect(changed()).toBe(ImageFault.RESERVATION_ADDRESS);
    writeSample();
    sampleReservation(0).address = 0xcb007107;
    expect(changed()).toBe(ImageFault.RESERVATION_ADDRESS);
  });

  it("keeps a policy's layout: hosts write it by offset", () => {
    expect(offsetof<Policy>()).toBe(60);
  });
});

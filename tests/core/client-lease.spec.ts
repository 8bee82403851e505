/**
 * client/lease.ts: T1, T2 and the end of leases of every length, with every kind of T1 and T2, at every age of the clock.
 */
import { adopt, leaseIsUsable } from "../../assembly/client/lease";
import { noteRequest } from "../../assembly/client/exchange";
import { status } from "../../assembly/client/status";
import { INFINITE_SECONDS, NEVER, now, setNow, startLeaseClock } from "../../assembly/machine/time";
import { clearHeader, MessageType, Operation, setOp, setYiaddr } from "../../assembly/wire/message";
import { indexOptions, OptionCode } from "../../assembly/wire/options";
import { finishOptions, putU32, putU8, startOptions } from "../../assembly/wire/writer";
import { freshClient } from "./client-fixture";
import { randomBelow, seedRandom } from "./wire-vectors";

const message = memory.data(400, 8);
const ABSENT: u32 = 0x12345678;

/** Takes over a lease of these times; `ABSENT`: the option is not there. */
function lease(seconds: u32, t1: u32, t2: u32): void {
  clearHeader(message);
  setOp(message, Operation.BOOTREPLY);
  setYiaddr(message, 0xc000024d);
  startOptions(message, 400);
  putU8(OptionCode.DHCP_MESSAGE_TYPE, MessageType.DHCPACK);
  putU32(OptionCode.IP_ADDRESS_LEASE_TIME, seconds);
  if (t1 != ABSENT) putU32(OptionCode.RENEWAL_TIME_VALUE, t1);
  if (t2 != ABSENT) putU32(OptionCode.REBINDING_TIME_VALUE, t2);
  const length = finishOptions();
  indexOptions(message, length);
  noteRequest();
  adopt(message, length, 0);
}

/** A time that is likely to be at a limit. */
function anyTime(): u32 {
  const choice = randomBelow(6);
  if (choice == 0) return randomBelow(10);
  if (choice == 1) return 0xffffffff - randomBelow(10);
  if (choice == 2) return 4294960 + randomBelow(16);
  if (choice == 3) return ABSENT;
  if (choice == 4) return randomBelow(100000);
  return (randomBelow(0xffff) << 16) | randomBelow(0xffff);
}

describe("the times of a lease", () => {
  it("are in order, are the server's where these are in order, and never overflow", () => {
    freshClient();
    seedRandom(42);
    startLeaseClock(1800000000, 0);
    for (let round = 0; round < 50000; round++) {
      setNow(u32(now) + 1, u32(now >> 32));
      const seconds = max<u32>(anyTime(), 1);
      const t1 = anyTime();
      const t2 = anyTime();
      lease(seconds, t1, t2);
      if (seconds == INFINITE_SECONDS) {
        assert(status.renewAt == NEVER && status.rebindAt == NEVER && status.expiresAt == NEVER, "infinite");
        continue;
      }
      const end = now + u64(seconds) * 1000;
      assert(status.expiresAt == end, "the end");
      assert(now < status.renewAt && status.renewAt <= status.rebindAt && status.rebindAt < end, "order");
      if (t1 != ABSENT && t2 != ABSENT && 0 < t1 && t1 < t2 && t2 < seconds) {
        assert(status.renewAt == now + u64(t1) * 1000 && status.rebindAt == now + u64(t2) * 1000, "the server's");
      }
      assert(leaseIsUsable(), "usable");
    }
    expect(status.serverIdentifier).toBe(0);
  });
});

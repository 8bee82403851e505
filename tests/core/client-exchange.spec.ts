/**
 * client/exchange.ts: the delay before each retransmission, for all numbers of tries and for settings at their limits.
 */
import { retransmissionDelay } from "../../assembly/client/exchange";
import { addEntropy } from "../../assembly/machine/random";
import { freshClient } from "./client-fixture";

/** What the delay is without its randomisation, worked out in another way. */
function nominal(first: u64, longest: u64, tries: u32): u64 {
  return tries > 32 ? longest : min<u64>(first << (tries - 1), longest);
}

function check(first: u32, longest: u32): void {
  const settings = freshClient();
  settings.firstRetransmissionMilliseconds = first;
  settings.longestRetransmissionMilliseconds = longest;
  for (let tries: u32 = 1; tries < 200; tries++) {
    const expected = nominal(first, longest, tries);
    const jitter = min<u64>(1000, expected / 4);
    for (let i = 0; i < 20; i++) {
      const delay = u64(retransmissionDelay(tries));
      if (delay + jitter < expected || delay > expected + jitter) assert(false, "outside its bounds");
    }
  }
}

describe("retransmission", () => {
  it("doubles from 4 to 64 seconds, each ±1 second", () => {
    addEntropy(1, 2);
    check(4000, 64000);
    expect(1).toBe(1);
  });

  it("keeps settings at their limits", () => {
    check(100, 100);
    check(100, 101);
    check(4000, 63999);
    check(100, 86400000);
    check(43200001, 86400000);
    check(86400000, 86400000);
    expect(1).toBe(1);
  });

  it("takes no try for the first one", () => {
    freshClient();
    const delay = retransmissionDelay(0);
    expect(delay >= 3000 && delay <= 5000).toBe(true);
  });
});

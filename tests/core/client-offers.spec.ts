/**
 * client/offers.ts: whatever the order in which offers come, the one that is kept is the best by the stated policy.
 */
import {
  considerOffer,
  forgetOffers,
  noteSilence,
  offerAddress,
  offerDecides,
  offerServer,
  shun,
  want,
  wantedAddress,
} from "../../assembly/client/offers";
import { freshClient } from "./client-fixture";
import { randomBelow, seedRandom } from "./wire-vectors";

const PREFERRED: u32 = 0xc0000209;
const SILENT: u32 = 0xc0000208;
const WANTED: u32 = 0xc0000250;
const OFFER_COUNT: u32 = 5;

/** An offer as the policy sees it: bigger is better, the most important criterion first. */
function worth(server: u32, address: u32, seconds: u32): u64 {
  return (
    (u64(server != SILENT) << 40) | (u64(server == PREFERRED) << 39) | (u64(address == WANTED) << 38) | u64(seconds)
  );
}

describe("the choice", () => {
  it("keeps the best of any offers, and of equal ones the first", () => {
    const settings = freshClient();
    settings.preferredServer = PREFERRED;
    settings.offerWindowMilliseconds = 1000;
    seedRandom(4711);
    noteSilence(SILENT);
    want(WANTED);
    for (let round = 0; round < 20000; round++) {
      forgetOffers();
      let bestWorth: u64 = 0;
      let bestServer: u32 = 0;
      let bestAddress: u32 = 0;
      for (let i: u32 = 0; i < OFFER_COUNT; i++) {
        const server: u32 = 0xc0000205 + randomBelow(5);
        const address: u32 = randomBelow(3) == 0 ? WANTED : WANTED + 1 + randomBelow(3);
        const seconds: u32 = randomBelow(4) == 0 ? 0xffffffff : 1 + randomBelow(3);
        const value = worth(server, address, seconds);
        const better = bestServer == 0 || value > bestWorth;
        if (considerOffer(server, address, seconds) != better) assert(false, "kept or not");
        if (better) {
          bestWorth = value;
          bestServer = server;
          bestAddress = address;
        }
        if (offerDecides() != (bestServer == PREFERRED)) assert(false, "decided or not");
      }
      if (offerServer != bestServer || offerAddress != bestAddress) assert(false, "not the best");
    }
    expect(offerServer).not.toBe(0);
  });

  it("is made at once without a window, and by the preferred server unless it was silent", () => {
    const settings = freshClient();
    forgetOffers();
    considerOffer(SILENT, WANTED, 1);
    expect(offerDecides()).toBe(true);
    settings.offerWindowMilliseconds = 1;
    settings.preferredServer = SILENT;
    expect(offerDecides()).toBe(false);
  });

  it("asks for the configured address, but not for one that somebody else uses", () => {
    const settings = freshClient();
    settings.requestedAddress = WANTED;
    want(0);
    expect(wantedAddress).toBe(WANTED);
    want(WANTED + 1);
    expect(wantedAddress).toBe(WANTED + 1);
    shun(WANTED + 1);
    expect(wantedAddress).toBe(WANTED);
    shun(WANTED);
    expect(wantedAddress).toBe(0);
  });
});

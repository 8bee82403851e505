/**
 * Random clients and random changes of leases, of those that the table of states allows.
 */
import { INFINITE_SECONDS } from "../../../assembly/machine/time";
import { isClients } from "../../../assembly/server/identity";
import { isAvailable, leaseAt, LeaseState } from "../../../assembly/server/lease";
import { bind, lapse, offer, probe, quarantine, release } from "../../../assembly/server/transition";
import { randomBelow } from "../wire-vectors";
import { after, nameHost, speak } from "./tables-fixture";

/** Makes one of twelve clients current: short and long identities, none equal, some with a host name. */
export function speakRandomly(): void {
  const who = randomBelow(12);
  speak(who, 0, who == 0 ? 16 : 6, u8([0, 0, 7, 20, 21, 255][who % 6]));
  if (randomBelow(3) == 0) nameHost(u8(randomBelow(256)), u8(randomBelow(256)));
}

/** Makes one change of the lease that its state allows, or none. */
export function changeRandomly(index: u32): void {
  const now: u32 = leaseAt(index).state;
  const action = randomBelow(6);
  const until = randomBelow(20) == 0 ? INFINITE_SECONDS : after(1 + randomBelow(40));
  const mine = isClients(index);
  const pending = now == LeaseState.OFFERED || now == LeaseState.PROBING;
  if (action == 0 && (isAvailable(index) || pending)) offer(index, after(1 + randomBelow(9)), randomBelow(4));
  else if (action == 1 && isAvailable(index)) probe(index, randomBelow(4));
  else if (action == 2 && (mine || isAvailable(index))) bind(index, until);
  else if (action == 3 && now == LeaseState.BOUND) release(index);
  else if (action == 4 && (now == LeaseState.BOUND || pending)) quarantine(index, after(1 + randomBelow(20)));
  else if (action == 5 && pending) lapse(index);
}

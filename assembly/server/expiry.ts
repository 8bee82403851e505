/**
 * Expiry: what the wheel has for the server. The end of a lease makes no record, since it follows from the recorded end;
 * it only opens the address to others, and is handled in bounded portions however many leases end at once.
 */
import { instantOfLeaseClock, leaseClock, NEVER, INFINITE_SECONDS } from "../machine/time";
import { allowWheelWork, nextDue, takeDue, wheelWork } from "../machine/wheel";
import { indexOfLease, Lease } from "./lease";
import { elapse } from "./transition";

/** Handles what has ended by now, in at most `bound` steps. Returns whether more remains: call again soon. */
export function expireLeases(bound: u32): bool {
  allowWheelWork(bound);
  for (let due = takeDue(leaseClock()); due != 0; due = takeDue(leaseClock())) {
    elapse(indexOfLease(changetype<Lease>(due)));
  }
  return wheelWork == 0;
}

/** The instant in milliseconds at which `expireLeases` has something to do, or `NEVER`. */
export function nextLeaseDeadline(): u64 {
  const due = nextDue();
  return due == INFINITE_SECONDS ? NEVER : instantOfLeaseClock(due);
}

/**
 * What a load has seen, as numbers that only grow, and the report that is made of them: that of `leasehold load --json`, with the
 * processor time that the load itself took.
 */
#pragma once

#include <stdint.h>

/** What can be wrong with an answer; the names are those of `host/load/faults.ts`. */
enum fault {
  FAULT_MALFORMED,
  FAULT_UNASKED,
  FAULT_HARDWARE_ADDRESS,
  FAULT_SOURCE_ADDRESS,
  FAULT_SERVER_IDENTIFIER,
  FAULT_MESSAGE_TYPE,
  FAULT_LEASE_TIME,
  FAULT_OTHER_ADDRESS,
  FAULT_HELD_BY_ANOTHER,
  FAULT_REFUSED,
  FAULT_NONE,
};

/** The numbers; what each counts is said in `host/load/tally.ts`. */
struct tally {
  uint64_t acquired, renewed, released, received, retries, unanswered, unbegun, late;
  uint64_t faults[FAULT_NONE];
};

/** The one tally there is. */
extern struct tally tally;

/** Counts how long `count` exchanges took. */
void tally_latency(double seconds, uint64_t count);

/** Exchanges that were brought to their end. */
uint64_t tally_exchanges(void);

/** Wrong answers of any kind. */
uint64_t tally_wrong(void);

/** Prints the report as one line of JSON. @param seconds how long questions were asked */
void tally_report(double seconds);

/**
 * Latencies in memory that does not grow: a histogram whose buckets are as wide as 1/128 of what they hold, so a quantile is never
 * wrong by more than 1/256 of itself. A duration's bucket is read out of its own bits.
 */
#include "tally.h"

#include "way.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/** Exponents of the shortest and the longest duration that are told apart, in milliseconds: 2⁻²⁰ (1 ns) and 2²³ (two hours). */
enum { MANTISSA_BITS = 7, LEAST_EXPONENT = -20, MOST_EXPONENT = 23, EXPONENT_BIAS = 1023, DOUBLE_MANTISSA_BITS = 52 };
enum { FIRST_BUCKET = (LEAST_EXPONENT + EXPONENT_BIAS) << MANTISSA_BITS };
enum { BUCKETS = (MOST_EXPONENT - LEAST_EXPONENT) << MANTISSA_BITS };

static const char *const names[] = {
    [FAULT_MALFORMED] = "malformed",
    [FAULT_UNASKED] = "unasked",
    [FAULT_HARDWARE_ADDRESS] = "hardware-address",
    [FAULT_SOURCE_ADDRESS] = "source-address",
    [FAULT_SERVER_IDENTIFIER] = "server-identifier",
    [FAULT_MESSAGE_TYPE] = "message-type",
    [FAULT_LEASE_TIME] = "lease-time",
    [FAULT_OTHER_ADDRESS] = "other-address",
    [FAULT_HELD_BY_ANOTHER] = "held-by-another",
    [FAULT_REFUSED] = "refused",
};

struct tally tally;

static uint64_t counts[BUCKETS], total;
static double longest;

void tally_latency(double seconds, uint64_t count) {
  const double milliseconds = seconds > 0 ? seconds * 1000 : 0;
  uint64_t bits;
  memcpy(&bits, &milliseconds, sizeof bits);
  const int64_t bucket = (int64_t)(bits >> (DOUBLE_MANTISSA_BITS - MANTISSA_BITS)) - FIRST_BUCKET;
  counts[bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket] += count;
  total += count;
  if (milliseconds > longest) longest = milliseconds;
}

/** The duration in milliseconds that `part` of all did not exceed; 0 when there was none. */
static double quantile(double part) {
  const double rank = fmax(1, ceil(part * (double)total));
  uint64_t seen = 0;
  for (int index = 0; index < BUCKETS; index++) {
    if ((double)(seen += counts[index]) < rank) continue;
    const double step = (index & ((1 << MANTISSA_BITS) - 1)) + 0.5;
    return fmin(longest, ldexp(1 + step / (1 << MANTISSA_BITS), (index >> MANTISSA_BITS) + LEAST_EXPONENT));
  }
  return longest;
}

uint64_t tally_exchanges(void) { return tally.acquired + tally.renewed + tally.released; }

uint64_t tally_wrong(void) {
  uint64_t sum = 0;
  for (int fault = 0; fault < FAULT_NONE; fault++) sum += tally.faults[fault];
  return sum;
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static void print_count(const char *name, uint64_t count) { printf("\"%s\":%llu,", name, (unsigned long long)count); }

static void print_reasons(void) {
  const char *comma = "";
  printf("\"reasons\":{");
  for (int fault = 0; fault < FAULT_NONE; fault++) {
    if (tally.faults[fault] == 0) continue;
    printf("%s\"%s\":%llu", comma, names[fault], (unsigned long long)tally.faults[fault]);
    comma = ",";
  }
  printf("},");
}

void tally_report(double seconds) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"seconds\":%.4g,", seconds);
  print_count("exchanges", tally_exchanges());
  print_count("perSecond", (uint64_t)llround((double)tally_exchanges() / seconds));
  print_count("acquired", tally.acquired);
  print_count("renewed", tally.renewed);
  print_count("released", tally.released);
  printf("\"messages\":{\"sent\":%llu,\"received\":%llu},", (unsigned long long)way_statistics.sent,
         (unsigned long long)tally.received);
  print_count("retries", tally.retries);
  print_count("unanswered", tally.unanswered);
  print_count("unbegun", tally.unbegun);
  print_count("late", tally.late);
  print_count("wrong", tally_wrong());
  print_reasons();
  printf("\"failed\":{");
  if (way_statistics.failed > 0)
    printf("\"%s\":%llu", strerrorname_np(way_statistics.error), (unsigned long long)way_statistics.failed);
  printf("},\"milliseconds\":{\"p50\":%.4g,\"p99\":%.4g,", quantile(0.5), quantile(0.99));
  printf("\"p999\":%.4g,\"max\":%.4g},", quantile(0.999), longest);
  printf("\"processorSeconds\":{\"user\":%.6f,\"system\":%.6f}}\n", seconds_of(used.ru_utime), seconds_of(used.ru_stime));
}

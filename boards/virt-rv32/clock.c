/**
 * Time: `mtime` of the CLINT counts at 10 MHz whatever the hart does, the Goldfish clock tells the date.
 */
#include "port.h"
#include "virt.h"

#define MTIMECMP_LOW REGISTER(0x02004000u)
#define MTIMECMP_HIGH REGISTER(0x02004004u)
#define MTIME_LOW REGISTER(0x0200bff8u)
#define MTIME_HIGH REGISTER(0x0200bffcu)

/** Nanoseconds since 1970; reading the low half holds the high one. */
#define DATE_LOW REGISTER(0x00101000u)
#define DATE_HIGH REGISTER(0x00101004u)

/** A second is 512 times this many nanoseconds: small enough for `divide`. */
#define NANOSECONDS_PER_SECOND_BY_512 1953125u

/** Long division byte by byte, in 32 bits: the compiler's own of 64 bits is 1 KiB. @param divisor less than 2^24 */
static uint64_t divide(uint64_t dividend, uint32_t divisor) {
  uint64_t quotient = 0;
  uint32_t rest = 0;
  for (int byte = 0; byte < 8; byte++) {
    uint32_t part = rest << 8 | (uint32_t)(dividend >> 56);
    quotient = quotient << 8 | part / divisor;
    rest = part % divisor;
    dividend <<= 8;
  }
  return quotient;
}

uint32_t clock_ticks(void) { return MTIME_LOW; }

/** `mtime` whole: read until its upper half stood still. */
static uint64_t ticks(void) {
  uint32_t high, low;
  do {
    high = MTIME_HIGH;
    low = MTIME_LOW;
  } while (high != MTIME_HIGH);
  return (uint64_t)high << 32 | low;
}

void clock_alarm(uint32_t milliseconds) {
  uint64_t instant = ticks() + (uint64_t)milliseconds * TICKS_PER_MILLISECOND;
  MTIMECMP_HIGH = UINT32_MAX; /* no instant in between is one that has passed */
  MTIMECMP_LOW = (uint32_t)instant;
  MTIMECMP_HIGH = (uint32_t)(instant >> 32);
}

uint64_t port_milliseconds(void) { return divide(ticks(), TICKS_PER_MILLISECOND); }

uint32_t port_wall_clock(void) {
  uint32_t low = DATE_LOW;
  return (uint32_t)divide(((uint64_t)DATE_HIGH << 32 | low) >> 9, NANOSECONDS_PER_SECOND_BY_512);
}

/**
 * The load's clock.
 */
#pragma once

#include <time.h>

/** Seconds since some instant; never goes back. */
static inline double clock_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

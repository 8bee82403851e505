/** The pool is multiplied by an odd number and folded by an exclusive or: both can be undone, so no two pools become the same. */
#include "entropy.h"

/** 2^64 divided by the golden ratio: spreads a bit over all above it. */
#define SPREAD 0x9E3779B97F4A7C15u

/** What a seed that was taken adds: anything but 0, which would leave a pool of 0 as it is. */
#define TAKEN 1u

static uint64_t pool __attribute__((section(".noinit")));

void entropy_add(uint32_t word) {
  uint64_t mixed = (pool ^ word) * SPREAD;
  pool = mixed ^ mixed >> 32;
}

void entropy_take(uint32_t seed[2]) {
  seed[0] = (uint32_t)pool;
  seed[1] = (uint32_t)(pool >> 32);
  // Not with the seed itself: what is added to the pool and depends on it is where two pools become the same.
  entropy_add(TAKEN);
}

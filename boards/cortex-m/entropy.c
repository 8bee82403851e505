/** Seeds for the Cortex-M boards: what start-up and the board added to the pool, and how late the processor sees each of a few ticks. */
#include "entropy.h"

#include "cortex-m.h"
#include "port.h"

/** Ticks of the clock that a seed takes. */
#define ENTROPY_TICKS 16u

/** Waits for the next tick: the clock may show nothing at all before its first one. */
static void wait_for_tick(void) {
  uint64_t now = port_milliseconds();
  while (port_milliseconds() == now) {
  }
}

void port_entropy(uint32_t seed[2]) {
  for (uint32_t tick = 0; tick < ENTROPY_TICKS; tick++) {
    wait_for_tick();
    entropy_add(cortex_m_clock_fraction());
  }
  entropy_take(seed);
}

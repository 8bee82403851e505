/** Seeds for the Cortex-M boards: what start-up and the board added to the pool, and the jitter of the moment at which a seed is asked for. */
#include "entropy.h"

#include "cortex-m.h"
#include "port.h"

void port_entropy(uint32_t seed[2]) {
  entropy_add(cortex_m_clock_fraction());
  entropy_take(seed);
}

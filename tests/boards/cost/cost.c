/**
 * The finest clock that a board has: what is left of a millisecond of SysTick on a Cortex-M, `mtime` on RISC-V.
 */
#include "cost.h"

#include "log.h"
#include "port.h"

#define NANOSECONDS_PER_MILLISECOND 1000000u

#ifdef __riscv
#include "virt.h"

uint64_t cost_clock(void) { return (uint64_t)clock_ticks() * (NANOSECONDS_PER_MILLISECOND / TICKS_PER_MILLISECOND); }
#else
#include "cortex-m.h"

#define SYSTICK_RELOAD CORTEX_M_REGISTER(0xE000E014)

uint64_t cost_clock(void) {
  uint64_t milliseconds;
  uint32_t left;
  do {
    milliseconds = port_milliseconds();
    left = cortex_m_clock_fraction();
  } while (port_milliseconds() != milliseconds);
  const uint32_t nanoseconds_per_cycle = NANOSECONDS_PER_MILLISECOND / (SYSTICK_RELOAD + 1);
  return milliseconds * NANOSECONDS_PER_MILLISECOND + (SYSTICK_RELOAD - left) * nanoseconds_per_cycle;
}
#endif

void cost_say(uint32_t messages, uint64_t begun) {
  const uint64_t now = cost_clock();
  log_begin("cost");
  log_number("messages", messages);
  log_number("nanoseconds", (uint32_t)(now - begun));
  log_number("at", (uint32_t)port_milliseconds());
  log_end();
}

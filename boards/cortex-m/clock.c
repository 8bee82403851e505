/**
 * The clock of a Cortex-M board: SysTick interrupts once a millisecond and counts 64 bits, which neither wrap nor go back. SysTick runs on
 * while the processor sleeps in WFI, but not in a deep sleep, which no board here uses.
 */
#include "cortex-m.h"
#include "port.h"

#define SYSTICK_CONTROL CORTEX_M_REGISTER(0xE000E010)
#define SYSTICK_RELOAD CORTEX_M_REGISTER(0xE000E014)
#define SYSTICK_VALUE CORTEX_M_REGISTER(0xE000E018)

/** Counts, interrupts, and runs from the processor's clock. */
#define SYSTICK_RUN 7u

static volatile uint64_t milliseconds;

/** The SysTick exception: one more millisecond has passed. */
void cortex_m_tick(void) { milliseconds++; }

void cortex_m_clock_start(uint32_t hertz) {
  SYSTICK_RELOAD = hertz / 1000 - 1;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = SYSTICK_RUN;
}

uint32_t cortex_m_clock_fraction(void) { return SYSTICK_VALUE; }

uint64_t port_milliseconds(void) {
  // The two halves are two loads: a tick between them would show a number that never was.
  uint32_t masked;
  __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(masked)::"memory");
  uint64_t now = milliseconds;
  __asm volatile("msr primask, %0" ::"r"(masked) : "memory");
  return now;
}

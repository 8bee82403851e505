/**
 * What the Cortex-M3 boards share: start-up, faults, the millisecond clock and entropy. A board links `start.c`, `clock.c`,
 * `entropy.c` and `../common/entropy.c`, includes `sections.ld` from its linker script, and calls what follows from its `port_open`.
 *
 * `clock.c` supplies `port_milliseconds`, `entropy.c` supplies `port_entropy` (see `port.h`): a board adds its hardware address and
 * what else differs from start to start by `entropy_add`.
 */
#ifndef LEASEHOLD_CORTEX_M_H
#define LEASEHOLD_CORTEX_M_H

#include <stdint.h>

/** A register of a peripheral, or of the processor's own (ARMv7-M, B3). */
#define CORTEX_M_REGISTER(address) (*(volatile uint32_t *)(address))

/** Deepest stack since the reset, in bytes, interrupts included; the whole reserve: it was just enough, or not. */
uint32_t cortex_m_stack_used(void);

/** Faults since the power came on. Each of them ended in a reset. */
uint32_t cortex_m_fault_count(void);

/** Halts for good; only the clock goes on. */
_Noreturn void cortex_m_halt(void);

/** Starts the millisecond clock, or goes on with another rate. @param hertz rate of the processor's clock, below 16 GHz */
void cortex_m_clock_start(uint32_t hertz);

/**
 * Where the clock stands between two milliseconds, in cycles of the processor: the lowest bits are chance where what was
 * waited for runs from another oscillator.
 */
uint32_t cortex_m_clock_fraction(void);

#endif

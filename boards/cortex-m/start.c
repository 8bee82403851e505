/**
 * From reset to `main`, and from a fault to the next reset (ARMv7-M, B1.5). The memory map is `sections.ld`: the stack is the lowest part
 * of the RAM, so that one that overflows runs into addresses where nothing is, which is a fault, and not into variables.
 */
#include "cortex-m.h"

#include "entropy.h"

/** Borders of the sections; each is a multiple of 4. */
extern uint32_t sections_stack[], sections_stack_end[];
extern uint32_t sections_data[], sections_data_end[], sections_data_image[];
extern uint32_t sections_bss[], sections_bss_end[];

int main(void);
void cortex_m_tick(void);
_Noreturn void cortex_m_reset(void);

/** What the stack holds where it was never used. */
#define PAINT 0x5ac35ac3u

/** Application Interrupt and Reset Control: the key without which a write is ignored, and the request for a reset. */
#define AIRCR CORTEX_M_REGISTER(0xE000ED0C)
#define AIRCR_RESET 0x05fa0004u

/** Says that `fault_count` counts, and is not what memory held when the power came on. */
#define FAULTS_COUNTED 0x464c5453u

static uint32_t fault_mark __attribute__((section(".noinit")));
static uint32_t fault_count __attribute__((section(".noinit")));

uint32_t cortex_m_fault_count(void) { return fault_count; }

/** Any fault, and any exception that nobody asked for: counts it and starts anew. Uses no stack, which may be what failed. */
static _Noreturn void fault(void) {
  fault_count++;
  __asm volatile("dsb" ::: "memory");
  AIRCR = AIRCR_RESET;
  for (;;) {
  }
}

_Noreturn void cortex_m_halt(void) {
  for (;;) __asm volatile("wfi");
}

uint32_t cortex_m_stack_used(void) {
  const uint32_t *at = sections_stack;
  while (at < sections_stack_end && *at == PAINT) at++;
  return (uint32_t)((const uint8_t *)sections_stack_end - (const uint8_t *)at);
}

/** Takes what memory held as entropy, and fills it. */
static void fill(uint32_t *at, const uint32_t *end, uint32_t value) {
  for (; at < end; at++) {
    entropy_add(*at);
    *at = value;
  }
}

_Noreturn void cortex_m_reset(void) {
  if (fault_mark != FAULTS_COUNTED) {
    entropy_add(fault_count);
    fault_mark = FAULTS_COUNTED;
    fault_count = 0;
  }
  uint32_t *stack_pointer;
  __asm volatile("mov %0, sp" : "=r"(stack_pointer));
  // What `fill` itself needs lies just below; it is counted as used.
  fill(sections_stack, stack_pointer - 16, PAINT);
  fill(sections_bss, sections_bss_end, 0);
  const uint32_t *image = sections_data_image;
  for (uint32_t *at = sections_data; at < sections_data_end; at++) *at = *image++;
  main();
  cortex_m_halt();
}

/** The first words of the flash: the stack's beginning, and where each exception goes. No board here takes interrupts of peripherals. */
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vectors = {
    sections_stack_end,
    {
        [0] = cortex_m_reset,
        // NMI, HardFault, MemManage, BusFault, UsageFault.
        [1] = fault,
        [2] = fault,
        [3] = fault,
        [4] = fault,
        [5] = fault,
        // SVCall, DebugMonitor, PendSV.
        [10] = fault,
        [11] = fault,
        [13] = fault,
        [14] = cortex_m_tick,
    },
};

/**
 * The MPS2 with the AN385 image: processor and console, UART0 at 115,200 baud. The network is `network.c`, the modules'
 * places are `storage.c`.
 */
#include "port.h"

#include "cortex-m.h"
#include "lan9118.h"

/** Rate of the processor and of the peripherals (application note AN385, 3.2). */
#define CLOCK_HERTZ 25000000u
#define BAUD 115200u

/** UART0, a CMSDK UART (Cortex-M System Design Kit, 4.3). */
static struct {
  volatile uint32_t data;
  volatile uint32_t state;
  volatile uint32_t ctrl;
  volatile uint32_t intstatus;
  volatile uint32_t bauddiv;
} *const UART0 = (void *)0x40004000;

/** STATE: the transmit buffer is full; a byte has arrived. CTRL: both ways on; an interrupt for each byte that arrives. */
#define TX_FULL 0x1u
#define RX_FULL 0x2u
#define ENABLE_BOTH 0x3u
#define RX_INTERRUPT 0x8u
/** INTSTATUS: the interrupt of a byte that has arrived; written: take it back. */
#define RX_PENDING 0x2u

/** The NVIC's first 32 interrupts: of a byte from the console, and of Ethernet. */
#define INTERRUPT_ENABLE CORTEX_M_REGISTER(0xE000E100)
#define INTERRUPT_DISABLE CORTEX_M_REGISTER(0xE000E180)
#define INTERRUPT_CLEAR CORTEX_M_REGISTER(0xE000E280)
#define WAKING_INTERRUPTS (1u << 0 | 1u << 13)

void port_open(void) {
  cortex_m_clock_start(CLOCK_HERTZ);
  UART0->bauddiv = CLOCK_HERTZ / BAUD;
  UART0->ctrl = ENABLE_BOTH | RX_INTERRUPT;
  const char *reason = lan9118_open();
  if (reason) port_fail(reason);
}

uint32_t port_wall_clock(void) { return 0; }

void port_wait(uint32_t milliseconds) {
  if (milliseconds == 0) return;
  // An interrupt that is enabled ends WFI though none is taken now, and so does the next tick; it is disabled again before it could be taken.
  __asm volatile("cpsid i" ::: "memory");
  INTERRUPT_ENABLE = WAKING_INTERRUPTS;
  __asm volatile("wfi" ::: "memory");
  UART0->intstatus = RX_PENDING;
  lan9118_acknowledge();
  INTERRUPT_DISABLE = WAKING_INTERRUPTS;
  INTERRUPT_CLEAR = WAKING_INTERRUPTS;
  __asm volatile("cpsie i" ::: "memory");
}

/** One byte to the console; waits while its buffer is full, 87 µs a byte. */
static void write_byte(uint8_t byte) {
  while (UART0->state & TX_FULL) {
  }
  UART0->data = byte;
}

void port_log(const char *line) {
  while (*line != 0) write_byte((uint8_t)*line++);
  write_byte('\r');
  write_byte('\n');
}

uint8_t port_console(void) { return UART0->state & RX_FULL ? (uint8_t)UART0->data : 0; }

_Noreturn void port_fail(const char *reason) {
  port_log(reason);
  cortex_m_halt();
}

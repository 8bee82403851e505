/**
 * The Stellaris LM3S6965 evaluation board: clocks, console on UART0 (115,200 baud; the board's USB shows it as a serial port), and a
 * light that is on while the client has an address. The network is `ethernet.c`; storage is `sd-card.c` or `no-storage.c`.
 */
#include "port.h"

#include "cortex-m.h"
#include "entropy.h"
#include "ethernet.h"
#include "log.h"
#include "registers.h"

/** Rate of the processor and of all peripherals. */
#define CLOCK_HERTZ 50000000u
#define BAUD 115200u

/** RCC: the PLL is bypassed, or off; the divider is used; the crystal is one of 8 MHz; which oscillator, and the main one off. */
#define BYPASS (1u << 11)
#define PWRDN (1u << 13)
#define USESYSDIV (1u << 22)
#define SYSDIV_4 (3u << 23)
#define SYSDIV_MASK (15u << 23)
#define XTAL_8_MHZ (14u << 6)
#define XTAL_MASK (15u << 6)
#define OSCSRC_MASK (3u << 4)
#define MOSCDIS (1u << 0)

/** LDOPCTL: 2.75 V. With less, the PLL of revision A2 is not reliable. */
#define VOLTS_2_75 0x1Bu

/** RIS: the PLL is locked. */
#define PLLLRIS (1u << 6)

/** RCGC1 and RCGC2: clocks of what is used. */
#define RCGC1_UART0 (1u << 0)
#define RCGC2_GPIO_A (1u << 0)
#define RCGC2_GPIO_F (1u << 5)
#define RCGC2_EMAC0 (1u << 28)
#define RCGC2_EPHY0 (1u << 30)

/** Port A: receive and transmit of UART0. Port F: the light, and the two of the Ethernet socket. */
#define PINS_UART0 0x03u
#define PIN_LIGHT 0x01u
#define PINS_ETHERNET 0x0Cu

/** UARTFR: the receive FIFO is empty; the transmit FIFO is full. */
#define RXFE 0x10u
#define TXFF 0x20u
/** UARTLCRH: 8 bits, with FIFOs. UARTCTL: on, both ways. */
#define LCRH_8_FIFO 0x70u
#define CTL_ON 0x301u

/** Turns of a loop in which the crystal settles: 20 ms at the 12 MHz of the internal oscillator, three cycles each. */
#define CRYSTAL_TURNS 80000u

/** Turns in which the PLL locks, which takes 0.5 ms at most; after that it is used as it is, since there is nothing better. */
#define LOCK_TURNS 10000u

/** 50 MHz of the PLL, from the crystal (data sheet, 5.3: bypass, choose and power, wait for the lock, use). */
static void start_clocks(void) {
  SYSTEM_CONTROL->ldopctl = VOLTS_2_75;
  uint32_t rcc = (SYSTEM_CONTROL->rcc | BYPASS) & ~(USESYSDIV | MOSCDIS);
  SYSTEM_CONTROL->rcc = rcc;
  // The internal oscillator counts how long crystal and PLL take: the lowest bits of that differ from start to start.
  cortex_m_clock_start(CLOCK_HERTZ);
  for (uint32_t turn = 0; turn < CRYSTAL_TURNS; turn++) __asm volatile("");
  rcc = (rcc & ~(XTAL_MASK | OSCSRC_MASK | PWRDN | SYSDIV_MASK)) | XTAL_8_MHZ | SYSDIV_4 | USESYSDIV;
  SYSTEM_CONTROL->rcc = rcc;
  for (uint32_t turn = 0; turn < LOCK_TURNS && !(SYSTEM_CONTROL->ris & PLLLRIS); turn++) {
  }
  entropy_add(cortex_m_clock_fraction());
  SYSTEM_CONTROL->rcc = rcc & ~BYPASS;
}

/** Gives pins to what they are for. */
static void start_pins(void) {
  SYSTEM_CONTROL->rcgc1 = RCGC1_UART0;
  SYSTEM_CONTROL->rcgc2 = RCGC2_GPIO_A | RCGC2_GPIO_F | RCGC2_EMAC0 | RCGC2_EPHY0;
  // A peripheral may be touched three cycles after its clock was started.
  (void)SYSTEM_CONTROL->rcgc2;
  (void)SYSTEM_CONTROL->rcgc2;
  GPIO_PORT_A->afsel = PINS_UART0;
  GPIO_PORT_A->den = PINS_UART0;
  GPIO_PORT_F->afsel = PINS_ETHERNET;
  GPIO_PORT_F->dir = PIN_LIGHT;
  GPIO_PORT_F->den = PINS_ETHERNET | PIN_LIGHT;
}

static void start_console(void) {
  const uint32_t divisor = (CLOCK_HERTZ * 4 + BAUD / 2) / BAUD;
  UART0->ibrd = divisor / 64;
  UART0->fbrd = divisor % 64;
  UART0->lcrh = LCRH_8_FIFO;
  UART0->ctl = CTL_ON;
}

void port_open(void) {
  start_clocks();
  start_pins();
  start_console();
  ethernet_open();
  entropy_add(SYSTEM_CONTROL->user_reg0);
  entropy_add(SYSTEM_CONTROL->user_reg1);
}

uint32_t port_wall_clock(void) { return 0; }

void port_wait(uint32_t milliseconds) {
  if (milliseconds != 0) ethernet_wait();
}

void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  (void)acknowledgement;
  // The core answers ARP for the address; a program beside it would take it from here.
  GPIO_PORT_F->data[PIN_LIGHT] = status->address != 0 ? PIN_LIGHT : 0;
}

/** One byte to the console; waits while its FIFO is full, 87 µs a byte at most. */
static void write_byte(uint8_t byte) {
  while (UART0->fr & TXFF) {
  }
  UART0->dr = byte;
}

void port_log(const char *line) {
  while (*line != 0) write_byte((uint8_t)*line++);
  write_byte('\r');
  write_byte('\n');
}

uint8_t port_console(void) { return UART0->fr & RXFE ? 0 : (uint8_t)UART0->dr; }

void port_report(void) {
  log_number("stack", cortex_m_stack_used());
  log_number("lost", ethernet_lost());
  log_number("faults", cortex_m_fault_count());
}

_Noreturn void port_fail(const char *reason) {
  port_log(reason);
  cortex_m_halt();
}

/**
 * The rest of the port: console, entropy, sleep, report. The network is in `virtio-net.c`, storage in `flash.c`, time in `clock.c`.
 *
 * Interrupts are never taken (mstatus.MIE stays 0): enabled in `mie`, they wake the hart from WFI, and the loop finds out why.
 */
#include "port.h"
#include "entropy.h"
#include "log.h"
#include "virt.h"

/** The console: an NS16550 with a clock of 3.6864 MHz. */
#define UART_REGISTER(index) (*(volatile uint8_t *)(0x10000000u + (index)))
#define UART_DATA UART_REGISTER(0)
#define UART_INTERRUPT_ENABLE UART_REGISTER(1)
#define UART_FIFO_CONTROL UART_REGISTER(2)
#define UART_LINE_CONTROL UART_REGISTER(3)
#define UART_LINE_STATUS UART_REGISTER(5)
#define UART_RECEIVED 0x01
#define UART_EMPTY 0x20
#define UART_INTERRUPT 10u

/** The interrupt controller, as hart 0 sees it in M-mode. */
#define PLIC_PRIORITY(interrupt) REGISTER(0x0c000000u + 4 * (interrupt))
#define PLIC_ENABLE REGISTER(0x0c002000u)
#define PLIC_THRESHOLD REGISTER(0x0c200000u)
#define PLIC_CLAIM REGISTER(0x0c200004u)

/** Bits of `mie`: the timer's and the PLIC's. */
#define MIE_TIMER 0x80u
#define MIE_EXTERNAL 0x800u

static uint32_t network_interrupt;

/** 115,200 baud, 8 bits, no parity; FIFOs on; an interrupt for each byte received. */
static void open_console(void) {
  UART_LINE_CONTROL = 0x83;
  UART_DATA = 2;
  UART_INTERRUPT_ENABLE = 0;
  UART_LINE_CONTROL = 0x03;
  UART_FIFO_CONTROL = 0x07;
  UART_INTERRUPT_ENABLE = 0x01;
}

static void enable_interrupt(uint32_t interrupt) {
  PLIC_PRIORITY(interrupt) = 1;
  PLIC_ENABLE |= 1u << interrupt;
}

void port_open(void) {
  open_console();
  flash_open();
  network_interrupt = network_open();
  if (network_interrupt == 0) {
    port_fail("no network device that speaks virtio 1.x: put one on the virtio-mmio bus, not a legacy one");
  }
  PLIC_ENABLE = 0;
  PLIC_THRESHOLD = 0;
  enable_interrupt(UART_INTERRUPT);
  enable_interrupt(network_interrupt);
  __asm volatile("csrw mie, %0" : : "r"(MIE_TIMER | MIE_EXTERNAL));
  flash_stir_entropy();
}

_Noreturn void port_fail(const char *reason) {
  port_log(reason);
  __asm volatile("csrw mie, zero");
  for (;;) __asm volatile("wfi");
}

void port_entropy(uint32_t seed[2]) {
  const uint8_t *mac = network_address();
  uint32_t cycles;
  __asm volatile("csrr %0, mcycle" : "=r"(cycles));
  entropy_add(cycles);
  entropy_add(clock_ticks());
  entropy_add((uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5]);
  entropy_add(port_wall_clock());
  entropy_take(seed);
}

void port_wait(uint32_t milliseconds) {
  clock_alarm(milliseconds);
  __asm volatile("wfi" : : : "memory");
  for (uint32_t interrupt = PLIC_CLAIM; interrupt != 0; interrupt = PLIC_CLAIM) {
    if (interrupt == network_interrupt) network_acknowledge();
    PLIC_CLAIM = interrupt;
    if (interrupt == UART_INTERRUPT) break; /* pending until the byte is read: by the loop, next */
  }
}

/** The client answers ARP itself, and there is no IP stack beside it: `leasehold.c` has logged all there is to tell. */
void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement) {
  (void)status;
  (void)acknowledgement;
}

void port_log(const char *line) {
  for (const char *next = line;; next++) {
    while (!(UART_LINE_STATUS & UART_EMPTY)) continue;
    if (*next == 0) break;
    UART_DATA = (uint8_t)*next;
  }
  UART_DATA = '\r';
  while (!(UART_LINE_STATUS & UART_EMPTY)) continue;
  UART_DATA = '\n';
}

uint8_t port_console(void) { return UART_LINE_STATUS & UART_RECEIVED ? UART_DATA : 0; }

void port_report(void) {
  log_number("stack", stack_deepest());
  log_number("faults", fault_count());
}

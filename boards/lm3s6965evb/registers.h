/**
 * The registers of the Stellaris LM3S6965 that this board uses, by the names of its data sheet, at their addresses.
 */
#ifndef LEASEHOLD_LM3S6965_REGISTERS_H
#define LEASEHOLD_LM3S6965_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

/** System control (data sheet, chapter 5): clocks, voltage, and the two words of flash that hold the MAC address. */
struct lm3s6965_system_control {
  uint32_t before_ldopctl[13];
  /** Voltage of the regulator. */
  volatile uint32_t ldopctl;
  uint32_t before_ris[6];
  /** Raw interrupt status: what has happened. */
  volatile uint32_t ris;
  uint32_t before_rcc[3];
  /** Run-mode clock configuration. */
  volatile uint32_t rcc;
  uint32_t before_rcgc1[40];
  /** Clocks of UARTs, SSI and timers. */
  volatile uint32_t rcgc1;
  /** Clocks of Ethernet and GPIO ports. */
  volatile uint32_t rcgc2;
  uint32_t before_user_reg0[53];
  /** First three bytes of the MAC address, the first one lowest; bit 31: never written. */
  volatile uint32_t user_reg0;
  /** Last three bytes of it. */
  volatile uint32_t user_reg1;
};
#define SYSTEM_CONTROL ((struct lm3s6965_system_control *)0x400FE000)

_Static_assert(offsetof(struct lm3s6965_system_control, ldopctl) == 0x034, "LDOPCTL");
_Static_assert(offsetof(struct lm3s6965_system_control, ris) == 0x050, "RIS");
_Static_assert(offsetof(struct lm3s6965_system_control, rcc) == 0x060, "RCC");
_Static_assert(offsetof(struct lm3s6965_system_control, rcgc1) == 0x104, "RCGC1");
_Static_assert(offsetof(struct lm3s6965_system_control, user_reg0) == 0x1E0, "USER_REG0");

/** A GPIO port (chapter 8). */
struct lm3s6965_gpio {
  /** Its pins: the index is a mask of those that a write changes. */
  volatile uint32_t data[256];
  /** 1: output. */
  volatile uint32_t dir;
  uint32_t before_afsel[7];
  /** 1: the pin belongs to a peripheral. */
  volatile uint32_t afsel;
  uint32_t before_den[62];
  /** 1: the pin is digital. */
  volatile uint32_t den;
};
#define GPIO_PORT_A ((struct lm3s6965_gpio *)0x40004000)
#define GPIO_PORT_D ((struct lm3s6965_gpio *)0x40007000)
#define GPIO_PORT_F ((struct lm3s6965_gpio *)0x40025000)

_Static_assert(offsetof(struct lm3s6965_gpio, afsel) == 0x420, "GPIOAFSEL");
_Static_assert(offsetof(struct lm3s6965_gpio, den) == 0x51C, "GPIODEN");

/** A UART (chapter 12). */
struct lm3s6965_uart {
  /** Data. */
  volatile uint32_t dr;
  uint32_t before_fr[5];
  /** Flags. */
  volatile uint32_t fr;
  uint32_t before_ibrd[2];
  /** Rate: whole part of the divisor, and its fraction in 64ths. */
  volatile uint32_t ibrd;
  volatile uint32_t fbrd;
  /** Line control. */
  volatile uint32_t lcrh;
  /** Control. */
  volatile uint32_t ctl;
};
#define UART0 ((struct lm3s6965_uart *)0x4000C000)

_Static_assert(offsetof(struct lm3s6965_uart, fr) == 0x018, "UARTFR");
_Static_assert(offsetof(struct lm3s6965_uart, ctl) == 0x030, "UARTCTL");

/** A synchronous serial interface (chapter 13). */
struct lm3s6965_ssi {
  /** Format: bits, polarity and phase of the clock, and a divider. */
  volatile uint32_t cr0;
  /** Control. */
  volatile uint32_t cr1;
  /** Data: a write sends, a read takes what came in for it. */
  volatile uint32_t dr;
  /** Status. */
  volatile uint32_t sr;
  /** Divider of the clock, an even number. */
  volatile uint32_t cpsr;
};
#define SSI0 ((struct lm3s6965_ssi *)0x40008000)

_Static_assert(offsetof(struct lm3s6965_ssi, cpsr) == 0x010, "SSICPSR");

/** The Ethernet controller (chapter 15). */
struct lm3s6965_ethernet {
  /** Interrupts: read what has happened, write 1 to acknowledge it. */
  volatile uint32_t macris;
  /** Those that interrupt the processor. */
  volatile uint32_t macim;
  /** Receive control. */
  volatile uint32_t macrctl;
  /** Transmit control. */
  volatile uint32_t mactctl;
  /** A read takes a word of the receive FIFO, a write adds one to the transmit FIFO. */
  volatile uint32_t macdata;
  /** The hardware address, its first byte lowest. */
  volatile uint32_t macia0;
  volatile uint32_t macia1;
  volatile uint32_t macthr;
  /** Management of the PHY: control, divider, what is written, what was read. */
  volatile uint32_t macmctl;
  volatile uint32_t macmdv;
  uint32_t reserved;
  volatile uint32_t macmtxd;
  volatile uint32_t macmrxd;
  /** Frames in the receive FIFO. */
  volatile uint32_t macnp;
  /** Transmission request. */
  volatile uint32_t mactr;
};
#define ETHERNET ((struct lm3s6965_ethernet *)0x40048000)

_Static_assert(offsetof(struct lm3s6965_ethernet, mactr) == 0x038, "MACTR");

#endif

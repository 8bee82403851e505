/**
 * The `virt` machine as its parts see each other: where its devices are, and what the files here offer to `port.c`.
 * Addresses and frequencies are those of the machine's device tree.
 */
#ifndef VIRT_RV32_VIRT_H
#define VIRT_RV32_VIRT_H

#include <stdbool.h>
#include <stdint.h>

/** A device's register of 32 bits. */
#define REGISTER(address) (*(volatile uint32_t *)(address))

/** Ticks of `mtime` in a millisecond. */
#define TICKS_PER_MILLISECOND 10000u

/* ── start.c ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Exceptions since the power came on; each was answered by a reset. */
uint32_t fault_count(void);

/** Bytes of the stack that were ever used. */
uint32_t stack_deepest(void);

/* ── clock.c ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Low half of `mtime`, for short waits: wraps after 429 s. */
uint32_t clock_ticks(void);

/** Makes the timer's interrupt pending `milliseconds` from now. */
void clock_alarm(uint32_t milliseconds);

/* ── virtio-net.c ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Finds and starts the network device. @return its interrupt at the PLIC; 0: there is none */
uint32_t network_open(void);

/** Takes back the device's interrupt: what it says is found in the queues. */
void network_acknowledge(void);

/** The hardware address: six bytes. */
const uint8_t *network_address(void);

/* ── flash.c ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Looks for the flash memory; without it the board keeps nothing. */
void flash_open(void);

/** Adds to the entropy pool what earlier starts left there, and leaves a word of the pool for later ones. */
void flash_stir_entropy(void);

#endif

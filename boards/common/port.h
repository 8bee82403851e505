/**
 * What a board supplies: the functions below, and nothing else. All of them are called from one thread, the one that calls
 * `leasehold_poll`, and none of them while another is running; an interrupt handler may fill the buffers behind them.
 *
 * Instants are milliseconds of a clock that never goes back, IPv4 addresses are numbers (192.0.2.1 is 0xC0000201), records
 * such as `leasehold_input_slot` are the core's own (`build/core.h`), in the byte order of the machine, which is little-endian.
 */
#ifndef LEASEHOLD_PORT_H
#define LEASEHOLD_PORT_H

#include "core.h"

#include <stdbool.h>
#include <stdint.h>

/* ── Life ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Brings the board up: clocks, console, network chip, storage. Called once, before any other. */
void port_open(void);

/**
 * Ends for good, after `reason` (one sentence, with what to do) was logged: what is wrong will be wrong after a reset too, such
 * as a configuration that the core refuses. A board halts, with its watchdog off; a process exits with a failure.
 */
_Noreturn void port_fail(const char *reason);

/**
 * The configuration: for a client a `leasehold_client_configuration` and its lists, for a server the image that `leasehold compile`
 * wrote. Linked in, or in flash or a file. Aligned to 4 bytes, and unchanged while the role runs.
 * @param size receives its length in bytes
 */
const uint8_t *port_configuration(uint32_t *size);

/* ── Time and chance ──────────────────────────────────────────────────────────────────────────────────────────────── */

/** Milliseconds since an origin of the board's choice; goes on while the board sleeps, never back. */
uint64_t port_milliseconds(void);

/** Seconds since 1970, or 0: the board has no such clock, or it is not set. */
uint32_t port_wall_clock(void);

/**
 * 64 bits that differ at each reset and from board to board: mix all there is (a generator, the hardware address, memory as it
 * was found, jitter, a counter of starts in storage). The hardware address alone repeats the same `xid` at every start.
 */
void port_entropy(uint32_t seed[2]);

/* ── The network ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/** How many interfaces there are: 1, but for a server that serves several. */
uint32_t port_interface_count(void);

/**
 * The interface's present state, if it has changed since the last call (the first call of each interface always says it).
 * @param index below `port_interface_count()`
 * @param interface receives the state; `link_mode` is FRAMES where the board has no IP stack, so that the core writes and reads
 *   whole Ethernet frames, and DATAGRAM or MIXED where it has one. `network` is LEASEHOLD_NETWORK_BY_ADDRESS.
 * @return whether it has changed
 */
bool port_interface(uint32_t index, struct leasehold_interface_change *interface);

/**
 * Takes the next frame or datagram, if one has arrived; never waits.
 * @param slot zeroed before the call; receives `kind` (FRAME or DATAGRAM), `length`, `interface_index`, `flags` (TRUNCATED when
 *   there was more than fits, CHECKSUM_TRUSTED when the chip or the kernel has checked it), for a datagram also addresses and ports
 * @param payload receives at most `payload_size` bytes
 * @return whether there was one
 */
bool port_receive(struct leasehold_input_slot *slot, uint8_t *payload, uint32_t payload_size);

/**
 * Sends one message, or keeps a copy to send.
 * @param message says what it is (`kind`), how long, through which interface, and for a DATAGRAM from where and to where
 * @param payload its first byte
 * @return false: there is no room now, ask again; true: it is on its way, or it is of a kind that this board cannot send
 */
bool port_send(const struct leasehold_transmit_descriptor *message, const uint8_t *payload);

/** Sleeps until something may have arrived, or `milliseconds` have passed; may return early. What was kept to send leaves first. */
void port_wait(uint32_t milliseconds);

/* ── The lease (client) ───────────────────────────────────────────────────────────────────────────────────────────── */

/**
 * Applies what the client has, or takes away what it had: called whenever `status->generation` has changed.
 * @param status `address` is the one to use, 0: none any more; `change` says why
 * @param acknowledgement the DHCPACK with all parameters, `status->acknowledgement_length` bytes, or null when none was kept
 */
void port_apply(const struct leasehold_client_status *status, const uint8_t *acknowledgement);

/* ── Storage ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Parts of a board's storage. */
enum port_area {
  /** The two halves of the record store (`store.h`). */
  PORT_AREA_RECORDS_0 = 0,
  PORT_AREA_RECORDS_1 = 1,
  /** The two places for a module that can be replaced (`modules.h`); a board without them has a `module_size` of 0. */
  PORT_AREA_MODULE_0 = 2,
  PORT_AREA_MODULE_1 = 3,
};

/** What the storage is like. All sizes are bytes. */
struct port_storage {
  /** Bytes of each half of the record store; 0: this board keeps nothing, and every start is the first. */
  uint32_t record_size;
  /** Bytes of each place for a module, or 0. */
  uint32_t module_size;
  /** What is programmed at once: a power of two that divides both; offsets and lengths of `port_program` are multiples of it. */
  uint32_t program_size;
  /** Where the two places for a module can be read as memory; null where they cannot, so that a module is copied into RAM. */
  const uint8_t *mapped_modules[2];
};

/** What the storage is like; the same at every call. */
const struct port_storage *port_storage(void);

/** Reads `length` bytes from `offset` of an area. @return false: the medium failed */
bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length);

/**
 * Programs `length` bytes at `offset` of an area, which were erased and not programmed since; durable when it returns. The power
 * may fail in the middle: what was being programmed is then anything, what was programmed before is as it was.
 * @return false: the medium failed
 */
bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length);

/** Erases an area whole; nothing is promised of its contents until it is programmed. @return false: the medium failed */
bool port_erase(enum port_area area);

/* ── The person in front of it; all three may do nothing ──────────────────────────────────────────────────────────── */

/** Shows a line of ASCII text, without its end of line. */
void port_log(const char *line);

/** The next byte that was typed (see `console.h`), or 0: none. A button may speak this way too. */
uint8_t port_console(void);

/** Adds the board's own figures to a report, by `log_number` (`log.h`): the deepest stack, frames lost. */
void port_report(void);

#endif

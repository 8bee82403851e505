/**
 * The core as both roles see it: its memory, its slots, its rings and its journal. There is one instance; `core_open` makes a new one.
 */
#ifndef LEASEHOLD_INSTANCE_H
#define LEASEHOLD_INSTANCE_H

#include "engine.h"
#include "port.h"

/** First byte of linear memory: addresses that the core states are offsets from here. */
extern uint8_t *core_memory;

#ifdef MODULE_IS_DATA
/** Bytes of linear memory that the core was given. */
extern uint32_t core_memory_size;
#endif

/**
 * The `size` bytes at an address that the core states. A module that is compiled with the firmware is trusted as the rest of it is; one
 * that is data (MODULE_IS_DATA) traps unless they lie within its memory, whatever it says.
 */
static inline uint8_t *core_bytes(uint32_t address, uint32_t size) {
#ifdef MODULE_IS_DATA
  if (size > core_memory_size || address > core_memory_size - size) engine_trapped();
#else
  (void)size;
#endif
  return core_memory + address;
}

/** The same for a record, whose words must lie at multiples of 4. */
static inline void *core_record(uint32_t address, uint32_t size) {
#ifdef MODULE_IS_DATA
  if (address % 4 != 0) engine_trapped();
#endif
  return core_bytes(address, size);
}

/** The control block of the present instance. */
extern struct leasehold_control *core_control;

/** Frames and datagrams that were handed to the core, and messages that were handed to the port, since the reset. */
extern uint32_t core_received;
extern uint32_t core_sent;

/**
 * Makes an instance, configures it and restores the records that the store holds. Ends in `port_fail` where that can't be.
 * @param limits the parameters of `initialise`; the bytes of memory and the seed are filled in
 * @return false: the store can't be read, and the role does not go on without it
 */
bool core_open(uint32_t limits[ENGINE_PARAMETER_COUNT]);

/** Empties a slot and makes it one of `kind`. @return its head; its payload is at `core_payload` */
struct leasehold_input_slot *core_slot(uint32_t index, enum leasehold_input_kind kind);

/** Where the payload of a slot begins. */
uint8_t *core_payload(struct leasehold_input_slot *slot);

/** Lets the core handle the first `count` slots, at the present instant. */
void core_handle(uint32_t count);

/** Tells the core of each interface whose state has changed, and of a step of the wall clock by more than 2 s. */
void core_tell(void);

/** Takes what has arrived, as much as a batch holds, and lets the core handle it. @return how many there were */
uint32_t core_receive(void);

/** Lets happen whose time has come. @return whether there was anything */
bool core_handle_timeout(void);

/** Hands what may leave of a ring to the port. @param ring its address @return whether all of it has left */
bool core_send(uint32_t ring);

/**
 * Makes the records of the journal durable and says so to the core: at once, or by and by (`commit.h`).
 * @return false: the storage failed, which is tried again a second later at the earliest, by a call of this
 */
bool core_keep_records(void);

/** Milliseconds until the core's next deadline, at most `LONGEST_WAIT_MILLISECONDS`. */
uint32_t core_wait(void);

/** The longest sleep. */
#define LONGEST_WAIT_MILLISECONDS 30000u

/** Bytes of the journal that are not durable yet, as two pieces: the second one is empty unless the ring was gone round. */
struct core_records {
  const uint8_t *first;
  uint32_t first_length;
  const uint8_t *second;
  uint32_t second_length;
};

/** The records that are not durable yet. */
struct core_records core_pending_records(void);

#endif

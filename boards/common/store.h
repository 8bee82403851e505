/**
 * The record store: what a role must not forget, on flash, an SD card or a file, behind the port's `port_read`, `port_program` and
 * `port_erase`.
 *
 * Two halves take turns. One holds the present generation, a sequence of blobs, each appended whole and checked by its
 * checksum; when it is full, a new generation is written into the other half and takes over when it is complete. A power cut at any
 * instant leaves either the old generation whole or the new one; of an append, everything or nothing.
 */
#ifndef LEASEHOLD_STORE_H
#define LEASEHOLD_STORE_H

#include <stdbool.h>
#include <stdint.h>

/** What came of an append. */
enum store_result {
  /** It is durable. */
  STORE_KEPT,
  /** The half is full: write a new generation (`store_begin`), then append again. Nothing was written. */
  STORE_FULL,
  /** The medium failed. The same append may be tried again. */
  STORE_FAILED,
};

/** Finds the present generation. @return false: the board keeps nothing, or the medium failed */
bool store_open(void);

/**
 * Hands out what is kept, in the order in which it was appended, as whole blobs, from the first one after each `store_open`.
 * @param size of `records`, at least that of the largest blob ever appended; a larger one counts as damaged
 * @return bytes of the next blobs, as many as fit whole; 0: there are no more
 */
uint32_t store_fetch(uint8_t *records, uint32_t size);

/**
 * Appends one blob, durable when it returns STORE_KEPT. Its bytes may lie in two pieces, for a ring that was gone round.
 * @param second may be null when `second_length` is 0
 */
enum store_result store_append(const uint8_t *first, uint32_t first_length, const uint8_t *second, uint32_t second_length);

/** Begins a new generation: what is appended from now on belongs to it, and counts only once it is committed. @return false: the medium failed */
bool store_begin(void);

/** Makes the generation that `store_begin` began the present one. @return false: the medium failed, the old one stays */
bool store_commit(void);

#endif

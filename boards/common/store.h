/**
 * The record store: what a role must not forget, on flash, an SD card or a file, behind the port's `port_read`, `port_program` and
 * `port_erase`.
 *
 * Two halves take turns. One holds the present generation, a sequence of blobs, each appended whole and checked by its
 * checksum; when it is full, a new generation is written into the other half and takes over when it is complete. A power cut at any
 * instant leaves either the old generation whole or the new one; of an append, everything or nothing.
 *
 * What happens when the medium is at fault:
 * - An append that was torn by a power cut, or that failed, is no loss: it was never promised. Nothing is appended behind it; the
 *   next append says STORE_FULL, and a new generation begins.
 * - A blob that has rotted is given up alone, and counted by `store_damaged`; the blobs behind it are handed out.
 * - Where the first 12 bytes of a blob have rotted, its length is unknown: the generation ends before it, as it does at a torn
 *   append, from which it cannot be told.
 * - Where a mark (8 bytes) of the present generation has rotted, the generation before it stands, if its half is still whole.
 */
#ifndef LEASEHOLD_STORE_H
#define LEASEHOLD_STORE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Bytes that are programmed at once at most, and how much stack an append takes for it: a multiple of the port's
 * `program_size`. More of them are fewer calls of `port_program`; an SD card needs 512.
 */
#ifndef STORE_BUFFER_SIZE
#define STORE_BUFFER_SIZE 16
#endif

/** What `store_fetch` returns when the medium failed. */
#define STORE_UNREADABLE 0xffffffffu

/** What came of an append. */
enum store_result {
  /** It is durable. */
  STORE_KEPT,
  /**
   * There is no generation with room for it: write a new one (`store_begin`), then append again. Nothing was written. Said of a
   * generation that was begun: a half is too small for all there is to keep.
   */
  STORE_FULL,
  /** The medium failed. The same append may be tried again. */
  STORE_FAILED,
  /** Said by `commit_append` (`commit.h`) alone: the medium is at work. */
  STORE_UNDER_WAY,
};

/**
 * Finds the present generation; none is good too, and then the first append says STORE_FULL.
 * @return false: the board keeps nothing (`record_size` is 0), or the medium failed
 */
bool store_open(void);

/**
 * Hands out what is kept, in the order in which it was appended, as whole blobs, from the first one after each `store_open`. Called
 * before anything is appended.
 * @param size of `records`, at least that of the largest blob ever appended; a larger one counts as damaged
 * @return bytes of the next blobs, as many as fit whole; 0: there are no more; STORE_UNREADABLE: the medium failed, and what it holds
 *   is neither known nor lost
 */
uint32_t store_fetch(uint8_t *records, uint32_t size);

/** How often `store_fetch` came upon something since `store_open` that had been kept and can't be read any more. */
uint32_t store_damaged(void);

/**
 * Appends one blob, durable when it returns STORE_KEPT; one of no bytes is kept by doing nothing. Its bytes may lie in two pieces,
 * for a ring that was gone round.
 *
 * Any other result gives up a generation that was begun: from then on it's the present one again that is appended to.
 * @param second may be null when `second_length` is 0
 */
enum store_result store_append(const uint8_t *first, uint32_t first_length, const uint8_t *second, uint32_t second_length);

/** Begins a new generation: what is appended from now on belongs to it, and counts only once it is committed. @return false: the medium failed */
bool store_begin(void);

/**
 * Makes the generation that `store_begin` began the present one.
 * @return false: the medium failed, or the generation was given up before; the old one stays, and a new one must be begun before
 *   anything can be appended
 */
bool store_commit(void);

#endif

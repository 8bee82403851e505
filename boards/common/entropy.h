/**
 * A pool of 64 bits for boards without a generator of random numbers: a board adds all it has, in any order, and takes a seed when
 * `port_entropy` is asked for one. Adding loses nothing that was there before. It is no cryptographic generator: `xid` and
 * delays need none.
 *
 * The pool lies in `.noinit`, memory that start-up must not clear: when the power comes on it is what the memory happened to hold, after any
 * other reset it is what the last run left.
 */
#ifndef LEASEHOLD_ENTROPY_H
#define LEASEHOLD_ENTROPY_H

#include <stdint.h>

/** Adds a word. */
void entropy_add(uint32_t word);

/** Takes a seed; the next one, after a trap or a reset, is another. */
void entropy_take(uint32_t seed[2]);

#endif

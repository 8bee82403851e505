/**
 * What a turn of a board's loop costs, under QEMU's -icount: each instruction takes the same time there, so time counts instructions.
 */
#ifndef LEASEHOLD_COST_H
#define LEASEHOLD_COST_H

#include <stdint.h>

/** Nanoseconds since the board's clock was started, as finely as the board counts. */
uint64_t cost_clock(void);

/**
 * Says what a turn cost: `cost messages=N nanoseconds=N at=N`, where `at` is the milliseconds since the board's clock was started.
 * @param messages how many frames it received
 * @param begun what `cost_clock` said when the turn began
 */
void cost_say(uint32_t messages, uint64_t begun);

#endif

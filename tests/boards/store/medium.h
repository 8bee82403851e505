/**
 * An emulated medium behind the port's storage functions: flash that forbids what flash can't do, or a card that is overwritten and whose
 * erase does nothing; with power cuts, failures and rot where a test wants them.
 */
#ifndef MEDIUM_H
#define MEDIUM_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#define HALF_LIMIT 16384u

/** How far a program or an erase gets that is cut or fails. */
enum extent { NOTHING, A_PREFIX, SOME_BITS, EVERYTHING, EXTENT_COUNT };

/** What happens to it. */
enum fault { NONE, CUT, FAIL };

/** All there is of a medium: copying it is taking an image. */
struct medium {
  uint32_t record_size, program_size;
  /** Whether it is flash: programs clear bits of erased units only. */
  bool is_flash;
  uint8_t bytes[2][HALF_LIMIT];
  /** Whether a unit was programmed since it was erased. */
  bool programmed[2][HALF_LIMIT];
  /** Programs and erases since the medium was made, and which of them meet the fault: from `fault_from`, `fault_count` of them. */
  uint32_t operations, fault_from, fault_count;
  enum fault fault;
  enum extent extent;
  /** Which read fails, counted from 1 since `reads` was set to 0; 0: none. */
  uint32_t reads, read_fault;
  uint32_t erases[2];
};

extern struct medium medium;

/** Where a power cut jumps to, with 1; a call of `port_fail`, with 2. */
extern jmp_buf power;

/** Makes it anew, full of what was on it before: chance. */
void medium_make(uint32_t record_size, uint32_t program_size, bool is_flash);

/** Lets the fault happen to operations `after` (1: the next one) and on, `count` of them. */
void medium_arm(enum fault fault, enum extent extent, uint32_t after, uint32_t count);

/** Seeds and draws chance: xorshift. */
void seed_chance(uint32_t seed);
uint32_t chance(uint32_t below);

/** Ends the test with a sentence, and with what repeats it. */
#define REQUIRE(condition, ...) ((condition) ? (void)0 : fail_test(__FILE__, __LINE__, __VA_ARGS__))
_Noreturn void fail_test(const char *file, int line, const char *format, ...);

#endif

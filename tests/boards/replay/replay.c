/**
 * Replays a trace (see `trace.ts`) from standard input on whichever engine is linked, and writes the same lines that Node's
 * replay writes: for each call what it returned and a digest of memory, or `trap`. A line that it cannot follow ends it with code 2.
 */
#include "engine.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Parameters of the call with the most. */
#define MOST_PARAMETERS 15

/** Characters of the longest line, and more. */
#define MOST_CHARACTERS 512

static jmp_buf trapped;
static uint8_t *memory;
static uint32_t memory_size;

_Noreturn void engine_trapped(void) { longjmp(trapped, 1); }

static _Noreturn void fail(const char *what, const char *line) {
  fprintf(stderr, "replay: %s: %.60s\n", what, line);
  exit(2);
}

/** `digestOf` in `trace.ts`; not slowed down by sanitizers, since it reads megabytes after every call. */
__attribute__((no_sanitize("address", "undefined"))) static uint32_t digest(void) {
  uint32_t sum = 0;
  for (uint32_t at = 0; at + 4 <= memory_size; at += 4) {
    uint32_t word;
    memcpy(&word, memory + at, sizeof word);
    sum = ((sum << 5 | sum >> 27) ^ word) * 0x9e3779b1u;
  }
  return sum;
}

static uint64_t instant(const uint32_t *low_and_high) { return (uint64_t)low_and_high[1] << 32 | low_and_high[0]; }

/** Calls an export by its name in the module. */
static uint32_t call(const char *name, const uint32_t p[MOST_PARAMETERS]) {
  if (strcmp(name, "initialise") == 0) return engine_initialise(p);
  if (strcmp(name, "memoryNeeded") == 0) return engine_memory_needed();
  if (strcmp(name, "configure") == 0) return engine_configure(p[0]);
  if (strcmp(name, "restore") == 0) return engine_restore(p[0], p[1], instant(p + 2));
#ifdef LEASEHOLD_SERVER
  if (strcmp(name, "exportRecords") == 0) return engine_export_records(p[0]);
#endif
  if (strcmp(name, "handleInputs") == 0) engine_handle_inputs(p[0], instant(p + 1));
  else if (strcmp(name, "handleTimeout") == 0) engine_handle_timeout(instant(p));
  else fail("no such export", name);
  return 0;
}

/** `call EXPORT PARAMETERS…`, without its first word. */
static void replay_call(char *line) {
  uint32_t parameters[MOST_PARAMETERS] = {0};
  char *next = line + strcspn(line, " \n");
  if (*next != 0) *next++ = 0;
  for (uint32_t count = 0; count < MOST_PARAMETERS; count++) parameters[count] = (uint32_t)strtoul(next, &next, 10);
  if (setjmp(trapped) != 0) {
    puts("trap");
    return;
  }
  uint32_t result = call(line, parameters);
  printf("%" PRIu32 " %08" PRIx32 "\n", result, digest());
}

/** `write ADDRESS HEX`, without its first word. */
static void replay_write(char *line) {
  char *digits;
  uint32_t address = (uint32_t)strtoul(line, &digits, 10);
  digits++;
  size_t length = strcspn(digits, "\n") / 2;
  if (address > memory_size || length > memory_size - address) fail("a write beyond memory", line);
  for (size_t at = 0; at < length; at++) {
    char byte[3] = {digits[2 * at], digits[2 * at + 1], 0};
    memory[address + at] = (uint8_t)strtoul(byte, 0, 16);
  }
}

int main(void) {
  static char line[MOST_CHARACTERS];
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "call ", 5) == 0) {
      replay_call(line + 5);
    } else if (strncmp(line, "write ", 6) == 0) {
      replay_write(line + 6);
    } else if (strncmp(line, "memory ", 7) == 0) {
      memory_size = (uint32_t)strtoul(line + 7, 0, 10);
      memory = engine_memory(memory_size);
      if (memory == 0) fail("ENGINE_MEMORY_SIZE is less than the trace needs", line);
    } else if (strcmp(line, "open\n") == 0) {
      if (!engine_open()) fail("no module that can be run", line);
      memory_size = 0;
    } else {
      fail("an unknown line", line);
    }
  }
  return 0;
}

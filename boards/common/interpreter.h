/**
 * The functions of `engine.h` that call the module, for an engine that interprets it: for the one file that includes this
 * (`engine-wasm3.c`, `engine-wamr.c`), which supplies `call` and opens a module only when it has every export below, with these
 * numbers of parameters and results, all of them i32.
 */
#ifndef LEASEHOLD_INTERPRETER_H
#define LEASEHOLD_INTERPRETER_H

#include "engine.h"
#include "modules.h"

/** The exports that are called, as indices of `exports`. */
enum export {
  EXPORT_INITIALISE,
  EXPORT_MEMORY_NEEDED,
  EXPORT_CONFIGURE,
  EXPORT_RESTORE,
  EXPORT_HANDLE_INPUTS,
  EXPORT_HANDLE_TIMEOUT,
#ifdef LEASEHOLD_SERVER
  EXPORT_EXPORT_RECORDS,
#endif
  EXPORT_COUNT,
};

/** What each export is called, and how many parameters and results it has. */
static const struct {
  const char *name;
  uint32_t parameter_count;
  uint32_t result_count;
} exports[EXPORT_COUNT] = {
    [EXPORT_INITIALISE] = {"initialise", ENGINE_PARAMETER_COUNT, 1},
    [EXPORT_MEMORY_NEEDED] = {"memoryNeeded", 0, 1},
    [EXPORT_CONFIGURE] = {"configure", 1, 1},
    [EXPORT_RESTORE] = {"restore", 4, 1},
    [EXPORT_HANDLE_INPUTS] = {"handleInputs", 3, 0},
    [EXPORT_HANDLE_TIMEOUT] = {"handleTimeout", 2, 0},
#ifdef LEASEHOLD_SERVER
    [EXPORT_EXPORT_RECORDS] = {"exportRecords", 1, 1},
#endif
};

/**
 * Calls an export; a trap ends in `engine_trapped`.
 * @param parameters as many as it has
 * @return its result, or 0 where it has none
 */
static uint32_t call(enum export export, const uint32_t *parameters);

bool engine_has_another(void) { return module_has_another(); }

uint32_t engine_initialise(const uint32_t parameters[ENGINE_PARAMETER_COUNT]) {
  return call(EXPORT_INITIALISE, parameters);
}

uint32_t engine_memory_needed(void) { return call(EXPORT_MEMORY_NEEDED, 0); }

uint32_t engine_configure(uint32_t length) { return call(EXPORT_CONFIGURE, &length); }

uint32_t engine_restore(uint32_t byte_count, uint32_t wall_clock, uint64_t now) {
  const uint32_t parameters[] = {byte_count, wall_clock, (uint32_t)now, (uint32_t)(now >> 32)};
  return call(EXPORT_RESTORE, parameters);
}

void engine_handle_inputs(uint32_t count, uint64_t now) {
  const uint32_t parameters[] = {count, (uint32_t)now, (uint32_t)(now >> 32)};
  call(EXPORT_HANDLE_INPUTS, parameters);
  module_returned(now);
}

void engine_handle_timeout(uint64_t now) {
  const uint32_t parameters[] = {(uint32_t)now, (uint32_t)(now >> 32)};
  call(EXPORT_HANDLE_TIMEOUT, parameters);
  module_returned(now);
}

#ifdef LEASEHOLD_SERVER
uint32_t engine_export_records(uint32_t first) { return call(EXPORT_EXPORT_RECORDS, &first); }
#endif

#endif

/**
 * The functions of `engine.h` that call the module, for a module that was compiled to C (`ENGINE_MODULE`, such as "client.aot.c"). For
 * the one file that owns `linear_memory`, which defines it, includes this, and adds `engine_open` and `engine_memory`:
 * `engine-aot.c`, or a port's own. `module_open` and the exports, `module_…`, come from the module.
 */
#ifndef LEASEHOLD_ENGINE_AOT_H
#define LEASEHOLD_ENGINE_AOT_H

#include "engine.h"
#include "webassembly.h"

#include ENGINE_MODULE

bool engine_has_another(void) { return false; }

uint32_t engine_initialise(const uint32_t parameters[ENGINE_PARAMETER_COUNT]) {
#define P(index) parameters[index]
#ifdef LEASEHOLD_SERVER
  return module_initialise(P(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9), P(10), P(11), P(12), P(13), P(14));
#else
  return module_initialise(P(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9));
#endif
#undef P
}

uint32_t engine_memory_needed(void) { return module_memoryNeeded(); }

uint32_t engine_configure(uint32_t length) { return module_configure(length); }

uint32_t engine_restore(uint32_t byte_count, uint32_t wall_clock, uint64_t now) {
  return module_restore(byte_count, wall_clock, (uint32_t)now, (uint32_t)(now >> 32));
}

void engine_handle_inputs(uint32_t count, uint64_t now) {
  module_handleInputs(count, (uint32_t)now, (uint32_t)(now >> 32));
}

void engine_handle_timeout(uint64_t now) { module_handleTimeout((uint32_t)now, (uint32_t)(now >> 32)); }

#ifdef LEASEHOLD_SERVER
uint32_t engine_export_records(uint32_t first) { return module_exportRecords(first); }
#endif

#endif

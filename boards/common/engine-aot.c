/**
 * The module compiled ahead of time, for machines without an operating system: linear memory is an array of the
 * `ENGINE_MEMORY_SIZE` bytes that the board gives it, less than a page of WebAssembly, and what lies beyond it traps.
 */
#include <stdint.h>

static uint8_t linear_memory[ENGINE_MEMORY_SIZE] __attribute__((aligned(8)));

#include "engine-aot.h"

bool engine_open(void) {
  memset(linear_memory, 0, sizeof linear_memory);
  module_open();
  return true;
}

uint8_t *engine_memory(uint32_t bytes) { return bytes <= sizeof linear_memory ? linear_memory : 0; }

/**
 * `engine.h` over the module as wasm2c generates it (`<role>.reference.c`), with wasm2c's own runtime: 64-bit addresses, memory that
 * grows by pages.
 */
#include "engine.h"

#ifdef LEASEHOLD_SERVER
#include "server.reference.c"
#define INSTANCE Z_server_instance_t
#define MODULE(name) Z_server_##name
#define EXPORT(name) Z_serverZ_##name
#else
#include "client.reference.c"
#define INSTANCE Z_client_instance_t
#define MODULE(name) Z_client_##name
#define EXPORT(name) Z_clientZ_##name
#endif

/* The runtime, whose traps come to us. */
#define WASM_RT_TRAP_HANDLER(reason) engine_trapped()
#include "wasm-rt-impl.c"

static INSTANCE instance;
static bool is_open;

bool engine_open(void) {
  if (is_open) {
    MODULE(free)(&instance);
  } else {
    wasm_rt_init();
    MODULE(init_module)();
  }
  MODULE(instantiate)(&instance);
  is_open = true;
  return true;
}

uint8_t *engine_memory(uint32_t bytes) {
  wasm_rt_memory_t *memory = EXPORT(memory)(&instance);
  if (bytes > memory->size) {
    uint32_t missing = (bytes - memory->size + PAGE_SIZE - 1) / PAGE_SIZE;
    if (wasm_rt_grow_memory(memory, missing) == UINT32_MAX) return 0;
  }
  return memory->data;
}

uint32_t engine_initialise(const uint32_t p[ENGINE_PARAMETER_COUNT]) {
#ifdef LEASEHOLD_SERVER
  return EXPORT(initialise)(&instance, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12],
                            p[13], p[14]);
#else
  return EXPORT(initialise)(&instance, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9]);
#endif
}

uint32_t engine_memory_needed(void) { return EXPORT(memoryNeeded)(&instance); }

uint32_t engine_configure(uint32_t length) { return EXPORT(configure)(&instance, length); }

uint32_t engine_restore(uint32_t byte_count, uint32_t wall_clock, uint64_t now) {
  return EXPORT(restore)(&instance, byte_count, wall_clock, (uint32_t)now, (uint32_t)(now >> 32));
}

void engine_handle_inputs(uint32_t count, uint64_t now) {
  EXPORT(handleInputs)(&instance, count, (uint32_t)now, (uint32_t)(now >> 32));
}

void engine_handle_timeout(uint64_t now) {
  EXPORT(handleTimeout)(&instance, (uint32_t)now, (uint32_t)(now >> 32));
}

#ifdef LEASEHOLD_SERVER
uint32_t engine_export_records(uint32_t first) { return EXPORT(exportRecords)(&instance, first); }
#endif

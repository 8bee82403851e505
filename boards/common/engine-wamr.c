/**
 * The module interpreted by WAMR (WebAssembly Micro Runtime), by its classic interpreter.
 *
 * WAMR would back whole pages of linear memory. It does with less by itself where a module exports where its data and heap end, as C
 * compilers make it; ours does not, so its page is made `ENGINE_MEMORY_SIZE` bytes long in the loaded module before it is instantiated,
 * just as WAMR's loader does it then. Every access is checked against that length.
 *
 * All memory comes from a pool of `WAMR_HEAP_SIZE` bytes, a copy of the module included: WAMR rewrites the code that it interprets.
 */
#include "interpreter.h"

#include <string.h>

#include "wasm.h"
#include "wasm_export.h"

#ifndef WAMR_HEAP_SIZE
#define WAMR_HEAP_SIZE (ENGINE_MEMORY_SIZE + sizeof(void *) * 40000u)
#endif

/** Bytes of the stack on which the module's functions have their frames. */
#ifndef WAMR_STACK_SIZE
#define WAMR_STACK_SIZE 3072u
#endif

static _Alignas(8) uint8_t heap[WAMR_HEAP_SIZE];
static bool is_open;
static wasm_module_t module;
static wasm_module_inst_t instance;
static wasm_exec_env_t environment;
static wasm_function_inst_t functions[EXPORT_COUNT];

/** Ends the instance there may be, and gives all memory back. */
static void close_instance(void) {
  if (environment) wasm_runtime_destroy_exec_env(environment);
  if (instance) wasm_runtime_deinstantiate(instance);
  if (module) wasm_runtime_unload(module);
  if (is_open) wasm_runtime_destroy();
  environment = NULL;
  instance = NULL;
  module = NULL;
  is_open = false;
}

/** Finds an export that has the right parameters and results. @return null: there is none */
static wasm_function_inst_t find_export(enum export export) {
  wasm_valkind_t kinds[ENGINE_PARAMETER_COUNT];
  wasm_function_inst_t found = wasm_runtime_lookup_function(instance, exports[export].name);
  if (!found) return NULL;
  if (wasm_func_get_param_count(found, instance) != exports[export].parameter_count) return NULL;
  if (wasm_func_get_result_count(found, instance) != exports[export].result_count) return NULL;
  wasm_func_get_param_types(found, instance, kinds);
  for (uint32_t i = 0; i < exports[export].parameter_count; i++) {
    if (kinds[i] != WASM_I32) return NULL;
  }
  if (exports[export].result_count == 0) return found;
  wasm_func_get_result_types(found, instance, kinds);
  return kinds[0] == WASM_I32 ? found : NULL;
}

/** Makes the loaded module's linear memory as long as the board backs it. @return false: it has no memory of its own */
static bool size_memory(void) {
  WASMModule *loaded = (WASMModule *)module;
  if (loaded->memory_count != 1) return false;
  WASMMemory *memory = &loaded->memories[0];
  memory->num_bytes_per_page = ENGINE_MEMORY_SIZE;
  memory->init_page_count = memory->max_page_count = 1;
  return true;
}

/** Makes an instance of a module. @return false: WAMR refuses it, it lacks an export, or it does not fit the pool */
static bool load(const uint8_t *bytes, uint32_t size) {
  char error[64];
  RuntimeInitArgs settings;
  memset(&settings, 0, sizeof settings);
  settings.mem_alloc_type = Alloc_With_Pool;
  settings.mem_alloc_option.pool.heap_buf = heap;
  settings.mem_alloc_option.pool.heap_size = sizeof heap;
  is_open = wasm_runtime_full_init(&settings);
  uint8_t *copy = is_open ? wasm_runtime_malloc(size) : NULL;
  if (!copy) return false;
  module = wasm_runtime_load(memcpy(copy, bytes, size), size, error, sizeof error);
  if (!module || !size_memory()) return false;
  instance = wasm_runtime_instantiate(module, WAMR_STACK_SIZE, 0, error, sizeof error);
  if (!instance) return false;
  environment = wasm_runtime_create_exec_env(instance, WAMR_STACK_SIZE);
  if (!environment) return false;
  for (uint32_t i = 0; i < EXPORT_COUNT; i++) {
    functions[i] = find_export((enum export)i);
    if (!functions[i]) return false;
  }
  return true;
}

bool engine_open(void) {
  for (uint32_t i = 0; i < MODULE_CANDIDATE_COUNT; i++) {
    uint32_t size;
    const uint8_t *bytes = module_take(&size);
    close_instance();
    if (!bytes) return false;
    if (load(bytes, size)) return true;
  }
  return false;
}

uint8_t *engine_memory(uint32_t bytes) {
  return bytes <= ENGINE_MEMORY_SIZE ? wasm_runtime_addr_app_to_native(instance, 0) : NULL;
}

static uint32_t call(enum export export, const uint32_t *parameters) {
  uint32_t cells[ENGINE_PARAMETER_COUNT];
  for (uint32_t i = 0; i < exports[export].parameter_count; i++) cells[i] = parameters[i];
  if (!wasm_runtime_call_wasm(environment, functions[export], exports[export].parameter_count, cells)) engine_trapped();
  return exports[export].result_count != 0 ? cells[0] : 0;
}

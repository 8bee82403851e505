/**
 * The module interpreted by wasm3. Linear memory is the `ENGINE_MEMORY_SIZE` bytes that the board gives it, less than a page of
 * WebAssembly; wasm3 checks every access against just that length.
 *
 * wasm3 compiles a function to threaded code when it is first called, three to four bytes for one of the module, and never gives
 * that code back. So memory comes from an array of our own, `WASM3_HEAP_SIZE` bytes. Where it cannot hold the code of all functions, it is
 * wound back to where it stood after loading, before a call that may not find the room it needs (`WASM3_CALL_SIZE`), and
 * what the call needs is compiled anew. A call that needs more than is left then traps.
 *
 * Calls among the module's functions nest on the machine's stack too: beyond `WASM3_NATIVE_STACK` bytes of it they trap. A board defines it by
 * the stack that it has; undefined, there is no such bound.
 */
#include "interpreter.h"

#include <stddef.h>
#include <string.h>

#include "m3_env.h"

#ifndef WASM3_HEAP_SIZE
#define WASM3_HEAP_SIZE (ENGINE_MEMORY_SIZE + sizeof(void *) * 49152u)
#endif

/** Bytes of code that one call compiles at most; 0: the heap has room for all of the module's. */
#ifndef WASM3_CALL_SIZE
#define WASM3_CALL_SIZE (sizeof(void *) * 9216u)
#endif

/** Bytes of wasm3's stack, on which the module's functions have their parameters and locals. */
#ifndef WASM3_STACK_SIZE
#define WASM3_STACK_SIZE 1536u
#endif

#define WEBASSEMBLY_PAGE_SIZE 65536u

/* ── The heap: blocks one after another; only the last one can grow, or be given back ─────────────────────────────── */

/** A block begins at a multiple of 8, so that linear memory, which lies three words behind the beginning of its `bytes`, does too. */
struct block {
  size_t size;
  uint8_t bytes[];
};

static _Alignas(8) uint8_t heap[WASM3_HEAP_SIZE];
/** Bytes of the heap that are in use: a multiple of 8. */
static size_t heap_used;
/** As many were in use when the module had been loaded, before anything of it was compiled. */
static size_t heap_loaded;
/** The page of code that loading has left there, empty; null: it needed none. */
static IM3CodePage loaded_page;
static struct block *last_block;

static struct block *block_of(void *bytes) { return (struct block *)((uint8_t *)bytes - offsetof(struct block, bytes)); }

/** Gives the last block `size` bytes. @return false: there are not as many */
static bool resize_last_block(size_t size) {
  size_t begin = (size_t)(last_block->bytes - heap);
  if (size > sizeof heap - begin) return false;
  last_block->size = size;
  heap_used = (begin + size + 7) & ~(size_t)7;
  return true;
}

void *wasm3_calloc(size_t count, size_t size) {
  struct block *before = last_block;
  if (heap_used > sizeof heap - sizeof(struct block) || (size != 0 && count > sizeof heap / size)) return NULL;
  last_block = (struct block *)(heap + heap_used);
  if (!resize_last_block(count * size)) {
    last_block = before;
    return NULL;
  }
  return memset(last_block->bytes, 0, count * size);
}

void *wasm3_realloc(void *bytes, size_t size) {
  struct block *block = bytes ? block_of(bytes) : NULL;
  if (block && size <= block->size) return bytes;
  if (block && block == last_block) return resize_last_block(size) ? bytes : NULL;
  void *larger = wasm3_calloc(1, size);
  return larger && block ? memcpy(larger, bytes, block->size) : larger;
}

void wasm3_free(void *bytes) {
  if (!bytes || block_of(bytes) != last_block) return;
  heap_used = (size_t)((uint8_t *)last_block - heap);
  last_block = NULL;
}

/* ── The module ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static IM3Environment environment;
static IM3Runtime runtime;
static IM3Function functions[EXPORT_COUNT];

/** Finds an export that has the right parameters and results. @return null: there is none */
static IM3Function find_export(IM3Module module, enum export export) {
  IM3Function found = v_FindFunction(module, exports[export].name);
  if (!found || !found->export_name || strcmp(found->export_name, exports[export].name) != 0) return NULL;
  if (m3_GetArgCount(found) != exports[export].parameter_count) return NULL;
  if (m3_GetRetCount(found) != exports[export].result_count) return NULL;
  for (uint32_t i = 0; i < exports[export].parameter_count; i++) {
    if (m3_GetArgType(found, i) != c_m3Type_i32) return NULL;
  }
  return exports[export].result_count == 0 || m3_GetRetType(found, 0) == c_m3Type_i32 ? found : NULL;
}

/** Backs linear memory as far as the board does; from then on it stays where it is. */
static bool back_memory(void) {
  uint32_t pages = (ENGINE_MEMORY_SIZE + WEBASSEMBLY_PAGE_SIZE - 1) / WEBASSEMBLY_PAGE_SIZE;
  if (runtime->memory.numPages >= pages) return true;
  return ResizeMemory(runtime, pages) == m3Err_none;
}

/** Makes an instance of a module. @return false: wasm3 refuses it, it lacks an export, or it does not fit the heap */
static bool load(const uint8_t *bytes, uint32_t size) {
  IM3Module module;
  heap_used = 0;
  last_block = NULL;
  environment = m3_NewEnvironment();
  if (!environment) return false;
  runtime = m3_NewRuntime(environment, WASM3_STACK_SIZE, NULL);
  if (!runtime) return false;
  runtime->memoryLimit = ENGINE_MEMORY_SIZE;
  if (m3_ParseModule(environment, &module, bytes, size) != m3Err_none) return false;
  if (m3_LoadModule(runtime, module) != m3Err_none || !back_memory()) return false;
  for (uint32_t i = 0; i < EXPORT_COUNT; i++) {
    functions[i] = find_export(module, (enum export)i);
    if (!functions[i]) return false;
  }
  heap_loaded = heap_used;
  loaded_page = environment->pagesReleased;
  return true;
}

bool engine_open(void) {
  for (uint32_t i = 0; i < MODULE_CANDIDATE_COUNT; i++) {
    uint32_t size;
    const uint8_t *module = module_take(&size);
    if (!module) return false;
    if (load(module, size)) return true;
  }
  return false;
}

uint8_t *engine_memory(uint32_t bytes) {
  uint32_t size;
  uint8_t *memory = m3_GetMemory(runtime, &size, 0);
  return bytes <= size ? memory : NULL;
}

/** Forgets all compiled code when there may not be room for what the next call compiles. */
static void make_room(void) {
  if (heap_used <= sizeof heap - WASM3_CALL_SIZE) return;
  IM3Module module = runtime->modules;
  for (uint32_t i = 0; i < module->numFunctions; i++) {
    module->functions[i].compiled = NULL;
    module->functions[i].constants = NULL;
  }
  if (loaded_page) loaded_page->info.lineIndex = 0;
  if (loaded_page) loaded_page->info.next = NULL;
  environment->pagesReleased = loaded_page;
  runtime->pagesOpen = runtime->pagesFull = NULL;
  heap_used = heap_loaded;
  last_block = NULL;
}

static uint32_t call(enum export export, const uint32_t *parameters) {
  IM3Function function = functions[export];
  const void *pointers[ENGINE_PARAMETER_COUNT];
  for (uint32_t i = 0; i < exports[export].parameter_count; i++) pointers[i] = &parameters[i];
  make_room();
  M3Result failure = function->compiled ? m3Err_none : CompileFunction(function);
  if (!failure) failure = m3_Call(function, exports[export].parameter_count, pointers);
  if (failure) engine_trapped();
  uint32_t result = 0;
  if (exports[export].result_count != 0) m3_GetResultsV(function, &result);
  return result;
}

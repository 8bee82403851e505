/**
 * Calls the functions of a module compiled by `scripts/ahead-of-time.js`, each with two 64-bit numbers: for each line of standard input,
 * "INDEX A B" in hexadecimal, a line with the result or `trap`. `OPERATIONS` is the C of the functions' table, written by the test.
 * With `REFERENCE` the functions are wasm2c's own, otherwise those of the compact form, with a memory of `ENGINE_MEMORY_SIZE` bytes, or
 * with `ENGINE_GUARD_PAGES` one of that many bytes before pages that may not be touched.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

static jmp_buf trapped;

static _Noreturn void engine_trapped(void) { longjmp(trapped, 1); }

#ifdef REFERENCE
#define WASM_RT_TRAP_HANDLER(reason) engine_trapped()
#include "wasm-rt-impl.c"

#include "operations.reference.c"

static Z_operations_instance_t instance;

static void open_module(void) {
  wasm_rt_init();
  Z_operations_init_module();
  Z_operations_instantiate(&instance);
}

#define OPERATION(name) \
  static uint64_t call_##name(uint64_t a, uint64_t b) { return Z_operationsZ_##name(&instance, a, b); }
#else

#ifdef ENGINE_GUARD_PAGES
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

/** More than a 32-bit address, a 32-bit offset and the widest access reach. */
#define RESERVED_SIZE ((8ull << 30) + 4096)

static uint8_t *linear_memory;

static void handle_fault(int signal) {
  (void)signal;
  engine_trapped();
}

static void open_memory(void) {
  const struct sigaction action = {.sa_handler = handle_fault, .sa_flags = SA_NODEFER};
  linear_memory = mmap(0, RESERVED_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (linear_memory == MAP_FAILED || sigaction(SIGSEGV, &action, 0) != 0) abort();
  if (mprotect(linear_memory, ENGINE_MEMORY_SIZE, PROT_READ | PROT_WRITE) != 0) abort();
}
#else
static uint8_t linear_memory[ENGINE_MEMORY_SIZE] __attribute__((aligned(8)));

static void open_memory(void) {}
#endif

#include "webassembly.h"

#include "operations.aot.c"

static void open_module(void) {
  open_memory();
  module_open();
}

#define OPERATION(name) \
  static uint64_t call_##name(uint64_t a, uint64_t b) { return module_##name(a, b); }
#endif

#include "operations.table.h"
#undef OPERATION

#define OPERATION(name) call_##name,
static uint64_t (*const operations[])(uint64_t, uint64_t) = {
#include "operations.table.h"
};

int main(void) {
  unsigned index;
  uint64_t a;
  uint64_t b;
  open_module();
  while (scanf("%x %" SCNx64 " %" SCNx64, &index, &a, &b) == 3) {
    if (setjmp(trapped) != 0) puts("trap");
    else printf("%" PRIx64 "\n", operations[index](a, b));
  }
  return 0;
}

/**
 * Calls the functions of a module compiled by `scripts/ahead-of-time.js`, each with two 64-bit numbers: for each line of standard input,
 * "INDEX A B" in hexadecimal, a line with the result or `trap`. `OPERATIONS` is the C of the functions' table, written by the test.
 * With `REFERENCE` the functions are wasm2c's own, otherwise those of the compact form.
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
static uint8_t linear_memory[ENGINE_MEMORY_SIZE] __attribute__((aligned(8)));

#include "webassembly.h"

#include "operations.aot.c"

static void open_module(void) { module_open(); }

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

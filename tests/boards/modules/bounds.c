/**
 * Calls `restore(A, B)` of the linked-in module under an interpreter, for each line "A B" of standard input; writes `reached` or `trap`, after
 * which the engine is opened anew.
 */
#include "engine.h"
#include "modules.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>

static jmp_buf trapped;

_Noreturn void engine_trapped(void) { longjmp(trapped, 1); }

const uint8_t *module_take(uint32_t *size) {
  *size = leasehold_module_size;
  return leasehold_module;
}

bool module_has_another(void) { return false; }

void module_returned(uint64_t now) { (void)now; }

int main(void) {
  uint32_t a;
  uint32_t b;
  if (!engine_open()) return 1;
  while (scanf("%" SCNu32 " %" SCNu32, &a, &b) == 2) {
    if (setjmp(trapped) != 0) {
      puts("trap");
      if (!engine_open()) return 1;
      continue;
    }
    engine_restore(a, b, 0);
    puts("reached");
  }
  return 0;
}

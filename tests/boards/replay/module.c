/**
 * `modules.h` for the replay: the module that is linked in, at every start.
 */
#include "modules.h"

const uint8_t *module_take(uint32_t *size) {
  *size = leasehold_module_size;
  return leasehold_module;
}

bool module_has_another(void) { return false; }

void module_returned(uint64_t now) { (void)now; }

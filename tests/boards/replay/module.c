/**
 * `modules.h` for the replay: the module in the file `REPLAY_MODULE`, at every start.
 */
#include "modules.h"

#include <stdio.h>

#define MOST_BYTES 65536u

const uint8_t *module_take(uint32_t *size) {
  static uint8_t bytes[MOST_BYTES];
  FILE *file = fopen(REPLAY_MODULE, "rb");
  if (!file) return 0;
  *size = (uint32_t)fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  return bytes;
}

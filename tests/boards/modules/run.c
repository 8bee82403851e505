/**
 * What becomes of a module when it is run: `run IMAGE` opens the engine over a storage that is IMAGE (both places one after another), and
 * up to three times initialises the module, configures it and lets its time pass; says `ran` or `trapped`.
 */
#include "engine.h"
#include "modules.h"

#include "core.h"
#include "log.h"
#include "port.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#define PLACE_SIZE 16384u

static uint8_t places[2][PLACE_SIZE];
static jmp_buf trapped;

const struct port_storage *port_storage(void) {
  static const struct port_storage storage = {
      .module_size = PLACE_SIZE, .program_size = 4, .mapped_modules = {places[0], places[1]}};
  return &storage;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  memcpy(bytes, places[area - PORT_AREA_MODULE_0] + offset, length);
  return true;
}

void log_begin(const char *word) { printf("%s", word); }

void log_number(const char *name, uint32_t value) { printf(" %s=%u", name, value); }

void log_end(void) { printf("\n"); }

_Noreturn void engine_trapped(void) { longjmp(trapped, 1); }

/** Brings the module to life, as far as a client without a network goes. @return whether it did all of it */
static bool run(void) {
  static const uint32_t limits[ENGINE_PARAMETER_COUNT] = {ENGINE_MEMORY_SIZE, 256, 1, 592, 1, 300, 0, 0, 1, 2};
  if (setjmp(trapped) != 0) return false;
  uint8_t *memory = engine_memory(ENGINE_MEMORY_SIZE);
  if (!memory || engine_memory(ENGINE_MEMORY_SIZE + 1)) return false;
  const uint32_t address = engine_initialise(limits);
  const struct leasehold_control *control = (const void *)(memory + address);
  if (address % 4 != 0 || address > ENGINE_MEMORY_SIZE - sizeof *control) return false;
  if (control->magic != LEASEHOLD_CONTROL_MAGIC) return false;
  engine_configure(0);
  engine_handle_inputs(0, 1000);
  engine_handle_timeout(2000);
  return true;
}

int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file || fread(places, 1, sizeof places, file) != sizeof places) return 2;
  fclose(file);
  for (int i = 0; i < 3; i++) {
    if (!engine_open()) {
      puts("nothing to run");
      return 1;
    }
    bool ran = run();
    puts(ran ? "ran" : "trapped");
    if (ran) return 0;
  }
  return 0;
}

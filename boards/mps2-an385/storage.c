/**
 * Two places for a module in PSRAM (16 MiB at 0x21000000). The board's controller writes into that memory at power on what its microSD card
 * lists for these addresses; it outlives every reset, but not the power. Records are not kept there: they must outlive both.
 */
#include "port.h"

#include <string.h>

#define PSRAM 0x21000000u
#define MODULE_SIZE 0x10000u

static const struct port_storage storage = {
    .module_size = MODULE_SIZE,
    .program_size = 4,
    .mapped_modules = {(const uint8_t *)PSRAM, (const uint8_t *)(PSRAM + MODULE_SIZE)},
};

/** Whether there is such an area: the record store's halves are none. */
static bool is_place(enum port_area area) { return area >= PORT_AREA_MODULE_0; }

/** @param offset less than the area's size */
static uint8_t *place(enum port_area area, uint32_t offset) {
  return (uint8_t *)(PSRAM + (area - PORT_AREA_MODULE_0) * MODULE_SIZE + offset);
}

const struct port_storage *port_storage(void) { return &storage; }

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  if (!is_place(area)) return false;
  memcpy(bytes, place(area, offset), length);
  return true;
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  if (!is_place(area)) return false;
  memcpy(place(area, offset), bytes, length);
  return true;
}

bool port_erase(enum port_area area) {
  if (!is_place(area)) return false;
  memset(place(area, 0), 0xff, MODULE_SIZE);
  return true;
}

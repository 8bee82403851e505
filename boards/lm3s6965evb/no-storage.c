/** A board that keeps nothing: every start is the first one. What asks for an area although there is none is told that the medium failed. */
#include "port.h"

const struct port_storage *port_storage(void) {
  static const struct port_storage none = {0};
  return &none;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  (void)area, (void)offset, (void)bytes, (void)length;
  return false;
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  (void)area, (void)offset, (void)bytes, (void)length;
  return false;
}

bool port_erase(enum port_area area) {
  (void)area;
  return false;
}

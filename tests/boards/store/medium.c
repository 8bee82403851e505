/** The emulated medium; whatever the store may not do ends the test. */
#include "medium.h"

#include "port.h"

#include <string.h>

struct medium medium;
jmp_buf power;

static uint32_t chance_state = 1;

void seed_chance(uint32_t seed) {
  chance_state = seed * 2654435761u | 1;
}

uint32_t chance(uint32_t below) {
  chance_state ^= chance_state << 13;
  chance_state ^= chance_state >> 17;
  chance_state ^= chance_state << 5;
  return (uint32_t)((uint64_t)chance_state * below >> 32);
}

void medium_make(uint32_t record_size, uint32_t program_size, bool is_flash) {
  medium = (struct medium){.record_size = record_size, .program_size = program_size, .is_flash = is_flash};
  for (uint32_t half = 0; half < 2; half++) {
    for (uint32_t i = 0; i < record_size; i++) medium.bytes[half][i] = (uint8_t)chance(256);
    memset(medium.programmed[half], true, sizeof medium.programmed[half]);
  }
}

void medium_arm(enum fault fault, enum extent extent, uint32_t after, uint32_t count) {
  medium.fault = fault;
  medium.extent = extent;
  medium.fault_from = medium.operations + after;
  medium.fault_count = count;
}

const struct port_storage *port_storage(void) {
  static struct port_storage storage;
  storage = (struct port_storage){.record_size = medium.record_size, .program_size = medium.program_size};
  return &storage;
}

void port_fail(const char *reason) {
  (void)reason;
  longjmp(power, 2);
}

static void require_within(enum port_area area, uint32_t offset, uint32_t length) {
  REQUIRE(area <= PORT_AREA_RECORDS_1, "area %d is not the store's", area);
  REQUIRE(offset <= medium.record_size && length <= medium.record_size - offset, "%u bytes at %u leave the half", length, offset);
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  require_within(area, offset, length);
  if (++medium.reads == medium.read_fault) return false;
  memcpy(bytes, medium.bytes[area] + offset, length);
  return true;
}

/** Counts an operation, and says what is to happen to it. */
static enum fault next_fault(void) {
  medium.operations++;
  const bool meets = medium.operations - medium.fault_from < medium.fault_count;
  return meets ? medium.fault : NONE;
}

/** Ends an operation that met a fault. */
static bool finish_fault(enum fault fault) {
  if (fault == CUT) longjmp(power, 1);
  return fault == NONE;
}

/** How many of `length` bytes an operation reaches. */
static uint32_t reach(enum fault fault, uint32_t length) {
  if (fault == NONE || medium.extent == EVERYTHING) return length;
  if (medium.extent == NOTHING) return 0;
  return medium.extent == A_PREFIX ? chance(length + 1) : length;
}

/** What becomes of a byte that the operation reaches. */
static uint8_t reached(enum fault fault, uint8_t old, uint8_t wanted) {
  if (fault == NONE || medium.extent != SOME_BITS) return wanted;
  const uint8_t which = (uint8_t)chance(256);
  if (!medium.is_flash && chance(8) == 0) return which;
  return (uint8_t)((old & which) | (wanted & ~which));
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  require_within(area, offset, length);
  const uint32_t unit = medium.program_size;
  REQUIRE(length > 0 && length % unit == 0 && offset % unit == 0, "%u bytes at %u are no whole units", length, offset);
  const enum fault fault = next_fault();
  const uint32_t end = reach(fault, length);
  const bool drop_all = fault != NONE && medium.extent == SOME_BITS && chance(4) == 0;
  for (uint32_t i = 0; i < length; i++) {
    const uint32_t at = offset + i;
    bool *programmed = &medium.programmed[area][at / unit];
    if (at % unit == 0) REQUIRE(!medium.is_flash || !*programmed, "the unit at %u is programmed twice", at);
    if (i >= end || (drop_all && i < length / 2)) continue;
    uint8_t *byte = &medium.bytes[area][at];
    const uint8_t after = reached(fault, *byte, ((const uint8_t *)bytes)[i]);
    if (fault == NONE || after != *byte) *programmed = true;
    *byte = medium.is_flash ? *byte & after : after;
  }
  return finish_fault(fault);
}

bool port_erase(enum port_area area) {
  require_within(area, 0, 0);
  const enum fault fault = next_fault();
  medium.erases[area]++;
  if (!medium.is_flash) return finish_fault(fault);
  const uint32_t end = reach(fault, medium.record_size);
  for (uint32_t i = 0; i < end; i++) {
    medium.bytes[area][i] |= reached(fault, 0, 0xff);
    if (fault == NONE || medium.extent != SOME_BITS) medium.programmed[area][i / medium.program_size] = false;
  }
  return finish_fault(fault);
}

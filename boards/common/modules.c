/**
 * Which module runs. What a place holds is foreign until it has been checked, in this order: head, kind, size, checksum,
 * signature, and that the module imports nothing. Where the storage is memory-mapped, the module is run from there; otherwise it is
 * read into `MODULE_BUFFER_SIZE` bytes of RAM, which must hold the largest module and 32 bytes of its head.
 */
#include "modules.h"

#include "core.h"
#include "crc32.h"
#include "log.h"
#include "port.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef MODULE_KEY
#include "ed25519.h"
#endif

#ifndef MODULE_BUFFER_SIZE
#define MODULE_BUFFER_SIZE 0u
#endif

#ifdef LEASEHOLD_SERVER
#define OWN_ROLE LEASEHOLD_ROLE_SERVER
#else
#define OWN_ROLE LEASEHOLD_ROLE_CLIENT
#endif

#define PLACE_COUNT 2u
#define LINKED_IN PLACE_COUNT

/** Where the signed bytes of a place begin, and where its module does in them. */
#define SIGNED_OFFSET offsetof(struct module_head, magic)
#define MODULE_OFFSET (sizeof(struct module_head) - SIGNED_OFFSET)

/** The candidates that were handed out since the last beginning, one bit each. */
static uint32_t taken;

/** When the module that runs returned from a call first; 0: it has not yet. */
static uint64_t running_since;

/** Says that `trials` counts, and is not what memory held when the power came on. */
#define TRIALS_COUNTED 0x4c415254u

/** The module that each place held when it was taken last, by its head's checksum, and how often that was. Outlives a reset. */
static struct {
  uint32_t mark;
  struct trial {
    uint32_t head_checksum;
    uint32_t count;
  } places[PLACE_COUNT];
} trials __attribute__((section(".noinit")));

/* ── The module's bytes ───────────────────────────────────────────────────────────────────────────────────────────── */

/** Reads an unsigned LEB128 number of at most 32 bits. @return false: there is none before `end` */
static bool read_number(const uint8_t **position, const uint8_t *end, uint32_t *number) {
  *number = 0;
  for (uint32_t shift = 0; shift < 35 && *position < end; shift += 7) {
    uint8_t byte = *(*position)++;
    if (shift == 28 && byte > 0x0f) return false;
    *number |= (uint32_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/** Whether these are the sections of a WebAssembly module of version 1 without an import. */
static bool imports_nothing(const uint8_t *module, uint32_t size) {
  static const uint8_t beginning[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  const uint8_t import_section = 2;
  const uint8_t *end = module + size;
  if (size < sizeof beginning || memcmp(module, beginning, sizeof beginning) != 0) return false;
  for (const uint8_t *position = module + sizeof beginning; position < end;) {
    uint8_t section = *position++;
    uint32_t length;
    if (!read_number(&position, end, &length) || length > (size_t)(end - position)) return false;
    if (section == import_section) return false;
    position += length;
  }
  return true;
}

/* ── A place ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/** Reads a place's head. @return MODULE_GOOD: what it says can be relied on as far as a checksum goes */
static enum module_fault read_head(uint32_t place, struct module_head *head) {
  if (!port_read((enum port_area)(PORT_AREA_MODULE_0 + place), 0, head, sizeof *head)) return MODULE_UNREADABLE;
  if (head->magic != MODULE_MAGIC) return MODULE_MISSING;
  const size_t checked = offsetof(struct module_head, head_checksum) - SIGNED_OFFSET;
  if (crc32(0, (const uint8_t *)head + SIGNED_OFFSET, checked) != head->head_checksum) return MODULE_HEAD_DAMAGED;
  return MODULE_GOOD;
}

/** The bytes of a place that are signed, in memory. @return null: see `fault` */
static const uint8_t *read_signed(uint32_t place, uint32_t size, enum module_fault *fault) {
  const struct port_storage *storage = port_storage();
  *fault = MODULE_TOO_LARGE;
  if (size > storage->module_size - sizeof(struct module_head)) return NULL;
  if (storage->mapped_modules[place]) return storage->mapped_modules[place] + SIGNED_OFFSET;
#if MODULE_BUFFER_SIZE > 0
  static _Alignas(4) uint8_t buffer[MODULE_BUFFER_SIZE];
  const uint32_t length = MODULE_OFFSET + size;
  if (length > sizeof buffer) return NULL;
  *fault = MODULE_UNREADABLE;
  return port_read((enum port_area)(PORT_AREA_MODULE_0 + place), SIGNED_OFFSET, buffer, length) ? buffer : NULL;
#else
  return NULL;
#endif
}

#ifdef MODULE_KEY
/** Whether the second half of a signature is below the group's order (RFC 8032 §5.1.7), so that nobody can make another signature of it. */
static bool is_canonical(const uint8_t signature[64]) {
  static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                    0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
  for (uint32_t i = sizeof order; i-- > 0;) {
    if (signature[32 + i] != order[i]) return signature[32 + i] < order[i];
  }
  return false;
}

static bool is_signed(const struct module_head *head, const uint8_t *signed_bytes) {
  static const uint8_t key[32] = {MODULE_KEY};
  return is_canonical(head->signature) &&
         ed25519_verify(head->signature, signed_bytes, MODULE_OFFSET + head->size, key) == 1;
}
#else
static bool is_signed(const struct module_head *head, const uint8_t *signed_bytes) {
  (void)head, (void)signed_bytes;
  return true;
}
#endif

/** Checks what a place holds. @param module receives its module when it is good */
static enum module_fault open_place(uint32_t place, struct module_head *head, const uint8_t **module) {
  enum module_fault fault = read_head(place, head);
  if (fault != MODULE_GOOD) return fault;
  if (head->role != OWN_ROLE || head->boundary_version != LEASEHOLD_BOUNDARY_VERSION) return MODULE_OTHER_KIND;
  const uint8_t *signed_bytes = read_signed(place, head->size, &fault);
  if (!signed_bytes) return fault;
  *module = signed_bytes + MODULE_OFFSET;
  if (crc32(0, *module, head->size) != head->module_checksum) return MODULE_DAMAGED;
  if (!is_signed(head, signed_bytes)) return MODULE_NOT_SIGNED;
  return imports_nothing(*module, head->size) ? MODULE_GOOD : MODULE_NOT_ALONE;
}

/* ── The choice ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/** The place to look at next: of those not yet taken, the one whose head has the larger number. */
static uint32_t next_place(void) {
  uint32_t numbers[PLACE_COUNT];
  for (uint32_t place = 0; place < PLACE_COUNT; place++) {
    struct module_head head;
    numbers[place] = read_head(place, &head) == MODULE_GOOD ? head.number : 0;
  }
  bool second = (taken & 1u) != 0 || ((taken & 2u) == 0 && numbers[1] > numbers[0]);
  return second ? 1 : 0;
}

/** Forgets which modules have failed. */
static void forget_trials(void) {
  memset(&trials, 0, sizeof trials);
  trials.mark = TRIALS_COUNTED;
}

/** Counts that the module of a place is taken. @return false: that was often enough */
static bool count_trial(uint32_t place, const struct module_head *head) {
  struct trial *trial = &trials.places[place];
  if (trial->head_checksum != head->head_checksum) *trial = (struct trial){head->head_checksum, 0};
  if (trial->count >= MODULE_TRIALS) return false;
  trial->count++;
  return true;
}

static void log_module(uint32_t slot, uint32_t number, uint32_t checksum) {
  log_begin("module");
  log_number("slot", slot);
  log_number("number", number);
  log_number("checksum", checksum);
  log_end();
}

static void log_refusal(uint32_t slot, enum module_fault fault) {
  log_begin("module");
  log_number("slot", slot);
  log_number("refused", fault);
  log_end();
}

/** Takes the next best of what the places hold. @return null: nothing is left */
static const uint8_t *take_place(uint32_t *size) {
  const uint32_t all_places = (1u << PLACE_COUNT) - 1;
  if (port_storage()->module_size < sizeof(struct module_head)) taken |= all_places;
  while ((taken & all_places) != all_places) {
    struct module_head head;
    const uint8_t *module;
    uint32_t place = next_place();
    taken |= 1u << place;
    enum module_fault fault = open_place(place, &head, &module);
    if (fault == MODULE_GOOD && !count_trial(place, &head)) fault = MODULE_GIVEN_UP;
    if (fault == MODULE_GOOD) {
      log_module(place, head.number, head.module_checksum);
      *size = head.size;
      return module;
    }
    if (fault != MODULE_MISSING) log_refusal(place, fault);
  }
  return NULL;
}

const uint8_t *module_take(uint32_t *size) {
  running_since = 0;
  if (trials.mark != TRIALS_COUNTED) forget_trials();
  const uint8_t *module = take_place(size);
  if (module) return module;
  taken = 0;
  if (leasehold_module_size == 0) {
    forget_trials();
    return take_place(size);
  }
  log_module(LINKED_IN, 0, crc32(0, leasehold_module, leasehold_module_size));
  *size = leasehold_module_size;
  return leasehold_module;
}

bool module_has_another(void) { return taken != 0; }

void module_returned(uint64_t now) {
  if (running_since == 0) running_since = now;
  if (now - running_since >= MODULE_TRIAL_MILLISECONDS) forget_trials();
}

/** The role. It includes the store's source, so that a restart can spoil the memory that a power cut would have cleared. */
#include "../../../boards/common/store.c"

#include "medium.h"
#include "role.h"

struct role role;

void role_make(uint32_t snapshot_count) {
  role = (struct role){.next_serial = 1, .snapshot_count = snapshot_count};
}

/** Length of a blob: at least its serial number; each remainder occurs. */
static uint32_t blob_length(uint32_t serial) {
  return 4 + serial * 2654435761u % (BLOB_LIMIT - 3);
}

static void fill_blob(uint32_t serial, uint8_t *bytes) {
  memcpy(bytes, &serial, sizeof serial);
  for (uint32_t i = sizeof serial; i < blob_length(serial); i++) {
    bytes[i] = serial % 8 == 0 ? ERASED : (uint8_t)(serial * 40503u + i * 251u);
  }
}

static void add(struct list *list, uint32_t serial) {
  REQUIRE(list->count < LIST_LIMIT, "the list is full");
  list->serials[list->count++] = serial;
}

static enum store_result append_blob(uint32_t serial) {
  uint8_t bytes[BLOB_LIMIT];
  fill_blob(serial, bytes);
  const uint32_t length = blob_length(serial), split = chance(length + 1);
  return store_append(bytes, split, split == length ? NULL : bytes + split, length - split);
}

/** Writes a new generation. Returns whether it counts. */
static bool renew(void) {
  if (!store_begin()) return false;
  role.begun.count = 0;
  role.may_be_committed = false;
  for (uint32_t i = 0; i < role.snapshot_count; i++) {
    const uint32_t serial = role.next_serial++;
    if (append_blob(serial) != STORE_KEPT) return false;
    add(&role.begun, serial);
  }
  role.may_be_committed = true;
  if (!store_commit()) return false;
  role.kept = role.begun;
  role.unsure = 0;
  role.may_be_committed = false;
  role.generations++;
  return true;
}

void role_renew(void) {
  renew();
}

void role_keep(void) {
  for (uint32_t attempt = 0; attempt < 4; attempt++) {
    const uint32_t serial = role.next_serial++;
    const uint32_t before = role.unsure;
    role.unsure = serial;
    const enum store_result result = append_blob(serial);
    if (result == STORE_KEPT) {
      REQUIRE(before == 0 && !role.may_be_committed, "a blob was appended behind one that may hide it");
      add(&role.kept, serial);
      role.unsure = 0;
      return;
    }
    if (result == STORE_FULL) {
      role.unsure = before;
      renew();
    }
  }
  role.given_up++;
}

bool same_list(const struct list *a, const struct list *b) {
  return a->count == b->count && memcmp(a->serials, b->serials, a->count * sizeof a->serials[0]) == 0;
}

/** Takes apart what the store handed out, and proves each byte. */
static void take(const uint8_t *bytes, uint32_t length, struct list *found) {
  while (length > 0) {
    uint32_t serial;
    uint8_t expected[BLOB_LIMIT];
    REQUIRE(length >= sizeof serial, "%u bytes of no blob", length);
    memcpy(&serial, bytes, sizeof serial);
    REQUIRE(serial > 0 && serial < role.next_serial, "blob %u was never appended", serial);
    fill_blob(serial, expected);
    const uint32_t size = blob_length(serial);
    REQUIRE(size <= length && memcmp(bytes, expected, size) == 0, "blob %u is not as it was appended", serial);
    add(found, serial);
    bytes += size;
    length -= size;
  }
}

bool role_read(struct list *found) {
  memset(&present, 0xa5, sizeof present);
  memset(&begun, 0xa5, sizeof begun);
  newest = cursor = damaged = 0xa5a5a5a5;
  writing = &begun;
  found->count = 0;
  if (!store_open()) return false;
  uint8_t bytes[4 * BLOB_LIMIT];
  const uint32_t size = BLOB_LIMIT + chance(3 * BLOB_LIMIT);
  for (uint32_t length; (length = store_fetch(bytes, size)) > 0;) {
    if (length == STORE_UNREADABLE) return false;
    REQUIRE(length <= size, "%u bytes were handed out into %u", length, size);
    take(bytes, length, found);
  }
  return true;
}

void role_restart(void) {
  struct list found;
  REQUIRE(role_read(&found), "the store does not open");
  REQUIRE(store_damaged() == 0, "a cut is reported as damage");
  struct list with_unsure = role.kept;
  if (role.unsure != 0) add(&with_unsure, role.unsure);
  const bool allowed = same_list(&found, &role.kept) || same_list(&found, &with_unsure) ||
                       (role.may_be_committed && same_list(&found, &role.begun));
  REQUIRE(allowed, "%u blobs are there, %u were kept, unsure %u", found.count, role.kept.count, role.unsure);
  role.kept = found;
  role.unsure = 0;
  role.may_be_committed = false;
}

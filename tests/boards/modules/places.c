/**
 * `boards/common/modules.c` over an emulated storage: takes modules and says which.
 *
 *   places take IMAGE COUNT       takes COUNT modules; IMAGE holds both places one after another
 *   places reset IMAGE COUNT      the same, and the board is reset after each of them
 *   places run IMAGE COUNT        the same, but each of them has run for long enough before
 *   places cuts OLD NEW           place 0 holds OLD, NEW is being written into place 1 when the power fails, at every step: in order
 *                                 from its beginning, and with its head last; says how often the other module was not taken
 *
 * With MAPPED the storage can be read as memory, otherwise modules are copied into MODULE_BUFFER_SIZE bytes.
 */
#define _DEFAULT_SOURCE

// Not linked but included: what outlives a reset is its own.
#include "modules.c"

#include "crc32.h"
#include "log.h"
#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACE_SIZE 16384u
#define PROGRAM_SIZE 4u
#define ERASED 0xff

static uint8_t places[2][PLACE_SIZE];
static bool is_quiet;

/** The module that is linked in is not looked into. */
const uint8_t leasehold_module[] = "linked in";
#ifdef NOTHING_LINKED_IN
const uint32_t leasehold_module_size = 0;
#else
const uint32_t leasehold_module_size = sizeof leasehold_module;
#endif

const struct port_storage *port_storage(void) {
  static const struct port_storage storage = {
      .module_size = PLACE_SIZE,
      .program_size = PROGRAM_SIZE,
#ifdef MAPPED
      .mapped_modules = {places[0], places[1]},
#endif
  };
  return &storage;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  if (area != PORT_AREA_MODULE_0 && area != PORT_AREA_MODULE_1) abort();
  if (offset > PLACE_SIZE || length > PLACE_SIZE - offset) abort();
  memcpy(bytes, places[area - PORT_AREA_MODULE_0] + offset, length);
  return true;
}

void log_begin(const char *word) {
  if (!is_quiet) printf("%s", word);
}

void log_number(const char *name, uint32_t value) {
  if (!is_quiet) printf(" %s=%u", name, value);
}

void log_end(void) {
  if (!is_quiet) printf("\n");
}

static uint32_t read_file(const char *path, void *bytes, uint32_t size) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(2);
  uint32_t length = (uint32_t)fread(bytes, 1, size, file);
  fclose(file);
  return length;
}

/** The module that was taken last runs for as long as it takes to be trusted. */
static void run_long(void) {
  module_returned(1);
  module_returned(1 + MODULE_TRIAL_MILLISECONDS);
}

static void take_one(void) {
  uint32_t size;
  const uint8_t *module = module_take(&size);
  if (module) printf("taken %u bytes, checksum %u\n", size, crc32(0, module, size));
  else printf("nothing\n");
}

static void take(uint32_t count) {
  for (uint32_t i = 0; i < count; i++) take_one();
}

/** Takes modules, each in a process of its own: what a reset leaves is carried from one to the next, all else begins anew. */
static void take_and_reset(uint32_t count, bool runs_long) {
  void *kept = mmap(NULL, sizeof trials, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (kept == MAP_FAILED) exit(2);
  for (uint32_t i = 0; i < count; i++) {
    const pid_t child = fork();
    if (child < 0) exit(2);
    if (child == 0) {
      memcpy(&trials, kept, sizeof trials);
      take_one();
      if (runs_long) run_long();
      memcpy(kept, &trials, sizeof trials);
      exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) exit(2);
  }
}

/** Whether the next module taken is `old`, and what follows is what is linked in, so that all begins anew. */
static bool falls_back(const uint8_t *old, uint32_t old_size) {
  uint32_t size;
  const uint8_t *module = module_take(&size);
  run_long();
  bool is_old = size == old_size && memcmp(module, old, size) == 0;
  while (module != leasehold_module) module = module_take(&size);
  return is_old;
}

/** Cuts the power after each `PROGRAM_SIZE` bytes of `image`, the first `head` of which are written last. */
static uint32_t count_wrong(const uint8_t *image, uint32_t size, uint32_t head, const uint8_t *old, uint32_t old_size) {
  uint32_t wrong = 0;
  memset(places[1], ERASED, PLACE_SIZE);
  for (uint32_t step = 0; step + PROGRAM_SIZE < size; step += PROGRAM_SIZE) {
    if (!falls_back(old, old_size)) wrong++;
    uint32_t at = (step + head) % size;
    // What was being programmed is anything.
    for (uint32_t i = 0; i < PROGRAM_SIZE; i++) places[1][at + i] = (uint8_t)rand();
    if (memcmp(places[1] + at, image + at, PROGRAM_SIZE) != 0 && !falls_back(old, old_size)) wrong++;
    memcpy(places[1] + at, image + at, PROGRAM_SIZE);
  }
  return wrong;
}

static void cut(const char *old_path, const char *new_path) {
  static uint8_t image[PLACE_SIZE];
  uint32_t old_size = read_file(old_path, places[0], PLACE_SIZE) - sizeof(struct module_head);
  uint32_t size = read_file(new_path, image, PLACE_SIZE) / PROGRAM_SIZE * PROGRAM_SIZE;
  const uint8_t *old = places[0] + sizeof(struct module_head);
  is_quiet = true;
  printf("in order: %u wrong\n", count_wrong(image, size, 0, old, old_size));
  printf("head last: %u wrong\n", count_wrong(image, size, sizeof(struct module_head), old, old_size));
  read_file(new_path, places[1], PLACE_SIZE);
  printf("whole: %s\n", falls_back(old, old_size) ? "old" : "new");
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count == 4 && strcmp(arguments[1], "take") == 0) {
    read_file(arguments[2], places, sizeof places);
    take((uint32_t)atoi(arguments[3]));
    return 0;
  }
  const bool runs_long = count == 4 && strcmp(arguments[1], "run") == 0;
  if (count == 4 && (runs_long || strcmp(arguments[1], "reset") == 0)) {
    read_file(arguments[2], places, sizeof places);
    take_and_reset((uint32_t)atoi(arguments[3]), runs_long);
    return 0;
  }
  if (count == 4 && strcmp(arguments[1], "cuts") == 0) {
    cut(arguments[2], arguments[3]);
    return 0;
  }
  return 2;
}

/**
 * The record store on an emulated medium, through power cuts at every program and erase, twice in a row too, failures, rot and
 * forgery. Usage: store SEED RECORD_SIZE PROGRAM_SIZE flash|card
 */
#include "crc32.h"
#include "medium.h"
#include "role.h"
#include "store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed, record_size, program_size;
static bool is_flash;
static const char *scenario;

_Noreturn void fail_test(const char *file, int line, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%s:%d: %s, operation %u: ", file, line, scenario, medium.operations);
  vprintf(format, arguments);
  printf("\nrepeat it by: store %u %u %u %s\n", seed, record_size, program_size, is_flash ? "flash" : "card");
  va_end(arguments);
  exit(1);
}

/** A role at its first start. The medium's chance and the blobs are the same each time. */
static void make(uint32_t snapshot_count) {
  seed_chance(seed);
  medium_make(record_size, program_size, is_flash);
  role_make(snapshot_count);
  role_restart();
}

/** Appends blobs until the power is cut. Returns whether it was. */
static bool keep(uint32_t count) {
  if (setjmp(power) != 0) return true;
  for (volatile uint32_t i = 0; i < count; i++) role_keep();
  return false;
}

/** What must hold after whatever happened: what was kept is there, and more can be kept. */
static void recover(void) {
  medium_arm(NONE, NOTHING, 0, 0);
  role_restart();
  const uint32_t given_up = role.given_up;
  REQUIRE(!keep(3) && role.given_up == given_up, "nothing more can be kept");
  role_restart();
}

/** Programs and erases of `blobs` appends, and how many generations they fill. */
static uint32_t blobs;
static uint32_t operations;

/** Without any fault: halves take turns, are erased once a generation, and filled before the other one is erased. */
static void run_wear(void) {
  scenario = "without faults";
  make(3);
  const uint32_t before = medium.operations;
  uint32_t least = UINT32_MAX, largest = 0;
  for (blobs = 0; role.generations < 5; blobs++) {
    const uint32_t generation = role.generations, count = role.kept.count;
    role_keep();
    if (role.generations != generation && generation > 0) {
      if (count < least) least = count;
      if (count > largest) largest = count;
    }
  }
  operations = medium.operations - before;
  REQUIRE(medium.erases[0] == 3 && medium.erases[1] == 2, "erased %u and %u times", medium.erases[0], medium.erases[1]);
  const uint32_t fewest = (record_size - 4 * program_size) / (2 * program_size + BLOB_LIMIT);
  REQUIRE(role.given_up == 0 && least >= fewest, "a generation ended after %u blobs", least);
  recover();
  printf("wear: %u blobs, %u operations, %u to %u blobs a generation\n", blobs, operations, least, largest);
}

/** The power is cut at every operation, and once more at each of those that recovering makes. */
static void run_cuts(void) {
  static struct medium image;
  static struct role known;
  uint32_t cuts = 0, second_cuts = 0;
  for (uint32_t at = 1; at <= operations; at++) {
    for (enum extent extent = NOTHING; extent < EXTENT_COUNT; extent++) {
      scenario = "a power cut";
      make(3);
      medium_arm(CUT, extent, at, 1);
      REQUIRE(keep(blobs), "the power was not cut");
      cuts++;
      image = medium;
      known = role;
      recover();
      scenario = "a power cut while recovering from one";
      for (uint32_t again = 1; again <= 16; again++) {
        medium = image;
        role = known;
        medium_arm(NONE, NOTHING, 0, 0);
        role_restart();
        medium_arm(CUT, (enum extent)chance(EXTENT_COUNT), again, 1);
        if (keep(4)) second_cuts++;
        recover();
      }
    }
  }
  printf("cuts: %u, and %u while recovering\n", cuts, second_cuts);
}

/** Programs and erases fail: once, a few times, or until a restart. */
static void run_failures(void) {
  static const uint32_t lengths[] = {1, 2, 3, 100};
  scenario = "a failure";
  uint32_t failures = 0;
  for (uint32_t at = 1; at <= operations; at++) {
    for (enum extent extent = NOTHING; extent < EXTENT_COUNT; extent++, failures++) {
      make(3);
      medium_arm(FAIL, extent, at, lengths[failures % 4]);
      REQUIRE(!keep(blobs / 2), "the power was cut");
      if (failures % 3 != 0) REQUIRE(!keep(blobs / 2), "the power was cut");
      recover();
    }
  }
  printf("failures: %u\n", failures);
}

/** Whether `part` is `whole` with blobs left out. */
static bool is_part(const struct list *part, const struct list *whole) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < whole->count && next < part->count; i++) next += part->serials[next] == whole->serials[i];
  return next == part->count;
}

/** A read fails while the store is opened, or while it is read: it says so, and loses nothing. */
static void run_read_failures(void) {
  scenario = "a read failure";
  struct list found;
  make(3);
  keep(blobs / 2);
  medium.reads = 0;
  role_restart();
  const uint32_t reads = medium.reads;
  for (uint32_t at = 1; at <= reads; at++) {
    medium.reads = 0;
    medium.read_fault = at;
    const bool opened = role_read(&found);
    medium.read_fault = 0;
    REQUIRE(!opened || same_list(&found, &role.kept), "a read that failed is taken for a loss");
    role_restart();
  }
  recover();
  printf("read failures: %u\n", reads);
}

/** Every bit of the present half rots, one at a time: one blob at most is lost unreported. */
static void run_rot(void) {
  static struct medium image;
  static struct role known;
  struct list found;
  uint32_t rotten = 0, damaged = 0, shortened = 0, older = 0;
  scenario = "rot";
  make(3);
  while (role.generations < 3 || role.kept.count < 7) role_keep();
  image = medium;
  known = role;
  for (uint32_t half = 0; half < 2; half++) {
    for (uint32_t at = 0; at < record_size; at++, rotten++) {
      medium = image;
      role = known;
      medium.bytes[half][at] ^= (uint8_t)(1u << chance(8));
      REQUIRE(role_read(&found), "the store does not open");
      const bool is_prefix = found.count <= role.kept.count && is_part(&found, &role.kept) && found.count < role.kept.count;
      if (store_damaged() > 0) {
        REQUIRE(found.count == role.kept.count - 1 && is_part(&found, &role.kept), "more is lost than rotted");
        damaged++;
      } else if (!same_list(&found, &role.kept)) {
        const bool is_newer = found.count == 0 || found.serials[0] >= role.kept.serials[0];
        REQUIRE(!is_newer || is_prefix, "something else is read");
        if (is_newer) shortened++;
        else older++;
      }
      role.kept = found;
      role_keep();
      REQUIRE(role_read(&found) && is_part(&role.kept, &found), "what is kept after the rot is not there");
    }
  }
  const uint32_t mark_bytes = 2 * 8, head_bytes = known.kept.count * 12;
  REQUIRE(damaged > 0 && shortened > 0 && older > 0, "%u, %u, %u", damaged, shortened, older);
  REQUIRE(older <= mark_bytes && shortened <= head_bytes + BLOB_LIMIT, "%u, %u", older, shortened);
  printf("rot: %u bytes, %u damaged a blob, %u shortened, %u brought the older back\n", rotten, damaged, shortened, older);
}

/** A head with a valid checksum and any length, at the end of what is there, and chance all over: nothing outside the half is read. */
static void run_forgery(void) {
  scenario = "forgery";
  for (uint32_t round = 0; round < 4000; round++) {
    make(1);
    seed_chance(seed + round);
    medium_make(record_size, program_size, is_flash);
    const uint32_t mark_size = program_size > 8 ? program_size : 8;
    const uint32_t format = 0x3152534c, number = 1;
    for (uint32_t place = 1; place <= 2; place++) {
      const uint32_t mark[] = {format, place, number};
      memcpy(medium.bytes[0] + place * mark_size, &number, 4);
      const uint32_t check = crc32(0, mark, sizeof mark);
      memcpy(medium.bytes[0] + place * mark_size + 4, &check, 4);
    }
    const uint32_t room = record_size - 3 * mark_size;
    const uint32_t lengths[] = {room - 12, room - 11, room, UINT32_MAX, UINT32_MAX - 11, UINT32_MAX - program_size, chance(room), 0};
    const uint32_t forged[] = {format, number, lengths[round % 8], chance(UINT32_MAX)};
    uint32_t head[3] = {forged[2], forged[3], crc32(0, forged, sizeof forged)};
    memcpy(medium.bytes[0] + 3 * mark_size, head, sizeof head);
    struct list found;
    REQUIRE(role_read(&found) && found.count == 0, "a forged blob is handed out");
    role_make(1);
    role_keep();
    REQUIRE(role.given_up == 0, "nothing can be kept after it");
  }
  printf("forgery: 4000\n");
}

/** A long life: cuts and failures of every kind at random, restarts without any too. */
static void run_life(void) {
  scenario = "a long life";
  make(2);
  uint32_t cuts = 0;
  for (uint32_t round = 0; round < 20000; round++) {
    if (round % 64 == 0) role.snapshot_count = 1 + chance(4);
    const enum fault fault = (enum fault)chance(3);
    medium_arm(fault, (enum extent)chance(EXTENT_COUNT), 1 + chance(40), 1 + chance(3));
    cuts += keep(chance(12));
    medium_arm(fault == CUT ? CUT : NONE, (enum extent)chance(EXTENT_COUNT), 1 + chance(8), 1);
    role_restart();
    cuts += keep(chance(3));
    recover();
  }
  printf("life: %u cuts, %u generations\n", cuts, role.generations);
}

/** Generations that are begun again and again, and seldom finished: what a given up one leaves behind never passes for a present one's. */
static void run_renewals(void) {
  scenario = "generations given up";
  make(1);
  for (volatile uint32_t round = 0; round < 100000; round++) {
    role.snapshot_count = 1 + chance(4);
    if (setjmp(power) == 0) {
      medium_arm(FAIL, (enum extent)chance(EXTENT_COUNT), 1 + chance(3), chance(2));
      role_renew();
      medium_arm(CUT, (enum extent)chance(EXTENT_COUNT), 1 + chance(7), 1);
      role_renew();
    }
    medium_arm(NONE, NOTHING, 0, 0);
    role_restart();
  }
  REQUIRE(role.generations > 0, "no generation was finished");
  printf("generations given up: %u finished\n", role.generations);
}

/** A half that is too small for the snapshot: the role is told, and what was kept stays. */
static void run_too_small(void) {
  scenario = "a half too small";
  make(1);
  keep(blobs / 4);
  const struct list kept = role.kept;
  role.snapshot_count = LIST_LIMIT / 2;
  keep(blobs);
  REQUIRE(role.given_up > 0 && role.kept.count >= kept.count, "a snapshot fits that cannot");
  role_restart();
  REQUIRE(role.kept.serials[0] == kept.serials[0], "what was kept is gone");
  role.snapshot_count = 1;
  recover();
  printf("too small: told\n");
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  seed = (uint32_t)strtoul(arguments[1], NULL, 10);
  record_size = (uint32_t)strtoul(arguments[2], NULL, 10);
  program_size = (uint32_t)strtoul(arguments[3], NULL, 10);
  is_flash = strcmp(arguments[4], "flash") == 0;
  if (setjmp(power) == 2) {
    puts("refused: the buffer is smaller than what is programmed at once");
    return 3;
  }
  run_wear();
  run_cuts();
  run_failures();
  run_read_failures();
  run_rot();
  run_forgery();
  run_life();
  run_renewals();
  run_too_small();
  return 0;
}

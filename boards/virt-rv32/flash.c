/**
 * The machine's second bank of CFI flash, 32 MiB at 0x22000000, as the board's storage: Intel's command set, programmed word by word,
 * erased by blocks, every wait bounded.
 *
 * Two chips of 16 bits stand side by side: each command goes to both halves of a word, each status comes from both. Reading is reading
 * memory, except while a command is under way. The first four blocks are the port's areas, the fifth the entropy pool's.
 */
#include "entropy.h"
#include "port.h"
#include "virt.h"

#include <string.h>

#define FLASH 0x22000000u
#define BLOCK_SIZE 0x40000u
#define WORDS_PER_BLOCK (BLOCK_SIZE / 4)
#define ENTROPY_BLOCK 4u
#define ERASED 0xffffffffu

/** A value for both chips. */
#define BOTH(value) ((uint32_t)(value) << 16 | (value))

/** Commands. */
#define READ_ARRAY BOTH(0xff)
#define QUERY BOTH(0x98)
#define CLEAR_STATUS BOTH(0x50)
#define PROGRAM_WORD BOTH(0x40)
#define ERASE_BLOCK BOTH(0x20)
#define LOCK_SETUP BOTH(0x60)
#define CONFIRM BOTH(0xd0)

/** Bits of the status: done; failed while erasing, while programming, for want of voltage; the block is locked. */
#define READY BOTH(0x80)
#define FAILED BOTH(0x3a)
#define LOCKED BOTH(0x02)

/** Longest time that erasing, programming and unlocking may take: the slowest chips of the kind need 5 s to erase. */
#define PATIENCE_TICKS (8000u * TICKS_PER_MILLISECOND)

typedef volatile uint32_t flash_word;

static struct port_storage storage;

static flash_word *block(uint32_t index) { return (flash_word *)(FLASH + index * BLOCK_SIZE); }

/** Waits for both chips. @return the status; READY is missing when time has run out */
static uint32_t status_when_ready(flash_word *at) {
  uint32_t begun = clock_ticks();
  uint32_t status;
  do {
    status = *at;
  } while ((status & READY) != READY && clock_ticks() - begun < PATIENCE_TICKS);
  return status;
}

/** Gives a command of two words. @return the status it ended with */
static uint32_t command(flash_word *at, uint32_t first, uint32_t second) {
  *at = first;
  *at = second;
  return status_when_ready(at);
}

/**
 * Erases or programs; unlocks the block where that is in the way (some chips lock all blocks at power on). Leaves the chips telling their
 * status: whoever calls ends with READ_ARRAY.
 * @return false: the medium failed
 */
static bool change(flash_word *at, uint32_t first, uint32_t second) {
  uint32_t status = command(at, first, second);
  if (status & LOCKED) {
    *at = CLEAR_STATUS;
    command(at, LOCK_SETUP, CONFIRM);
    status = command(at, first, second);
  }
  if ((status & (READY | FAILED)) == READY) return true;
  *at = CLEAR_STATUS;
  return false;
}

/** Asks whether there is flash memory with Intel's commands: "QRY", then command set 1 (JEDEC JESD68.01). */
void flash_open(void) {
  flash_word *flash = block(0);
  flash[0x55] = QUERY;
  bool found = (uint8_t)flash[0x10] == 'Q' && (uint8_t)flash[0x11] == 'R' && (uint8_t)flash[0x12] == 'Y' &&
               (uint8_t)flash[0x13] == 1;
  flash[0] = CLEAR_STATUS;
  flash[0] = READ_ARRAY;
  if (!found) return;
  storage = (struct port_storage){
      .record_size = BLOCK_SIZE,
      .module_size = BLOCK_SIZE,
      .program_size = 4,
      .mapped_modules = {(const uint8_t *)block(PORT_AREA_MODULE_0), (const uint8_t *)block(PORT_AREA_MODULE_1)},
  };
}

const struct port_storage *port_storage(void) { return &storage; }

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  memcpy(bytes, (const void *)(FLASH + area * BLOCK_SIZE + offset), length);
  return true;
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  flash_word *at = block(area) + offset / 4;
  bool done = true;
  for (uint32_t index = 0; done && index < length / 4; index++) {
    uint32_t word;
    memcpy(&word, (const uint8_t *)bytes + 4 * index, 4);
    done = change(at + index, PROGRAM_WORD, word);
  }
  *at = READ_ARRAY;
  return done;
}

bool port_erase(enum port_area area) {
  flash_word *at = block(area);
  bool done = change(at, ERASE_BLOCK, CONFIRM);
  *at = READ_ARRAY;
  return done;
}

/** Words that earlier starts left, one each, from the block's first on: all of them are something else than erased. */
static uint32_t words_left(const flash_word *words) {
  uint32_t count = 0;
  for (uint32_t step = WORDS_PER_BLOCK / 2; step > 0; step /= 2) {
    if (words[count + step - 1] != ERASED) count += step;
  }
  return count;
}

/** Chance needs no promise: on a medium that fails, the seed has one source less, and the next append to the store tells. */
void flash_stir_entropy(void) {
  if (storage.record_size == 0) return;
  flash_word *words = block(ENTROPY_BLOCK);
  uint32_t count = words_left(words);
  entropy_add(count);
  if (count > 0) entropy_add(words[count - 1]);
  if (count == WORDS_PER_BLOCK - 1) {
    change(words, ERASE_BLOCK, CONFIRM);
    count = 0;
  }
  uint32_t seed[2];
  port_entropy(seed);
  change(words + count, PROGRAM_WORD, seed[0] & ~1u);
  *words = READ_ARRAY;
}

/**
 * The record store on two halves of storage. What lies in a half, each part padded to a multiple of `program_size`, in the
 * byte order of the machine:
 *
 *     ┌────────┬────────┬────────┬──────┬───────┬──────┬───────┬ ─ ─
 *     │ mark 0 │ mark 1 │ commit │ head │ bytes │ head │ bytes │        a head and its bytes are a blob,
 *     └────────┴────────┴────────┴──────┴───────┴──────┴───────┴ ─ ─     padded as a whole
 *
 * A generation has a number, which is in the checksum of its marks and heads: what an older one left behind, on a medium
 * whose erase does nothing, cannot pass for a part of it. So a number must never be used twice. Numbers count up, and the mark
 * of number n goes to place n modulo 2: a power cut that tears it leaves the one before it, which holds the number used last, alone.
 * The generation counts once its number is in the commit mark too.
 *
 * A head says how long its blob is, and its own checksum proves it; the blobs end where there is no such head. Behind a torn
 * append the medium may be programmed already, so only where the rest of the half reads as erased does an append go on.
 */
#include "store.h"

#include "crc32.h"
#include "port.h"

#include <string.h>

/** Begins each checksum of this format: "LSR1", read as a little-endian u32. */
#define FORMAT 0x3152534cu

/** Where a mark lies, in marks. Mark n modulo 2 comes before. */
#define COMMIT_MARK 2u
#define MARK_COUNT 3u

/** What an erased byte reads as. A medium with another value works too, and begins a generation at each start. */
#define ERASED 0xffu

/** States that a generation was begun, or committed. */
struct mark {
  uint32_t number;
  /** CRC-32 of `FORMAT`, the mark's place and the number. */
  uint32_t check;
};

/** What precedes a blob's bytes. */
struct blob_head {
  /** Bytes that follow; 0 in memory: there is no blob. */
  uint32_t length;
  /** CRC-32 of the bytes. */
  uint32_t checksum;
  /** CRC-32 of `FORMAT`, the generation's number and the fields before this one. */
  uint32_t check;
};

/** A generation, as far as it has to be known. */
struct generation {
  uint32_t number;
  /** Offset behind its last blob; 0: there is no generation. */
  uint32_t end;
  /** Which half it is in: 0 or 1. */
  uint8_t half;
  /** Whether the medium is known to be erased from `end` on. */
  bool writable;
};

static struct generation present, begun;

/** The one that is appended to: `present`, or `begun`. */
static struct generation *writing;

/** The largest number that any generation may have used. */
static uint32_t newest;

/** Where `store_fetch` goes on, and how much of what it came upon was damaged. */
static uint32_t cursor, damaged;

/** A size, rounded up to whole units. */
static uint32_t padded(uint32_t size) {
  const uint32_t unit = port_storage()->program_size;
  return (size + unit - 1) & ~(unit - 1);
}

static uint32_t mark_offset(uint32_t place) { return place * padded(sizeof(struct mark)); }

/** Whether a blob of `length` bytes fits behind `offset`, which is within the half; no length overflows. */
static bool fits(uint32_t offset, uint32_t length) {
  const uint32_t room = port_storage()->record_size - offset;
  return room >= sizeof(struct blob_head) && length <= room - sizeof(struct blob_head);
}

static uint32_t blob_size(uint32_t length) { return padded((uint32_t)sizeof(struct blob_head) + length); }
static enum port_area area_of(const struct generation *generation) { return PORT_AREA_RECORDS_0 + generation->half; }

/** Whether number `a` was used after number `b`. */
static bool is_after(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }

/** Collects bytes and programs them in whole units. */
struct writer {
  enum port_area area;
  uint32_t offset;
  uint32_t filled;
  bool failed;
  _Alignas(8) uint8_t buffer[STORE_BUFFER_SIZE];
};

static void flush(struct writer *writer) {
  if (!writer->failed) writer->failed = !port_program(writer->area, writer->offset, writer->buffer, writer->filled);
  writer->offset += writer->filled;
  writer->filled = 0;
}

static void write_bytes(struct writer *writer, const void *bytes, uint32_t length) {
  const uint8_t *next = bytes;
  for (; length > 0; length--) {
    writer->buffer[writer->filled++] = *next++;
    if (writer->filled == STORE_BUFFER_SIZE) flush(writer);
  }
}

/** Pads to a whole unit. Returns false when anything could not be programmed. */
static bool finish(struct writer *writer) {
  const uint32_t end = padded(writer->filled);
  memset(writer->buffer + writer->filled, ERASED, end - writer->filled);
  writer->filled = end;
  if (end > 0) flush(writer);
  return !writer->failed;
}

static uint32_t check_of_mark(uint32_t place, uint32_t number) {
  const uint32_t checked[] = {FORMAT, place, number};
  return crc32(0, checked, sizeof checked);
}

static uint32_t check_of_head(const struct generation *generation, const struct blob_head *head) {
  const uint32_t checked[] = {FORMAT, generation->number, head->length, head->checksum};
  return crc32(0, checked, sizeof checked);
}

static bool write_mark(const struct generation *generation, uint32_t place) {
  const struct mark mark = {generation->number, check_of_mark(place, generation->number)};
  struct writer writer = {.area = area_of(generation), .offset = mark_offset(place)};
  write_bytes(&writer, &mark, sizeof mark);
  return finish(&writer);
}

/* Each of the functions that follow returns false when the medium failed, but for `is_erased`. */

/** Takes a mark's number into `number`, if there is a mark, and none was found before it or an older one. */
static bool read_mark(uint8_t half, uint32_t place, uint32_t *number, bool *found) {
  struct mark mark;
  if (!port_read(PORT_AREA_RECORDS_0 + half, mark_offset(place), &mark, sizeof mark)) return false;
  if (mark.check != check_of_mark(place, mark.number)) return true;
  if (!*found || is_after(mark.number, *number)) *number = mark.number;
  *found = true;
  return true;
}

/** Reads the head at an offset; its length is 0 where there is none. */
static bool read_head(const struct generation *generation, uint32_t offset, struct blob_head *head) {
  head->length = 0;
  if (!fits(offset, 0)) return true;
  if (!port_read(area_of(generation), offset, head, sizeof *head)) return false;
  if (head->check != check_of_head(generation, head) || !fits(offset, head->length)) head->length = 0;
  return true;
}

static bool checksum_medium(enum port_area area, uint32_t offset, uint32_t length, uint32_t *checksum) {
  uint8_t bytes[STORE_BUFFER_SIZE];
  *checksum = 0;
  while (length > 0) {
    const uint32_t size = length < sizeof bytes ? length : sizeof bytes;
    if (!port_read(area, offset, bytes, size)) return false;
    *checksum = crc32(*checksum, bytes, size);
    offset += size;
    length -= size;
  }
  return true;
}

/** Whether everything from an offset on reads as erased; what can't be read doesn't. */
static bool is_erased(enum port_area area, uint32_t offset) {
  uint8_t bytes[STORE_BUFFER_SIZE];
  while (offset < port_storage()->record_size) {
    const uint32_t left = port_storage()->record_size - offset;
    const uint32_t size = left < sizeof bytes ? left : sizeof bytes;
    if (!port_read(area, offset, bytes, size)) return false;
    for (uint32_t i = 0; i < size; i++)
      if (bytes[i] != ERASED) return false;
    offset += size;
  }
  return true;
}

/** Finds where a generation's blobs end: before the last one, if that is torn. */
static bool find_end(struct generation *generation) {
  struct blob_head head, last = {0};
  uint32_t offset = mark_offset(MARK_COUNT);
  for (;;) {
    if (!read_head(generation, offset, &head)) return false;
    if (head.length == 0) break;
    last = head;
    offset += blob_size(head.length);
  }
  generation->end = offset;
  if (last.length == 0) return true;
  const uint32_t start = offset - blob_size(last.length);
  uint32_t checksum;
  if (!checksum_medium(area_of(generation), start + sizeof head, last.length, &checksum)) return false;
  if (checksum != last.checksum) generation->end = start;
  return true;
}

/** Looks at the marks of one half: takes its generation for the present one if it is committed and the newest so far. */
static bool look_at(uint8_t half, bool *any) {
  uint32_t number = 0, committed = 0;
  bool is_begun = false, is_committed = false;
  if (!read_mark(half, 0, &number, &is_begun) || !read_mark(half, 1, &number, &is_begun)) return false;
  if (!read_mark(half, COMMIT_MARK, &committed, &is_committed)) return false;
  if (!is_begun) return true;
  if (!*any || is_after(number, newest)) newest = number;
  *any = true;
  if (!is_committed || committed != number) return true;
  if (present.end != 0 && !is_after(number, present.number)) return true;
  present = (struct generation){.number = number, .end = mark_offset(MARK_COUNT), .half = half};
  return true;
}

bool store_open(void) {
  const struct port_storage *storage = port_storage();
  if (storage->record_size == 0) return false;
  if (STORE_BUFFER_SIZE % storage->program_size != 0 || storage->record_size < mark_offset(MARK_COUNT)) {
    port_fail("the record store does not fit the storage: raise record_size, or STORE_BUFFER_SIZE to program_size");
  }
  present = (struct generation){.half = 1};
  writing = &present;
  newest = damaged = 0;
  bool any = false;
  if (!look_at(0, &any) || !look_at(1, &any)) return false;
  cursor = present.end;
  if (present.end == 0) return true;
  if (!find_end(&present)) return false;
  present.writable = is_erased(area_of(&present), present.end);
  return true;
}

uint32_t store_fetch(uint8_t *records, uint32_t size) {
  uint32_t filled = 0;
  while (cursor < present.end) {
    struct blob_head head;
    if (!read_head(&present, cursor, &head)) return STORE_UNREADABLE;
    if (head.length == 0) {
      cursor = present.end;
      damaged++;
      break;
    }
    if (filled > 0 && head.length > size - filled) break;
    const bool taken = head.length <= size;
    if (taken && !port_read(area_of(&present), cursor + sizeof head, records + filled, head.length)) return STORE_UNREADABLE;
    cursor += blob_size(head.length);
    if (taken && crc32(0, records + filled, head.length) == head.checksum) filled += head.length;
    else damaged++;
  }
  return filled;
}

uint32_t store_damaged(void) { return damaged; }

enum store_result store_append(const uint8_t *first, uint32_t first_length, const uint8_t *second, uint32_t second_length) {
  struct generation *generation = writing;
  struct blob_head head = {.length = first_length + second_length};
  if (head.length == 0) return STORE_KEPT;
  writing = &present; // unless it can be kept
  if (!generation->writable || !fits(generation->end, head.length)) return STORE_FULL;
  head.checksum = crc32(crc32(0, first, first_length), second, second_length);
  head.check = check_of_head(generation, &head);
  struct writer writer = {.area = area_of(generation), .offset = generation->end};
  write_bytes(&writer, &head, sizeof head);
  write_bytes(&writer, first, first_length);
  write_bytes(&writer, second, second_length);
  generation->writable = finish(&writer); // what failed is not programmed again
  if (!generation->writable) return STORE_FAILED;
  generation->end += blob_size(head.length);
  writing = generation;
  return STORE_KEPT;
}

bool store_begin(void) {
  writing = &present;
  begun = (struct generation){
      .number = newest + 1, .end = mark_offset(MARK_COUNT), .half = present.half ^ 1, .writable = true};
  if (!port_erase(area_of(&begun)) || !write_mark(&begun, begun.number & 1)) return false;
  newest = begun.number; // a number whose mark failed has no blobs: it may be used again
  writing = &begun;
  return true;
}

bool store_commit(void) {
  if (writing != &begun) return false;
  writing = &present;
  const bool committed = write_mark(&begun, COMMIT_MARK);
  if (committed) present = begun;
  else present.writable = false; // the mark may be there all the same: nothing that it would hide may be kept
  return committed;
}

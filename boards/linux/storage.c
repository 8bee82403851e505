/**
 * A file as storage: a page that says whose file it is, then the two halves. What was synced once stays; nothing is erased, since
 * nothing is promised of what was erased.
 */
#include "storage.h"

#include "files.h"
#include "port.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Programmed at once: a page, which is what the kernel writes in any case. What is programmed later never shares a page, nor a
 * sector of any disk, with what is there already, so that a torn write cannot touch it.
 */
#define PROGRAM_SIZE 4096u

/** Bytes copied or zeroed at a time. */
#define CHUNK_SIZE (64u * 1024)

/** What the file begins with; zeros fill the page. */
static const char preface[] = "Leasehold's records, format 1\n";

static int file = -1;
static const char *file_path;
static struct port_storage storage = {.program_size = PROGRAM_SIZE};

_Noreturn static void refuse(const char *what) {
  fail("The state file %s can't be %s: %s. Choose another one by --state.", file_path, what, strerror(errno));
}

static bool write_at(int descriptor, const void *bytes, size_t length, off_t offset) {
  for (size_t done = 0; done < length;) {
    const ssize_t count = pwrite(descriptor, (const uint8_t *)bytes + done, length - done, offset + (off_t)done);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) done += (size_t)count;
  }
  return true;
}

static bool read_at(int descriptor, void *bytes, size_t length, off_t offset) {
  for (size_t done = 0; done < length;) {
    const ssize_t count = pread(descriptor, (uint8_t *)bytes + done, length - done, offset + (off_t)done);
    if (count == 0) errno = EIO;
    if (count == 0 || (count < 0 && errno != EINTR)) return false;
    if (count > 0) done += (size_t)count;
  }
  return true;
}

/** Opens a file of ours and takes its lock. */
static int open_locked(const char *path, int flags) {
  const int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (descriptor < 0) refuse("opened");
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  if (errno == EWOULDBLOCK) fail("The state file %s is held by another program. Stop that one first.", file_path);
  refuse("locked");
}

/** Writes one half: what the old file has of it, then zeros. */
static bool write_half(int descriptor, uint32_t size, off_t offset, uint32_t old_size, off_t old_offset) {
  static uint8_t chunk[CHUNK_SIZE];
  for (uint32_t at = 0; at < size; at += CHUNK_SIZE) {
    const uint32_t length = size - at < CHUNK_SIZE ? size - at : CHUNK_SIZE;
    const uint32_t there = at >= old_size ? 0 : old_size - at < length ? old_size - at : length;
    memset(chunk + there, 0, length - there);
    if (there > 0 && !read_at(file, chunk, there, old_offset + at)) return false;
    if (!write_at(descriptor, chunk, length, offset + at)) return false;
  }
  return true;
}

/** Makes the file anew with halves of `size` bytes, which begin with those of the present one; it takes over when it is whole. */
static void grow(uint32_t size, uint32_t old_size) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s.new", file_path) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    refuse("made");
  }
  const int larger = open_locked(path, O_CREAT | O_TRUNC);
  const off_t old_second = PROGRAM_SIZE + (off_t)old_size, second = PROGRAM_SIZE + (off_t)size;
  if (!write_at(larger, preface, sizeof preface, 0) || !write_half(larger, size, PROGRAM_SIZE, old_size, PROGRAM_SIZE) ||
      !write_half(larger, size, second, old_size, old_second) || fsync(larger) != 0 || rename(path, file_path) != 0 ||
      !sync_folder_of(file_path)) {
    const int error = errno;
    unlink(path);
    errno = error;
    refuse("written");
  }
  close(file);
  file = larger;
}

/** Bytes of each half of the open file: 0 when it is new; it is refused unless it is one of ours. */
static uint32_t size_there(void) {
  struct stat status;
  char begin[sizeof preface];
  if (fstat(file, &status) != 0) refuse("read");
  if (S_ISREG(status.st_mode) && status.st_size == 0) return 0;
  const off_t halves = status.st_size - PROGRAM_SIZE;
  if (!S_ISREG(status.st_mode) || halves < 0 || halves % (2 * PROGRAM_SIZE) != 0 || halves / 2 > UINT32_MAX ||
      !read_at(file, begin, sizeof begin, 0) || memcmp(begin, preface, sizeof begin) != 0)
    fail("The state file %s is not one of this program's. Choose another one by --state.", file_path);
  return (uint32_t)(halves / 2);
}

void storage_open(const char *path, uint32_t least_size) {
  file_path = path;
  file = open_locked(path, O_CREAT);
  const uint32_t wanted = (least_size + PROGRAM_SIZE - 1) / PROGRAM_SIZE * PROGRAM_SIZE;
  const uint32_t there = size_there();
  storage.record_size = there > wanted ? there : wanted;
  if (there < wanted) grow(wanted, there);
}

void storage_give_to(uid_t user, gid_t group) {
  if (fchown(file, user, group) != 0) refuse("given to the user");
}

const struct port_storage *port_storage(void) { return &storage; }

/** Where an area's byte lies in the file. */
static off_t place(enum port_area area, uint32_t offset) {
  return PROGRAM_SIZE + (area == PORT_AREA_RECORDS_1 ? (off_t)storage.record_size : 0) + offset;
}

/** Whether the bytes lie within an area that there is. */
static bool lies_within(enum port_area area, uint32_t offset, uint32_t length) {
  return area <= PORT_AREA_RECORDS_1 && offset <= storage.record_size && length <= storage.record_size - offset;
}

bool port_read(enum port_area area, uint32_t offset, void *bytes, uint32_t length) {
  return lies_within(area, offset, length) && read_at(file, bytes, length, place(area, offset));
}

bool port_program(enum port_area area, uint32_t offset, const void *bytes, uint32_t length) {
  if (!lies_within(area, offset, length)) return false;
  return write_at(file, bytes, length, place(area, offset)) && fdatasync(file) == 0;
}

bool port_erase(enum port_area area) { return area <= PORT_AREA_RECORDS_1; }

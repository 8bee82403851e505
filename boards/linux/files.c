/** Reads, replaces, makes folders. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t read_file(const char *path, void *bytes, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t length = 0;
  ssize_t count;
  // One byte more than fits is asked for in the end, to learn whether that was all.
  uint8_t beyond;
  while ((count = length < size ? read(file, (uint8_t *)bytes + length, size - length) : read(file, &beyond, 1)) > 0) {
    if (length == size) break;
    length += (size_t)count;
  }
  const int error = count > 0 ? EFBIG : errno;
  close(file);
  errno = error;
  return count == 0 ? (ssize_t)length : -1;
}

static bool write_whole(int file, const void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    const ssize_t count = write(file, (const uint8_t *)bytes + at, length - at);
    if (count < 0) return false;
    at += (size_t)count;
  }
  return true;
}

bool sync_folder_of(const char *path) {
  char copy[PATH_MAX];
  strncpy(copy, path, sizeof copy - 1);
  copy[sizeof copy - 1] = 0;
  const int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = fsync(folder) == 0;
  close(folder);
  return synced;
}

bool replace_file(const char *path, const void *bytes, size_t length, mode_t mode) {
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
    errno = ENAMETOOLONG;
    return false;
  }
  const int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return false;
  const bool written = fchmod(file, mode) == 0 && write_whole(file, bytes, length) && fsync(file) == 0;
  int error = errno;
  close(file);
  if (written && rename(temporary, path) == 0) return sync_folder_of(path);
  if (written) error = errno;
  unlink(temporary);
  errno = error;
  return false;
}

bool make_folder(const char *path) {
  char part[PATH_MAX];
  if (strlen(path) >= sizeof part) {
    errno = ENAMETOOLONG;
    return false;
  }
  strcpy(part, path);
  for (char *at = part + 1;; at++) {
    const char end = *at;
    if (end != '/' && end != 0) continue;
    *at = 0;
    if (mkdir(part, 0700) != 0 && errno != EEXIST) return false;
    if (end == 0) break;
    *at = '/';
  }
  struct stat status;
  if (stat(path, &status) != 0) return false;
  errno = ENOTDIR;
  return S_ISDIR(status.st_mode);
}

/** flock, and a pid in the file as a courtesy. */
#include "lock.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/** Says who holds the lock: a courtesy, for which a full disk has no room. The lock itself is the kernel's. */
static void write_holder(int file, const char *path) {
  char text[24];
  const int length = snprintf(text, sizeof text, "%d\n", (int)getpid());
  if (ftruncate(file, 0) != 0 || write(file, text, (size_t)length) != length)
    say("%s does not say that we hold it: %s", path, strerror(errno));
}

static pid_t read_holder(int file) {
  char text[24];
  const ssize_t length = pread(file, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = 0;
  const long pid = strtol(text, NULL, 10);
  return pid > 0 ? (pid_t)pid : 0;
}

static int open_lock(const char *path) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) fail("%s can't be opened: %s. Choose another folder by --state.", path, strerror(errno));
  return file;
}

bool take_lock(const char *path, pid_t *holder) {
  // It stays open, and so locked, until the process ends.
  const int file = open_lock(path);
  if (flock(file, LOCK_EX | LOCK_NB) == 0) {
    write_holder(file, path);
    return true;
  }
  if (errno != EWOULDBLOCK) fail("%s can't be locked: %s. Put it on a local file system.", path, strerror(errno));
  *holder = read_holder(file);
  close(file);
  return false;
}

bool wait_for_lock(const char *path, uint32_t seconds) {
  const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
  const int file = open_lock(path);
  bool free = false;
  for (uint32_t tenths = 0; !free && tenths < 10 * seconds; tenths++) {
    nanosleep(&tenth, NULL);
    free = flock(file, LOCK_EX | LOCK_NB) == 0;
  }
  close(file);
  return free;
}

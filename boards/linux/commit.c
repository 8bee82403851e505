/**
 * Commits beside the next batch: a thread appends to the store and waits for the disk, while the loop goes on receiving, and answering
 * what need not wait.
 *
 * The store belongs to one of the two at a time: to the thread while a commit is under way, else to the loop; so do `asked` and
 * `result`. It passes from one to the other through an eventfd, which orders their memory. The records are not copied: the
 * core overwrites nothing of its journal that is not durable, and a new instance waits for the end of the commit (`commit_forget`).
 */
#include "commit.h"

#include "events.h"
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/** What the thread is asked, and what it has come to. */
static struct core_records asked;
static enum store_result result;

/** From the loop to the thread: `asked` is to be appended; and back: `result` is there. */
static int begins = -1, ends = -1;

static bool under_way;
/** For `port_wait`, which it wakes; whether there is a result is asked of `ends` itself. */
static bool ended;

static void pass(int event) {
  const uint64_t one = 1;
  if (write(event, &one, sizeof one) != sizeof one) fail("A commit can't be passed on: %s.", strerror(errno));
}

/** @return whether it was passed to us */
static bool take(int event) {
  uint64_t count;
  ssize_t length;
  do length = read(event, &count, sizeof count);
  while (length < 0 && errno == EINTR);
  if (length < 0 && errno != EAGAIN) fail("A commit can't be taken over: %s.", strerror(errno));
  return length == sizeof count;
}

static void *append_all(void *nothing) {
  for (;;) {
    take(begins);
    result = store_append(asked.first, asked.first_length, asked.second, asked.second_length);
    pass(ends);
  }
  return nothing;
}

/** Starts the thread: at the first commit, so that it has no right that was given up before. */
static void start(void) {
  sigset_t all, before;
  pthread_t thread;
  begins = eventfd(0, EFD_CLOEXEC);
  ends = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (begins < 0 || ends < 0) fail("There is no descriptor left for commits: %s. Raise the limit (ulimit -n).", strerror(errno));
  events_watch(ends, &ended);
  // Signals are the loop's, and a fault of the thread is no trap of the module.
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread, NULL, append_all, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) fail("The thread for commits can't be started: %s.", strerror(error));
}

enum store_result commit_append(const struct core_records *records, uint32_t *length) {
  if (!under_way) {
    if (begins < 0) start();
    asked = *records;
    under_way = true;
    pass(begins);
    return STORE_UNDER_WAY;
  }
  if (!take(ends)) return STORE_UNDER_WAY;
  under_way = ended = false;
  *length = asked.first_length + asked.second_length;
  // A new generation takes long: what was kept to send leaves first.
  if (result == STORE_FULL) events_flush();
  return result;
}

bool commit_is_under_way(void) { return under_way; }

void commit_wait(void) {
  struct pollfd polled = {.fd = ends, .events = POLLIN};
  if (!under_way) return;
  events_flush();
  while (poll(&polled, 1, -1) < 0)
    if (errno != EINTR) fail("The end of a commit can't be waited for: %s.", strerror(errno));
}

void commit_forget(void) {
  commit_wait();
  if (under_way) take(ends);
  under_way = ended = false;
}

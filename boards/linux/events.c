/** Sleeps in ppoll, the only place where signals arrive. */
#include "events.h"

#include "port.h"
#include "say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/** Bytes typed and not read yet: signals of one kind that come at once count as one, so that there are few. */
#define TYPED_SIZE 16

static struct pollfd polled[EVENTS_DESCRIPTOR_COUNT];
static bool *flags[EVENTS_DESCRIPTOR_COUNT];
static nfds_t watched;

static uint8_t commands[_NSIG];
static volatile sig_atomic_t arrived[_NSIG];
static volatile sig_atomic_t any_arrived;

static uint8_t typed[TYPED_SIZE];
static uint8_t typed_count;

static void (*flush_before)(void);

void events_watch(int descriptor, bool *readable) {
  if (watched == EVENTS_DESCRIPTOR_COUNT) fail("More descriptors are to be watched than there is room for.");
  polled[watched] = (struct pollfd){.fd = descriptor, .events = POLLIN};
  flags[watched++] = readable;
  *readable = true;
}

static void note(int signal) {
  arrived[signal] = 1;
  any_arrived = 1;
}

void events_on_signal(int signal, uint8_t command) {
  const struct sigaction action = {.sa_handler = note};
  sigset_t one;
  commands[signal] = command;
  // It is let through only while we sleep, so that it can't come between a look for it and the sleep.
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(SIG_BLOCK, &one, NULL);
  sigaction(signal, &action, NULL);
}

void events_type(uint8_t command) {
  if (typed_count < TYPED_SIZE) typed[typed_count++] = command;
}

static void type_signals(void) {
  if (!any_arrived) return;
  any_arrived = 0;
  for (int signal = 1; signal < _NSIG; signal++) {
    if (!arrived[signal]) continue;
    arrived[signal] = 0;
    events_type(commands[signal]);
  }
}

uint8_t port_console(void) {
  if (typed_count == 0) return 0;
  const uint8_t command = typed[0];
  memmove(typed, typed + 1, --typed_count);
  return command;
}

bool events_take(uint8_t command) {
  uint8_t *found = memchr(typed, command, typed_count);
  if (found == NULL) return false;
  memmove(found, found + 1, (size_t)(typed + --typed_count - found));
  return true;
}

void events_before_sleep(void (*flush)(void)) { flush_before = flush; }

void events_flush(void) {
  if (flush_before != NULL) flush_before();
}

/** Whether a reader has left something where it was. */
static bool has_more(void) {
  for (nfds_t index = 0; index < watched; index++) {
    if (*flags[index]) return true;
  }
  return false;
}

void port_wait(uint32_t milliseconds) {
  events_flush();
  sigset_t none;
  sigemptyset(&none);
  const bool at_once = has_more() || typed_count > 0;
  const struct timespec limit = {.tv_sec = at_once ? 0 : milliseconds / 1000,
                                 .tv_nsec = at_once ? 0 : milliseconds % 1000 * 1000000};
  const int ready = ppoll(polled, watched, &limit, &none);
  for (nfds_t index = 0; ready > 0 && index < watched; index++) {
    // An error, too, is for the reader: it finds it there and takes it off the socket.
    if (polled[index].revents != 0) *flags[index] = true;
  }
  type_signals();
}

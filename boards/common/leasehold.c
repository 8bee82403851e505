/**
 * A role's life on a board: opened, asked, and opened anew when its module traps. Nothing of an instance that has trapped leaves any
 * more: what it had not handed to the port or the store is gone, as after a reset.
 */
#include "leasehold.h"

#include "console.h"
#include "instance.h"
#include "log.h"
#include "role.h"

/** Milliseconds until an instance that has trapped is opened anew: one that traps at once must not keep the board from everything else. */
#define TRAP_MILLISECONDS 100

/** Milliseconds until a role that waits for its storage is opened again: each try may take as long. */
#define STORAGE_MILLISECONDS 1000

/** Batches that are handled before the console and the clock are looked at again. */
#define BATCH_COUNT 8

/** Milliseconds after which what could not be sent or kept is tried again. */
#define BUSY_MILLISECONDS 2

/**
 * Polls, of `BUSY_MILLISECONDS` at most, in which that holds up all else; then life goes on without it. A lease must end and a datagram
 * must get its verdict even if the network chip never sends again, or the storage never writes.
 */
#define BUSY_POLLS 500u

/** Where a trap goes; five words, as GCC and Clang define them. */
static void *trapped[5];

static bool is_open;
static uint32_t trap_count;

/** When an instance may be opened again. */
static uint64_t open_at;

/** Polls in a row after which something was left. */
static uint32_t busy_polls;

uint32_t leasehold_traps(void) { return trap_count; }

_Noreturn void engine_trapped(void) { __builtin_longjmp(trapped, 1); }

/** Runs `body` on an open role. @return what it returns, or when to come back after a trap */
static uint32_t guarded(uint32_t (*body)(void)) {
  if (__builtin_setjmp(trapped)) {
    is_open = false;
    open_at = port_milliseconds() + TRAP_MILLISECONDS;
    log_begin("trap");
    log_number("count", ++trap_count);
    log_end();
    return TRAP_MILLISECONDS;
  }
  if (!is_open) {
    // Asked again before that time: `port_wait` may return early.
    const uint64_t now = port_milliseconds();
    if (now < open_at) return (uint32_t)(open_at - now);
    if (!role_open()) {
      open_at = port_milliseconds() + STORAGE_MILLISECONDS;
      return STORAGE_MILLISECONDS;
    }
  }
  is_open = true;
  return body();
}

static uint32_t nothing(void) { return 0; }

/** Brings everybody up to date. @return whether to go on */
static bool settle(void) {
  const bool settled = role_settle(busy_polls >= BUSY_POLLS);
  if (settled) busy_polls = 0;
  return settled || busy_polls >= BUSY_POLLS;
}

static uint32_t poll(void) {
  console_obey();
  core_tell();
  bool goes_on = settle();
  for (uint32_t batch = 0; goes_on && batch < BATCH_COUNT && core_receive() != 0; batch++) goes_on = settle();
  if (goes_on && core_handle_timeout()) goes_on = settle();
  if (goes_on && busy_polls == 0) return core_wait();
  if (busy_polls < BUSY_POLLS) busy_polls++;
  return BUSY_MILLISECONDS;
}

void leasehold_start(void) {
  port_open();
  log_begin("leasehold");
  log_text("role", role_name);
  log_text("version", LEASEHOLD_VERSION);
  log_end();
  guarded(nothing);
}

uint32_t leasehold_poll(void) { return guarded(poll); }

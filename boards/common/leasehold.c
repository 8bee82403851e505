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

/** Where a trap goes; five words, as GCC and Clang define them. */
static void *trapped[5];

static bool is_open;
static uint32_t trap_count;

uint32_t leasehold_traps(void) { return trap_count; }

_Noreturn void engine_trapped(void) { __builtin_longjmp(trapped, 1); }

/** Runs `body` on an open role. @return what it returns, or when to come back after a trap */
static uint32_t guarded(uint32_t (*body)(void)) {
  if (__builtin_setjmp(trapped)) {
    is_open = false;
    log_begin("trap");
    log_number("count", ++trap_count);
    log_end();
    return TRAP_MILLISECONDS;
  }
  if (!is_open) role_open();
  is_open = true;
  return body();
}

static uint32_t nothing(void) { return 0; }

static uint32_t poll(void) {
  console_obey();
  return role_poll();
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

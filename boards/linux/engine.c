/**
 * The module compiled ahead of time, for Linux: as `common/engine-aot.c`, but with a linear memory of any size, committed as it is
 * asked for.
 *
 * On 64-bit machines bounds cost nothing: more address space is reserved than a 32-bit address and a 32-bit offset can reach, only what
 * belongs to the memory may be touched, and a fault in the rest is the module's trap. A memory ends at a WebAssembly page (64 KiB), as it
 * does everywhere, so this is exact; what lies between `control.memoryUsed` and that end is the instance's own. A
 * fault anywhere else is a crash, as ever. On 32-bit machines, or with ENGINE_CHECKED_BOUNDS, every access is compared with the
 * constant ENGINE_MEMORY_SIZE instead, and pages are the kernel's to fill in.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "say.h"

#if UINTPTR_MAX > UINT32_MAX && !defined(ENGINE_CHECKED_BOUNDS)
#define ENGINE_GUARD_PAGES
#endif

/** Bytes of a WebAssembly page. */
#define WASM_PAGE_SIZE 65536u

#ifdef ENGINE_GUARD_PAGES
/** Address and offset are below 4 GiB each; the widest access has 8 bytes. */
#define RESERVED_SIZE ((8ull << 30) + WASM_PAGE_SIZE)
#define MOST_MEMORY UINT32_MAX
#define RESERVED_ACCESS PROT_NONE
#else
#define RESERVED_SIZE ENGINE_MEMORY_SIZE
#define MOST_MEMORY ENGINE_MEMORY_SIZE
#define RESERVED_ACCESS (PROT_READ | PROT_WRITE)
#endif

static uint8_t *linear_memory;

#include "engine-aot.h"

/** Bytes of linear memory that may be touched. */
static uint64_t committed;

#ifdef ENGINE_GUARD_PAGES
/** A fault: the module's trap where it lies in the reservation, else what it would have been without us. */
static void handle_fault(int signal, siginfo_t *fault, void *context) {
  (void)context;
  const uintptr_t at = (uintptr_t)fault->si_addr;
  if (at - (uintptr_t)linear_memory < RESERVED_SIZE) engine_trapped();
  // Coming back faults again, now with the kernel's own handling.
  const struct sigaction ordinary = {.sa_handler = SIG_DFL};
  sigaction(signal, &ordinary, NULL);
}

static void catch_faults(void) {
  // Not deferred: the handler does not return from a trap, and the next one must be caught too.
  const struct sigaction action = {.sa_sigaction = handle_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
  if (sigaction(SIGSEGV, &action, NULL) != 0) fail("Faults can't be caught: %s.", strerror(errno));
}
#else
static void catch_faults(void) {}
#endif

/** Reserves address space, anew where it was: the kernel takes the old pages back, and fills new ones with zeros. */
static void reserve(void) {
  const int fixed = linear_memory == NULL ? 0 : MAP_FIXED;
  void *reserved = mmap(linear_memory, RESERVED_SIZE, RESERVED_ACCESS,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  if (reserved == MAP_FAILED)
    fail("%llu MiB of address space can't be reserved: %s. Raise the limit (ulimit -v), or build with ENGINE_CHECKED_BOUNDS.",
         (unsigned long long)RESERVED_SIZE >> 20, strerror(errno));
  linear_memory = reserved;
  committed = 0;
}

bool engine_open(void) {
  if (linear_memory == NULL) catch_faults();
  reserve();
  if (engine_memory(WASM_PAGE_SIZE) == NULL) return false;
  module_open();
  return true;
}

uint8_t *engine_memory(uint32_t bytes) {
  if (bytes > MOST_MEMORY) return NULL;
  const uint64_t wanted = ((uint64_t)bytes + WASM_PAGE_SIZE - 1) / WASM_PAGE_SIZE * WASM_PAGE_SIZE;
  if (wanted <= committed) return linear_memory;
  if (mprotect(linear_memory, wanted, PROT_READ | PROT_WRITE) != 0) return NULL;
  committed = wanted;
  return linear_memory;
}

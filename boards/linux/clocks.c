/** Time and chance on Linux. */
#include "port.h"
#include "say.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

uint64_t port_milliseconds(void) {
  struct timespec now;
  // It counts suspended time: a lease ends while a laptop sleeps.
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t port_wall_clock(void) {
  // A router without a battery begins in 1970: below this there is no clock that was set.
  enum { YEAR_2020 = 1577836800 };
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec < YEAR_2020 ? 0 : (uint32_t)now.tv_sec;
}

void port_entropy(uint32_t seed[2]) {
  ssize_t count;
  do count = getrandom(seed, 2 * sizeof seed[0], 0);
  while (count < 0 && errno == EINTR);
  if (count != 2 * sizeof seed[0]) fail("The kernel gives no random numbers: %s.", strerror(errno));
}

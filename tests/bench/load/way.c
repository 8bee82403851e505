/**
 * What both ways share: sending with the failures counted, and the sizes of buffers.
 */
#include "way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BUFFER_BYTES = 16 << 20 };

struct way_statistics way_statistics;

void way_fail(const char *what) {
  perror(what);
  exit(1);
}

void way_widen(int descriptor) {
  const int size = BUFFER_BYTES;
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    way_fail("buffers of the socket");
}

void way_send(int descriptor, struct mmsghdr *heads, uint32_t count, const uint32_t *messages) {
  for (uint32_t at = 0; at < count;) {
    const int sent = sendmmsg(descriptor, heads + at, count - at, 0);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      way_statistics.error = errno;
      way_statistics.failed += messages[at++];
    }
    for (int index = 0; index < sent; index++) way_statistics.sent += messages[at++];
  }
}

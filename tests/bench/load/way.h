/**
 * How messages travel: through a relay (`relay-way.c`) or as frames on a link (`link-way.c`), many a system call. One way is open at a time.
 */
#pragma once

#include "message.h"
#include "options.h"

/** Messages that are sent or received at once, at most. */
enum { BATCH = 256 };

/** A message that has arrived, where it lies until the next `receive`. */
struct received {
  const uint8_t *message;
  uint32_t length;
  /** The address it came from. */
  uint32_t source;
};

/** What a way has done since it was opened. */
struct way_statistics {
  uint64_t sent;
  /** Messages that could not be sent, and the number of the last error. */
  uint64_t failed;
  int error;
};

/** A way. */
struct way {
  /** Opens it; ends the process with a sentence when that can't be. @return the descriptor that is readable when something arrives */
  int (*open)(const struct options *options);
  /** Puts a question behind those that wait to be sent; sends them when they are many. */
  void (*say)(enum say say, const struct fields *fields);
  /** Sends all that wait. */
  void (*flush)(void);
  /** Reads what has arrived, without waiting. @return how many; fewer than `BATCH`: no more is there */
  uint32_t (*receive)(void);
  /** Says what message number `index` of the last `receive` is; false: none of ours, and dealt with. */
  bool (*open_message)(uint32_t index, struct received *received);
};

/** The two ways. */
extern const struct way relay_way, link_way;

/** What the open way has done. */
extern struct way_statistics way_statistics;

/** Sends all heads with `sendmmsg`; a head that the kernel refuses is counted, as `messages` of them, and passed over. */
struct mmsghdr;
void way_send(int descriptor, struct mmsghdr *heads, uint32_t count, const uint32_t *messages);

/** Makes room for bursts in both buffers of a socket. */
void way_widen(int descriptor);

/** Ends the process with the system's reason. */
_Noreturn void way_fail(const char *what);

/**
 * The command line of `leasehold-server`, and the configuration image that it names.
 */
#ifndef LEASEHOLD_LINUX_SERVER_OPTIONS_H
#define LEASEHOLD_LINUX_SERVER_OPTIONS_H

#include "server-link.h"

#include <stdbool.h>
#include <stdint.h>

/** A checked command line. Texts are its own words. */
struct server_options {
  const char *interfaces[SERVER_INTERFACE_COUNT];
  uint32_t interface_count;
  /** The file that keeps the leases. */
  const char *state;
  /** Null: whoever started it. */
  const char *user;
  /** The file that `leasehold compile` wrote. */
  const char *image;
  /** Whether each change is said. */
  bool verbose;
};

/** Reads the command line; ends the program where it is wrong. */
void read_server_options(int word_count, char **words, struct server_options *options);

#endif

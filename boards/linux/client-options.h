/**
 * The command line of `leasehold-client`: the options of `leasehold lease` by the same names, and what they make of the core's
 * configuration record.
 */
#ifndef LEASEHOLD_LINUX_CLIENT_OPTIONS_H
#define LEASEHOLD_LINUX_CLIENT_OPTIONS_H

#include "core.h"

#include <stdbool.h>
#include <stdint.h>

/** Servers in one list. */
#define SERVER_LIST_SIZE 32

/** Bytes of the configuration with all that can follow it: two lists, an identifier and the longest options. */
#define CONFIGURATION_SIZE 1280

/** What the client is to do. */
enum client_task {
  /** Get a lease and keep it. */
  TASK_KEEP,
  /** Leave as soon as the address is set. */
  TASK_ONCE,
  /** Give the lease back. */
  TASK_RELEASE,
};

/** A checked command line. Texts are its own words. */
struct client_options {
  const char *interface_name;
  enum client_task task;
  /** How long TASK_ONCE and TASK_RELEASE try. */
  uint32_t timeout_seconds;
  const char *state;
  /** Null: none. */
  const char *hook;
  /** Metric of the routes, or NETLINK_NO_METRIC. */
  uint32_t metric;
  /** The resolver's file; null: it is left alone. */
  const char *resolver;
  bool wide_routes;
  /** Whether interface and resolver are changed. */
  bool configure;
  /** Whether everything is said. */
  bool verbose;

  uint32_t flags;
  uint32_t requested_address;
  uint32_t requested_lease_seconds;
  uint32_t preferred_server;
  uint32_t offer_window_milliseconds;
  uint32_t start_delay_seconds;
  uint32_t allowed[SERVER_LIST_SIZE];
  uint32_t denied[SERVER_LIST_SIZE];
  uint8_t allow_count;
  uint8_t deny_count;
  /** 0: 01 and the hardware address. */
  uint8_t identifier_length;
  uint8_t identifier[255];
  /** Null: not sent. */
  const char *host_name;
  const char *vendor_class;
};

/** Reads the command line; ends the program where it is wrong. */
void read_client_options(int word_count, char **words, struct client_options *options);

/**
 * Writes the configuration record and its lists.
 * @param mac the interface's hardware address
 * @param configuration receives it, aligned to 4 bytes
 * @return its length
 */
uint32_t encode_configuration(const struct client_options *options, const uint8_t mac[6],
                              uint8_t configuration[CONFIGURATION_SIZE]);

#endif

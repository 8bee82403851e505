/**
 * The command line of the load: what it asks for is in `main.c`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Bounds: places of the largest window (as many as half an xid counts), clients, relays. */
enum { MOST_PLACES = 65536, MOST_CLIENTS = 1 << 22, MOST_RELAYS = 65536 };

/** A checked command line. Addresses are numbers; 0 stands for one that was not given. */
struct options {
  uint32_t server;
  /** The first relay's address; 0: clients are on the link of `interface_name`. */
  uint32_t relay;
  /** How many relays there are, each 256 addresses after the one before. */
  uint32_t relay_count;
  /** The relays' UDP port: 67, but for servers that know no relays. */
  uint32_t port;
  const char *interface_name;
  uint32_t client_count;
  /** Exchanges under way at a time: exactly so many in a closed loop, at most so many in an open one. */
  uint32_t window;
  /** Exchanges a second of an open loop; 0: a closed loop. */
  double rate;
  double seconds;
  /** Shares of all exchanges, in percent. */
  double renew, release;
  /** The address that the first client holds from the beginning; 0: no client holds any. */
  uint32_t held;
  /** Lease time of those, in seconds. */
  uint32_t held_seconds;
  /** No client holds any from the beginning: each asks once for what `held` says, and the load ends when all have it. */
  bool fill;
  /** The load ends after so many exchanges; 0: when its time is over. */
  uint64_t exchange_count;
  /** After so long without an answer a question is asked again, in seconds, and so often altogether. */
  double retry_seconds;
  uint32_t attempts;
  /** Clients come in a pseudo-random order instead of one after the other. */
  bool shuffle;
  bool broadcast;
  /** Each datagram is handed to the kernel by itself. */
  bool plain;
  /** The processor is kept instead of sleeping until something arrives. */
  bool spin;
};

/** Reads a command line; ends the process with exit code 2 and a sentence when it is wrong. */
struct options options_read(int count, char **words);

/** The address that a client holds from the beginning, or asks for with `fill`. */
uint32_t options_held(const struct options *options, uint32_t client);

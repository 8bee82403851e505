/**
 * The user's program that is run when the lease changes, with the lease in its environment; the variables are those of
 * `leasehold lease --hook`. Text that a server chose reaches the environment only where it is made of letters, digits, dots,
 * hyphens and underscores; everything else is there as hexadecimal.
 */
#ifndef LEASEHOLD_LINUX_HOOK_H
#define LEASEHOLD_LINUX_HOOK_H

#include "parameters.h"

#include <stdint.h>

/** What a hook is told. Addresses are numbers, or 0. */
struct hook_event {
  /** "acquired", "extended", "resumed", "expired", "refused", "conflict", "released", "stopped". */
  const char *event;
  const char *interface_name;
  uint32_t address;
  uint32_t server_identifier;
  /** Lease time in seconds. */
  uint32_t lease_seconds;
  /** Null: there is no lease. */
  const struct parameters *parameters;
  /** The DHCPACK behind `parameters`. */
  const uint8_t *acknowledgement;
  uint32_t acknowledgement_length;
};

/** Checks the program at `path`: ends ours when it is not absolute, not a file that can be run, or others may change it. */
void hook_check(const char *path);

/** Runs the hook, checked anew; says how it failed. */
void hook_run(const char *path, const struct hook_event *event);

#endif

/** What is done with the client's lease: see `client-lease.c`. */
#ifndef LEASEHOLD_LINUX_CLIENT_LEASE_H
#define LEASEHOLD_LINUX_CLIENT_LEASE_H

#include "client-options.h"
#include "interfaces.h"

#include <stdbool.h>

/** Prepares to apply leases to the interface. Both are kept as they are, not copied. */
void client_lease_open(const struct client_options *options, const struct kernel_interface *interface);

/** Whether there is a lease on the interface. */
bool client_lease_is_held(void);

/** Whether a lease is remembered from an earlier run. */
bool client_lease_is_remembered(void);

/** Forgets it: it was given back without having been used. */
void client_lease_forget(void);

#endif

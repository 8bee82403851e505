/**
 * Tells the system's resolver what a lease says of name servers: through systemd-resolved where it manages the machine's
 * resolv.conf, else by writing the file, whose former content comes back when the lease ends. What fails is said; a lease can do
 * without.
 */
#ifndef LEASEHOLD_LINUX_RESOLVER_H
#define LEASEHOLD_LINUX_RESOLVER_H

#include "parameters.h"

/** Makes the name servers of `parameters` the resolver's; without any, what was set before is taken back. */
void resolver_apply(const char *path, const char *interface_name, const struct parameters *parameters);

/** Takes back what `resolver_apply` set. */
void resolver_withdraw(const char *path, const char *interface_name);

#endif

/**
 * Puts a lease onto the interface and takes it away again: address with the lease's own lifetime (so that the kernel withdraws it even
 * when this process is gone), MTU, and routes. Only what was put there is taken away.
 *
 * A DHCP server is whoever answers first: it may name routers, since that is what it is asked for, but by default it may not draw away
 * traffic that a more careful configuration has placed elsewhere (a tunnel: CVE-2024-3661), nor make the link useless. What is
 * refused is said.
 */
#ifndef LEASEHOLD_LINUX_LINK_H
#define LEASEHOLD_LINUX_LINK_H

#include "parameters.h"

#include <stdbool.h>
#include <stdint.h>

/** How a lease is applied. */
struct link_settings {
  int interface_index;
  /** The interface's MTU without DHCP, which option 26 may lower but not raise. */
  uint32_t own_mtu;
  /** Metric of the routes, or NETLINK_NO_METRIC. */
  uint32_t metric;
  /** Accept routes of option 121 wider than /8 (other than the default route). */
  bool wide_routes;
};

/** Prepares. `settings` is kept as it is, not copied. */
void link_open(const struct link_settings *settings);

/**
 * Makes the interface as the lease says; what was put there before and is not wanted any more goes. Ends the program, with everything
 * taken away, when the kernel refuses.
 * @param subnet_mask as the core tells it, or 0
 * @param lifetime in seconds, or NETLINK_FOREVER
 * @param parameters null: there are none
 */
void link_apply(uint32_t address, uint32_t subnet_mask, uint32_t lifetime, const struct parameters *parameters);

/** Takes away what `link_apply` put there. What is gone already (the interface itself, perhaps) is no error. */
void link_withdraw(void);

#endif

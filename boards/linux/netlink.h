/**
 * Changes to interfaces, by rtnetlink: what iproute2's `ip` does, in the kernel's own words. Each function returns 0, or the
 * error number that the kernel answers. Needs CAP_NET_ADMIN.
 */
#ifndef LEASEHOLD_LINUX_NETLINK_H
#define LEASEHOLD_LINUX_NETLINK_H

#include "parameters.h"

#include <stdint.h>

/** A lifetime that does not end. */
#define NETLINK_FOREVER UINT32_MAX

/** Metric of a route that leaves it to the kernel. */
#define NETLINK_NO_METRIC UINT32_MAX

/** Opens the socket. Ends the program when the kernel refuses. */
void open_netlink(void);

/** Sets an address, or the lifetime of one that is there. @param lifetime seconds, after which the kernel withdraws it */
int netlink_set_address(int interface_index, uint32_t address, uint8_t prefix_length, uint32_t lifetime);

/** Takes an address away. */
int netlink_remove_address(int interface_index, uint32_t address, uint8_t prefix_length);

/** Sets a route, `proto dhcp`, so that others know whose it is. A router is taken to be on the link, whatever the address says. */
int netlink_set_route(int interface_index, const struct route *route, uint32_t metric);

/** Takes a route away. */
int netlink_remove_route(int interface_index, const struct route *route, uint32_t metric);

/** Sets the largest packet of an interface, in bytes. */
int netlink_set_mtu(int interface_index, uint32_t mtu);

/** Brings an interface up. */
int netlink_bring_up(int interface_index);

#endif

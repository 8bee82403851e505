/** The server's interfaces: see `server-link.c`. */
#ifndef LEASEHOLD_LINUX_SERVER_LINK_H
#define LEASEHOLD_LINUX_SERVER_LINK_H

#include "interfaces.h"

#include <stdbool.h>
#include <stdint.h>

/** Interfaces that one server serves at most. */
#define SERVER_INTERFACE_COUNT 64

/**
 * Opens all sockets, as root; nothing needs privilege afterwards, not even when interfaces come and go.
 * @param names kept as they are, not copied
 * @param probes whether addresses are probed before they are offered: opens ears for ARP and ICMP echo replies
 */
void server_link_open(const char *const *names, uint32_t count, bool probes);

/** The interface as the kernel knew it last; null: there is none of that name. */
const struct kernel_interface *server_link_interface(uint32_t index);

#endif

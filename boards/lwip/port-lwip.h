/**
 * Leasehold's client over lwIP: in place of lwIP's own `dhcp.c`, for a netif that is an Ethernet interface. `port-lwip.c`
 * supplies of `port.h` what concerns the network and the lease; the rest is the board's.
 *
 * All of it runs where lwIP's core runs: in the main loop (NO_SYS 1), or in the tcpip thread.
 */
#ifndef LEASEHOLD_PORT_LWIP_H
#define LEASEHOLD_PORT_LWIP_H

#include "lwip/err.h"
#include "lwip/netif.h"

/** Datagrams and ARP messages that wait for the client; more are dropped and counted. */
#ifndef PORT_LWIP_ARRIVALS
#define PORT_LWIP_ARRIVALS 4
#endif

/**
 * Gives the client its interface, before which it takes its link for down. Called once, after `netif_add` and `leasehold_start`.
 * @return ERR_OK; ERR_MEM: there is no UDP control block left (MEMP_NUM_UDP_PCB); ERR_USE: port 68 is taken (LWIP_DHCP must be 0)
 */
err_t port_lwip_open(struct netif *netif);

/**
 * What `netif_add` is given as input, in place of `ethernet_input`, to which it hands every frame on: the client sees the ARP
 * messages, since it checks its address before it uses it (RFC 5227).
 */
err_t port_lwip_input(struct pbuf *frame, struct netif *netif);

/** Datagrams and ARP messages that were dropped, because as many as `PORT_LWIP_ARRIVALS` were waiting or lwIP had no memory. */
uint32_t port_lwip_lost(void);

#endif

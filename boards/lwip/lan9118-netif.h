/** The LAN9118 as a netif of lwIP. */
#ifndef LEASEHOLD_LAN9118_NETIF_H
#define LEASEHOLD_LAN9118_NETIF_H

#include "lwip/netif.h"

#include <stdbool.h>

/** Frames that are handed to lwIP at a time. */
#define LAN9118_NETIF_FRAMES 4

/** For `netif_add`: an Ethernet interface with the controller's hardware address. The controller was opened by `port_open`. */
err_t lan9118_netif_open(struct netif *netif);

/** Hands what has arrived to lwIP, at most `LAN9118_NETIF_FRAMES`, and tells it of the link. @return whether there may be more */
bool lan9118_netif_poll(struct netif *netif);

/** Frames that were taken from the controller, whatever lwIP made of them. */
uint32_t lan9118_netif_frames(void);

#endif

/** The Ethernet controller of the LM3S6965. It supplies `port_interface`, `port_receive` and `port_send` (`port.h`) too. */
#ifndef LEASEHOLD_LM3S6965_ETHERNET_H
#define LEASEHOLD_LM3S6965_ETHERNET_H

#include <stdint.h>

/** Starts the controller, whose clock is on, with the MAC address of the flash. */
void ethernet_open(void);

/** Sleeps until a frame has arrived, or a tick of the clock. */
void ethernet_wait(void);

/** How often the receive FIFO was too full for what arrived, or its contents made no sense. */
uint32_t ethernet_lost(void);

#endif

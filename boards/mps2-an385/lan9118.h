/** An Ethernet controller of the LAN9118 family, such as the LAN9220. It supplies `port_interface`, `port_receive` and `port_send` too. */
#ifndef LEASEHOLD_LAN9118_H
#define LEASEHOLD_LAN9118_H

#include <stdint.h>

/**
 * Resets the controller and starts it, with the hardware address of its EEPROM. Needs `port_milliseconds`.
 * @return null, or why it cannot be used: a sentence for `port_fail`
 */
const char *lan9118_open(void);

/** Takes back the controller's interrupt: what it says is found in the FIFOs. */
void lan9118_acknowledge(void);

/** Frames that were dropped: those for which the FIFOs had no room, and those that arrived damaged. */
uint32_t lan9118_lost(void);

#endif

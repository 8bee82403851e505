/** An Ethernet controller of the LAN9118 family, such as the LAN9220. */
#ifndef LEASEHOLD_LAN9118_H
#define LEASEHOLD_LAN9118_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Resets the controller and starts it, with the hardware address of its EEPROM. Needs `port_milliseconds`.
 * @return null, or why it cannot be used: a sentence for `port_fail`
 */
const char *lan9118_open(void);

/** Takes back the controller's interrupt: what it says is found in the FIFOs. */
void lan9118_acknowledge(void);

/** Whether there is a link; when it has come, duplex is as negotiated from now on. */
bool lan9118_is_up(void);

/** The hardware address: its first four bytes, in wire order, and the last two. */
uint32_t lan9118_mac(void);
uint16_t lan9118_mac_tail(void);

/**
 * Takes the next frame, without its check sequence.
 * @param frame receives at most `size` bytes of it, a multiple of 4
 * @param length receives the length of the whole frame, which may be more
 * @return whether there was one
 */
bool lan9118_receive(uint8_t *frame, uint32_t size, uint32_t *length);

/** Sends a frame of up to 1,514 bytes. @return false: there is no room now */
bool lan9118_send(const uint8_t *frame, uint32_t length);

/** Frames that were dropped: those for which the FIFOs had no room, and those that arrived damaged. */
uint32_t lan9118_lost(void);

#endif

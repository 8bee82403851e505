/** The addresses in a DHCPACK, for an IP stack to take. The core has checked the message; here nothing outside it is read. */
#ifndef LEASEHOLD_ACKNOWLEDGEMENT_H
#define LEASEHOLD_ACKNOWLEDGEMENT_H

#include <stdint.h>

/**
 * The first addresses of an option that is a list of them: options 3 and 6, say. Overload is undone (RFC 2132 §9.3), parts are
 * joined (RFC 3396); a list that is not whole is none.
 * @param message the DHCPACK, from `op` on; may be null when `length` is 0
 * @param addresses receives at most `room` of them, as numbers; the rest is left as it was
 * @param room at most 16
 * @return how many there are, at most `room`
 */
uint32_t acknowledged_addresses(const uint8_t *message, uint32_t length, uint8_t code, uint32_t *addresses, uint32_t room);

#endif

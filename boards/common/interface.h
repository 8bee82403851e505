/**
 * The only interface of a board without an IP stack: what all such boards answer `port_interface` and `port_interface_count` with. A
 * server's own address is what its firmware defines (`SERVER_ADDRESS`, a number, and `SERVER_PREFIX_LENGTH`, in bits); a client has none
 * until a server gives it one.
 */
#ifndef LEASEHOLD_INTERFACE_H
#define LEASEHOLD_INTERFACE_H

#include "port.h"

/**
 * Tells the interface's state, if it has changed since it was told last.
 * @param is_up whether there is a link
 * @param mac first four bytes of the hardware address, in wire order; `mac_tail`: the last two
 * @return whether it has changed
 */
bool interface_tell(struct leasehold_interface_change *interface, bool is_up, uint32_t mac, uint16_t mac_tail);

#endif

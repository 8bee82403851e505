/** The state is told once, and then whenever the link comes or goes: nothing else of such an interface changes. */
#include "interface.h"

#ifndef SERVER_ADDRESS
#define SERVER_ADDRESS 0
#define SERVER_PREFIX_LENGTH 0
#endif

uint32_t port_interface_count(void) { return 1; }

bool interface_tell(struct leasehold_interface_change *interface, bool is_up, uint32_t mac, uint16_t mac_tail) {
  static enum { NOTHING, DOWN, UP } told;
  if (told == (is_up ? UP : DOWN)) return false;
  told = is_up ? UP : DOWN;
  interface->flags = is_up ? LEASEHOLD_INTERFACE_FLAG_UP : 0;
  interface->link_mode = LEASEHOLD_LINK_MODE_FRAMES;
  interface->prefix_length = SERVER_PREFIX_LENGTH;
  interface->htype = 1;
  interface->address = SERVER_ADDRESS;
  interface->network = LEASEHOLD_NETWORK_BY_ADDRESS;
  interface->mac = mac;
  interface->mac_tail = mac_tail;
  interface->mtu = 0;
  return true;
}

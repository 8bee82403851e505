/** The client's interface: see `client-link.c`. */
#ifndef LEASEHOLD_LINUX_CLIENT_LINK_H
#define LEASEHOLD_LINUX_CLIENT_LINK_H

/** Opens the sockets of the interface; needs CAP_NET_RAW and CAP_NET_BIND_SERVICE. @param name kept as it is, not copied */
void client_link_open(const char *name, int index);

/** Has the interface looked at anew when `changes`, the descriptor of `open_interfaces`, is readable. */
void client_link_watch(int changes);

#endif
